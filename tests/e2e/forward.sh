#!/usr/bin/env bash
# A broker that hands its events on to a topic, in librdkafka's mock of a Kafka cluster, and to another broker.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
start_kafka

# events FIRST LAST: a stream of events with these numbers.
events() { numbered 'ivo://test.author/forward#' "$@"; }
submit() {
  run sendvo -q -j 1 -p "$port" <(events "$1" "$2")
  expect 0
}
numbers() { sed -n 's/.*#//p' | tr '\n' ' '; }
# logged NAME: the events in the log of that broker, in order.
logged() { sqlite3 "$work/$1.db" 'SELECT ivorn FROM event ORDER BY seq' 2>/dev/null | numbers; }
# in_topic NAME: the events in that topic, in order.
in_topic() {
  echo "kafka://$hosts/$1[0] 0" >"$work/from-the-beginning"
  listenvo -q --format='%i\n' --resume="$work/from-the-beginning" --until-now "kafka://$hosts/$1" | numbers
}
topic_has() { [ "$(in_topic "$1")" = "$2" ]; }
broker_has() { [ "$(logged "$1")" = "$2" ]; }
up_to() { seq "$1" | tr '\n' ' '; }
# forwarded NAME SEQUENCE: that broker has noted that all its forwards have come so far.
forwarded() { [ "$(sqlite3 "$work/$1.db" "SELECT min(seq) FROM handler WHERE name LIKE 'forward %'")" -eq "$2" ]; }

kafka topic events 1
topic=kafka://$hosts/events
start_destination() {
  launch there 'Listening for authors on' --receive="unix:$work/there" --local-ivo=ivo://test.broker/there
  destination=$broker destination_log=$log
}
start() { start_broker main --forward="$topic" --forward="unix:$work/there"; }

# Two forwards: what is accepted goes to both, in order.
start_destination
start
submit 1 40
check 'the topic has all' wait_for 30 topic_has events "$(up_to 40)"
check 'the other broker has all' wait_for 30 broker_has there "$(up_to 40)"
check 'it says where they go' said "INFO Forwarding events to $topic" "$log"
check 'and to the other' said "INFO Forwarding events to unix:$work/there" "$log"
run sendvo -q -t "unix:$work/there" <(events 40 40)
expect 1 'Previously seen'

# Destinations that are away for a while miss nothing; it is said once each.
kafka down 1
stop "$destination"
submit 41 60
check 'the cluster is away' said "WARNING $topic cannot be reached" "$log"
check 'the broker is away' said "WARNING Cannot forward events to unix:$work/there: " "$log"
main_log=$log main=$broker
start_destination
kafka up 1
check 'the topic has the rest' wait_for 60 topic_has events "$(up_to 60)"
check 'the other broker has the rest' wait_for 60 broker_has there "$(up_to 60)"
check 'the cluster is back' said "INFO $topic can be reached again" "$main_log"
check 'the broker is back' said "INFO Forwarding events to unix:$work/there again" "$main_log"
[ "$(grep -c WARNING "$main_log")" -eq 2 ] || fail "it warns: $(grep WARNING "$main_log")"
check 'how far it has come is on disk' wait_for 30 forwarded main 60
stop "$main"

# While one is away it stops at once, and a later run goes on.
stop "$destination"
start
submit 61 70
check 'the broker is away' said "WARNING Cannot forward events to unix:$work/there: " "$log"
check 'the topic has it' wait_for 30 topic_has events "$(up_to 70)"
stop "$broker"
said 'not finished in time' "$log" && fail 'it waits for a broker that is away'
start_destination
start
check 'a later run goes on' wait_for 30 broker_has there "$(up_to 70)"
check 'how far it has come is on disk' wait_for 30 forwarded main 70

# Killed while it forwards: what is in its log comes, in order; what is sent again is known to be the same.
for round in 1 2 3 4; do
  sendvo -q -j 1 --retry=60 -p "$port" <(events $((round * 100)) $((round * 100 + 79))) 2>"$work/send.err" &
  sender=$!
  listeners+=("$sender")
  some_came() { [ "$(sqlite3 "$work/main.db" 'SELECT max(seq) FROM event')" -ge $((70 + (round - 1) * 40 + round * 5)) ]; }
  wait_for 30 some_came || fail "round $round: nothing comes"
  stop_broker KILL
  { kill -KILL "$sender" && wait "$sender"; } 2>/dev/null
  start
done
last=$(sqlite3 "$work/main.db" 'SELECT max(seq) FROM event')
wait_for 30 forwarded main "$last" || fail 'it does not go on'
all=$(logged main)
check 'the other broker has the whole log' wait_for 30 broker_has there "$all"
[ "$(in_topic events | tr ' ' '\n' | awk '!seen[$0]++' | tr '\n' ' ' | sed 's/^ //; s/  *$/ /')" = "$all" ] ||
  fail "the topic has $(in_topic events), and not $all"
stop "$broker"

# To a broker that has the events already.
launch also 'Listening for authors on' --receive="unix:$work/also" --local-ivo=ivo://test.broker/also \
  --forward="unix:$work/there"
also_log=$log
run sendvo -q -t "unix:$work/also" <(events 1 5)
expect 0
check 'it is done with them' wait_for 30 forwarded also 5
said refuses "$also_log" && fail "it complains: $(cat "$also_log")"
said 'Previously seen' "$destination_log" || fail 'it sent nothing'
stop "$broker"
stop "$destination"

# A topic that is both read and forwarded to gets nothing twice, also not in the next run.
kafka topic round 1
start_round() {
  start_broker round -s "kafka://$hosts/round" --forward="kafka://$hosts/round"
  check 'it reads the topic' wait_for 30 said 'Reading 1 partition(s)' "$log"
}
start_round
run sendvo -q -j 1 -t "kafka://$hosts/round" <(events 1 10)
expect 0
check 'events of the topic' wait_for 30 broker_has round "$(up_to 10)"
check 'how far it has come is on disk' wait_for 30 forwarded round 10
stop_broker KILL
# As if it had been killed before it noted how far it had come: the log tells what came from the topic.
sqlite3 "$work/round.db" 'UPDATE handler SET seq = 0'
start_round
submit 11 20
check 'only what is new' wait_for 30 topic_has round "$(up_to 20)"
run sendvo -q -j 1 -t "kafka://$hosts/round" <(events 21 21)
expect 0
submit 22 22
check 'and nothing twice' wait_for 30 topic_has round "$(up_to 22)"
stop "$broker"

# What it is told.
run brokerd -r --local-ivo=ivo://test.broker/e2e --eventdb="$work/check.db" --check-config --forward="$topic" --forward=localhost
expect 0 "forward = $topic" 'forward = localhost:8098'
for wrong in "kafka://$hosts" "kafka://$hosts/" "kafka://$hosts/a,b" "kafka://$hosts/^a" localhost:x; do
  run brokerd -r --local-ivo=ivo://test.broker/e2e --eventdb="$work/check.db" --forward="$wrong"
  expect 2 "brokerd: --forward: "
  [ "$(wc -l <"$work/err")" -eq 1 ] || fail "more than a line: $err"
done
run brokerd -r --local-ivo=ivo://test.broker/e2e --eventdb="$work/check.db" --forward=localhost --forward=localhost:8098
expect 2 'brokerd: --forward=localhost:8098 is given twice'
run brokerd --eventdb="$work/check.db" --forward=localhost
expect 2 'nothing to do'
