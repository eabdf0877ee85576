#!/usr/bin/env bash
# TLS with peers that nobody here wrote: stunnel in front of Comet, openssl s_client, Python's ssl; and a link that changes
# what goes over it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# tunnel NAME client|server FROM TO: stunnel from a port of loopback to another one; TLS is on the side of its name.
tunnel() {
  local settings=$work/$1.stunnel
  {
    echo "foreground = yes"
    echo "pid ="
    echo "debug = info"
    echo "[$1]"
    echo "accept = 127.0.0.1:$3"
    echo "connect = 127.0.0.1:$4"
    if [ "$2" = client ]; then
      printf '%s\n' 'client = yes' "CAfile = $work/ours.pem" 'verifyPeer = yes'
    else
      echo "cert = $work/theirs.pem"
    fi
  } >"$settings"
  stunnel "$settings" >"$work/$1.tunnel" 2>&1 &
  brokers+=("$!")
  check "$1 runs" wait_for 30 said 'Configuration successful' "$work/$1.tunnel"
}
# tls_port authors|subscribers: that of the last broker.
tls_port() { sed -n "s/.*Listening for $1 on tls:127\.0\.0\.1://p" "$log" | tail -n 1; }

for name in one two three four five six; do make_event "$name"; done
pins=()
for name in ours theirs; do
  run sendvo --tls-fingerprint "$work/$name.pem"
  expect 0
  pins+=("$out")
done
our_pin=${pins[0]} their_pin=${pins[1]}
launch ours 'Listening for subscribers on tls:' --local-ivo=ivo://test.broker/e2e --broadcast-test-interval=0 \
  -r tls:127.0.0.1:0 -b tls:127.0.0.1:0 --tls-cert="$work/ours.pem"
authors=$(tls_port authors) subscribers=$(tls_port subscribers)
mapfile -t port < <(free_ports 4)

# Comet's author reaches our broker, and Comet's broker subscribes to it.
tunnel to_authors client "${port[0]}" "$authors"
tunnel to_subscribers client "${port[1]}" "$subscribers"
run comet-sendvo --host=127.0.0.1 --port="${port[0]}" --file="$work/one.xml"
expect 0 'Event was sent successfully'
run comet-sendvo --host=127.0.0.1 --port="${port[0]}" --file="$work/one.xml"
expect 1 'Previously seen by this broker'
start_comet theirs --remote="127.0.0.1:${port[1]}"
subscribed 1 "$log"
run comet-sendvo --host=127.0.0.1 --port="${port[0]}" --file="$work/two.xml"
expect 0
check 'Comet has it from our broker' wait_for 30 saved_by_comet theirs two

# Our programs reach Comet.
tunnel comet_authors server "${port[2]}" "$comet_authors"
tunnel comet_subscribers server "${port[3]}" "$comet_subscribers"
listen theirs --tls-pin="$their_pin" "tls:127.0.0.1:${port[3]}"
check 'we are subscribed to Comet' wait_for 30 said 'Subscribed to' "$work/theirs.err"
check 'Comet knows' wait_for 30 said 'Authentication received from' "$comet_log"
run sendvo -t "tls:127.0.0.1:${port[2]}" --tls-pin="$their_pin" "$work/three.xml"
expect 0 'Event was sent successfully'
run sendvo -t "tls:127.0.0.1:${port[2]}" --tls-pin="$their_pin" "$work/three.xml"
expect 1 'Previously seen by this broker'
check 'we hear it from Comet' wait_for 30 heard theirs three

# openssl s_client as an author, by each version.
framed() { # FILE: with its length before it
  printf '%b' "$(printf '%08x' "$(stat -c %s "$1")" | sed 's/../\\x&/g')" && cat "$1"
}
# shellcheck disable=SC2094  # it waits for what comes into the file
by_openssl() { # FILE OPTION…: prints the answer
  : >"$work/answer"
  { framed "$1" && wait_for 20 said Transport "$work/answer"; } | openssl s_client -quiet -no_ign_eof \
    -connect "127.0.0.1:$authors" -CAfile "$work/ours.pem" -verify_return_error "${@:2}" 2>"$work/err" >"$work/answer"
  tr -d '\0' <"$work/answer"
}
check 'openssl gets an ack by TLS 1.3' grep -q 'role="ack"' <(by_openssl "$work/four.xml" -tls1_3)
check 'and a nak by TLS 1.2' grep -q 'Previously seen' <(by_openssl "$work/four.xml" -tls1_2)
run openssl s_client -connect "127.0.0.1:$authors" -tls1_1 -cipher 'ALL:@SECLEVEL=0'
[ "$status" -ne 0 ] || fail 'TLS 1.1 is not refused'
check 'the broker says why' said 'no version of TLS in common; 1.2 or 1.3 is needed' "$log"

# Python's ssl as an author, with a session that is continued.
run python3 - "$authors" "$work/ours.pem" "$work/five.xml" <<'PYTHON'
import socket, ssl, struct, sys
port, authority, file = int(sys.argv[1]), sys.argv[2], sys.argv[3]
event = open(file, "rb").read()
context = ssl.create_default_context(cafile=authority)
context.check_hostname = False
session = None
for wanted in (b'role="ack"', b"Previously seen"):
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with context.wrap_socket(plain, session=session) as tls:
            tls.sendall(struct.pack("!I", len(event)) + event)
            size, = struct.unpack("!I", tls.recv(4, ))
            reply = b""
            while len(reply) < size:
                reply += tls.recv(size - len(reply))
            assert wanted in reply, reply
            assert tls.session_reused == (session is not None)
            session = tls.session
            print(tls.version())
PYTHON
expect 0 TLSv1.3

# A link that changes a byte: the event does not arrive so, and arrives when it is sent again.
mapfile -t port < <(free_ports 1)
python3 "$interop/link.py" --flip=2 "${port[0]}:$authors" >"$work/link" &
brokers+=("$!")
check 'the link is there' wait_for 30 said Linked "$work/link"
run sendvo -v --retry=60 -t "tls:127.0.0.1:${port[0]}" --tls-pin="$our_pin" "$work/six.xml"
expect 0 'gave no answer' 'Event was sent successfully'
check 'the broker says what happened' said 'it was changed on the way' "$log"
stop "$broker"
[ "$(sqlite3 "$work/ours.db" "SELECT count(*) FROM event WHERE ivorn LIKE '%#six'")" -eq 1 ] || fail 'it is not there once'
sqlite3 "$work/ours.db" "SELECT writefile('$work/six.kept', bytes) FROM event WHERE ivorn LIKE '%#six'" >"$work/out"
check 'its bytes are those that were sent' cmp "$work/six.xml" "$work/six.kept"
