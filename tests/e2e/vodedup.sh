#!/usr/bin/env bash
# vodedup in a shell: what passes and what does not, exit statuses, and what it shares with others.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

db=--db=$work/seen.db
# stream FIRST LAST [NAME]: events on stdout, each followed by NUL.
stream() { numbered "ivo://test.author/${3-d}#" "$1" "$2"; }
# events_in FILE…: how many.
events_in() { cat "$@" | tr -cd '\0' | wc -c; }

# Once, across runs, bytes exact; the status is grep's.
stream 1 3 >"$work/three"
run vodedup "$db" "$work/three"
expect 0
check 'the first time all pass, exact' cmp -s "$work/three" "$work/out"
run vodedup "$db" <"$work/three"
expect 1
[ ! -s "$work/out" ] || fail 'the second time some passed'
stream 3 5 >"$work/more"
run vodedup "$db" "$work/three" - "$work/more" < <(stream 3 5)
expect 0
check 'what is new passes once' cmp -s <(stream 4 5) "$work/out"
run vodedup "$db" --duplicates "$work/more"
expect 0
check 'those seen before' cmp -s "$work/more" "$work/out"
run vodedup --db="$work/other.db" --duplicates "$work/more"
expect 1
run vodedup --db="$work/other.db" "$work/more"
expect 1

# A lone event, by digest and by ivorn.
event 'ivo://test.author/d#9' >"$work/nine.xml"
event 'ivo://test.author/d#9' '<Who/>' >"$work/nine-again.xml"
run vodedup "$db" "$work/nine.xml" "$work/nine-again.xml"
[ "$(events_in "$work/out")" -eq 2 ] || fail 'by digest, both are new'
run vodedup --db="$work/ivorn.db" --by=ivorn "$work/nine.xml" "$work/nine-again.xml"
check 'by ivorn, one is' cmp -s <(cat "$work/nine.xml" && printf '\0') "$work/out"

# UTF-16, to the end of the input.
iconv -f UTF-8 -t UTF-16 <(sed 's/encoding="UTF-8"//' "$work/nine.xml") >"$work/wide.xml"
run vodedup "$db" "$work/wide.xml"
expect 0
check 'it passes with its own NUL' cmp -s <(cat "$work/wide.xml" && printf '\0\0') "$work/out"
{ cat "$work/out" && event 'ivo://test.author/d#10' && printf '\0'; } >"$work/wide.stream"
run vodedup --db="$work/wide.db" "$work/wide.stream"
expect 0
check 'and can be read with what follows' cmp -s "$work/wide.stream" "$work/out"

# What is no event is told with its place, and the rest passes.
{ stream 11 11 && printf '<a>\0<html/>\0' && stream 12 12; } >"$work/mixed"
run vodedup "$db" "$work/mixed"
at=$(stream 11 11 | wc -c)
expect 2 "vodedup: $work/mixed: malformed: event 2 at byte $at: line 1: " \
  "vodedup: $work/mixed: other: event 3 at byte $((at + 4)): "
check 'the rest passes' cmp -s <(stream 11 12) "$work/out"
run vodedup "$db" --max-size=100 "$work/more"
expect 2 "vodedup: $work/more: event 1 at byte 0: has more than 100 bytes"
run vodedup "$db" "$work/none"
expect 2 "vodedup: $work/none: No such file or directory"

# What cannot be.
run vodedup --by=name
expect 2 'vodedup: --by: name is neither digest nor ivorn'
run vodedup --keep=0
expect 2 '--keep: 0 is not a number of days'
run vodedup --db=/dev/null/nowhere/x.db "$work/more"
expect 2 'vodedup: cannot make the folder /dev/null/nowhere: Not a directory'
run vodedup --db="$work/three" "$work/more"
expect 2 "vodedup: $work/three: file is not a database"
run env -u STATE_DIRECTORY -u XDG_STATE_HOME -u HOME vodedup "$work/more"
expect 2 'use --db'
XDG_STATE_HOME=$work/state run vodedup "$work/more"
expect 0
[ -f "$work/state/vtptools/seen.db" ] || fail 'its database is not where it should be'

# A full disk, and a closed pipe: what was not written passes the next time.
stream 41 60 >"$work/twenty"
vodedup "$db" "$work/twenty" >/dev/full 2>"$work/err"
status=$? out='' err=$(cat "$work/err")
expect 2 'vodedup: cannot write to standard output: No space left on device'
stream 41 2000 >"$work/long"
vodedup "$db" "$work/long" 2>"$work/err" | head -c 1000 >/dev/null
[ ! -s "$work/err" ] || fail "a closed pipe: $(cat "$work/err")"
run vodedup "$db" "$work/long"
[ "$(events_in "$work/out")" -gt 1500 ] || fail 'what the closed pipe did not take is lost'
check 'in order to the last' cmp -s <(stream 2000 2000) <(tail -c "$(stream 2000 2000 | wc -c)" "$work/out")

# Killed while its reader stalls, it leaves nothing remembered that did not go out.
mkfifo "$work/pipe"
stream 1 500 killed >"$work/long"
vodedup --db="$work/killed.db" "$work/long" >"$work/pipe" &
writer=$!
exec 3<"$work/pipe"
read_some() { dd bs=1000 count=1 status=none <&3 >>"$work/got" && [ -s "$work/got" ]; }
check 'it begins' wait_for 20 read_some
kill -KILL "$writer"
wait "$writer" 2>/dev/null
cat <&3 >>"$work/got"
exec 3<&-
run vodedup --db="$work/killed.db" "$work/long"
expect 0
# Whole events of both, each at least once.
{ tr '\0' '\n' <"$work/got" && tr '\0' '\n' <"$work/out"; } | grep -o 'ivorn="[^"]*"' | sort -u >"$work/ivorns"
[ "$(wc -l <"$work/ivorns")" -eq 500 ] || fail "only $(wc -l <"$work/ivorns") of 500 came out"

# Four at once on one database, and a broker: each event passes one of them.
stream 1 300 shared >"$work/long"
start_broker shared
for i in $(seq 300); do event "ivo://test.author/shared#$i" >"$work/one.$i"; done
sharing=()
for i in 1 2 3 4; do
  vodedup --db="$work/shared.db" "$work/long" >"$work/shared.$i" 2>"$work/shared.$i.err" &
  sharing+=($!)
done
find "$work" -name 'one.*' | sort -rV | xargs sendvo -q -p "$port" 2>/dev/null
for process in "${sharing[@]}"; do
  wait "$process"
  [ $? -le 1 ] || fail "one of four ended with trouble: $(cat "$work"/shared.*.err)"
done
taken=$(sqlite3 "$work/shared.db" 'SELECT count(*) FROM event')
passed=$(events_in "$work"/shared.[1234])
[ $((taken + passed)) -eq 300 ] || fail "the broker took $taken and $passed passed, of 300"
run sendvo -p "$port" "$work/one.1"
expect 1 'Previously seen by this broker'
run vodedup --db="$work/shared.db" "$work/long"
expect 1
stop_broker TERM
