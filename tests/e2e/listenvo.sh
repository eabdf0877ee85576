#!/usr/bin/env bash
# listenvo as people use it in a shell: what it prints, saves and runs, when it ends, and with which status.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

start_broker main --broadcast=tcp:127.0.0.1:0
at=127.0.0.1:$(port_for subscribers)

# hearing NAME OPTION…: a listener that will hear what is sent from here on.
hearing() {
  local name=$1
  shift
  listen "$name" --local-ivo="ivo://test.listener/$name" "$@" "$at"
  known "$name"
}
known() {
  wait_for 30 said "(ivo://test.listener/$1) has 0 filter(s)" "$log" || fail "$1 does not listen"
}

# Every event is sent once only: an ivorn with a new number each time.
sent=0
send() {
  sent=$((sent + 1))
  event "ivo://test.author/l#$sent" >"$work/sent$sent.xml"
  run sendvo -q -p "$port" "$work/sent$sent.xml"
  expect 0
}

# ended STATUS NAME: the last listener has, with that status.
ended() {
  ends "$listener"
  [ "$status" -eq "$1" ] || fail "$2: expected status $1, got $status; it said: $(cat "$work/$2.err")"
}

# Two events on standard output: exact, with a NUL behind each, for xargs and tr.
hearing two -n 2
send
send
ended 0 two
printf '\0' >"$work/nul"
cat "$work/sent1.xml" "$work/nul" "$work/sent2.xml" "$work/nul" >"$work/both"
check 'events are separated by NUL' cmp -s "$work/both" "$work/two.out"
[ "$(xargs -0 -n 1 printf '%s' <"$work/two.out" | grep -c '</voe:VOEvent>')" -eq 2 ] || fail 'xargs -0'
[ "$(tr '\0' '\n' <"$work/two.out" | grep -c '^</voe:VOEvent>$')" -eq 2 ] || fail "tr '\\0' '\\n'"
check 'the broker got its acks' wait_for 20 said '(2 events sent, 2 acknowledged)' "$log"

# JSON, one event a line.
hearing json --json -n 2
send
send
ended 0 json
[ "$(wc -l <"$work/json.out")" -eq 2 ] || fail 'not one line for each event'
ivorns=$(while IFS= read -r line; do
  printf '%s' "$line" >"$work/line"
  sqlite3 :memory: "SELECT json_valid(t) || json_extract(t, '\$.ivorn', '\$.role')
    FROM (SELECT CAST(readfile('$work/line') AS TEXT) AS t)"
done <"$work/json.out")
[ "$ivorns" = '1["ivo://test.author/l#3","test"]
1["ivo://test.author/l#4","test"]' ] || fail "the JSON has $ivorns"

# It ends when it has nothing to do any more, and when it is told to.
run timeout 60 listenvo --timeout=0.2 "$at"
expect 0
run timeout 60 listenvo --idle=0.2 "$at"
expect 0
for signal in INT TERM; do
  hearing "$signal"
  kill "-$signal" "$listener"
  ended 0 "$signal"
done

# A reader that has enough ends it, quietly.
mkfifo "$work/pipe"
head -c 1 <"$work/pipe" >"$work/first" &
reader=$!
listenvo -q --local-ivo=ivo://test.listener/closed "$at" >"$work/pipe" 2>"$work/closed.err" &
listener=$!
listeners+=("$reader" "$listener")
known closed
send
ends "$reader"
send
ended 0 closed
[ "$(cat "$work/first")" = '<' ] || fail 'the reader got something else'
[ ! -s "$work/closed.err" ] || fail "a closed pipe: $(cat "$work/closed.err")"
check 'what nobody read is not acknowledged' wait_for 20 said '(2 events sent, 1 acknowledged)' "$log"

# Files: one for each event, however often it comes.
hearing save --save="$work/saved" -n 1
hearing_save=$listener
hearing again --save="$work/saved" --print -n 1
send
ended 0 again
ends "$hearing_save"
[ "$(find "$work/saved" -type f | wc -l)" -eq 1 ] || fail "not one file: $(ls -A "$work/saved")"
check 'the file has the event' cmp -s "$work/saved/test.author_l_$sent.xml" "$work/sent$sent.xml"
[ ! -s "$work/save.out" ] || fail '--save prints without --print'
check '--print prints too' cmp -s "$work/again.out" <(cat "$work/sent$sent.xml" "$work/nul")

# Commands.
export WORK=$work
# shellcheck disable=SC2016
hearing exec -n 1 --exec='cat >"$WORK/got"; printf "%s\n" "$VOEVENT_IVORN" "$VOEVENT_ROLE" "$VOEVENT_STREAM" >"$WORK/what"'
send
ended 0 exec
check 'the command gets the event' cmp -s "$work/got" "$work/sent$sent.xml"
check 'and what it is' cmp -s "$work/what" \
  <(printf '%s\n' "ivo://test.author/l#$sent" test ivo://test.author/l)
[ ! -s "$work/exec.out" ] || fail '--exec prints without --print'
hearing fails -n 1 --exec='exit 7'
send
ended 4 fails
check 'it warns of a command that failed' said \
  "ivo://test.author/l#$sent: the command exited with status 7" "$work/fails.err"

# shellcheck disable=SC2016
hearing retried --exec-retry --exec='[ -e "$WORK/before" ] || { touch "$WORK/before"; exit 3; }'
send
check 'one that fails is run again' wait_for 20 said \
  "ivo://test.author/l#$sent: the command has succeeded, at run 2" "$work/retried.err"
kill -TERM "$listener"
ended 0 retried
# shellcheck disable=SC2016
hearing failing --resume="$work/places" --exec-retry --exec='echo "$VOEVENT_IVORN" >>"$WORK/tried"; exit 3'
send
wait_for 20 said "ivo://test.author/l#$sent" "$work/tried" || fail 'no command was run'
kill -TERM "$listener"
ended 4 failing
check 'what is left is said' said 'The command failed or was not run for 1 event(s)' "$work/failing.err"
# shellcheck disable=SC2016
listen came --resume="$work/places" -n 1 --exec-retry --exec='echo "$VOEVENT_IVORN" >>"$WORK/came"' "$at"
ended 0 came
check 'an event whose command failed comes again' cmp -s "$work/came" <(echo "ivo://test.author/l#$sent")

# Standard output that takes nothing: the broker is not told that the event has arrived.
listenvo --local-ivo=ivo://test.listener/full -n 1 "$at" >/dev/full 2>"$work/full.err" &
listener=$!
listeners+=("$listener")
known full
send
ended 4 full
check 'it says why' said 'listenvo: cannot write to standard output: No space left on device' "$work/full.err"
check 'no acknowledgement' wait_for 20 said '(1 events sent, 0 acknowledged)' "$log"

# A folder that cannot be is told before anything is taken.
before=$(grep -c 'New subscriber' "$log")
run timeout 60 listenvo --save="$work/none/saved" "$at"
expect 4 "cannot save to $work/none/saved: No such file or directory"
run timeout 60 listenvo --save="$work/two.out" "$at"
expect 4 "cannot save to $work/two.out: Not a directory"
[ "$(grep -c 'New subscriber' "$log")" -eq "$before" ] || fail 'it connected all the same'

# What cannot be.
refused() { # TEXT OPTION…
  local text=$1
  shift
  run timeout 60 listenvo "$@"
  expect 2 "listenvo: $text"
}
refused '--filter: ' -f '//Who[' "$at"
refused '--port: 65536 is not a port' -p 65536
refused 'x is not a port' 127.0.0.1:x
refused '--local-ivo: me is not an IVOID' --local-ivo=me "$at"
refused '--count: 0 is not a number' -n 0 "$at"
refused '--jobs: 0 is not a number' --exec=true --jobs=0 "$at"
refused '--timeout: 0 is not a number of seconds' --timeout=0 "$at"
refused '--idle: ' --idle=soon "$at"
refused '--exec-retry needs --exec' --exec-retry "$at"
refused '--exec-timeout: ' --exec=true --exec-timeout=-1 "$at"
refused '--max-size: ' --max-size=5G "$at"

# Without reconnecting: the broker goes away, and is not there any more.
hearing left --no-reconnect
stop_broker TERM
[ "$status" -eq 0 ] || fail "the broker: status $status"
ended 3 left
run timeout 60 listenvo --no-reconnect "$at"
expect 3 "listenvo: $at: "
