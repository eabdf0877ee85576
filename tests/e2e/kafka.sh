#!/usr/bin/env bash
# Topics of a Kafka cluster as destinations and sources. The cluster is librdkafka's mock.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start_kafka

# events NAME…: a stream of these events.
events() {
  local name
  for name in "$@"; do event "ivo://test.author/kafka#$name" && printf '\0'; done
}
# heard LISTENER NAME…: it has printed these events, and nothing else.
heard() { events "${@:2}" | cmp -s - "$work/$1.out"; }
hears() { wait_for 30 heard "$@" || fail "$1 has $(tr '\0' '\n' <"$work/$1.out"), not ${*:2}"; }
# begin_at_0 TOPIC: a file for --resume in $work/begin: the mock does not find offsets by time.
begin_at_0() { echo "kafka://$hosts/$1[0] 0" >"$work/begin"; }

kafka topic events 1
kafka topic other.a 1
topic=kafka://$hosts/events

# An event goes to a topic, and comes from it as it was.
listen live --resume="$work/cursors" "$topic"
check 'it reads the topic' wait_for 30 said "Reading 1 partition(s) of $topic" "$work/live.err"
event 'ivo://test.author/kafka#1' >"$work/1.xml"
run sendvo -t "$topic" "$work/1.xml"
expect 0 "Acknowledgement received from $topic: ivo://test.author/kafka#1" 'Event was sent successfully'
events 2 3 4 >"$work/stream"
run sendvo -q -j 1 --report="$work/report" -t "$topic" "$work/stream"
expect 0
[ "$(grep -c "\"broker\":\"$topic\",\"outcome\":\"accepted\"" "$work/report")" -eq 3 ] || fail "report: $(cat "$work/report")"
hears live 1 2 3 4
kill -TERM "$listener"
ends "$listener"
[ "$status" -eq 0 ] || fail "the listener ended with $status: $(cat "$work/live.err")"
[ "$(cat "$work/cursors")" = "kafka://$hosts/events[0] 4" ] || fail "cursors: $(cat "$work/cursors")"

# What came while nobody listened comes later, once.
run sendvo -q -t "$topic" <(events 5)
expect 0
run listenvo --resume="$work/cursors" --until-now --save="$work/saved" --print "$topic"
expect 0 '1 event(s); 1 of 1 broker(s) sent all their stored events'
check 'only what is new' cmp -s "$work/out" <(events 5)
run listenvo -q --resume="$work/cursors" --until-now "$topic"
expect 0
[ ! -s "$work/out" ] || fail "an event comes again: $out"

# A topic that appears later is read from its beginning.
listen later --json "kafka://$hosts/^other\\." -X topic.metadata.refresh.interval.ms=100
check 'it reads what is there' wait_for 30 said 'Reading 1 partition(s)' "$work/later.err"
kafka topic other.b 1
run sendvo -q -t "kafka://$hosts/other.b" <(events first)
expect 0
check 'the first event of a new topic' wait_for 30 said '"from":"other.b[0]@0"' "$work/later.out"

# A listener that is held up lags, and says so once, and again when it has caught up.
kafka topic slow 1
export WORK=$work
# shellcheck disable=SC2016
listen slow --exec='until [ -e "$WORK/go" ]; do sleep 0.02; done' "kafka://$hosts/slow" \
  -X topic.metadata.refresh.interval.ms=100 -X group.id=observatory
check 'it reads' wait_for 30 said 'Reading 1 partition(s)' "$work/slow.err"
run sendvo -q -t "kafka://$hosts/slow" <(events 1 2 3 4 5 6)
expect 0
check 'it lags' wait_for 30 said 'slow[0] lags: ' "$work/slow.err"
touch "$work/go"
check 'it has caught up' wait_for 30 said 'slow[0] has caught up' "$work/slow.err"
check 'both once' test "$(grep -cE ' lags: | caught up' "$work/slow.err")" -eq 2
kill -TERM "$listener"
ends "$listener"
[ "$status" -eq 0 ] || fail "the slow listener ended with $status: $(cat "$work/slow.err")"

# With --json, where in the topic an event was, and what its message says beside it.
begin_at_0 events
run listenvo -q --json --resume="$work/begin" --until-now "$topic"
expect 0
sed -n 1p "$work/out" >"$work/first"
check 'where it was' said '"from":"events[0]@0","kafka":{"key":"ivo://test.author/kafka#1","headers":[' "$work/first"
check 'a header that is text' said '{"name":"_format","value":"voevent"}' "$work/first"
check 'a header that is not' said '{"name":"_id","value_base64":"' "$work/first"
check 'the timestamp' grep -q '"timestamp":"20[0-9T:.-]*Z"},"digest":"' "$work/first"

# What is no event is passed over, and said once; with --raw it is printed, too.
kafka topic notices 1
notices=kafka://$hosts/notices
kafka message notices '{"id": 1}'
kafka tombstone notices key
run sendvo -q -t "$notices" <(events 1)
expect 0
kafka message notices '{"id": 2}'
begin_at_0 notices
run listenvo --resume="$work/begin" --until-now "$notices"
expect 0 'notices[0]@0 is passed over: JSON' '1 event(s)'
[ "$(grep -c 'is passed over' "$work/err")" -eq 1 ] || fail "it is said more than once: $err"
check 'only the event' cmp -s "$work/out" <(events 1)
begin_at_0 notices
run listenvo --raw --resume="$work/begin" --until-now "$notices"
expect 0 'notices[0]@1 is passed over: tombstone' '3 event(s)'
check 'all of it' cmp -s "$work/out" <(printf '{"id": 1}\0' && events 1 && printf '{"id": 2}\0')
run listenvo --raw
expect 2 '--raw needs topics of Kafka'
for other in --json --format=%i --filter=/x --save="$work/raw" --exec=false; do
  run listenvo --raw "$other" "$notices"
  expect 2 "--raw and ${other%%=*} cannot be used together"
done

# Several destinations, one of them a broker.
start_broker mixed
run sendvo -v -t "$topic" -t "127.0.0.1:$port" <(events 6)
expect 0 "from $topic: ivo://test.author/kafka#6" "from 127.0.0.1:$port: ivo://test.author/kafka#6"

# A cluster that goes away: nothing is lost where it is waited for.
kafka down 1
run sendvo -q -t "$topic" <(events 7)
expect 3 "No answer from $topic for VOEvent ivo://test.author/kafka#7"
sendvo --retry=60 -t "$topic" <(events 8) 2>"$work/retry.err" &
retrying=$!
listeners+=("$retrying")
check 'it waits' wait_for 30 said "$topic cannot be reached" "$work/retry.err"
kafka up 1
ends "$retrying"
[ "$status" -eq 0 ] || fail "the retry ended with $status: $(cat "$work/retry.err")"
run listenvo -q --resume="$work/cursors" --until-now "$topic"
expect 0
check 'what was acknowledged is there' cmp -s "$work/out" <(events 6 8)

# What the topic does not take is refused.
produce=0 too_large=10
kafka errors $produce $too_large 1
run sendvo -q -t "$topic" <(events 9)
expect 1 "$topic refused to accept VOEvent ivo://test.author/kafka#9 (Broker: Message size too large)"

# What cannot be asked for.
run sendvo -t "kafka://$hosts" "$work/1.xml"
expect 2 "sendvo: kafka://$hosts: a topic is missing"
run sendvo -t "kafka://$hosts/^events" "$work/1.xml"
expect 2 'events are sent to one topic, which is named'
run sendvo -t 'kafka:///events' "$work/1.xml"
expect 2 'no hosts: write kafka://HOST/TOPIC, or bootstrap.servers=HOST'
run listenvo kafka:///events
expect 2 'no hosts: write kafka://HOST/TOPIC, or bootstrap.servers=HOST'
for option in --subscribe --forward; do
  run brokerd --receive="unix:$work/none.sock" --local-ivo=ivo://test.broker/e2e --eventdb="$work/none.db" \
    "$option=kafka:///events"
  expect 2 'no hosts: write kafka://HOST/TOPIC, or bootstrap.servers=HOST'
done
run listenvo -X no.such=1 "$topic"
expect 2 'listenvo: -X: No such configuration property: "no.such"'
run listenvo --no-reconnect -q kafka://127.0.0.1:1/events
expect 3 'cannot be reached'
printf 'bootstrap.servers=%s\nsasl.password=hidden\n' "$hosts" >"$work/kafka.conf"
chmod 644 "$work/kafka.conf"
run sendvo --kafka-config="$work/kafka.conf" -t kafka:///events <(events 10)
expect 0 "$work/kafka.conf contains a secret, and other users can read it"
grep -q hidden "$work/err" && fail 'the secret is shown'
:
