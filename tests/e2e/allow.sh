#!/usr/bin/env bash
# Whom a broker lets in: by address and by name, and read again at SIGHUP while it runs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

conf=$work/brokerd.conf
# configured LINE…: the file has these.
configured() { printf '%s\n' local-ivo=ivo://test.broker/e2e receive=tcp:127.0.0.1:0 "$@" >"$conf"; }
# lets_in, shuts_out: what becomes of an author here, who has an event that was not there yet.
sent=0
sends() {
  sent=$((sent + 1))
  run sendvo -q -t "127.0.0.1:$port" < <(event "ivo://test.author/allow#$sent")
}
lets_in() {
  sends
  expect 0
}
shuts_out() {
  sends
  [ "$status" -ne 0 ] || fail 'an author is let in'
  wait_for 20 said 'turned away: its address is not allowed' "$log" || fail 'nobody was turned away'
}
# reread N LINE: the broker has been told to, and has said so often.
reread() {
  kill -HUP "$broker"
  wait_for 60 said_times "$1" "$2" "$log" || fail "SIGHUP: no '$2' in $(cat "$log")"
}

# A name stands for its addresses; one that cannot be resolved for none.
configured receive-allow=localhost receive-allow=name.invalid
launch main 'Listening for authors on 127.0.0.1:' --config="$conf"
port=$(port_for authors)
check 'a name is not resolved' said 'WARNING --receive-allow: cannot resolve name.invalid: ' "$log"
lets_in

# What is new counts for connections to come, and those that are open stay.
configured receive-allow=192.0.2.0/24 keep=7 broadcast=tcp:127.0.0.1:0
exec 7<>"/dev/tcp/127.0.0.1/$port"
wait_for 20 said_times 2 'New connection from' "$log" || fail 'there is no open connection'
reread 1 'INFO Read the allow lists again, for new connections: authors from 192.0.2.0/24; subscribers from 0.0.0.0/0'
check 'others are named' said 'Other options have changed; they take effect at the next start: ' "$log"
shuts_out
event 'ivo://test.author/open#1' >"$work/open.xml"
size=$(wc -c <"$work/open.xml")
# shellcheck disable=SC2059
printf "$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' 0 0 $((size / 256)) $((size % 256)))" >&7
cat "$work/open.xml" >&7
wait_for 20 said 'VOEvent ivo://test.author/open#1 received' "$log" || fail 'an open connection was not left alone'
exec 7>&-

# A file that is broken changes nothing, and the log says what is wrong.
configured receive-allow=127.0.0.0/8
reread 2 'Read the allow lists again'
lets_in
configured receive-allow=10.0.0.1/8 recieve
reread 1 'ERROR Cannot read the allow lists again; the old ones stay in effect'
check 'the reason' said "ERROR $conf:4: unknown option recieve; did you mean receive?" "$log"
lets_in
rm "$conf"
reread 2 'Cannot read the allow lists again'
lets_in
stop_broker TERM
[ "$status" -eq 0 ] || fail "SIGTERM: status $status"

# With lists on the command line alone, names are looked up again.
launch line 'Listening for authors on 127.0.0.1:' --local-ivo=ivo://test.broker/e2e --receive=tcp:127.0.0.1:0 \
  --receive-allow=localhost
reread 1 'authors from localhost (127.0.0.1'
stop_broker TERM

# The log file is opened anew as well.
configured receive-allow=::1
: >"$work/file.log"
brokerd --config="$conf" --logfile="$work/file.log" --eventdb="$work/file.db" 2>/dev/null &
broker=$!
brokers+=("$broker")
log=$work/file.log
port=$(port_for authors)
mv "$work/file.log" "$work/file.log.1"
configured receive-allow=127.0.0.1
kill -HUP "$broker"
wait_for 60 said 'Read the allow lists again' "$log" || fail 'the new log has not the lists'
lets_in
stop_broker TERM

# The end of the terminal in which it was started ends it, as it does without anything to read again.
configured
if command -v script >/dev/null; then
  log=$work/tty.log
  : >"$log"
  script -qec "exec brokerd --config='$conf' --pidfile='$work/tty.pid' --eventdb='$work/tty.db' 2>>'$log'" /dev/null \
    </dev/zero >/dev/null 2>&1 &
  terminal=$!
  listeners+=("$terminal")
  wait_for 20 said 'Listening for authors' "$log" || fail "no broker in a terminal: $(cat "$log")"
  broker=$(<"$work/tty.pid")
  brokers+=("$broker")
  reread 1 'Read the allow lists again'
  { kill -KILL "$terminal" && wait "$terminal"; } 2>/dev/null
  wait_for 20 gone "$broker" || fail 'the broker outlives its terminal'
else
  echo 'skipped: a terminal, since there is no script(1)'
fi

# One of this machine's addresses alone is hardly meant.
if [ -e /proc/net/if_inet6 ] && grep -q '^0\{31\}1 ' /proc/net/if_inet6; then
  launch v6 'Listening for authors on [::1]:' --local-ivo=ivo://test.broker/e2e --receive='tcp:[::1]:0' \
    --receive-allow=127.0.0.0/8
  port=$(sed -n 's/.*Listening for authors on \[::1\]://p' "$log")
  for _ in 1 2; do
    run sendvo -q -t "[::1]:$port" --timeout=5 "$work/open.xml"
  done
  wait_for 20 said_times 2 'turned away: its address is not allowed' "$log" || fail 'somebody was let in'
  [ "$(grep -c 'but only 127.0.0.1 is allowed; allow ::1 as well' "$log")" -eq 1 ] || fail "not said once: $(cat "$log")"
  stop_broker TERM
else
  echo 'skipped: there is no IPv6 here'
fi
