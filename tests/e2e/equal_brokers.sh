#!/usr/bin/env bash
# Two brokers with the same log, which are killed in turn: a listener and a third broker, each of which uses one of them at a
# time, get everything once, in the order of the log.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
rounds=10
each_round=50 # events

launch first 'Listening for subscribers on' --receive="unix:$work/authors" --broadcast="unix:$work/first" \
  --local-ivo=ivo://test.broker/first
declare -A process
serve() { # one of the equal brokers
  launch "$1" "Subscribed to unix:$work/first" --broadcast="unix:$work/$1" --local-ivo="ivo://test.broker/$1" -s "unix:$work/first"
  process[$1]=$broker
}
serve a
serve b
equal=("unix:$work/a" "unix:$work/b")
launch third "Subscribed to ${equal[0]}" --local-ivo=ivo://test.broker/third -s "${equal[0]}|${equal[1]}"
third=$broker
listen heard --any --resume="$work/cursors" --format='%i\n' "${equal[@]}"
check 'it listens to the first' said "Subscribed to ${equal[0]}" "$work/heard.err"

mkfifo "$work/pipe"
sendvo -q -j 1 -t "unix:$work/authors" <"$work/pipe" 2>"$work/send.err" &
sender=$!
listeners+=("$sender")
exec 5>"$work/pipe"
got() { [ "$(wc -l <"$work/heard.out")" -ge "$1" ]; }
relayed() { [ "$(sqlite3 "$work/third.db" 'SELECT count(*) FROM event')" -ge "$1" ]; }
for ((round = 1; round <= rounds; ++round)); do
  numbered "ivo://test.author/equal#$round-" 1 "$each_round" >&5 &
  writer=$!
  wait_for 60 got $(((round - 1) * each_round + round * 7 % each_round)) || fail "round $round: no more events come"
  killed=$([ $((round % 2)) -eq 1 ] && echo a || echo b)
  kill -KILL "${process[$killed]}"
  wait "${process[$killed]}" 2>/dev/null
  wait_for 60 got $((round * each_round)) || fail "round $round: $(wc -l <"$work/heard.out") events came: $(cat "$work/heard.err")"
  wait "$writer"
  serve "$killed" 5>&-
done
exec 5>&-
ends "$sender"
[ "$status" -eq 0 ] || fail "sendvo ended with $status: $(cat "$work/send.err")"

total=$((rounds * each_round))
wait_for 60 relayed "$total" || fail 'the third broker has not all'
log_of() { sqlite3 "$work/$1.db" 'SELECT ivorn FROM event ORDER BY seq'; }
log_of first >"$work/log"
[ "$(wc -l <"$work/log")" -eq "$total" ] || fail "the log has $(wc -l <"$work/log") events"
cmp -s "$work/log" "$work/heard.out" || fail "the listener got $(wc -l <"$work/heard.out") events, or in another order"
log_of third | cmp -s - "$work/log" || fail 'the third broker has others, or in another order'
check 'it was at both' said "Trying ${equal[1]} instead" "$work/heard.err"
kill -TERM "$listener"
ends "$listener"
[ "$status" -eq 0 ] || fail "the listener ended with $status"
[ "$(cut -d ' ' -f 2 "$work/cursors" | sort -u | wc -l)" -eq 1 ] || fail "the cursors differ: $(cat "$work/cursors")"
[ "$(wc -l <"$work/cursors")" -eq 2 ] || fail "there are not two cursors: $(cat "$work/cursors")"
stop "$third"

# Each has a cursor there, and one is enough.
sed -i 1d "$work/cursors"
run listenvo -q --any --resume="$work/cursors" --until-now --format='%i\n' "${equal[@]}"
expect 0
[ -z "$out" ] || fail "it began elsewhere: $out"
