#!/usr/bin/env bash
# How many may be connected, and what the broker takes of memory: limits that have names, and errors that say so.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# connect PORT: one that says nothing, and ends when its connection does; its process is $held.
connect() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1" && cat <&3 >/dev/null) 2>/dev/null &
  held=$!
}
has_ended() { ! kill -0 "$1" 2>/dev/null; }

start_broker limits --broadcast=tcp:127.0.0.1:0 --max-authors=2 --max-authors-per-address=2 --max-subscribers=2 \
  --max-subscribers-per-address=2 --broadcast-test-interval=0 --max-memory=64M
subscribers=$(port_for subscribers)

# Silent authors leave for those who come, the first one first.
connect "$port"
first=$held
check 'the first is there' wait_for 20 said_times 1 'New connection' "$log"
connect "$port"
second=$held
check 'the second is there' wait_for 20 said_times 2 'New connection' "$log"
event 'ivo://test.author/limit#1' >"$work/event.xml"
run sendvo -p "$port" "$work/event.xml"
expect 0
check 'the first silent author has left' wait_for 20 has_ended "$first"
kill "$second" 2>/dev/null

# Subscribers that have answered stay, and a third is turned away; authors are not concerned.
for i in 1 2; do
  listenvo -q "127.0.0.1:$subscribers" >"$work/heard-$i" &
  listeners+=("$!")
  check "listener $i is there" wait_for 20 said_times "$i" 'has 0 filter(s)' "$log"
done
run listenvo --no-reconnect "127.0.0.1:$subscribers"
check 'the third is turned away, with a line' wait_for 20 said 'the limit of connected subscribers is reached' "$log"
event 'ivo://test.author/limit#2' >"$work/event.xml"
run sendvo -p "$port" "$work/event.xml"
expect 0
for i in 1 2; do check "listener $i got it" wait_for 20 said 'limit#2' "$work/heard-$i"; done
stop "$broker"

# What cannot be is said at the start.
run brokerd -r --local-ivo=ivo://test.broker/e2e --eventdb="$work/x.db" --max-memory=63M
expect 2 '--max-memory' '63M is less than 64M'
run bash -c 'ulimit -n 100; exec brokerd -r --local-ivo=ivo://test.broker/e2e --eventdb="$0" --max-authors=50' "$work/x.db"
expect 1 'the limit of open files (ulimit -n) leaves 50 for connections, too few for 50 authors and'
