#!/usr/bin/env bash
# What brokerd does itself with events: --cmd, --print-event, --save-event, as scripts use them.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

submit() { # NAME…
  local name
  for name in "$@"; do
    event "ivo://test.author/h#$name" >"$work/$name.xml"
    run sendvo -q -p "$port" "$work/$name.xml"
    expect 0
  done
}
printed() { # FILE NAME…: it has these events, in order
  local file=$1 name
  shift
  for name in "$@"; do cat "$work/$name.xml" && printf '\0'; done >"$work/wanted"
  cmp -s "$work/wanted" "$file"
}

# A command for each event: the event on its input, what it is in the environment, its output in the log.
mkdir "$work/here"
export WORK=$work
cd "$work/here" || exit 1
# shellcheck disable=SC2016
start_broker commands --cmd='cat >"$WORK/got.$VOEVENT_ROLE"; echo "said $VOEVENT_IVORN $VOEVENT_STREAM"' \
  --cmd='echo oops >&2; exit 3' --cmd='sleep 1000' --cmd-timeout=0.3 --save-event
submit one
check 'its output is in the log' wait_for 20 \
  said ': said ivo://test.author/h#one ivo://test.author/h' "$log"
check 'it got the event' cmp -s "$work/one.xml" "$work/got.test"
check 'a failure is a warning' wait_for 20 \
  said 'WARNING ivo://test.author/h#one: --cmd=echo oops >&2; exit 3: the command exited with status 3: oops' "$log"
check 'with what it said' wait_for 20 said 'INFO ivo://test.author/h#one: --cmd=echo oops >&2; exit 3: oops' "$log"
check 'one that takes too long is ended' wait_for 20 \
  said 'WARNING ivo://test.author/h#one: --cmd=sleep 1000: the command took longer than 0.3 s' "$log"
check 'the event is saved where the broker is' wait_for 20 cmp -s "$work/one.xml" test.author_h_one.xml
run sendvo -q -p "$port" "$work/one.xml"
expect 1
stop_broker TERM
[ "$status" -eq 0 ] || fail "it ended with status $status"
[ "$(grep -c 'said ivo://test.author/h#one' "$log")" -eq 1 ] || fail 'a duplicate ran a command'
cd / || exit 1

# Several at once, all done before the broker ends.
# shellcheck disable=SC2016
start_broker jobs --cmd-jobs=4 --cmd='while [ "$(ls "$WORK/here" | grep -c waiting)" -lt 4 ] && [ ! -e "$WORK/here/all" ]; do
  : >"$WORK/here/waiting.${VOEVENT_IVORN#*#}"; sleep 0.01; done; : >"$WORK/here/all"'
submit a b c d
stop_broker TERM
[ -e "$work/here/all" ] || fail 'four commands did not run at once'
check 'it waits for them' test "$(grep -c 'not finished in time' "$log")" -eq 0

# Killed, it goes on with the first event that it had not finished, in whatever way that was to be handled.
go_on() {
  log=$work/again.log
  : >"$log"
  # shellcheck disable=SC2016
  brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/again.db" --print-event \
    --save-event-directory="$work/again" --cmd='echo "$VOEVENT_IVORN" >>"$WORK/begun"
      case $VOEVENT_IVORN in *slow) until [ -e "$WORK/go" ]; do sleep 0.01; done;; esac' 2>"$log" >>"$work/again.out" &
  broker=$!
  brokers+=("$broker")
  port=$(port_for authors)
}
begun() { [ "$(sed 's/.*#//' "$work/begun" | tr '\n' ' ')" = "$1 " ]; }
# cursors CMD PRINT SAVE: where the three are, on disk.
cursors() { [ "$(sqlite3 "$work/again.db" 'SELECT seq FROM handler ORDER BY name' 2>/dev/null | tr '\n' ' ')" = "$* " ]; }
go_on
submit first second
check 'how far it has come is on disk' wait_for 20 cursors 2 2 2
stop_broker KILL
go_on
submit slow next
check 'how far each has come' wait_for 20 cursors 2 4 4
check 'one command runs' wait_for 20 begun 'first second slow'
stop_broker KILL
touch "$work/go"
go_on
check 'it goes on with the event whose command had not ended' wait_for 20 cursors 4 4 4
check 'and with no other' begun 'first second slow slow next'
stop_broker TERM
check 'nothing is printed twice' printed "$work/again.out" first second slow next
check 'all are saved' test "$(find "$work/again" -name '*.xml' | wc -l)" -eq 4

# A handler that was left out begins anew, whatever it had not finished.
go_on
rm "$work/go"
submit also-slow
check 'what is printed and saved is known to be' wait_for 20 cursors 4 5 5
check 'its command runs' wait_for 20 begun 'first second slow slow next also-slow'
stop_broker KILL
touch "$work/go"
: >"$log" # so that the port is this broker's, and not the last one's
brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/again.db" --print-event \
  2>"$log" >>"$work/again.out" &
broker=$!
brokers+=("$broker")
port=$(port_for authors)
submit without
stop_broker TERM
go_on
submit with
check 'one that was left out begins with what comes' wait_for 20 test -e "$work/again/test.author_h_with.xml"
stop_broker TERM
check 'what was there all the time got everything' printed "$work/again.out" first second slow next also-slow without with
check 'what was not did not' test ! -e "$work/again/test.author_h_without.xml"

# A stream on standard output, and files in a folder.
log=$work/prints.log
brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/prints.db" --print-event \
  --save-event-directory="$work/saved" 2>"$log" >"$work/printed" &
broker=$!
brokers+=("$broker")
port=$(port_for authors)
submit p1 p2
check 'events are printed' wait_for 20 printed "$work/printed" p1 p2
check 'and saved' wait_for 20 cmp -s "$work/p2.xml" "$work/saved/test.author_h_p2.xml"
stop_broker TERM

# A subscribing broker at the head of a pipe; it goes on when nobody reads any more.
start_broker up --broadcast="unix:$work/up.sock"
up_log=$log
mkfifo "$work/pipe"
brokerd --subscribe="unix:$work/up.sock" --eventdb="$work/head.db" --print-event 2>"$work/head.log" >"$work/pipe" &
head=$!
brokers+=("$head")
vodedup --db="$work/head-seen.db" <"$work/pipe" >"$work/through" &
reader=$!
subscribed 1 "$up_log"
submit through
check 'what it gets goes through the pipe' wait_for 20 printed "$work/through" through
kill -TERM "$reader"
ends "$reader"
submit gone
check 'it says that nobody reads' wait_for 20 said 'ERROR --print-event: its output is closed' "$work/head.log"
submit kept
check 'and goes on' wait_for 20 said 'VOEvent ivo://test.author/h#kept received' "$work/head.log"
kill -TERM "$head"
ends "$head"
[ "$status" -eq 0 ] || fail "the broker ended with status $status"

# In the background it still prints; a reader that stalls does not keep it from ending.
stop_broker TERM
mkfifo "$work/stalled"
exec 3<>"$work/stalled"
brokerd --daemon --pidfile="$work/pid" --logfile="$work/daemon.log" --receive="unix:$work/d.sock" --print-event \
  --local-ivo=ivo://test.broker/e2e --eventdb="$work/daemon.db" >"$work/stalled"
daemon=$(cat "$work/pid")
brokers+=("$daemon")
event 'ivo://test.author/h#large' "<Description>$(printf '%0200000d' 0)</Description>" >"$work/large.xml"
run sendvo -q -t "unix:$work/d.sock" "$work/large.xml"
expect 0
check 'it prints' test "$(dd bs=1 count=5 status=none <&3)" = '<?xml'
kill -TERM "$daemon"
check 'it ends all the same' wait_for 20 gone "$daemon"
check 'and says what it did not do' said '--print-event: not finished in time; cancelling' "$work/daemon.log"
exec 3>&-

# What cannot be.
run brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/x.db" --cmd=true --cmd-jobs=0
expect 2 '--cmd-jobs: 0 is not a number'
run brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/x.db" --cmd=true --cmd-timeout=x
expect 2 '--cmd-timeout: x is not a number'
run brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/x.db" \
  --save-event-directory="$work/none/saved"
expect 1 "brokerd: cannot save to $work/none/saved: No such file or directory"
