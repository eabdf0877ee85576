# shellcheck shell=bash
# The part of scripts/bench with topics of Apache Kafka: one node, on this machine, beside what it is compared with. Sourced
# by scripts/bench, whose functions it uses.
# shellcheck disable=SC2154  # that also assigns $root, $quick and $scratch

topics() { with_kafka measure_topics Topics; }

# with_kafka COMMAND NAME: a part that needs Apache Kafka.
with_kafka() {
  if [[ ! -e $root/build-interop/java/installed ]]; then
    echo "$2: skipped, since Apache Kafka is not here; scripts/interop installs it."
    return
  fi
  ("$1") # what is sourced there has a trap of its own
}

# One node; and what the tests of real peers have.
set_up_cluster() {
  set +e # as these tests expect; they say what fails
  export VTP_KAFKA_JARS=$root/build-interop/java
  # shellcheck source=../tests/interop/cluster.sh
  . "$root/tests/interop/cluster.sh"
  kafka_java=(java -Xmx512m -XX:+UseSerialGC)
  start_cluster 1
}

measure_topics() {
  local rounds=3 count=50000 samples=300 round
  if $quick; then rounds=1 count=2000 samples=50; fi
  set_up_cluster
  stored_events
  echo "Topics, $count events of 4 kB, acks=all, one node of Apache Kafka on the same machine; events/s in $rounds round(s):"
  for ((round = 1; round <= rounds; ++round)); do
    create_topic "sent-$round" 1 1
    create_topic "made-$round" 1 1
    create_topic "forwarded-$round" 1 1
    read_to_log "$round" >>"$work/read"
    rate cat_topic "sent-$round" >>"$work/kcat"
    upstream_to_log "$round" >>"$work/upstream"
    make_messages "made-$round" >>"$work/made"
    forward_log "$round" >>"$work/forwarded"
  done
  middles kcat 'kcat reads the topic'
  middles upstream 'brokerd, from a broker upstream to its log'
  middles read 'brokerd, from a topic to its log'
  middles made 'kafka-producer-perf-test'
  middles sent 'sendvo to a topic'
  middles forwarded 'brokerd --forward, from its log to a topic'
  latency
}

# middles NAME LABEL: the median of the values in $work/NAME, and its range.
middles() {
  sort -n "$work/$1" | awk -v label="$2" '{ v[NR] = $1 }
    END { printf "%-44s %8d (%d to %d)\n", label, v[int((NR + 1) / 2)], v[1], v[NR] }'
}

# rate COMMAND…: runs it; events/s.
rate() {
  local begin=$EPOCHREALTIME
  "$@" || fail "$*"
  awk -v begin="$begin" -v end="$EPOCHREALTIME" -v count="$count" 'BEGIN { printf "%.0f\n", count / (end - begin) }'
}

# A database with so many events in $work/stored.db, and their stream in $work/stream.
stored_events() {
  bench_append run "$work/stored.db" "$count" 1000 4096 params >/dev/null
  launch stored 'Listening for subscribers on' --local-ivo=ivo://example.org/stored --broadcast=tcp:127.0.0.1:0
  listenvo -q --since=1d --until-now "127.0.0.1:$(port_for subscribers)" >"$work/stream"
  stop "$broker"
}

logged() { [[ $(sqlite3 "$work/$1.db" 'SELECT coalesce(max(seq), 0) FROM event') -ge $2 ]]; }
waits_for() { wait_for 300 "$@"; }
cat_topic() { kcat -C -q -e -b "$kafka" -t "$1" >/dev/null; }
has_messages() { [[ $(kcat -Q -b "$kafka" -t "$1:0:-1") == *"offset $2" ]]; }

# What kafka-producer-perf-test reaches.
make_messages() {
  kafka_tool org.apache.kafka.tools.ProducerPerformance --topic "$1" --num-records "$count" --record-size 4096 \
    --throughput -1 --bootstrap-server "$kafka" --command-property acks=all 2>&1 | records_per_second
}
records_per_second() { sed -nE 's/.* ([0-9]+)\.?[0-9]* records\/sec.*/\1/p' | tail -n 1; }

# From a topic that is filled while the broker is away; also measures filling it.
read_to_log() {
  local options=(--local-ivo=ivo://example.org/read --receive="unix:$work/read.sock" -s "kafka://$kafka/sent-$1")
  launch "read-$1" 'Reading 1 partition(s)' "${options[@]}"
  stop "$broker"
  rate sendvo -q -t "kafka://$kafka/sent-$1" "$work/stream" >>"$work/sent"
  rate broker_takes_all "read-$1" "$count" "${options[@]}"
  stop "$broker"
}
broker_takes_all() {
  launch "$1" 'Listening for authors on' "${@:3}"
  waits_for logged "$1" "$2"
}

# The same from a broker upstream, which has one event more: from that one on the log is fetched.
upstream_to_log() {
  local upstream
  local serving=(--local-ivo=ivo://example.org/upstream --receive="unix:$work/up.sock" --broadcast="unix:$work/subscribers")
  local subscribing=(--local-ivo=ivo://example.org/down --receive="unix:$work/down.sock" -s "unix:$work/subscribers")
  launch "upstream-$1" 'Listening for subscribers on' "${serving[@]}"
  upstream=$broker
  launch "down-$1" 'Listening for authors on' "${subscribing[@]}"
  subscribed 1 "$work/upstream-$1.log"
  sendvo -q -t "unix:$work/up.sock" <(event ivo://example.org/bench#first)
  waits_for logged "down-$1" 1
  stop "$broker" "$upstream"
  bench_append run "$work/upstream-$1.db" "$count" 1000 4096 params >/dev/null
  launch "upstream-$1" 'Listening for subscribers on' "${serving[@]}"
  upstream=$broker
  rate broker_takes_all "down-$1" $((count + 1)) "${subscribing[@]}"
  stop "$broker" "$upstream"
}

forward_log() {
  local options=(--local-ivo=ivo://example.org/forward --receive="unix:$work/forward.sock"
    --forward="kafka://$kafka/forwarded-$1")
  launch "forward-$1" 'Listening for authors on' "${options[@]}"
  stop "$broker"
  bench_append run "$work/forward-$1.db" "$count" 1000 4096 params >/dev/null
  rate broker_forwards_all "$1" "${options[@]}"
  stop "$broker"
}
broker_forwards_all() {
  launch "forward-$1" 'Listening for authors on' "${@:2}"
  waits_for has_messages "forwarded-$1" "$count"
}

# From the time at which a message is made, in whole milliseconds, to that at which a subscriber of the broker has it. The
# first event only sees all connections made.
latency() {
  local i
  create_topic slow 1 1
  launch slow 'Reading 1 partition(s)' --local-ivo=ivo://example.org/slow --broadcast="unix:$work/slow.sock" \
    -s "kafka://$kafka/slow"
  listen slow -q -n $((samples + 1)) -F '%i %R\n' "unix:$work/slow.sock"
  subscribed 1 "$log"
  {
    event ivo://example.org/slow#first && printf '\0'
    waits_for test -s "$work/slow.out"
    for ((i = 0; i < samples; ++i)); do
      event "ivo://example.org/slow#$i" && printf '\0' && sleep 0.02
    done
  } | sendvo -q -t "kafka://$kafka/slow"
  ends "$listener"
  stop "$broker"
  kcat -C -q -e -b "$kafka" -t slow -f '%k %T\n' | sort >"$work/made-at"
  grep -v '#first' "$work/slow.out" | sort | join - "$work/made-at" |
    awk '{ split($2, t, ":"); ms = t[3] * 1000 - $3 % 60000; print ms < -30000 ? ms + 60000 : ms }' | sort -n |
    awk '{ v[NR] = $1 } END {
      printf "From a topic to a subscriber, an event each 20 ms: median %.1f ms, 99th percentile %.1f ms, of %d\n",
        v[int((NR + 1) / 2)], v[int(NR * 0.99)], NR }'
}
