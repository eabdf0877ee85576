#!/usr/bin/env bash
# A broker with several network threads: everybody on any of them gets every event, once, in the log's order, and the
# broker comes to its end on all of them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

listening=5
count=300

run brokerd --local-ivo=ivo://test.broker/e2e -r --threads=0
expect 2 '--threads'
run brokerd --local-ivo=ivo://test.broker/e2e -r --threads=1000000
expect 2 '--threads'

start_broker main --threads=3 --broadcast=tcp:127.0.0.1:0
subscribers=127.0.0.1:$(port_for subscribers)
for ((i = 1; i <= listening; ++i)); do
  listen "l$i" -n "$count" "$subscribers"
done
subscribed "$listening" "$log"

# Kept connections and new ones, several at once; of each event one is refused.
for ((i = 1; i <= count; ++i)); do
  event "ivo://test.author/t#$i"
  printf '\0'
done >"$work/stream"
sendvo -q -j 4 -t "127.0.0.1:$port" "$work/stream" 2>"$work/first" &
first=$!
sendvo -q -j 4 -t "127.0.0.1:$port" "$work/stream" 2>"$work/second" &
wait "$first"
wait "$!"
refused=$(cat "$work/first" "$work/second" | grep -c 'refused to accept.*Previously seen')
((refused == count)) || fail "$refused events were refused, of $count"

for process in "${listeners[@]}"; do
  ends "$process"
  [ "$status" -eq 0 ] || fail "a listener ended with status $status"
done
for ((i = 1; i <= listening; ++i)); do
  check "listener $i has the order of the first" cmp -s "$work/l1.out" "$work/l$i.out"
done
check 'the events, each once' cmp -s <(sort -z "$work/stream") <(sort -z "$work/l1.out")

# Some are connected when it ends, on all threads.
for ((i = 1; i <= listening; ++i)); do
  listen "end$i" --no-reconnect "$subscribers"
done
subscribed $((2 * listening)) "$log"
stop "$broker"
check 'it ends as it should' said Stopped "$log"
check 'all are told to go' said_times "$listening" 'gone: this broker stops' "$log"
