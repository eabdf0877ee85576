#!/usr/bin/env bash
# Subscribers of brokerd: Comet and pygcn get every event exact to the byte, and answer its iamalives; voevent-parse reads
# what listenvo saves.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# start_pygcn NAME PORT: pygcn.listen with a handler that saves the events in the folder $work/NAME; its log is
# $work/NAME.log.
start_pygcn() {
  mkdir "$work/$1"
  (cd "$work/$1" && exec python3 -c '
import logging, sys
import gcn
logging.basicConfig(level=logging.DEBUG)
gcn.listen(host="127.0.0.1", port=int(sys.argv[1]), handler=gcn.handlers.archive)' "$2") >"$work/$1.log" 2>&1 &
  listeners+=("$!")
  has_started "$!" 'connected to' "$work/$1.log"
}

# saved_by_pygcn NAME EVENT…: as saved_by_comet.
saved_by_pygcn() {
  local folder=$work/$1 event
  shift
  [ "$(find "$folder" -type f | wc -l)" -eq $# ] || return 1
  for event; do
    cmp -s "$work/$event.xml" "$folder/ivo%3A%2F%2Ftest.author%2Finterop%23$event" || return 1
  done
}

make_event one
make_event two observation
make_event three
start_broker ours -v --broadcast=tcp:127.0.0.1:0 --iamalive-interval=1
ours=$broker ours_log=$log to_ours=$port
at_ours=$(port_for subscribers)

start_comet everything --remote="127.0.0.1:$at_ours"
everything_log=$comet_log
start_comet some --remote="127.0.0.1:$at_ours" --filter='/*[@role="observation"]' --filter='//Nothing'
check 'Comet sees our authenticate' wait_for 30 said 'Authenticate received from' "$everything_log"
subscribed 2 "$ours_log"
check 'the filters of Comet arrive' said 'has 2 filter(s)' "$ours_log"
start_pygcn pygcn "$at_ours"
check 'pygcn subscribes' wait_for 30 said_times 3 'New subscriber' "$ours_log"
submit "$to_ours" one two
check 'Comet gets all events' wait_for 30 saved_by_comet everything one two
check 'Comet gets what passes its filter' wait_for 30 saved_by_comet some two
check 'pygcn gets all events' wait_for 30 saved_by_pygcn pygcn one two

# They are still there after iamalives that would have made brokerd drop who does not answer.
for heard in "IAmAlive received from:$everything_log" "IAmAlive received from:$comet_log" "sent iamalive:$work/pygcn.log"; do
  check 'iamalives are received' wait_for 60 said_times 4 "${heard%%:*}" "${heard#*:}"
done
submit "$to_ours" three
check 'Comet stays subscribed' wait_for 30 saved_by_comet everything one two three
check 'pygcn stays subscribed' wait_for 30 saved_by_pygcn pygcn one two three
said unanswered "$ours_log" && fail 'a subscriber left iamalives unanswered'

# What listenvo saves is what voevent-parse reads; both find the same values.
listen saver -n 1 --save="$work/saved" "127.0.0.1:$at_ours"
subscribed 3 "$ours_log"
run sendvo -q -t "127.0.0.1:$to_ours" "$interop/../data/example.xml"
expect 0
ends "$listener"
[ "$status" -eq 0 ] || fail "listenvo ended with status $status: $(cat "$work/saver.err")"
run python3 - "$work"/saved/* <<'PYTHON'
import sys
import voeventparse
with open(sys.argv[1], "rb") as file:
    event = voeventparse.load(file)
voeventparse.assert_valid_as_v2_0(event)
position = voeventparse.get_event_position(event)
print(event.attrib["ivorn"], event.attrib["role"], position.ra, position.dec, position.err,
      voeventparse.get_event_time_as_utc(event).isoformat(), event.Who.Author.contactName)
PYTHON
expect 0 'ivo://example.org/demo#1 test 83.6331 22.0145 0.01 2024-03-05T06:05:04.300000+00:00 A. N. Observer'

stop "$ours"
check 'Comet and pygcn acknowledged all events' said_times 2 "(4 events sent, 4 acknowledged)" "$ours_log"
