#!/usr/bin/env bash
# Who may connect to a broker with a peers file, and what each may do; and the file read again while it runs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ivo=--local-ivo=ivo://test.broker/e2e
peers=$work/peers
# listed LINE…: the file has these.
listed() {
  printf '%s\n' "$@" >"$peers"
  chmod 600 "$peers"
}
# sends IVORN [OPTION…]: an author here, with an event.
sends() {
  local ivorn=$1
  shift
  run sendvo -q -t "127.0.0.1:$port" "$@" < <(event "$ivorn")
}
# reread N TEXT: the broker has been told to read the file again, and has said so often.
reread() {
  kill -HUP "$broker"
  wait_for 60 said_times "$1" "$2" "$log" || fail "SIGHUP: no '$2' in $(cat "$log")"
}

# An author in the list may submit, is named, and may send only what is its own.
listed '# who may come' 'pole  127.0.0.1  author  ivorn=ivo://test.author/pole' \
  "archive 127.0.0.1 subscriber filter=\"//*[@role='observation' or contains(@ivorn, '#end')]\""
start_broker main --peers="$peers" --broadcast=tcp:127.0.0.1:0
at=127.0.0.1:$(port_for subscribers)
listen archive -q --json "$at"
wait_for 30 said 'Subscriber archive (127.0.0.1:' "$log" || fail "no subscriber: $(cat "$log")"
sends 'ivo://test.author/pole#1'
expect 0
check 'the author is named' said 'VOEvent ivo://test.author/pole#1 received from pole (127.0.0.1:' "$log"
sends 'ivo://test.author/polestar#1'
expect 1 'pole may not send events with this ivorn here, but only ivo://test.author/pole'
check 'the refusal is a line' said 'VOEvent ivo://test.author/polestar#1 from pole (127.0.0.1:' "$log"

# A subscriber sees no more than its line allows.
run sendvo -q -t "127.0.0.1:$port" < <(event 'ivo://test.author/pole#2' '' observation)
expect 0
sends 'ivo://test.author/pole#end'
expect 0
wait_for 30 said 'pole#end' "$work/archive.out" || fail "the subscriber has: $(cat "$work/archive.out")"
said 'ivo://test.author/pole#2' "$work/archive.out" || fail 'an event that is allowed did not come'
said 'ivo://test.author/pole#1"' "$work/archive.out" && fail 'an event came that is not allowed'

# A file with a problem changes nothing; every problem is a line.
listed 'pole 127.0.0.1' 'archive 127.0.0.1 reader'
reread 1 'Cannot use the peers file; the old list stays in effect'
check 'a first problem' said "ERROR $peers:1: there are no roles after the key; write NAME KEY ROLES" "$log"
check 'a second one' said "ERROR $peers:2: reader is not a role; the roles are author, subscriber and both" "$log"
sends 'ivo://test.author/pole#3'
expect 0

# New limits count for those who are connected; who is taken out is disconnected.
listed 'pole 127.0.0.1 author ivorn=ivo://test.author/polestar' 'archive 127.0.0.1 subscriber'
reread 1 "Read $peers again: 2 line(s) of peers"
sends 'ivo://test.author/pole#4'
expect 1 'pole may not send events with this ivorn here'
sends 'ivo://test.author/polestar#2'
expect 0
wait_for 30 said 'polestar#2' "$work/archive.out" || fail "the subscriber has: $(cat "$work/archive.out")"
listed 'pole 192.0.2.1 author'
reread 2 "Read $peers again"
check 'it is told' said 'INFO Subscriber archive (127.0.0.1:' "$log"
check 'why' said 'is not in the peers file any more; disconnecting it' "$log"
check 'it is gone' said 'gone: it is not in the peers file any more (' "$log"
check 'it is not let in again' said 'turned away: its address is in no line of the peers file' "$log"
sends 'ivo://test.author/polestar#3'
expect 1 'Authors at 127.0.0.1 are not allowed here'
kill "$listener"

# A list that others may write to is told; one that admits nobody too.
listed '# nobody'
chmod 666 "$peers"
reread 1 'WARNING '"$peers: others than its owner may write to it, and so admit anybody; chmod go-w"
check 'nobody' said "WARNING $peers: admits no peer at all" "$log"

# Over its rate an author is put off, and sendvo tries again.
listed 'pole 127.0.0.1 author rate=2/s,1'
reread 4 "Read $peers again"
numbered 'ivo://test.author/rate#' 1 3 >"$work/rate.events"
run sendvo -t "127.0.0.1:$port" --retry=60 "$work/rate.events"
expect 0
check 'it was put off' said 'pole sends more events than its rate allows here (2/s,1); try again later' "$log"
sends 'ivo://test.author/rate#x' --retry=60
sends 'ivo://test.author/rate#y'
expect 3 'try again later'

# Over its connections too.
listed 'pole 127.0.0.1 author connections=1'
reread 5 "Read $peers again"
exec 7<>"/dev/tcp/127.0.0.1/$port"
connected=$(grep -c 'New connection from pole' "$log")
wait_for 20 said_times $((connected + 1)) 'New connection from pole' "$log"
sends 'ivo://test.author/connections#1'
expect 3 'pole has as many connections as it may have (1); try again later'
exec 7>&-
is_let_in() {
  sends 'ivo://test.author/connections#1'
  [ "$status" -eq 0 ]
}
wait_for 20 is_let_in || fail "a connection stays occupied: $err"
stop_broker TERM
[ "$status" -eq 0 ] || fail "SIGTERM: status $status"

# The permissions of a socket decide about its peers, which have no line.
listed '# nobody'
launch unix 'Listening for authors on unix:' $ivo --receive=unix:"$work/authors" --peers="$peers"
event 'ivo://test.author/unix#1' >"$work/unix.xml"
run sendvo -q -t "unix:$work/authors" "$work/unix.xml"
expect 0
stop_broker TERM

# The addresses that are allowed come first; without a list of them, the peers file alone decides.
listed 'pole 127.0.0.1 author'
start_broker allow --peers="$peers" --receive-allow=192.0.2.0/24
sends 'ivo://test.author/allow#1'
expect 1 'Authors at 127.0.0.1 are not allowed here'
check 'its address' said 'turned away: its address is not allowed' "$log"
stop_broker TERM
run brokerd $ivo -r --peers="$peers" --check-config --eventdb="$work/none.db"
expect 0 "peers = $peers" 'receive-allow = 0.0.0.0/0' 'receive-allow = ::/0'

# A broker does not start with a file that has a problem, or without it.
listed 'pole 127.0.0.1' 'archive telescope.example subscriber'
for more in --check-config ''; do
  # shellcheck disable=SC2086
  run timeout 20 brokerd $ivo --receive=tcp:127.0.0.1:0 --eventdb="$work/none.db" --peers="$peers" $more
  expect 2 "$peers:1: there are no roles after the key" \
    "$peers:2: telescope.example: a host name is not possible here; write an address, or sha256:"
done
run timeout 20 brokerd $ivo --receive=tcp:127.0.0.1:0 --eventdb="$work/none.db" --peers="$work/no-such-file"
expect 2 "$work/no-such-file: No such file or directory"
