#!/usr/bin/env bash
# brokerd as a service: it detaches once it listens, runs once only, has its log rotated, and tells the service manager
# how it is.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ivo=--local-ivo=ivo://test.broker/e2e
here=--receive=tcp:127.0.0.1:0

# Daemons are not children of this script: those that still run at its end are known by their pid files.
end_daemons() {
  local file pid
  for file in "$work"/*.pid; do
    [ -s "$file" ] || continue
    pid=$(<"$file")
    [ "$(cat "/proc/$pid/comm" 2>/dev/null)" != brokerd ] || kill -KILL "$pid"
  done
}
trap 'end_daemons; finish' EXIT

# detached NAME OPTION…: runs a broker that detaches; its pid file is $work/NAME.pid, its process $daemon.
detached() {
  local name=$1
  shift
  run timeout 60 brokerd --daemon --pidfile="$work/$name.pid" --eventdb="$work/$name.db" "$ivo" "$@"
  daemon=$(cat "$work/$name.pid" 2>/dev/null)
}

# port_in FILE: where the last broker listens that said so there.
port_in() { sed -n 's/.*Listening for authors on 127\.0\.0\.1://p' "$1" | tail -n 1; }

# What /proc/PROCESS/stat has after the name: the state, and the numbers of parent, group and session.
state_of() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null; }
# One that nobody has waited for has ended all the same.
over() { case $(state_of "$1") in '' | [XZ]*) true ;; *) false ;; esac }

# stop SIGNAL: ends $daemon.
stop() {
  kill "-$1" "$daemon"
  wait_for 60 over "$daemon" || fail "process $daemon did not end"
}

# accepts PLACE: the broker there takes an event that is new.
events=0
accepts() {
  events=$((events + 1))
  event "ivo://test.author/service#$events" >"$work/event.xml"
  sendvo -q -t "$1" "$work/event.xml" || fail "no event is accepted at $1"
}

# What comes after && finds it listening.
event 'ivo://test.author/service#now' >"$work/now.xml"
for round in 1 2 3 4 5; do
  rm -f "$work"/now.db*
  if ! { timeout 60 brokerd --daemon --pidfile="$work/now.pid" --eventdb="$work/now.db" "$ivo" "$here" \
    --receive="unix:$work/now.sock" 2>"$work/now.err" && sendvo -q -t "unix:$work/now.sock" "$work/now.xml"; }; then
    fail "round $round"
  fi
  daemon=$(<"$work/now.pid")
  check 'it says where it listens' said "INFO Listening for authors on unix:$work/now.sock" "$work/now.err"
  check 'and that this is all' said 'INFO Nothing is logged from here on' "$work/now.err"
  ! said 'received' "$work/now.err" || fail 'it goes on to write to standard error'
  session=$(state_of "$daemon" | cut -d ' ' -f 4)
  [ "$session" = "$daemon" ] || fail "it is in session $session"
  [ "$(readlink "/proc/$daemon/cwd")" = "$PWD" ] || fail 'it is in another folder'
  kill -HUP "$daemon"
  accepts "127.0.0.1:$(port_in "$work/now.err")"
  stop TERM
  [ ! -e "$work/now.pid" ] || fail 'a pid file is left'
  [ ! -e "$work/now.sock" ] || fail 'a socket is left'
done

# It says what keeps it from starting, and exits as it does in the foreground.
start_broker other
detached taken --receive="tcp:127.0.0.1:$port"
expect 1 "brokerd: cannot listen on 127.0.0.1:$port: Address already in use"
[ ! -e "$work/taken.pid" ] || fail 'a pid file is left by a broker that could not start'
detached taken --receive="tcp:127.0.0.1:$port" --logfile="$work/taken.log"
expect 1 "brokerd: cannot listen on 127.0.0.1:$port: Address already in use"
check 'the log says it too' said "ERROR cannot listen on 127.0.0.1:$port: Address already in use" "$work/taken.log"
detached usage -r --keep=0 --logfile="$work/usage.log"
expect 2 'brokerd: --keep: 0 is not a number of days'
check 'the log says it too' said 'ERROR --keep: 0 is not a number of days' "$work/usage.log"
detached usage -r --logfile=
expect 2 'brokerd: --logfile: there is no file name'
detached log -r --logfile="$work/none/log"
expect 1 "brokerd: cannot open the log file $work/none/log: No such file or directory"
detached none/pid -r
expect 1 "brokerd: cannot create the PID file $work/none/pid.pid: No such file or directory"
echo 'not a number' >"$work/text.pid"
detached text -r
expect 1 "brokerd: $work/text.pid is not a PID file"
[ "$(<"$work/text.pid")" = 'not a number' ] || fail 'a file that is no pid file was changed'
rm "$work/text.pid"
stop_broker TERM

# A second one leaves the first alone, and is silent with -q, as a line for cron wants it.
detached twice "$here"
expect 0 'INFO Listening'
first=$daemon
accepts "127.0.0.1:$(port_in "$work/err")"
detached twice "$here" --eventdb="$work/never.db"
expect 1 "brokerd: already running as process $first ($work/twice.pid)"
run timeout 60 brokerd -q --pidfile="$work/twice.pid" --eventdb="$work/never.db" "$ivo" "$here"
expect 1
[ -z "$out$err" ] || fail "-q said: $out$err"
[ ! -e "$work/never.db" ] || fail 'a second broker touched a database'
[ "$(<"$work/twice.pid")" = "$first" ] || fail 'a second broker changed the pid file'

# One that was killed is in nobody's way.
stop KILL
[ -e "$work/twice.pid" ] || fail 'a killed broker removed its pid file'
detached twice "$here"
expect 0 'INFO Listening'
[ "$daemon" != "$first" ] || fail 'the pid file has the number of the killed broker'
accepts "127.0.0.1:$(port_in "$work/err")"
stop INT
[ ! -e "$work/twice.pid" ] || fail 'a pid file is left'

# $(…) returns, also if the shell has lent it more descriptors; and it needs none.
(
  said=$(timeout 60 brokerd --daemon --pidfile="$work/lent.pid" --eventdb="$work/lent.db" "$ivo" "$here" 2>&1 3>&1 4>&2)
  printf '%s\n' "$said" >"$work/lent.tmp"
  mv "$work/lent.tmp" "$work/lent.said"
) &
wait_for 60 test -e "$work/lent.said" || fail "a command substitution does not return"
daemon=$(<"$work/lent.pid")
accepts "127.0.0.1:$(port_in "$work/lent.said")"
stop TERM
timeout 60 brokerd --daemon --pidfile="$work/bare.pid" --eventdb="$work/bare.db" "$ivo" "$here" \
  --logfile="$work/bare.log" <&- >&- 2>&- || fail "without standard input, output and error: status $?"
daemon=$(<"$work/bare.pid")
accepts "127.0.0.1:$(port_in "$work/bare.log")"
stop TERM

# Log rotation under load: each line is whole, in one of the files, and none is missing.
detached rotated "$here" --logfile="$work/rotated.log"
expect 0
[ -z "$out$err" ] || fail "with a log file it said: $out$err"
port=$(port_in "$work/rotated.log")
authors=()
for author in a b c; do
  mkdir "$work/$author"
  for i in {1..150}; do event "ivo://test.author/$author#$i" >"$work/$author/$i.xml"; done
  sendvo -q -t "127.0.0.1:$port" "$work/$author"/*.xml 2>"$work/$author.err" &
  authors+=("$!")
done
rotations=0
while [ "$rotations" -lt 3 ] || kill -0 "${authors[@]}" 2>/dev/null; do
  rotations=$((rotations + 1))
  mv "$work/rotated.log" "$work/rotated.log.$rotations"
  kill -HUP "$daemon"
  wait_for 60 test -s "$work/rotated.log" || break
done
check 'each rotation makes a new log' test -s "$work/rotated.log"
for author in "${authors[@]}"; do
  wait "$author" || fail "an author's status: $?"
done
mv "$work/rotated.log" "$work/rotated.log.last"
mkdir "$work/rotated.log"
kill -HUP "$daemon"
check 'a log that cannot be made is said in the old one' wait_for 60 said \
  "ERROR Cannot reopen the log file $work/rotated.log: Is a directory" "$work/rotated.log.last"
stop TERM
check 'which has the rest' said 'INFO Stopped' "$work/rotated.log.last"
received=$(cat "$work"/rotated.log.* | sed -n 's/.*INFO VOEvent \(ivo:[^ ]*\) received from.*/\1/p' | sort -u | wc -l)
[ "$received" -eq 450 ] || fail "of 450 events, $received are in the logs of $rotations rotations"
torn=$(cat "$work"/rotated.log.* | grep -cvE '^2[0-9-]{9}T[0-9:]{8}\.[0-9]{3}Z (INFO|ERROR) [A-Z].*$')
[ "$torn" -eq 0 ] || fail "$torn lines are torn"

# In the foreground: SIGHUP ends it as a closed terminal does, unless there is a log file; the path of that is relative.
start_broker plain
stop_broker HUP
[ "$status" -eq 129 ] || fail "SIGHUP: status $status"
: >"$work/fore.log"
(
  cd "$work" || exit
  exec brokerd --logfile=fore.log --pidfile=fore.pid --eventdb=fore.db "$ivo" "$here" 2>fore.err
) &
broker=$!
brokers+=("$broker")
wait_for 60 said 'Listening for authors' "$work/fore.log" || fail 'a broker with a log file does not start'
[ "$(<"$work/fore.pid")" = "$broker" ] || fail "the pid file of $broker has $(<"$work/fore.pid")"
mv "$work/fore.log" "$work/fore.log.1"
kill -HUP "$broker"
wait_for 60 test -s "$work/fore.log" || fail "SIGHUP makes no new log"
check 'SIGHUP opens the log anew' said "INFO Reopened the log file $work/fore.log" "$work/fore.log"
stop_broker TERM
[ "$status" -eq 0 ] || fail "SIGTERM after SIGHUP: status $status"
[ ! -s "$work/fore.err" ] || fail "with a log file it said: $(<"$work/fore.err")"
[ ! -e "$work/fore.pid" ] || fail 'a pid file is left'

# The service manager is told, at a place in the file system and at an abstract one.
manager() { # PLACE
  # shellcheck disable=SC2016
  perl -MSocket -e '
    $| = 1;
    ($place = shift) =~ s/^@/\0/;
    socket(S, AF_UNIX, SOCK_DGRAM, 0) && bind(S, pack_sockaddr_un($place)) or die "$place: $!";
    while (defined(recv(S, $message, 1000, 0))) { print "$message\n" }' "$1" >"$work/manager.out" &
  manager=$!
  listeners+=("$manager")
  wait_for 60 grep -q -- "$1" /proc/net/unix || fail "no manager at $1"
}
for place in "$work/notify" "@vtp-e2e-$$"; do
  manager "$place"
  NOTIFY_SOCKET=$place start_broker notifies
  check 'READY=1' wait_for 60 said 'READY=1' "$work/manager.out"
  accepts "127.0.0.1:$port"
  [ "$(<"$work/manager.out")" = READY=1 ] || fail "it told: $(<"$work/manager.out")"
  stop_broker TERM
  check 'STOPPING=1' wait_for 60 said 'STOPPING=1' "$work/manager.out"
  kill "$manager"
  rm -f "$work/notify"
done
NOTIFY_SOCKET=$work/nobody start_broker unheard
check 'who cannot be told is a warning' wait_for 60 said \
  "WARNING Cannot tell READY=1 to NOTIFY_SOCKET $work/nobody: No such file or directory" "$log"
stop_broker TERM
