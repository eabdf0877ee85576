# shellcheck shell=bash
# The part of scripts/bench with brokers that share their log: a topic of Apache Kafka, one node, on this machine, beside what
# it is compared with. Sourced by scripts/bench, after topics.sh, whose functions it uses.
# shellcheck disable=SC2154  # scripts/bench assigns $root and $quick, tests/interop/cluster.sh the rest

shared() { with_kafka measure_shared 'The shared log'; }

measure_shared() {
  local rounds=5 count=20000 samples=1000 authors round keep
  if $quick; then rounds=1 count=1000 samples=50; fi
  set_up_cluster
  echo "The shared log, events of $size bytes, acks=all, one node of Apache Kafka on the same machine; $rounds round(s):"
  for authors in 16 256; do
    for ((round = 1; round <= rounds; ++round)); do
      one_at_a_time "$authors" >>"$work/floor-$authors"
      for keep in '' --keep; do authors_of_one "$authors" "$keep" >>"$work/authors-$authors$keep"; done
    done
    middles "floor-$authors" "kafka-producer-perf-test, $authors records at once"
    middles "authors-$authors" "brokerd, $authors authors, a connection for each event"
    middles "authors-$authors--keep" "brokerd, $authors authors that keep their connections"
  done
  shared_latency
  fan_out
}

size=700

# new_topic: one that nothing has used, in $topic.
new_topic() {
  topic=shared-$((++topics_made))
  create_topic "$topic" 1 1
}
topics_made=0

# Each record is a batch of its own, and so many are under way.
one_at_a_time() {
  new_topic
  kafka_tool org.apache.kafka.tools.ProducerPerformance --topic "$topic" --num-records "$count" --record-size "$size" \
    --throughput -1 --bootstrap-server "$kafka" --command-property acks=all enable.idempotence=false linger.ms=0 \
    batch.size=1 "max.in.flight.requests.per.connection=$1" 2>&1 | records_per_second
}

# share NAME: a broker with that topic as its log.
share() {
  launch "$1" 'Listening for subscribers on' --local-ivo=ivo://example.org/shared --receive=tcp:127.0.0.1:0 \
    --broadcast=tcp:127.0.0.1:0 --log="kafka://$kafka/$topic"
  sharing+=("$broker")
}
sharing=()
stop_sharing() { stop "${sharing[@]}" && sharing=(); }

# figure NAME: from what bench_load printed.
figure() { sed -nE "s/.*\b$1=([0-9.]+).*/\1/p" "$work/load"; }

# authors_of_one AUTHORS [--keep]: events/s.
authors_of_one() {
  new_topic
  share "authors-$topics_made"
  # shellcheck disable=SC2086  # the option or none
  bench_load --submit="$(port_for authors)" --authors="$1" ${2-} --events="$count" --size="$size" >"$work/load" ||
    fail "not every event was stored: $(cat "$work/load")"
  figure events_per_s
  stop_sharing
}

# From the first byte of an author to the last of a subscriber, one event at a time, beside Kafka's own round trip.
shared_latency() {
  new_topic
  kafka_tool org.apache.kafka.tools.EndToEndLatency --bootstrap-server "$kafka" --topic "$topic" --num-records "$samples" \
    --record-size "$size" --producer-acks all 2>&1 |
    sed -nE 's/^Percentiles: 50th = ([0-9]+), 99th = ([0-9]+),.*/Kafka, produce and consume: median \1 ms, 99th percentile \2 ms/p; s/^Avg latency: (.*)/Kafka, produce and consume: mean \1/p'
  new_topic
  share latency
  bench_load --submit="$(port_for authors)" --authors=1 --keep --broadcast="$(port_for subscribers)" --interval=20ms \
    --events="$samples" --size="$size" >"$work/load" || fail "not every event arrived: $(cat "$work/load")"
  echo "brokerd, from an author to a subscriber: median $(figure latency_median_us) us, 99th percentile $(figure latency_p99_us) us"
  stop_sharing
}

# Three brokers, each with a third of the subscribers.
fan_out() {
  local subscribers=3000 events=200 ports=() receive name
  if $quick; then subscribers=300 events=50; fi
  new_topic
  for name in one two three; do
    share "fan-$name"
    ports+=(--broadcast="$(port_for subscribers)")
    receive=$(port_for authors)
  done
  bench_load --submit="$receive" --authors=16 --keep "${ports[@]}" --subscribers="$subscribers" --events="$events" \
    --size="$size" --limit=300 >"$work/load" || fail "not every event arrived: $(cat "$work/load")"
  echo "Three brokers, $subscribers subscribers, $events events: $(figure deliveries_per_s) deliveries/s; $(cat "$work/load")"
  stop_sharing
}
