#!/usr/bin/env bash
# A log that nobody reads, or that cannot be written, stops neither the broker nor its end.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ivo=--local-ivo=ivo://test.broker/e2e
here=--receive=unix:$work/authors
events=3000

# Names of some length, so that the lines about them are more than a broker keeps.
name=$(printf '%0400d' 0)
for ((i = 1; i <= events; ++i)); do
  event "ivo://test.author/$name#$i"
  printf '\0'
done >"$work/night.stream"
event 'ivo://test.author/first#1' >"$work/first.xml"

# in_background COMMAND…: a broker, when it listens; its process in $broker.
in_background() {
  rm -f "$work/authors"
  "$@" 7<&- &
  broker=$!
  brokers+=("$broker")
  wait_for 20 listens || fail 'the broker does not listen'
}
listens() {
  sendvo -q -t "unix:$work/authors" "$work/first.xml" 2>/dev/null
  [ $? -le 1 ] # accepted, or seen before
}

# accepts_all: the broker takes every event.
accepts_all() {
  run timeout -k 5 120 sendvo -q -t "unix:$work/authors" "$work/night.stream"
  err=${err:0:1000}
  expect 0
}

# ends_on_term: SIGTERM ends it, though nobody reads what it says of that.
ends_on_term() {
  kill -TERM "$broker"
  wait_for 5 gone "$broker" || fail 'SIGTERM does not end it in time'
  kill -KILL "$broker" 2>/dev/null
  wait "$broker" 2>/dev/null
  status=$?
  [ "$status" -eq 0 ] || fail "it ended with status $status"
}

# Standard error is a pipe that is full.
mkfifo "$work/pipe"
exec 7<>"$work/pipe"
in_background brokerd --eventdb="$work/pipe.db" "$ivo" "$here" 2>"$work/pipe"
accepts_all
ends_on_term

# And one that is read again: it says how much is missing, and goes on.
exec 7<&-
exec 7<>"$work/pipe"
in_background brokerd --eventdb="$work/late.db" "$ivo" "$here" 2>"$work/pipe"
accepts_all
cat <&7 >"$work/late.log" &
reader=$!
listeners+=("$reader")
wait_for 20 said 'diagnostic line(s) are missing here: nobody read them in time' "$work/late.log" ||
  fail 'it does not say how much is missing'
event 'ivo://test.author/late#1' >"$work/late.xml"
run sendvo -q -t "unix:$work/authors" "$work/late.xml"
expect 0
ends_on_term
wait_for 20 said 'INFO Stopped' "$work/late.log" || fail 'the rest of the log is missing'
check 'the log goes on' said 'ivo://test.author/late#1 received' "$work/late.log"
missing=$(sed -n 's/.* WARNING \([0-9]*\) diagnostic line(s) are missing here.*/\1/p' "$work/late.log" |
  awk '{ all += $1 } END { print all + 0 }')
received=$(grep -c ' received from ' "$work/late.log")
[ "$missing" -gt 0 ] || fail 'nothing is missing'
# Besides them lines about connections may be missing.
[ $((received + missing)) -gt "$events" ] || fail "$received lines and $missing missing are less than $events"
torn=$(grep -cvE '^2[0-9-]{9}T[0-9:]{8}\.[0-9]{3}Z (INFO|WARNING) [A-Z0-9].*$' "$work/late.log")
[ "$torn" -eq 0 ] || fail "$torn lines are torn"
exec 7<&-

# A FIFO as log file: nobody is waited for, neither at the start nor at SIGHUP.
mkfifo "$work/fifo"
run timeout 60 brokerd --eventdb="$work/fifo.db" "$ivo" "$here" --logfile="$work/fifo"
expect 1 "brokerd: cannot open the log file $work/fifo: nobody reads this FIFO"
exec 7<>"$work/fifo"
in_background brokerd --eventdb="$work/fifo.db" "$ivo" "$here" --logfile="$work/fifo"
accepts_all
kill -HUP "$broker"
event 'ivo://test.author/fifo#1' >"$work/fifo.xml"
run timeout 60 sendvo -q -t "unix:$work/authors" "$work/fifo.xml"
expect 0
mv "$work/fifo" "$work/fifo.old"
kill -HUP "$broker"
# That it is a new file may be among the lines that are missing.
check 'the log goes on in the new file' wait_for 20 said 'diagnostic line(s) are missing here' "$work/fifo"
ends_on_term
check 'the new log has the rest' said 'INFO Stopped' "$work/fifo"
exec 7<&-

# A FIFO whose reader goes, and comes again.
mkfifo "$work/gone"
exec 7<>"$work/gone"
in_background brokerd --eventdb="$work/gone.db" "$ivo" "$here" --logfile="$work/gone"
exec 7<&-
accepts_all
cat "$work/gone" >"$work/gone.log" &
listeners+=("$!")
run sendvo -q -t "unix:$work/authors" "$work/fifo.xml"
expect 0
wait_for 20 said 'diagnostic line(s) are missing here: Broken pipe' "$work/gone.log" ||
  fail "it does not say that nobody read: $(head -n 3 "$work/gone.log")"
ends_on_term

# A disk that is always full.
in_background brokerd --eventdb="$work/full.db" "$ivo" "$here" 2>/dev/full
accepts_all
ends_on_term

# A daemon whose log is a FIFO that nobody reads.
mkfifo "$work/daemon"
exec 7<>"$work/daemon"
rm -f "$work/authors"
run timeout 60 brokerd --daemon --pidfile="$work/daemon.pid" --eventdb="$work/daemon.db" "$ivo" "$here" \
  --logfile="$work/daemon"
expect 0
broker=$(<"$work/daemon.pid")
brokers+=("$broker")
accepts_all
kill -TERM "$broker"
wait_for 5 test ! -e "$work/daemon.pid" || fail 'SIGTERM does not end the daemon in time'
