#!/usr/bin/env bash
# A broker that forwards to a topic, and nodes of the cluster, are killed again and again while authors submit events:
# everything in the broker's log is in the topic, in the order of the log; hop-client reads it. $VTP_ROUNDS: how many times,
# 4 by default.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"
rounds=${VTP_ROUNDS:-4}
each_round=200 # events

start_cluster 3
create_topic events 2 3 min.insync.replicas=2
topic=kafka://$kafka/events
start() {
  launch main 'Listening for authors on' --receive="unix:$work/authors" --local-ivo=ivo://test.broker/e2e \
    --forward="$topic" 5>&-
}
start

mkfifo "$work/pipe"
sendvo -q -j 1 --retry=300 -t "unix:$work/authors" <"$work/pipe" 2>"$work/send.err" &
sender=$!
listeners+=("$sender")
exec 5>"$work/pipe"
count() { sqlite3 "$work/main.db" 'SELECT count(*) FROM event'; }
logged() { [ "$(count)" -ge "$1" ]; }
# forwarded: all that is logged now, as the broker notes.
forwarded() { [ "$(sqlite3 "$work/main.db" 'SELECT seq = (SELECT max(seq) FROM event) FROM handler')" = 1 ]; }

kill_in_rounds "$rounds" "$each_round" forward
exec 5>&-
wait_for 300 gone "$sender" || fail 'the events are not submitted'
wait "$sender" || fail "sendvo ended with $?: $(cat "$work/send.err")"
total=$((rounds * each_round))
[ "$(count)" -eq "$total" ] || fail "the log has $(count) of $total events"
wait_for 120 forwarded || fail 'not all is forwarded'

# first_of_each: what comes again is left out.
first_of_each() { awk '!seen[$0]++'; }
sqlite3 "$work/main.db" 'SELECT ivorn FROM event ORDER BY seq' >"$work/logged"
: >"$work/in-topic"
for partition in 0 1; do
  kcat -C -q -e -b "$kafka" -t events -p "$partition" -f '%k\n' | first_of_each >"$work/partition"
  # Each partition has what it has in the order of the log.
  grep -Fxf "$work/partition" "$work/logged" | cmp -s - "$work/partition" || fail "partition $partition is not in order"
  cat "$work/partition" >>"$work/in-topic"
done
sort "$work/logged" | cmp -s - <(sort "$work/in-topic") || fail 'the log and the topic differ'
echo "$total events, $(kcat -C -q -e -b "$kafka" -t events -f '%k\n' | wc -l) messages"

# hop-client reads what was forwarded.
hop_has_all() {
  run hop subscribe --no-auth --start-at=EARLIEST --until-eos "kafka://${kafka%%,*}/events"
  [ "$status" -eq 0 ] && grep -o 'ivorn="[^"]*"' "$work/out" | sort -u | cmp -s - <(sed 's/.*/ivorn="&"/' "$work/logged" | sort)
}
cd "$work" || exit 1
wait_for 60 hop_has_all || fail "hop got $(grep -c 'ivorn="' "$work/out") events: $err"
stop "$broker"
