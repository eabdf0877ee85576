#!/usr/bin/env bash
# Whoever was away, for whatever reason, gets what it missed, once and in order.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# night NAME FIRST LAST: a stream of events in $work/NAME.stream, with these numbers.
night() {
  numbered 'ivo://test.author/resume#' "$2" "$3" >"$work/$1.stream"
}

# submit PORT NAME: the stream, in its order; each event is acknowledged.
submit() {
  run sendvo -q -j 1 -t "127.0.0.1:$1" "$work/$2.stream"
  expect 0
}

# heard LISTENER NAME…: it has printed these streams so far, and nothing else.
heard() {
  local listener=$1 name
  shift
  for name in "$@"; do cat "$work/$name.stream"; done | cmp -s - "$work/$listener.out"
}
hears() { wait_for 60 heard "$@" || fail "$1 has $(tr -cd '\0' <"$work/$1.out" | wc -c) events, not $*"; }

# keeps BROKER NAME…: its log has these streams, and nothing else.
keeps() {
  local broker=$1 name
  shift
  for name in "$@"; do cat "$work/$name.stream"; done >"$work/wanted"
  for ((tries = 0; tries < 600; ++tries)); do
    sqlite3 "$work/$broker.db" "SELECT ivorn FROM event ORDER BY seq" >"$work/kept"
    tr '\0' '\n' <"$work/wanted" | sed -n 's/.* ivorn="\(.*\)">$/\1/p' | cmp -s - "$work/kept" && return
    sleep 0.1
  done
  fail "$broker keeps $(wc -l <"$work/kept") events, not $*"
}

night first 1 20
night missed 21 320
night more 321 620
night last 621 640

# A broker that is killed, and takes events before anybody is back: its subscribers, of which one is a broker,
# get them in its order when they are.
start_broker up --broadcast="unix:$work/up.sock"
up_port=$port
launch down 'Subscribed to' -v --subscribe="unix:$work/up.sock"
down=$broker down_log=$log
listen back "unix:$work/up.sock"
subscribed 2 "$work/up.log"
submit "$up_port" first
hears back first
keeps down first
broker=${brokers[0]}
stop_broker KILL
start_broker up
submit "$port" missed
stop "$broker"
start_broker up --broadcast="unix:$work/up.sock"
up=$broker up_port=$port
hears back first missed
keeps down first missed
check 'the broker says how much there is' wait_for 20 said 'resumes 300 event(s) back' "$log"

# Events arrive all the time while the upstream broker is killed again and again.
sendvo -q -j 1 --retry=60 -t "127.0.0.1:$up_port" "$work/more.stream" &
author=$!
for _ in 1 2 3; do
  sleep 0.1 # for some of the events; what matters holds however many those are
  broker=$up
  stop_broker KILL
  start_broker up --broadcast="unix:$work/up.sock" --receive="tcp:127.0.0.1:$up_port"
  up=$broker
done
ends "$author"
[ "$status" -eq 0 ] || fail "the author ended with status $status"
hears back first missed more
keeps down first missed more

# The subscriber is killed, and misses what comes until it is started again.
broker=$down
stop_broker KILL
submit "$up_port" last
launch down 'Subscribed to' -v --subscribe="unix:$work/up.sock"
down=$broker
keeps down first missed more last
[ "$(grep -c 'seen before' "$down_log")" -le 256 ] || fail 'what it had came again'

# A broker that is started for the first time begins with what comes.
launch fresh 'Subscribed to' --subscribe="unix:$work/up.sock"
subscribed 3 "$work/up.log"
night new 641 641
submit "$up_port" new
keeps fresh new
stop "$down" "$broker" "$up"
