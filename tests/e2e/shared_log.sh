#!/usr/bin/env bash
# Brokers that share their log: a topic of a Kafka cluster, which is librdkafka's mock.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
start_kafka
kafka topic log 1
topic=kafka://$hosts/log
shared=(--log="$topic" --log-timeout=3 --broadcast-test-interval=0 -X topic.metadata.refresh.interval.ms=100)

declare -A process
serve() { # NAME OPTION…: one of the brokers
  launch "$1" 'Listening for subscribers on' --receive="unix:$work/$1.in" --broadcast="unix:$work/$1" \
    --local-ivo=ivo://test.broker/shared "${shared[@]}" "${@:2}"
  process[$1]=$broker
}
log_of() { sqlite3 "$work/$1.db" 'SELECT seq, hex(digest) FROM event ORDER BY seq'; }
has() { [ "$(sqlite3 "$work/$1.db" 'SELECT count(*) FROM event')" -ge "$2" ]; }
are_equal() { [ "$(log_of "$1")" = "$(log_of "$2")" ]; }
events() { numbered 'ivo://test.author/shared#' "$@"; }

# What is submitted to one is at all, once, in the same order; the first author is told so, and no other.
serve a
check 'the copy is complete' said "The copy of $topic is complete" "$log"
serve b
run sendvo -q -t "unix:$work/a.in" <(events 1 3)
expect 0
check 'the other broker has them' wait_for 30 has b 3
run sendvo -q -t "unix:$work/b.in" <(events 2 2)
expect 1 'Previously seen by this broker'
events 4 103 >"$work/same"
for broker in a b; do
  sendvo -q -j 8 --report="$work/$broker.report" -t "unix:$work/$broker.in" "$work/same" 2>/dev/null &
  listeners+=("$!")
done
wait "${listeners[-1]}" "${listeners[-2]}"
check 'each was acknowledged to one author' [ "$(cat "$work"/?.report | grep -c '"outcome":"accepted"')" -eq 100 ]
check 'and refused to the other' [ "$(cat "$work"/?.report | grep -c 'Previously seen')" -eq 100 ]
check 'both have all' wait_for 30 are_equal a b
check 'once' [ "$(log_of a | wc -l)" -eq 103 ]

# A broker that comes late reads everything before it serves, and one that was away what it lacks.
serve late
check 'a late broker has all' are_equal a late
kill -KILL "${process[b]}"
run sendvo -q -t "unix:$work/late.in" <(events 104 110)
expect 0
serve b
check 'it has what it missed' [ "$(log_of b | wc -l)" -eq 110 ]
check 'in the same order' are_equal late b

# A subscriber that changes brokers sees the same order, without a gap or a repetition.
equal=("unix:$work/a" "unix:$work/b" "unix:$work/late" "unix:$work/a" "unix:$work/b")
moves=10
for ((move = 0; move < moves; ++move)); do
  run sendvo -q -t "unix:$work/late.in" <(events $((111 + 3 * move)) $((113 + 3 * move)))
  expect 0
  run listenvo -q --any --since=2000-01-01 --resume="$work/cursor" --until-now --format='%i\n' "${equal[@]:move % 3:3}"
  expect 0
  [ -z "$out" ] || printf '%s\n' "$out" >>"$work/moved"
done
run listenvo -q --since=2000-01-01 --until-now --format='%i\n' "${equal[0]}"
check 'all in one order' [ "$out" = "$(cat "$work/moved")" ]

# While the cluster is away, or has too few in-sync replicas, authors are told to try again later, and subscribers are
# served from what is there; then it goes on.
kafka down 1
run sendvo -q -t "unix:$work/a.in" <(events 200 200)
expect 3 'This broker cannot store events now; try again later'
run listenvo -q --since=2000-01-01 --until-now --format='%i\n' "unix:$work/a"
check 'subscribers are served' [ "$(wc -l <<<"$out")" -eq 140 ]
run sendvo -q -t "unix:$work/a.in" <(events 3 3)
expect 1 'Previously seen by this broker'
kafka up 1
run sendvo -q --retry=60 -t "unix:$work/a.in" <(events 200 201)
expect 0
check 'it was said' said "$topic takes no events: " "$work/a.log"
check 'and its end' said "$topic takes events again" "$work/a.log"
[ "$(grep -c 'takes no events' "$work/a.log")" -eq 1 ] || fail "it was said more than once: $(cat "$work/a.log")"
check 'all have it' wait_for 30 has late 142
not_enough_replicas=19
kafka errors 0 "$not_enough_replicas" 1000
run sendvo -q -t "unix:$work/b.in" <(events 202 202)
expect 3 'try again later'

stop "${process[@]}"
