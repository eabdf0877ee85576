#!/usr/bin/env bash
# Brokers whose log is one topic: while authors submit events, faults hit brokers, nodes of the cluster and the links between
# them; a subscriber moves from broker to broker, and a broker joins. All logs are equal at the end, and every subscriber has
# got them. Then the log of a broker that worked alone is moved into the shared log. $VTP_ROUNDS: how many faults, 7 by
# default; $VTP_SEED: what decides which, where and when, 1 by default.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"
rounds=${VTP_ROUNDS:-7}
RANDOM=${VTP_SEED:-1}
each_burst=5     # events of each stream
burst_pause=0.5  # seconds; while a fault lasts, bursts of events come at this pace
longest_fault=10 # pauses
log_timeout=3    # seconds, of the brokers
copies=(a b c)   # the brokers
subscribers=16
lone_streams=8   # each submitted by one author
twin_streams=4   # each submitted by two authors, to two brokers, at the same moment
in_burst=$(((lone_streams + twin_streams) * each_burst)) # events

start_cluster 3 --links=3
create_topic log 1 3 min.insync.replicas=2

# start_copy NAME [HOSTS]: a broker, which is at the cluster by its link or as HOSTS say.
declare -A running link=([a]=1 [b]=2 [c]=3)
start_copy() {
  local hosts=${2-${kafka_by_link[link[$1]]}}
  [ ! -e "$work/$1.log" ] || cat "$work/$1.log" >>"$work/$1.earlier.log"
  launch "$1" 'Listening for subscribers on' --receive="unix:$work/$1.authors" --broadcast="unix:$work/$1" \
    --local-ivo=ivo://test.broker/shared --broadcast-test-interval=0 --log="kafka://$hosts/log" --log-timeout="$log_timeout"
  running[$1]=$broker
}
for copy in "${copies[@]}"; do
  start_link "${link[$copy]}"
  start_copy "$copy"
done

# subscribe NAME N: listens to one of the brokers, first the N-th of them from 0, where it listened before.
subscribe() {
  local name=$1 first=$(($2 % 3)) order=()
  order=("${copies[@]:first}" "${copies[@]:0:first}")
  (($2 % 2)) || order=("${order[0]}" "${order[2]}" "${order[1]}")
  : >"$work/$name.err"
  listenvo --any --resume="$work/$name.cursors" --format='%i\n' "${order[@]/#/unix:$work/}" \
    >>"$work/$name.out" 2>"$work/$name.err" &
  listener=$!
  listeners+=("$listener")
}
for ((number = 0; number < subscribers; ++number)); do subscribe "subscriber$number" "$number"; done
subscribe moving 0
for name in moving $(seq -f 'subscriber%g' 0 $((subscribers - 1))); do
  check "$name has subscribed" wait_for 30 said 'Subscribed to' "$work/$name.err"
done

# stream NAME: the events of each burst, whose number is a line in $work/bursts, until one is `end`.
: >"$work/bursts"
stream() {
  local number
  while read -r number && [ "$number" != end ]; do
    numbered "ivo://test.author/$1#$number-" 1 "$each_burst"
  done < <(tail -n +1 -f --pid=$$ "$work/bursts")
}
bursts=0
burst() { echo "$((++bursts))" >>"$work/bursts"; }

# author NAME BROKER: submits the events that come by the pipe $work/NAME.
authors=()
author() {
  local patience=$((${#authors[@]} % 2 ? 20 : 2)) # seconds; the broker may put an event off, or be too late for that
  mkfifo "$work/$1"
  sendvo -q -j 1 --timeout="$patience" --retry=300 --report="$work/$1.report" -t "unix:$work/$2.authors" \
    <"$work/$1" 2>"$work/$1.err" &
  authors+=("$!")
  listeners+=("$!")
}
for ((number = 0; number < lone_streams; ++number)); do
  author "lone$number" "${copies[number % 3]}"
  stream "lone$number" >"$work/lone$number" &
  listeners+=("$!")
done
for ((number = 0; number < twin_streams; ++number)); do
  author "twin$number" "${copies[number % 3]}"
  author "other$number" "${copies[(number + 1) % 3]}"
  stream "twin$number" | tee "$work/twin$number" >"$work/other$number" &
  listeners+=("$!")
done

count() { sqlite3 "$work/$1.db" 'SELECT count(*) FROM event'; }
has() { [ "$(count "$1")" -ge "$2" ]; }
any_has() { # a broker may be away
  local copy
  for copy in "${copies[@]}"; do has "$copy" "$1" && return; done
  return 1
}

# The faults: each begins, at a broker or a node, and is over.
kill_broker() {
  case $1 in
    begin) { kill -KILL "${running[$copy]}" && wait "${running[$copy]}"; } 2>/dev/null ;;
    end) start_copy "$copy" ;;
  esac
}
stop_and_go() { if [ "$1" = begin ]; then kill -STOP "$2"; else kill -CONT "$2"; fi; }
pause_broker() { stop_and_go "$1" "${running[$copy]}"; }
crash_node() { if [ "$1" = begin ]; then kill_node "$node"; else start_node "$node"; fi; }
crash_two_nodes() { # nothing can be written
  local each
  for each in "$node" $((node % 3 + 1)); do
    if [ "$1" = begin ]; then kill_node "$each"; else start_node "$each"; fi
  done
}
pause_node() { stop_and_go "$1" "${kafka_nodes[$node]}"; }
break_link() { if [ "$1" = begin ]; then cut_link "${link[$copy]}"; else start_link "${link[$copy]}"; fi; }
silence_link() { stop_and_go "$1" "${kafka_links[${link[$copy]}]}"; }
faults=(kill_broker pause_broker crash_node pause_node break_link silence_link crash_two_nodes)

for ((round = 1; round <= rounds; ++round)); do
  burst
  fault=${faults[round <= ${#faults[@]} ? round - 1 : RANDOM % ${#faults[@]}]}
  copy=${copies[RANDOM % 3]} node=$((RANDOM % 3 + 1)) pauses=$((RANDOM % longest_fault + 1))
  wait_for 120 any_has $(((bursts - 1) * in_burst + RANDOM % in_burst)) || fail "round $round: no more events come"
  echo "round $round: $fault, broker $copy, node $node, $pauses pauses"
  "$fault" begin
  kill -TERM "$listener"
  ends "$listener"
  [ "$status" -eq 0 ] || fail "the moving subscriber ended with $status"
  subscribe moving "$round"
  for ((pause = 1; pause <= pauses; ++pause)); do
    burst
    sleep "$burst_pause"
  done
  "$fault" end
  [ "$round" -ne $(((rounds + 1) / 2)) ] || start_copy d "$kafka"
done
echo end >>"$work/bursts"

for author in "${authors[@]}"; do
  wait_for 300 gone "$author" || fail 'an author has not submitted its events'
done
streams=()
for ((number = 0; number < lone_streams; ++number)); do streams+=("lone$number"); done
for ((number = 0; number < twin_streams; ++number)); do streams+=("twin$number"); done
for stream in "${streams[@]}"; do
  for ((burst = 1; burst <= bursts; ++burst)); do
    for ((number = 1; number <= each_burst; ++number)); do echo "ivo://test.author/$stream#$burst-$number"; done
  done
done | sort >"$work/sent"
total=$((bursts * in_burst))

# What the authors were told: every event was accepted, and acknowledged once; all other answers are that it was seen before.
told() { jq -r "select($1) | .ivorn" "$work"/*.report | sort; }
told '.outcome == "accepted"' | uniq | cmp -s - "$work/sent" || fail 'not every event was accepted'
twice=$(told '.outcome == "accepted" and .reason == null' | uniq -d)
[ -z "$twice" ] || fail "acknowledged to two authors, $(wc -l <<<"$twice") times: ${twice%%$'\n'*}"
told '.outcome != "accepted" and .reason != "Event rejected: Previously seen by this broker"' >"$work/others"
[ ! -s "$work/others" ] || fail "not accepted: $(cat "$work/others"), by $(cat "$work"/*.err)"
said 'Previously seen' <(cat "$work"/*.report) || fail 'no event came by two brokers'

for copy in "${copies[@]}" d; do
  wait_for 60 has "$copy" "$total" || fail "broker $copy has $(count "$copy") of $total events"
done
got() { [ "$(wc -l <"$work/$1.out")" -ge "$total" ]; }
listening=(moving)
for ((number = 0; number < subscribers; ++number)); do listening+=("subscriber$number"); done
for name in "${listening[@]}"; do
  wait_for 60 got "$name" || fail "$name got $(wc -l <"$work/$name.out") of $total events: $(cat "$work/$name.err")"
done

# A broker that worked alone is moved: what it has is submitted to one of the others.
moved=100 # events
launch old 'Listening for subscribers on' --receive="unix:$work/old.authors" --broadcast="unix:$work/old" \
  --local-ivo=ivo://test.broker/old
old=$broker
numbered ivo://test.author/old# 1 "$moved" | sendvo -q -t "unix:$work/old.authors" || fail 'the old broker takes no events'
listenvo -q --since=1d --until-now "unix:$work/old" | sendvo -q -j 1 --retry=60 -t "unix:$work/a.authors" ||
  fail 'the events of the old broker are not accepted'
for copy in "${copies[@]}" d; do
  wait_for 60 has "$copy" $((total + moved)) || fail "broker $copy has $(count "$copy") of $((total + moved)) events"
done
stop "$old"

log_of() { sqlite3 "$work/$1.db" 'SELECT ivorn FROM event ORDER BY seq'; }
log_of a >"$work/log"
head -n "$total" "$work/log" | sort | cmp -s - "$work/sent" || fail 'the log has not what was sent'
tail -n +$((total + 1)) "$work/log" | cmp -s - <(log_of old) || fail 'the log of the old broker came in another order'
for name in "${listening[@]}"; do
  head -n "$total" "$work/log" | cmp - <(head -n "$total" "$work/$name.out") || fail "$name got other events, or in another order"
  [ "$(sort "$work/$name.out" | uniq -d | wc -l)" -eq 0 ] || fail "$name got events twice: $(sort "$work/$name.out" | uniq -d)"
done

# What no consumer sees is waited for by no broker that starts: a topic may end with the marks of a transaction, and messages go
# when their time is over.
stop "${running[d]}"
run kafka_tool org.apache.kafka.tools.ProducerPerformance --topic log --num-records 2 --record-size 10 --throughput -1 \
  --transaction-duration-ms 1 --producer-props bootstrap.servers="$kafka"
expect 0
stop "${running[c]}"
start_copy c
delete_records log 0 "$(sqlite3 "$work/c.db" 'SELECT next FROM shared_log')"
start_copy d "$kafka"
check 'messages are gone' said 'are missed, which are no longer stored' "$log"
event ivo://test.author/e2e#last >"$work/last.xml"
run sendvo -q -t "unix:$work/d.authors" "$work/last.xml"
expect 0
for copy in "${copies[@]}" d; do
  wait_for 60 has "$copy" $((total + moved + 1)) || fail "broker $copy has not the last event"
done
stop "${running[@]}"

rows() { sqlite3 "$work/$1.db" 'SELECT seq, hex(digest) FROM event ORDER BY seq'; }
for copy in b c d; do
  cmp <(rows a) <(rows "$copy") || fail "the logs of the brokers a and $copy differ"
done
echo "$total events in $rounds rounds, and $moved of another broker"
