#!/usr/bin/env bash
# Clients with an older librdkafka sign in by SCRAM at a Kafka that still accepts what they send: our programs and kcat at
# Kafka 3.9.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"

make_event one
kafka_jars=${VTP_KAFKA_3_JARS-}
start_cluster 1 --sign-in
create_topic events 1 1
kafka_conf SCRAM-SHA-512 >"$work/scram.conf"
run kcat -P -b "$kafka_sasl" -F "$work/scram.conf" -t events "$work/one.xml"
expect 0
run kcat -C -q -e -b "$kafka_sasl" -F "$work/scram.conf" -t events -f '%s'
check 'the bytes are the same' cmp "$work/one.xml" "$work/out"
topic=kafka://$kafka_sasl/events
chmod go= "$work/scram.conf"
make_event two
run sendvo -q --kafka-config="$work/scram.conf" -t "$topic" "$work/two.xml"
expect 0
run listenvo -q --kafka-config="$work/scram.conf" --since=1d --until-now "$topic"
expect 0
check 'both come' cmp -s "$work/out" <(for name in one two; do cat "$work/$name.xml" && printf '\0'; done)
run sendvo -q --kafka-config="$work/scram.conf" -X sasl.password=other -t "$topic" "$work/two.xml"
expect 1 'Authentication failed'
run kcat -L -b "$kafka_sasl" -F "$work/scram.conf" -X sasl.password=other
expect 1 'Authentication failed'
