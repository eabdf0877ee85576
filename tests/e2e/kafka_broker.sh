#!/usr/bin/env bash
# A broker that reads topics of a Kafka cluster, which is librdkafka's mock.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
start_kafka

# events FIRST LAST: a stream of events with these numbers.
events() { numbered 'ivo://test.author/kafka#' "$@"; }
put() {
  run sendvo -q -j 1 -t "$topic" <(events "$1" "$2")
  expect 0
}
# has COUNT: the broker has so many events, each once and in order.
has() {
  [ "$(sqlite3 "$work/main.db" "SELECT group_concat(ivorn, ' ') FROM (SELECT ivorn FROM event ORDER BY seq)")" = \
    "$(seq -f 'ivo://test.author/kafka#%g' -s ' ' "$1")" ]
}

kafka topic events 1
topic=kafka://$hosts/events
put 1 2
start() {
  start_broker main -s "$topic" -X topic.metadata.refresh.interval.ms=100 --broadcast="unix:$work/out.sock"
  check 'it reads the topic' wait_for 30 said "Reading 1 partition(s) of $topic" "$log"
}

# New messages go into the log and to subscribers; what was there before does not, unless it is submitted.
start
listen live "unix:$work/out.sock"
subscribed 1 "$log"
run sendvo -q -j 1 -p "$port" <(events 1 2)
expect 0
put 3 4
check 'events of the topic' wait_for 30 has 4
check 'a subscriber gets them' wait_for 30 said_times 4 '</voe:VOEvent>' "$work/live.out"
check 'with where they came from' said 'VOEvent ivo://test.author/kafka#3 received from events[0]@2' "$log"
run sendvo -q -p "$port" <(events 4 4)
expect 1 'Previously seen by this broker'

# What came while it was away comes once, also after it was killed.
stop_broker KILL
put 5 6
start
check 'what it missed' wait_for 30 has 6
put 1 6
put 7 7
check 'duplicates are dropped' wait_for 30 has 7
stop "$broker"
[ "$(sqlite3 "$work/main.db" 'SELECT name, next FROM partition')" = "kafka://$hosts/events[0]|13" ] ||
  fail "the cursor is $(sqlite3 "$work/main.db" 'SELECT * FROM partition')"

# A filter holds for topics, too; and it is quiet about secrets.
run brokerd --check-config -s "$topic" -X sasl.password=hidden -X client.id=me --eventdb="$work/main.db"
expect 0 "subscribe = $topic" 'kafka-property = sasl.password=...' 'kafka-property = client.id=me'
start_broker filtered -s "$topic" --filter='/*[contains(@ivorn, "#9")]'
check 'it reads the topic' wait_for 30 said 'Reading 1 partition(s)' "$log"
put 8 9
check 'only what is wanted' wait_for 30 said 'kafka#9 received from' "$log"
[ "$(sqlite3 "$work/filtered.db" 'SELECT count(*) FROM event')" -eq 1 ] || fail 'the filter does not hold'

# It stops at once, also while the cluster is away.
kafka down 1
check 'it says that the cluster is away' wait_for 60 said "$topic cannot be reached" "$log"
stop "$broker"
