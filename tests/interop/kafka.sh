#!/usr/bin/env bash
# Our programs at a cluster of Apache Kafka, beside hop-client: every encoding of an event, signing in, a time to begin at, a
# topic that is made later, records that are gone, and a node that is killed.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"

# listens NAME…: a listener that has all that the topic `events` has from its beginning gets these events of make_event.
listens() {
  local topic=$1
  shift
  run listenvo -q --since=1d --until-now "$topic"
  expect 0
  for name; do cat "$work/$name.xml" && printf '\0'; done | cmp -s - "$work/out" ||
    fail "from $topic came, instead of $*: $out"
}

for name in one two three four five six; do make_event "$name"; done
start_cluster 3 --sign-in
create_topic events 1 3 min.insync.replicas=2
topic=kafka://$kafka/events

# To and from hop-client.
run sendvo -q -t "$topic" "$work/one.xml"
expect 0
run hop publish --no-auth -f VOEVENT "kafka://${kafka%%,*}/events" "$work/two.xml" # it takes one host
expect 0
listens "$topic" one two
hop_has_both() {
  run hop subscribe --no-auth --start-at=EARLIEST --until-eos "kafka://${kafka%%,*}/events"
  [ "$status" -eq 0 ] && cat "$work/one.xml" "$work/two.xml" | cmp -s - "$work/out"
}
cd "$work" || exit 1
wait_for 60 hop_has_both || fail "hop got, of two events: $out$err"

# What older versions of hop-client sent: JSON with a header, and an envelope.
json='{"ivorn": "ivo://test.author/interop#json", "role": "test", "version": "2.0",
       "Who": {"AuthorIVORN": "ivo://test.author/interop"}}'
create_topic old 1 1
printf '%s' "$json" | tr -d '\n' | kcat -P -b "$kafka" -t old -H _format=voevent
printf '{"format": "voevent", "content": %s}' "${json/\#json/\#envelope}" | tr -d '\n' | kcat -P -b "$kafka" -t old
printf '{"a": "notice"}' | kcat -P -b "$kafka" -t old
run listenvo --since=1d --until-now --format='%i %F\n' "kafka://$kafka/old"
expect 0 'old[0]@2 is passed over: JSON'
[ "$out" = $'ivo://test.author/interop#json old[0]@0\nivo://test.author/interop#envelope old[0]@1' ] ||
  fail "the old encodings give: $out"

# A topic that takes each event, but not many in one batch, and one event that is too large for it.
create_topic small 1 3 max.message.bytes=5000
numbered 'ivo://test.author/small#' 1 50 >"$work/small"
event "ivo://test.author/small#large" "$(printf '%6000s' '')" >>"$work/small"
run sendvo -j 1 -t "kafka://$kafka/small" <"$work/small"
expect 1 '50 accepted, 1 refused'
run listenvo -q --since=1d --until-now --format='%i\n' "kafka://$kafka/small"
[ "$(sort -u "$work/out" | wc -l)" -eq 50 ] || fail "of 50 events $(sort -u "$work/out" | wc -l) are there: $err"

# A listener that is there gets what comes, also of a topic that is made later, and goes on after a node is killed.
listen live "kafka://$kafka/^events" -X topic.metadata.refresh.interval.ms=500
check 'it reads' wait_for 60 said 'Reading 1 partition(s)' "$work/live.err"
create_topic events.later 2 3
run sendvo -q -t "kafka://$kafka/events.later" "$work/three.xml"
expect 0
check 'the first event of a new topic' wait_for 60 heard live three
kill_node 1
run sendvo -q --retry=60 -t "$topic" "$work/four.xml"
expect 0
check 'a node is gone' wait_for 60 heard live three four
# With too few replicas nothing is accepted, until one is back.
kill_node 2
sendvo --retry=120 -t "$topic" "$work/five.xml" 2>"$work/retry.err" &
retrying=$!
listeners+=("$retrying")
start_node 1
start_node 2
ends "$retrying"
[ "$status" -eq 0 ] || fail "the retry ended with $status: $(cat "$work/retry.err")"
check 'it comes once' wait_for 60 heard live three four five
listens "$topic" one two four five

# A time to begin at, by the timestamps of the messages.
before=$(date -u +%Y-%m-%dT%H:%M:%S.%6NZ)
run sendvo -q -t "$topic" "$work/six.xml"
expect 0
run listenvo -q --since="$before" --until-now "$topic"
expect 0
check 'only what is newer' cmp -s "$work/out" <(cat "$work/six.xml" && printf '\0')

# The tools of the cluster see how far a listener is that names a group.
run listenvo -q --since=1d -n 3 -X group.id=observatory "$topic"
expect 0
run kafka_tool org.apache.kafka.tools.consumer.group.ConsumerGroupCommand --bootstrap-server "$kafka" --describe \
  --group observatory
expect 0
[[ $out =~ observatory\ +events\ +0\ +3\ +5\ +2\  ]] || fail "the group has: $out"

# Records that are gone below the cursor.
run listenvo -q --since=1d -n 1 --resume="$work/cursors" "$topic"
expect 0
delete_records events 0 3
run listenvo --until-now --resume="$work/cursors" "$topic"
expect 0 '2 message(s) of events[0] are missed, which are no longer stored'
check 'the rest' cmp -s "$work/out" <(for name in five six; do cat "$work/$name.xml" && printf '\0'; done)

# Signing in, with a password and with tokens.
kafka_conf PLAIN >"$work/plain.conf"
start_token_endpoint
kafka_conf OAUTHBEARER sasl.oauthbearer.method=oidc sasl.oauthbearer.client.id=alice \
  sasl.oauthbearer.client.secret=wonderland "sasl.oauthbearer.token.endpoint.url=$token_url" >"$work/token.conf"
chmod go= "$work"/*.conf
for conf in plain token; do
  make_event "$conf"
  run sendvo -q --kafka-config="$work/$conf.conf" -t "kafka://$kafka_sasl/events" "$work/$conf.xml"
  expect 0
  run listenvo -q --kafka-config="$work/$conf.conf" --until-now --resume="$work/cursors" "kafka://$kafka_sasl/events"
  expect 0
done
check 'both came' cmp -s "$work/out" <(cat "$work/token.xml" && printf '\0')
check 'there was a token' said '"POST /oauth2/token HTTP/1.1" 200' "$work/kafka/tokens.log"
run sendvo -q --kafka-config="$work/plain.conf" -X sasl.password=wrong -t "kafka://$kafka_sasl/events" "$work/one.xml"
expect 1 'refused to accept VOEvent' 'Authentication failed'
run sendvo -q --kafka-config="$work/token.conf" -X sasl.oauthbearer.client.secret=wrong \
  -t "kafka://$kafka_sasl/events" "$work/one.xml"
expect 3 '401'
