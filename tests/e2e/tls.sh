#!/usr/bin/env bash
# TLS: two sites that know each other by their keys, keys that change under load, and peers that speak something else.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# identity NAME: makes one; its fingerprint in $pin.
identity() {
  run sendvo --tls-fingerprint "$work/$1.pem"
  expect 0
  pin=$out
}
# at authors|subscribers: the port for TLS of the last broker.
at() { sed -n "s/.*Listening for $1 on tls:127\.0\.0\.1://p" "$log" | tail -n 1; }
plain='--receive=tcp:127.0.0.1:0 --broadcast=tcp:127.0.0.1:0'
quiet='--broadcast-test-interval=0'

# A key is made once, for its owner only, and shown as often as one asks.
identity one
one=$pin
expect 0 'sha256:' 'Made' 'a key, and a certificate for'
check 'it is for its owner only' [ "$(stat -c %a "$work/one.pem")" = 600 ]
run sendvo --tls-fingerprint "$work/one.pem"
expect 0 "$one"
[ -z "$err" ] || fail "it was made again: $err"
run sendvo --tls-fingerprint "$work/none/one.pem"
expect 2 'No such file or directory'

# What is missing, or is of no use, is told before anything begins.
run brokerd -r tls:127.0.0.1:0 --local-ivo=ivo://test.broker/one
expect 2 'needs --tls-cert=FILE'
run brokerd -r tls:127.0.0.1:0 --local-ivo=ivo://test.broker/one --tls-cert="$work/none.pem"
expect 2 "cannot use the certificate in $work/none.pem: No such file or directory"
run sendvo --tls-pin="$one" -t 127.0.0.1:1 /dev/null
expect 2 '--tls-pin needs an endpoint with TLS'
run listenvo --tls-pin=sha256:00 tls:127.0.0.1:1
expect 2 'is not a fingerprint'

run sendvo --tls-ca="$work/none.pem" -t tls:127.0.0.1:1 /dev/null
expect 2 "cannot use the certificates in $work/none.pem: No such file or directory"
run sendvo --tls-ca="$work/one.pem" --tls-pin="$one" -t tls:127.0.0.1:1 /dev/null
expect 2 '--tls-pin is in place of authorities'
run listenvo --tls-key="$work/one.pem" tls:127.0.0.1:1
expect 2 '--tls-key needs --tls-cert'
run brokerd -r 127.0.0.1:0 --local-ivo=ivo://test.broker/one --tls-timeout=3
expect 2 '--tls-timeout needs an endpoint with TLS'

# Plain endpoints and those with TLS, side by side; a value may follow -r.
# shellcheck disable=SC2086
launch one 'Listening for subscribers on tls:' -r tls:127.0.0.1:0 $plain -b tls:127.0.0.1:0 $quiet -v \
  --local-ivo=ivo://test.broker/one --tls-cert="$work/one.pem" --author-timeout=60
one_process=$broker one_log=$log in=$(at authors) out_at=$(at subscribers)
plain_in=$(port_for authors) plain_out=$(port_for subscribers)

# A second broker subscribes to the first, and a third is its destination.
identity two
two=$pin
launch three 'Listening for authors on tls:' -r tls:127.0.0.1:0 --local-ivo=ivo://test.broker/three \
  --tls-cert="$work/two.pem"
three_process=$broker three_in=$(at authors)
launch two 'Subscribed to' --local-ivo=ivo://test.broker/two --subscribe="tls:127.0.0.1:$out_at" \
  --forward="tls:127.0.0.1:$three_in" --tls-pin="$one" --tls-pin="$two"
two_process=$broker
listen by_tls -n 2 --format='%i\n' --tls-pin="$one" "tls:127.0.0.1:$out_at"
listen plainly -n 2 --format='%i\n' "127.0.0.1:$plain_out"
subscribed 3 "$one_log"

run sendvo -t "tls:127.0.0.1:$in" --tls-pin="$one" <(event ivo://test.author/tls#1)
expect 0 'Event was sent successfully'
run sendvo -t "127.0.0.1:$plain_in" <(event ivo://test.author/tls#2)
expect 0 'Event was sent successfully'
for listener in "${listeners[@]}"; do ends "$listener"; done
for who in by_tls plainly; do
  check "who listens $who has both" [ "$(cat "$work/$who.out")" = $'ivo://test.author/tls#1\nivo://test.author/tls#2' ]
done
in_three() { [ "$(sqlite3 "$work/three.db" 'SELECT count(*) FROM event')" -eq "$1" ]; }
check 'both went on to the third broker' wait_for 30 in_three 2

# Whom one does not trust gets no event, and the message says what is wrong.
run sendvo -t "tls:127.0.0.1:$in" <(event ivo://test.author/tls#3)
expect 3 "is not trusted: self-signed certificate; if this is its key, use --tls-pin=$one"
run sendvo -t "tls:127.0.0.1:$in" --tls-ca="$work/one.pem" <(event ivo://test.author/tls#3)
expect 3 'is not trusted: IP address mismatch' # it is trusted for the name of this host
run sendvo -t "tls:127.0.0.1:$in" --tls-pin="$two" <(event ivo://test.author/tls#3)
expect 3 "the key of 127.0.0.1:$in is $one, not $two (--tls-pin)"
run listenvo --no-reconnect --tls-pin="$two" "tls:127.0.0.1:$out_at"
expect 3 "is $one, not $two"

# Without TLS where it is asked for, and with TLS where it is not: both sides say so.
run sendvo -t "127.0.0.1:$in" <(event ivo://test.author/tls#3)
expect 1 'this port is for TLS: connect to tls:HOST:PORT'
check 'the broker says so too' said 'it does not speak TLS, for which this port is' "$one_log"
run timeout 60 listenvo --no-reconnect "127.0.0.1:$out_at"
expect 3 "127.0.0.1:$out_at does not admit us: this port is for TLS: connect to tls:HOST:PORT"
run sendvo -t "tls:127.0.0.1:$plain_in" --tls-pin="$one" <(event ivo://test.author/tls#3)
expect 3 'the peer does not speak TLS; is this a port for plain VTP, without tls:?'
check 'the broker says so too' said 'this is TLS, not VTP' "$one_log"
run listenvo --no-reconnect --tls-pin="$one" "tls:127.0.0.1:$plain_out"
expect 3 'the peer does not speak TLS'

# The key changes while events come in and go out: nothing is lost, and nobody is disconnected.
total=400
listen during -n "$total" --format='%i\n' --tls-pin="$one" "tls:127.0.0.1:$out_at"
during=$listener
subscribed 4 "$one_log"
identity new
new=$pin
cp "$work/one.pem" "$work/old.pem"
for ((n = 0; n < total; ++n)); do event "ivo://test.author/load#$n" && printf '\0'; done >"$work/load"
sendvo -q -j 8 --retry=60 --tls-pin="$one" --tls-pin="$new" -t "tls:127.0.0.1:$in" "$work/load" 2>"$work/load.err" &
sender=$!
listeners+=("$sender")
reread() { said_times "$1" 'Read the certificate again' "$one_log"; }
for turn in 1 2 3 4; do
  [ $((turn % 2)) -eq 0 ] && next=old || next=new
  cp "$work/$next.pem" "$work/one.pem"
  kill -HUP "$one_process"
  check 'it reads the key again' wait_for 20 reread "$turn"
done
ends "$sender"
[ "$status" -eq 0 ] || fail "the author lost events: $(cat "$work/load.err")"
ends "$during"
check 'the subscriber has all of them' [ "$(sort -u "$work/during.out" | wc -l)" -eq "$total" ]
check 'once each' [ "$(wc -l <"$work/during.out")" -eq "$total" ]
cp "$work/new.pem" "$work/one.pem"
kill -HUP "$one_process"
check 'the last key is read' wait_for 20 reread 5
run sendvo -t "tls:127.0.0.1:$in" --tls-pin="$new" <(event ivo://test.author/tls#3)
expect 0
check 'the other broker is still subscribed' wait_for 30 in_three $((total + 3))

# A pair that does not fit is refused, and the old one stays.
cat "$work/two.pem" >"$work/one.pem"
sed -i '/PRIVATE KEY/,/PRIVATE KEY/d' "$work/one.pem"
kill -HUP "$one_process"
check 'it says so' said 'Cannot read the certificate again, the old one stays in effect' "$one_log"
run sendvo -t "tls:127.0.0.1:$in" --tls-pin="$new" <(event ivo://test.author/tls#4)
expect 0

# Peers that stall in the handshake cost nobody else anything, and are let go of in the end.
ulimit -Sn "$(ulimit -Hn)"
identity stalled
launch stalled 'Listening for authors on tls:' -r tls:127.0.0.1:0 --local-ivo=ivo://test.broker/stalled \
  --tls-cert="$work/stalled.pem" --tls-timeout=3
stalls=500
for ((n = 0; n < stalls; ++n)); do
  exec {stall}<>"/dev/tcp/127.0.0.1/$(at authors)" && printf '\x16\x03\x01' >&"$stall"
done
run sendvo -t "tls:127.0.0.1:$(at authors)" --tls-pin="$pin" <(event ivo://test.author/tls#5)
expect 0
closed() { [ "$(ss -Htn state established "( sport = :$(at authors) )" 2>/dev/null | wc -l)" -eq 0 ]; }
check 'they are let go of' said 'the handshake took too long' "$log"
! command -v ss >/dev/null || check 'all of them' wait_for 30 closed
stop_broker TERM
check 'it ends as it should' [ "$status" -eq 0 ]
stop "$two_process" "$one_process" "$three_process"
