#!/usr/bin/env bash
# Listeners that were away, or whose broker was: what they get when they come back.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

at=unix:$work/subscribers
serve() { # the same broker, at the same endpoints
  launch main "Listening for subscribers on $at" --receive="unix:$work/authors" --broadcast="$at" \
    --local-ivo=ivo://test.broker/e2e
}
heard=0
hear() { # NAME OPTION…: a listener in the background that gets what is sent from here on
  heard=$((heard + 1))
  listen "$@" --local-ivo="ivo://test.listener/$heard" "$at"
  check "$1 is subscribed" said "(ivo://test.listener/$heard) has" "$log"
}
printed() { # LISTENER NAME…: it has printed these events, in order
  local file=$work/$1.out name
  shift
  for name in "$@"; do cat "$work/$name.xml" && printf '\0'; done | cmp -s - "$file"
}
cursor_is() { # FILE NAME: the broker's line has that event
  grep -qxF "$at $(sha256sum <"$work/$2.xml" | cut -d ' ' -f 1)" "$work/$1"
}
ended() { # STATUS NAME
  ends "$listener"
  [ "$status" -eq "$1" ] || fail "$2: expected status $1, got $status; it said: $(cat "$work/$2.err")"
}
catch_up() { # NAME OPTION…
  listen "$@" --until-now "$at"
  ended 0 "$1"
}

serve
send_each before

# One that is stopped, and comes back, and has nothing left to come back for.
hear first --resume="$work/cursors"
send_each a b
check 'it gets what comes' wait_for 20 printed first a b
kill -TERM "$listener"
ended 0 first
check 'its cursor is in the file' cursor_is cursors b
send_each c d e
catch_up again --resume="$work/cursors"
check 'exactly what it missed' printed again c d e
check 'its cursor has moved' cursor_is cursors e
catch_up nothing --resume="$work/cursors"
check 'nothing twice' printed nothing

# One that never was there begins now, and has its cursor although nothing came; a filter does not hold that up.
catch_up fresh --resume="$work/fresh" --filter='//None'
check 'nothing that is older' printed fresh
check 'it has a cursor' cursor_is fresh e
check 'it says where it begins' said "$at has no cursor in $work/fresh yet; starting with new events" "$work/fresh.err"
check 'and what it got' said '0 event(s); 1 of 1 broker(s) sent all their stored events' "$work/fresh.err"
echo "other.example.org:8099 $(printf '%064d' 0)" >>"$work/fresh"
send_each f
catch_up filtered --resume="$work/fresh" --filter='//None'
check 'it passes over what is not wanted' cursor_is fresh f
check 'the other broker has its line still' said "other.example.org:8099 $(printf '%064d' 0)" "$work/fresh"

# So many at a time.
send_each g h
for name in f g h; do
  listen one --resume="$work/cursors" -n 1 "$at"
  ended 0 one
  check "one at a time: $name" printed one "$name"
done

# Killed while a command runs: that event comes again.
export WORK=$work
# shellcheck disable=SC2016
command='echo "$VOEVENT_IVORN" >>"$WORK/begun"; case $VOEVENT_IVORN in *slow) until [ -e "$WORK/go" ]; do sleep 0.01; done;; esac'
hear killed --resume="$work/cursors" --exec="$command" --jobs=2
send_each i slow j
begun() { [ "$(sed 's/.*#//' "$work/begun" | sort | tr '\n' ' ')" = "$1 " ]; }
check 'three commands were begun' wait_for 20 begun 'i j slow'
check 'its cursor is before the one that runs' wait_for 20 cursor_is cursors i
kill -KILL "$listener"
ends "$listener"
touch "$work/go"
rm "$work/begun"
catch_up resumed --resume="$work/cursors" --exec="$command"
check 'what was not finished comes again' begun 'j slow'
check 'and then is behind it' cursor_is cursors j

# From a time on.
catch_up since --since=1h
check 'all since then' printed since before a b c d e f g h i slow j
catch_up some --since=1h --filter='/*[contains(@ivorn, "#a") or contains(@ivorn, "#slow")]'
check 'those that are wanted' printed some a slow
catch_up future --since=2999-01-01
check 'nothing since a time to come' printed future
catch_up both --resume="$work/both" --since=1h --filter='/*[contains(@ivorn, "#a")]'
check 'without a cursor, the time counts' printed both a
catch_up cursor --resume="$work/both" --since=1h
check 'with one, the cursor does' printed cursor

# The broker is killed, and comes back: nothing is missed or comes twice in one run.
hear stays
send_each k
check 'it listens' wait_for 20 printed stays k
stop_broker KILL
serve
send_each l
check 'it gets what came before it was back' wait_for 30 printed stays k l
send_each m
check 'and what comes' wait_for 20 printed stays k l m
kill -TERM "$listener"
ended 0 stays

# A broker that has forgotten the event sends all that it keeps.
echo "$at $(printf '%064d' 1)" >"$work/unknown"
catch_up unknown --resume="$work/unknown" --filter='/*[contains(@ivorn, "#before")]'
check 'all that is kept' printed unknown before
check 'it has a cursor that is known' cursor_is unknown m

# A broker whose log is still empty: what comes during an absence is behind that.
kept=$log
launch empty "Listening for subscribers on unix:$work/empty-subscribers" --receive="unix:$work/empty-authors" \
  --broadcast="unix:$work/empty-subscribers" --local-ivo=ivo://test.broker/empty
run timeout 60 listenvo --resume="$work/from-empty" --until-now "unix:$work/empty-subscribers"
expect 0 '0 event(s); 1 of 1'
run sendvo -q -t "unix:$work/empty-authors" "$work/a.xml"
expect 0
run timeout 60 listenvo --resume="$work/from-empty" --until-now -F '%i\n' "unix:$work/empty-subscribers"
expect 0 '1 event(s); 1 of 1'
stop_broker TERM
log=$kept

# One listener at a time has a file of cursors.
hear first-of-two --resume="$work/shared"
run timeout 60 listenvo --resume="$work/shared" --until-now "$at"
expect 4 "$work/shared is in use by another listenvo"
kill -TERM "$listener"
ended 0 first-of-two

# Time that is over before it has all.
run timeout 60 listenvo --resume="$work/nobody" --until-now --timeout=1 "$at" "unix:$work/nobody-there"
expect 3 "Timeout: unix:$work/nobody-there has not sent all its stored events (never connected)" \
  '0 event(s); 1 of 2 broker(s) sent all their stored events'
run timeout 60 listenvo --since=1d --count=100000 --idle=1 "$at"
expect 3 ' of 100000 event(s)'
run timeout 60 listenvo --timeout=1 "unix:$work/nobody-there"
expect 0

# What cannot be.
run timeout 60 listenvo --until-now "$at"
expect 2 'listenvo: --until-now needs --since or --resume'
run timeout 60 listenvo --since=soon "$at"
expect 2 'listenvo: --since: soon is neither a length of time'
echo 'Dear diary' >"$work/diary"
run timeout 60 listenvo --resume="$work/diary" "$at"
expect 4 "listenvo: $work/diary:1: is not a broker and a digest"
[ "$(cat "$work/diary")" = 'Dear diary' ] || fail 'the file has changed'
run timeout 60 listenvo --resume="$work/none/cursors" "$at"
expect 4 "listenvo: cannot write $work/none/cursors: No such file or directory"

# What cannot be written later is an error, and listening goes on.
mkdir "$work/gone"
hear gone --resume="$work/gone/cursors"
check 'it has a cursor' wait_for 20 cursor_is gone/cursors m
rm -r "$work/gone"
send_each n
check 'it says so' wait_for 20 said "cannot write $work/gone/cursors" "$work/gone.err"
send_each o
check 'it goes on' wait_for 20 printed gone n o
kill -TERM "$listener"
ended 4 gone
