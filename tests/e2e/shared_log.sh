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
serve late --cmd="echo \$VOEVENT_IVORN >>$work/handled"
check 'a late broker has all' are_equal a late
kill -KILL "${process[b]}"
wait "${process[b]}" 2>/dev/null
run sendvo -q -t "unix:$work/late.in" <(events 104 110)
expect 0
serve b
check 'handlers of a new broker begin with new events' wait_for 30 said 'shared#110' "$work/handled"
[ "$(wc -l <"$work/handled")" -eq 7 ] || fail "they got others: $(cat "$work/handled")"
check 'it has what it missed' [ "$(log_of b | wc -l)" -eq 110 ]
check 'in the same order' are_equal late b

# A subscriber that changes brokers sees the same order, without a gap or a repetition.
equal=("unix:$work/a" "unix:$work/b" "unix:$work/late" "unix:$work/a" "unix:$work/b")
moves=10
move() {
  run listenvo -q --any --since=2000-01-01 --resume="$work/cursor" --until-now --format='%i\n' "${equal[@]:$1 % 3:3}"
  expect 0
  [ -z "$out" ] || printf '%s\n' "$out" >>"$work/moved"
}
for ((move = 0; move < moves; ++move)); do
  run sendvo -q -t "unix:$work/late.in" <(events $((111 + 3 * move)) $((113 + 3 * move)))
  expect 0
  move "$move"
done
check 'the first has all' wait_for 30 has a 140
move 0
run listenvo -q --since=2000-01-01 --until-now --format='%i\n' "${equal[0]}"
check 'all in one order' [ "$out" = "$(cat "$work/moved")" ]

# While the cluster is away, authors are told to try again later, and subscribers are served from what is there; then it
# goes on.
kafka down 1
run sendvo -q -t "unix:$work/a.in" <(events 200 200)
expect 3 'This broker cannot store events now; try again later'
run listenvo -q --since=2000-01-01 --until-now --format='%i\n' "unix:$work/a"
check 'subscribers are served' [ "$(wc -l <<<"$out")" -eq 140 ]
run sendvo -q -t "unix:$work/a.in" <(events 3 3)
expect 1 'Previously seen by this broker'
# However many subscribers name an event that may be in the topic, each is sent away in time.
for name in lost1 lost2 lost3 lost4 lost5; do
  printf '%s %064x\n' "unix:$work/a" 1 >"$work/$name"
  listen "$name" --no-reconnect --resume="$work/$name" "unix:$work/a"
done
for name in lost1 lost2 lost3 lost4 lost5; do
  check "$name is sent away" wait_for 60 said 'ended: closed' "$work/$name.err"
  said 'does not support resuming' "$work/$name.err" && fail "$name waited in vain: $(cat "$work/$name.err")"
done
kafka up 1
run sendvo -q --retry=60 -t "unix:$work/a.in" <(events 200 201)
expect 0
check 'it was said' said "$topic takes no events: " "$work/a.log"
check 'and its end' said "$topic takes events again" "$work/a.log"
[ "$(grep -c 'takes no events' "$work/a.log")" -eq 1 ] || fail "it was said more than once: $(cat "$work/a.log")"
check 'all have it' wait_for 30 has late 142

stop "${process[@]}"

# A copy belongs to its topic: it is refused as a log of a broker's own, or of another topic, and by vodedup; and a
# plain database is refused as a copy.
start_alone() { run timeout 60 brokerd --receive="unix:$work/x.in" --local-ivo=ivo://test.broker/shared "$@"; }
start_alone --eventdb="$work/a.db"
expect 1 'is a copy of the topic log; start the broker with --log=kafka://HOST/log'
kafka topic other 1
start_alone --eventdb="$work/a.db" --log="kafka://$hosts/other"
expect 1 'is a copy of the topic log of the cluster'
run vodedup --db="$work/a.db" <(events 1 1)
expect 2 'is a copy of the topic log, whose order alone decides which events are new'
start_broker plain
run sendvo -q -p "$port" <(events 1 3)
expect 0
stop "$broker"
start_alone --eventdb="$work/plain.db" --log="$topic"
expect 1 'has events that are not from the topic log'

# Its events are sent to the shared log in their order; duplicates are told.
kafka topic moved 1
shared[0]=--log=kafka://$hosts/moved
launch plain 'Listening for subscribers on' --broadcast="unix:$work/old" --local-ivo=ivo://test.broker/old
plain=$broker
serve new
listenvo -q --since=2000-01-01 --until-now "unix:$work/old" | sendvo -q -j 1 -t "unix:$work/new.in"
[ "${PIPESTATUS[*]}" = '0 0' ] || fail "the old log was not sent: ${PIPESTATUS[*]}"
check 'the new log is the old one' are_equal plain new
stop "$plain" "${process[new]}"

# What cannot be a shared log is refused, with what to type.
kafka topic wide 3
start_alone --eventdb="$work/none.db" --log="kafka://$hosts/wide"
expect 1 'the topic wide has 3 partitions, which have no common order' 'create it with: kafka-topics.sh --bootstrap-server'
start_alone --eventdb="$work/none.db" --log="$topic" -s "$topic"
expect 2 "--subscribe=$topic: the topic log is the log"
start_alone --eventdb="$work/none.db" --log="$topic" --forward="$topic"
expect 2 "--forward=$topic: the topic log is the log"
start_alone --log-timeout=3
expect 2 '--log-timeout needs --log=kafka://HOST/TOPIC'
start_alone --log=here
expect 2 'here is neither local nor kafka://HOST/TOPIC'
run brokerd --check-config -r --local-ivo=ivo://test.broker/shared --eventdb="$work/none.db" --log="$topic"
expect 0 "log = $topic" 'log-timeout = 10'

# Of the test events, which all brokers make, the log takes one at a time.
kafka topic tests 1
shared=(--log="kafka://$hosts/tests" --log-timeout=3 --broadcast-test-interval=1)
serve one
serve two
check 'test events come' wait_for 30 has one 3
stop "${process[one]}" "${process[two]}"
[ "$(sqlite3 "$work/one.db" 'SELECT count(*) - count(DISTINCT received / 1000000) FROM event')" -eq 0 ] ||
  fail "there are several in a second: $(sqlite3 "$work/one.db" 'SELECT ivorn FROM event')"

# Too few in-sync replicas: the author is told in time, and what was sent comes once.
not_enough_replicas=19
serve one
kafka errors 0 "$not_enough_replicas" 1000
run sendvo -q -t "unix:$work/one.in" <(events 1 1)
expect 3 'try again later'
stop "${process[one]}"
