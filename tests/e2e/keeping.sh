#!/usr/bin/env bash
# A broker that is told to keep little: who comes back gets the newest, is told of the rest, and what is gone stays known.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

at=unix:$work/subscribers
serve() {
  launch main "Listening for subscribers on $at" --receive="unix:$work/authors" --broadcast="$at" \
    --local-ivo=ivo://test.broker/e2e --keep-size=1k --sync=normal
}
catch_up() { timeout 20 listenvo -q --until-now "$@" "$at" 2>/dev/null; }
gets_newest() { catch_up "$@" | cmp -s - "$work/newest"; }

serve
send_each a
catch_up --since=2020-01-01 --resume="$work/places" >"$work/first"
check 'a listener has the first' [ -s "$work/first" ]
send_each b c d e f
kept=$((1024 / $(wc -c <"$work/f.xml")))
for name in b c d e f; do
  printf '%s\n' "$name"
done | tail -n "$kept" | while read -r name; do
  cat "$work/$name.xml" && printf '\0'
done >"$work/newest"
((kept >= 1 && kept <= 4)) || fail "events are of a size that shows nothing: $kept are kept"

# In memory it has them all; after a start it has what it kept.
stop "$broker"
serve
check 'the newest, as many as may be kept' wait_for 20 gets_newest --since=2020-01-01
check 'who was away gets those too' gets_newest --resume="$work/places"
check 'the log tells of the rest' said "misses $((5 - kept)) event(s)" "$log"
run sendvo -q -t "unix:$work/authors" "$work/a.xml"
expect 1 'Previously seen by this broker'
