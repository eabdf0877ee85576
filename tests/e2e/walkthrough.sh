#!/usr/bin/env bash
# The first thing that anybody tries: an event is acknowledged, and refused the second time, by a broker that
# remembers it when it is started again.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

event 'ivo://test.author/walk#1' >"$work/event.xml"
start_broker walk

run sendvo -p "$port" -f "$work/event.xml"
expect 0 "sendvo: Acknowledgement received from 127.0.0.1:$port: ivo://test.author/walk#1" \
  'sendvo: Event was sent successfully'

run sendvo --host=localhost --port="$port" <"$work/event.xml"
expect 1 "sendvo: 127.0.0.1:$port refused to accept VOEvent ivo://test.author/walk#1 (Event rejected: Previously seen by this broker)" \
  'sendvo: Event was NOT sent successfully'

check 'the log names the connection' said 'INFO New connection from 127.0.0.1:' "$log"
check 'the log names the event' said 'VOEvent ivo://test.author/walk#1 received from 127.0.0.1:' "$log"
check 'the log says why not' said 'refused: Previously seen by this broker' "$log"
check 'the log has the time in UTC' grep -qE '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z INFO ' "$log"

for signal in INT TERM; do
  stop_broker "$signal"
  [ "$status" -eq 0 ] || fail "SIG$signal: expected status 0, got $status"
  start_broker walk
  run sendvo -p "$port" "$work/event.xml"
  expect 1 'Previously seen by this broker'
done

# Killed, it knows no less.
event 'ivo://test.author/walk#2' >"$work/second.xml"
run sendvo -p "$port" "$work/second.xml"
expect 0
stop_broker KILL
start_broker walk
run sendvo -p "$port" "$work/second.xml"
expect 1 'Previously seen by this broker'
