#!/usr/bin/env bash
# Peers that say nothing cannot use up a broker's file descriptors: those who come are served.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ulimit -n 40
start_broker few --author-timeout=60

held=()
for _ in $(seq 60); do
  # Held by processes of their own, so that only the broker could run out.
  (exec 3<>"/dev/tcp/127.0.0.1/$port" && exec sleep 60) 2>/dev/null &
  held+=("$!")
done
event 'ivo://test.author/fd#1' >"$work/event.xml"
run sendvo -p "$port" "$work/event.xml"
expect 0
check 'it did not run out' test "$(grep -c 'Cannot accept connections' "$log")" -eq 0

kill "${held[@]}"
wait "${held[@]}" 2>/dev/null
event 'ivo://test.author/fd#2' >"$work/event.xml"
run sendvo -p "$port" "$work/event.xml"
expect 0
