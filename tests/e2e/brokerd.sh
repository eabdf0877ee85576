#!/usr/bin/env bash
# brokerd as people start it: options, endpoints, whom it lets in, what it refuses to start with.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ivo=--local-ivo=ivo://test.broker/e2e

# What cannot be is said in one line, and nothing is left running or behind.
refused() { # STATUS TEXT OPTION…
  local wanted=$1 text=$2
  shift 2
  run timeout 20 brokerd "$@"
  expect "$wanted" "brokerd: $text"
  [ "$(printf '%s\n' "$err" | wc -l)" -eq 1 ] || fail "more than one line: $err"
}
refused 2 'nothing to do' "$ivo"
refused 2 '--receive needs --local-ivo' -r
refused 2 '--local-ivo: test is not an IVOID' -r --local-ivo=test
refused 2 '--receive: ' -r --receive=tcp:x:y "$ivo"
refused 2 '--receive-allow: 192.0.2.256 is not an address range' -r "$ivo" --receive-allow=192.0.2.256
refused 2 '--receive-allow: 10.0.0.1/8: ' -r "$ivo" --receive-whitelist=10.0.0.1/8
refused 2 '--keep: 0 is not a number of days' -r "$ivo" --keep=0
refused 2 '--keep-size: 1P is not a number of bytes' -r "$ivo" --keep-size=1P
refused 2 '--sync: often is not one of full, normal and off' -r "$ivo" --sync=often
refused 2 '--max-size: ' -r "$ivo" --max-size=5G
refused 2 '--author-timeout: ' -r "$ivo" --author-timeout=-1
refused 2 'unexpected argument tcp:0; did you mean --config=tcp:0?' --receive=tcp:0 tcp:0 "$ivo"
refused 1 'cannot make the folder /dev/null/none: Not a directory' --receive=tcp:127.0.0.1:0 "$ivo" \
  --eventdb=/dev/null/none/events.db
refused 1 'cannot listen on unix:/nonexistent/s: No such file or directory' --receive=unix:/nonexistent/s \
  "$ivo" --eventdb="$work/x.db"
echo 'not a database, and longer than one page'"$(seq 1000)" >"$work/x.db"
cp "$work/x.db" "$work/copy"
refused 1 "$work/x.db: file is not a database" --receive="unix:$work/s" "$ivo" --eventdb="$work/x.db"
check 'a file that is not ours is left as it is' cmp -s "$work/x.db" "$work/copy"
[ ! -e "$work/s" ] || fail 'a socket was left behind'

# A port that is taken; several endpoints at once.
start_broker one --receive="unix:$work/one.sock" --receive=tcp:127.0.0.1:0
refused 1 "cannot listen on 127.0.0.1:$port: Address already in use" --receive="tcp:127.0.0.1:$port" "$ivo" \
  --eventdb="$work/other.db"
refused 1 "cannot listen on unix:$work/one.sock: Address already in use" --receive="unix:$work/one.sock" \
  "$ivo" --eventdb="$work/other.db"
[ ! -e "$work/other.db" ] || fail 'a broker that could not start left a database'
ln -s one.db "$work/alias.db"
refused 1 "$work/one.db is in use by another broker (process $broker)" --receive="unix:$work/two.sock" "$ivo" \
  --eventdb="$work/alias.db"
check 'each has its line' said_times 3 'Listening for authors on' "$log"
[ "$(grep -c 'Listening for authors on' "$log")" -eq 3 ] || fail 'three endpoints'
run sendvo -q -t "unix:$work/one.sock" < <(event 'ivo://test.author/b#1')
expect 0
stop_broker TERM
[ "$status" -eq 0 ] || fail "SIGTERM: status $status"
[ ! -e "$work/one.sock" ] || fail 'its socket is still there'

# After a clean stop the database's file alone is all of it, and the next start says what it has.
check 'a start says what there is' said "INFO Starting $(brokerd --version) with $work/one.db: 0 event(s)" "$log"
mkdir "$work/copy-of-one"
cp "$work/one.db" "$work/copy-of-one/one.db"
launch copy "INFO Starting $(brokerd --version) with $work/copy-of-one/one.db: 1 event(s), the oldest received 20" \
  --receive="unix:$work/copy.sock" "$ivo" --eventdb="$work/copy-of-one/one.db"
run sendvo -q -t "unix:$work/copy.sock" < <(event 'ivo://test.author/b#1')
expect 1 'Previously seen by this broker'
stop_broker TERM

# A subscriber that has come to the wrong port is told so.
start_broker wrong
run timeout 60 listenvo --no-reconnect "127.0.0.1:$port"
expect 3 "127.0.0.1:$port is a port for authors; subscribers use another one, often 8099"
stop_broker TERM

# IPv4 and IPv6 on one port, where the machine has both.
log=$work/both.log
brokerd --receive=tcp:0 "$ivo" --eventdb="$work/both.db" 2>"$log" &
broker=$!
brokers+=("$broker")
check 'IPv4' wait_for 20 said 'Listening for authors on 0.0.0.0:' "$log"
both=$(sed -n 's/.*Listening for authors on 0\.0\.0\.0://p' "$log")
run sendvo -q -t "127.0.0.1:$both" < <(event 'ivo://test.author/b#2')
expect 0
if said 'Listening for authors on [::]:' "$log"; then
  check 'one port for both' said "Listening for authors on [::]:$both" "$log"
  run sendvo -q -t "[::1]:$both" < <(event 'ivo://test.author/b#3')
  expect 0
fi
stop_broker INT

# Options from a file, in which the command line leaves out what it says itself.
cat >"$work/brokerd.conf" <<CONF
# A broker for the tests.
local-ivo = ivo://test.broker/conf

receive = tcp:127.0.0.1:0
receive = unix:$work/conf.sock
max-size = 2k
quiet
CONF
launch conf 'Listening for authors on 127.0.0.1:' --config="$work/brokerd.conf" -v
check 'both endpoints of the file' said "Listening for authors on unix:$work/conf.sock" "$log"
event 'ivo://test.author/b#7' "<Description>$(printf '%5000s' x)</Description>" >"$work/large.xml"
run sendvo -t "unix:$work/conf.sock" "$work/large.xml"
expect 1 'is over the limit of 2048'
stop_broker TERM
launch over 'Listening for authors on 127.0.0.1:' --config="$work/brokerd.conf" --verbose --receive=tcp:127.0.0.1:0 \
  --max-size=1M
[ "$(grep -c 'Listening for authors on' "$log")" -eq 1 ] || fail 'the command line does not win'
[ ! -e "$work/conf.sock" ] || fail 'the command line does not win over an endpoint'
stop_broker TERM

refused 2 "--config: $work/none.conf: No such file or directory" --config="$work/none.conf"
refused_file() { # TEXT LINE…: what a file with these lines is refused with
  local text=$1
  shift
  printf '%s\n' "$@" >"$work/wrong.conf"
  refused 2 "$work/wrong.conf:$text" --config="$work/wrong.conf"
}
refused_file '3: unknown option recieve; did you mean receive? (see brokerd --help)' '# a broker' '' 'recieve' 'keep=0'
refused_file '1: keep needs a value, as in keep=DAYS' keep
refused_file '1: config is for the command line only' "config=$work/brokerd.conf"
refused_file '3: keep: 0 is not a number of days' 'local-ivo=ivo://test.broker/e2e' receive keep=0
refused_file '2: receive-whitelist: 1.2.3 is not an address range' "${ivo#--}" \
  'receive-whitelist = 1.2.3' receive
refused 2 '--keep: 0 is not a number of days' --config="$work/brokerd.conf" --keep=0

# Whom it lets in: nobody but 192.0.2.0/24, and so not us.
start_broker closed --receive-allow=192.0.2.0/24
run timeout 60 sendvo --retry=60 -t "127.0.0.1:$port" < <(event 'ivo://test.author/b#4')
expect 1 'Authors at 127.0.0.1 are not allowed here'
check 'the log says who was turned away' said 'turned away: its address is not allowed' "$log"
stop_broker TERM

# An author that is too slow, one that sends too much, and what is not a VOEvent.
start_broker strict --author-timeout=0.3 --max-size=2k
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf '\0\0' >&3
check 'half a header is closed' wait_for 20 said 'timed out in the middle of a message' "$log"
exec 3>&-
event 'ivo://test.author/b#5' "<Description>$(printf '%5000s' x)</Description>" >"$work/large.xml"
run sendvo -t "127.0.0.1:$port" "$work/large.xml"
expect 1 'bytes is over the limit of 2048'
exec 3<>"/dev/tcp/127.0.0.1/$port"
printf '\0\0\0\05hello' >&3
check 'no answer to what is not a VOEvent' test -z "$(timeout 20 cat <&3 | tr -d '\0')"
exec 3>&-
check 'and a line in the log' said 'sent 5 bytes that are not a VOEvent' "$log"
stop_broker TERM

# The database is where it is expected when nobody says.
mkdir "$work/home" "$work/state"
for place in "STATE_DIRECTORY=$work/state:/other $work/state/events.db" \
  "XDG_STATE_HOME=$work/xdg $work/xdg/vtptools/events.db" \
  "HOME=$work/home $work/home/.local/state/vtptools/events.db"; do
  file=${place##* }
  : >"$work/place.log"
  env -u STATE_DIRECTORY -u XDG_STATE_HOME -u HOME "${place% *}" \
    brokerd --receive=tcp:127.0.0.1:0 "$ivo" 2>"$work/place.log" &
  broker=$!
  brokers+=("$broker")
  check "starts with ${place% *}" wait_for 20 said 'Listening' "$work/place.log"
  [ -f "$file" ] || fail "no database at $file"
  stop_broker TERM
done
run env -u STATE_DIRECTORY -u XDG_STATE_HOME -u HOME brokerd -r "$ivo"
expect 2 'use --eventdb'

# Quiet.
start_quiet() { brokerd -q --receive="unix:$work/quiet.sock" "$ivo" --eventdb="$work/quiet.db" 2>"$work/quiet.log" & }
start_quiet
broker=$!
brokers+=("$broker")
check 'a quiet broker starts' wait_for 20 test -S "$work/quiet.sock"
event 'ivo://test.author/b#6' >"$work/q.xml"
wait_for 20 sendvo -q -t "unix:$work/quiet.sock" "$work/q.xml" 2>/dev/null
stop_broker TERM
[ ! -s "$work/quiet.log" ] || fail "-q said: $(cat "$work/quiet.log")"
