#!/usr/bin/env bash
# A broker that runs out of file descriptors stops accepting, says so once, and goes on when some are free.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ulimit -n 40
start_broker few --author-timeout=60

held=()
for _ in $(seq 60); do
  # Held by processes of their own, so that only the broker runs out.
  (exec 3<>"/dev/tcp/127.0.0.1/$port" && exec sleep 60) 2>/dev/null &
  held+=("$!")
done
check 'it says that it has run out' wait_for 20 said 'Cannot accept connections' "$log"
event 'ivo://test.author/fd#1' >"$work/event.xml"
run sendvo --timeout=0.3 -p "$port" "$work/event.xml"
expect 3 'timed out'

kill "${held[@]}"
wait "${held[@]}" 2>/dev/null
check 'it accepts again' wait_for 20 said 'Accepting connections on' "$log"
event 'ivo://test.author/fd#2' >"$work/event.xml"
run sendvo -p "$port" "$work/event.xml"
expect 0
[ "$(grep -c 'Cannot accept connections' "$log")" -le 3 ] || fail 'it said so more than once each time'
