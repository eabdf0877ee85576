#!/usr/bin/env bash
# A broker that reads a topic, and nodes of the cluster, are killed again and again while events are sent: what the topic
# acknowledged is in the broker's log, once. $VTP_ROUNDS: how many times, 6 by default.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"
rounds=${VTP_ROUNDS:-6}
each_round=100 # events

start_cluster 3
create_topic events 2 3 min.insync.replicas=2
topic=kafka://$kafka/events
# What is started must not hold the pipe, whose end is that of the events.
start() {
  launch main 'Listening for authors on' --receive="unix:$work/authors" --local-ivo=ivo://test.broker/e2e -s "$topic" 5>&-
}
start
check 'it reads the topic' wait_for 60 said 'Reading 2 partition(s)' "$log"

mkfifo "$work/pipe"
sendvo -q --retry=300 --report="$work/report" -t "$topic" <"$work/pipe" 2>"$work/send.err" &
sender=$!
listeners+=("$sender")
exec 5>"$work/pipe"
logged() { [ "$(sqlite3 "$work/main.db" 'SELECT count(*) FROM event')" -ge "$1" ]; }

kill_in_rounds "$rounds" "$each_round" crash
exec 5>&-
wait_for 300 gone "$sender" || fail 'the events are not sent'
wait "$sender" || fail "sendvo ended with $?: $(cat "$work/send.err")"

total=$((rounds * each_round))
wait_for 120 logged "$total" || fail "only $(sqlite3 "$work/main.db" 'SELECT count(*) FROM event') of $total events came"
[ "$(grep -c '"outcome":"accepted"' "$work/report")" -eq "$total" ] || fail 'not every event was acknowledged'
[ "$(sqlite3 "$work/main.db" 'SELECT count(*), count(DISTINCT ivorn) FROM event')" = "$total|$total" ] ||
  fail 'an event came twice'
stop "$broker"
