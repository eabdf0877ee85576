#!/usr/bin/env bash
# Authors and brokers: Comet's comet-sendvo submits to brokerd, and sendvo to Comet's broker.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

make_event one
make_event two

start_broker ours
run comet-sendvo --host=127.0.0.1 --port="$port" --file="$work/one.xml"
expect 0 'Acknowledgement received from' 'Event was sent successfully'
run comet-sendvo --host=127.0.0.1 --port="$port" --file="$work/one.xml"
expect 1 'refused to accept VOEvent (Event rejected: Previously seen by this broker)' 'Event was NOT sent successfully'
run comet-sendvo --host=127.0.0.1 --port="$port" <"$work/two.xml"
expect 0 'Event was sent successfully'
stop "$broker"
for name in one two; do
  sqlite3 "$work/ours.db" "SELECT writefile('$work/$name.kept', bytes) FROM event WHERE ivorn LIKE '%#$name'" >"$work/out"
  check "the bytes of $name are kept" cmp "$work/$name.xml" "$work/$name.kept"
done
# Nobody listens there any more.
run comet-sendvo --host=127.0.0.1 --port="$port" --file="$work/one.xml"
expect 1 'Connection failed'

start_comet theirs
run sendvo -t "127.0.0.1:$comet_authors" "$work/one.xml"
expect 0 'Acknowledgement received from' 'Event was sent successfully'
run sendvo -t "127.0.0.1:$comet_authors" "$work/one.xml"
expect 1 'refused to accept VOEvent' '(Event rejected: Previously seen by this broker)' 'Event was NOT sent successfully'
run sendvo -q -t "127.0.0.1:$comet_authors" "$work/two.xml"
expect 0
check 'Comet has what sendvo sent' wait_for 30 saved_by_comet theirs one two

# Comet closes the connection after each event, so many events need as many connections.
many=() files=()
for number in $(seq 1 30); do
  make_event "many$number"
  many+=("many$number")
  files+=("$work/many$number.xml")
done
run sendvo -q -t "127.0.0.1:$comet_authors" "${files[@]}"
expect 0
check 'Comet has the many events' wait_for 60 saved_by_comet theirs one two "${many[@]}"
