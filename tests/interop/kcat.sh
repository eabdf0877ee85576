#!/usr/bin/env bash
# The cluster of the tests serves peers: kcat publishes and reads, also signed in, while a node is gone, and after old
# messages are gone.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"

# read_by_kcat FORMAT OPTION…: what the topic has, in order; kcat's FORMAT tells what of each message.
read_by_kcat() {
  local format=$1
  shift
  run kcat -C -q -e -t events -f "$format" "$@"
  expect 0
}

make_event one
start_cluster 3 --sign-in
create_topic events 1 3 min.insync.replicas=2
run kcat -P -b "$kafka" -t events -k ivo://test.author/interop#one -H _format=voevent "$work/one.xml"
expect 0
read_by_kcat '%k %h\n' -b "$kafka"
expect 0 'ivo://test.author/interop#one _format=voevent'
read_by_kcat '%s' -b "$kafka"
check 'the bytes are the same' cmp "$work/one.xml" "$work/out"
run kcat -L -b "$kafka" -t no-such-topic
expect 0 'Unknown topic or partition'

# kcat makes tokens that are not signed. By SCRAM see scram.sh and hop.sh.
kafka_conf PLAIN >"$work/plain.conf"
kafka_conf OAUTHBEARER enable.sasl.oauthbearer.unsecure.jwt=true sasl.oauthbearer.config=principal=alice >"$work/token.conf"
for way in plain token; do
  read_by_kcat '%s' -b "$kafka_sasl" -F "$work/$way.conf"
  check "the bytes are the same with $way.conf" cmp "$work/one.xml" "$work/out"
done

# in_sync N: so many nodes have all of the topic.
in_sync() { [ "$(kcat -L -b "$kafka" -t events | sed -n 's/.* isrs: //p' | tr ',' '\n' | wc -l)" -eq "$1" ]; }
check 'all nodes have the topic' wait_for 60 in_sync 3
leader=$(kcat -L -b "$kafka" -t events | sed -n 's/.* leader \([0-9]*\),.*/\1/p')
kill_node "$leader"
echo two | kcat -P -b "$kafka" -t events -X acks=all 2>"$work/err" || fail "with a node gone: $(cat "$work/err")"
start_node "$leader"
check 'the node has caught up' wait_for 60 in_sync 3

stop_node "$leader"
delete_records events 0 1
read_by_kcat '%o %s\n' -b "$kafka" -o beginning
[ "$out" = '1 two' ] || fail "after the first message is gone: $out"
