#!/usr/bin/env bash
# Peers that are known by their keys, over TLS: who is admitted, what strangers are told, and keys that are taken out.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

peers=$work/peers
# listed LINE…: the file has these.
listed() {
  printf '%s\n' "$@" >"$peers"
  chmod 600 "$peers"
}
# identity NAME: makes one, in $work/NAME.pem; its fingerprint in $NAME.
identity() {
  run sendvo --tls-fingerprint "$work/$1.pem"
  expect 0 'sha256:'
  printf -v "$1" %s "$out"
}
# at authors|subscribers: the port for TLS of the last broker.
at() { sed -n "s/.*Listening for $1 on tls:127\.0\.0\.1://p" "$log" | tail -n 1; }
# start NAME OPTION…: a broker with TLS and the peers file.
start() {
  local name=$1
  shift
  launch "$name" 'Listening for subscribers on tls:' --receive=tls:127.0.0.1:0 --broadcast=tls:127.0.0.1:0 \
    --local-ivo=ivo://test.broker/e2e --broadcast-test-interval=0 --tls-cert="$work/server.pem" --peers="$peers" "$@"
  author_port=$(at authors) subscriber_port=$(at subscribers)
}
# sends IDENTITY IVORN: an author with that certificate, or none for -.
sends() {
  local certificate=()
  [ "$1" = - ] || certificate=(--tls-cert="$work/$1.pem")
  run sendvo -q -t "tls:127.0.0.1:$author_port" --tls-pin="$server" "${certificate[@]}" < <(event "$2")
}
# listens IDENTITY: a subscriber that does not come back.
listens() {
  run timeout 60 listenvo --no-reconnect --tls-pin="$server" --tls-cert="$work/$1.pem" "tls:127.0.0.1:$subscriber_port"
}
reread() {
  kill -HUP "$broker"
  wait_for 60 said_times "$1" "Read $peers again" "$log" || fail "SIGHUP: the file is not read: $(cat "$log")"
}

server='' pole='' archive='' stranger='' # fingerprints
for who in server pole archive stranger; do identity "$who"; done
listed "pole $pole author ivorn=ivo://test.author/pole" \
  "archive $archive subscriber filter=\"//*[contains(@ivorn, '#yes')]\""
start main
main_process=$broker main_log=$log

# Those in the list are known by their keys.
listen archive --format='%i\n' --no-reconnect --tls-pin="$server" --tls-cert="$work/archive.pem" \
  "tls:127.0.0.1:$subscriber_port"
archive_process=$listener
wait_for 30 said 'Subscriber archive (127.0.0.1:' "$log" || fail "no subscriber: $(cat "$log")"
sends pole ivo://test.author/pole#no
expect 0
sends pole ivo://test.author/pole#yes
expect 0
check 'the author is named' said 'VOEvent ivo://test.author/pole#yes received from pole (127.0.0.1:' "$log"
sends pole ivo://test.author/other#1
expect 1 'pole may not send events with this ivorn here'
check 'the subscriber has what it may see' wait_for 30 said 'pole#yes' "$work/archive.out"
said 'pole#no' "$work/archive.out" && fail 'the subscriber has what it may not see'

# Strangers are told their fingerprint, and so is the operator.
unknown="This broker does not know you: your key is $stranger; send it to the operator of this broker"
sends stranger ivo://test.author/pole#1
expect 1 "Event rejected: $unknown"
listens stranger
expect 3 "127.0.0.1:$subscriber_port does not admit us: $unknown"
check 'the operator is told' said_times 2 "turned away: its key $stranger is in no line of the peers file" "$log"
sends - ivo://test.author/pole#1
expect 1 'This broker does not know you: you have shown no certificate'
listens pole
expect 3 "does not admit us: pole is no subscriber here; your key is $pole"
sends archive ivo://test.author/pole#1
expect 1 "archive is no author here; your key is $archive"

# A broker that is a stranger says so in its log.
launch upstream 'does not admit us' --subscribe="tls:127.0.0.1:$subscriber_port" --tls-pin="$server" \
  --tls-cert="$work/stranger.pem"
check 'with the reason' said "WARNING 127.0.0.1:$subscriber_port does not admit us: $unknown" "$log"
stop_broker TERM
broker=$main_process log=$main_log

# Who is let in next, and who is not any more: no restart.
listed "newcomer $stranger author"
reread 1
ends "$archive_process"
check 'the subscriber is told' said 'does not admit us: This broker does not know you any more' "$work/archive.err"
check 'it had a name' said 'INFO Subscriber archive (127.0.0.1:' "$log"
check 'it is gone' said 'gone: it is not in the peers file any more (1 events sent, 1 acknowledged)' "$log"
sends stranger ivo://test.author/pole#2
expect 0
sends pole ivo://test.author/pole#3
expect 1 "your key is $pole"

# An address counts for a peer whose key is not known, and a key before an address.
listed "here 127.0.0.0/8 both" "pole $pole author ivorn=ivo://test.author/pole"
reread 2
sends stranger ivo://test.author/any#1
expect 0
check 'by its address' said 'received from here (127.0.0.1:' "$log"
sends pole ivo://test.author/any#2
expect 1 'pole may not send events with this ivorn here'
stop_broker TERM
[ "$status" -eq 0 ] || fail "SIGTERM: status $status"

# An author that is taken out and let in again, while it sends, has an answer to every event that is stored.
listed "pole $pole author"
start moments
sendvo -q -j 8 -t "tls:127.0.0.1:$author_port" --tls-pin="$server" --tls-cert="$work/pole.pem" \
  --report="$work/moments.json" <(numbered 'ivo://test.author/pole#' 1 2000) 2>"$work/moments.err" &
sender=$!
listeners+=("$sender")
turns=0
while ! gone "$sender"; do
  listed "nobody $stranger author"
  reread $((turns + 1))
  listed "pole $pole author"
  reread $((turns + 2))
  turns=$((turns + 2))
done
ends "$sender"
check 'it was taken out' said 'is not in the peers file any more; disconnecting it' "$log"
check 'what it had open has no answer' said '"outcome":"no answer"' "$work/moments.json"
stop_broker TERM
sed -n 's/.*"ivorn":"\([^"]*\)".*"outcome":"accepted".*/\1/p' "$work/moments.json" | sort >"$work/accepted"
sqlite3 "$work/moments.db" 'SELECT ivorn FROM event' | sort >"$work/stored"
cmp -s "$work/accepted" "$work/stored" || fail "stored without an answer: $(comm -13 "$work/accepted" "$work/stored")"
[ -s "$work/stored" ] || fail 'nothing is stored'

# Names count in certificates of an authority that the broker trusts, and only there.
if ! command -v openssl >/dev/null; then
  echo 'skipped: names of certificates, since there is no openssl'
  exit
fi
cd "$work" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.crt -days 2 \
  -subj /O=Authority 2>/dev/null
# signed NAME SUBJECT SAN [DAYS]: a certificate of the authority, with its key, in NAME.pem.
signed() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -out "$1.crt" -days "${4-2}" \
    -extfile <(printf 'subjectAltName=%s\n' "$3") 2>/dev/null
  cat "$1.crt" "$1.key" >"$1.pem"
  chmod 600 "$1.pem"
}
signed telescope '/O=Pole Observatory/CN=telescope' DNS:other.example
signed dome /CN=dome DNS:dome.pole.example,email:dome@pole.example
signed cupola /CN=cupola DNS:cupola.pole.example
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout forged.key -out forged.crt -days 2 \
  -subj '/O=Pole Observatory/CN=telescope' -addext subjectAltName=DNS:dome.pole.example 2>/dev/null
cat forged.crt forged.key >forged.pem && chmod 600 forged.pem
listed 'telescope dn:"CN=telescope,O=Pole Observatory" author' 'dome san:dome.pole.example author'
start names --tls-client-ca=ca.crt
sends telescope ivo://test.author/dn#1
expect 0
check 'by its subject' said 'received from telescope (127.0.0.1:' "$log"
sends dome ivo://test.author/san#1
expect 0
check 'by another name' said 'received from dome (127.0.0.1:' "$log"
sends cupola ivo://test.author/san#2
expect 1 'This broker does not know you: your key is sha256:'
check 'its subject is told' said ' (CN=cupola) is in no line of the peers file' "$log"
sends forged ivo://test.author/dn#2
expect 1 'This broker does not know you: your key is sha256:'
said '(CN=telescope' "$log" && fail 'a name that nobody has verified is told'
listed 'mail san:dome@pole.example author'
reread 1
sends dome ivo://test.author/san#3
expect 0
check 'by its mail address' said 'received from mail (127.0.0.1:' "$log"
stop_broker TERM

# Without an authority they admit nobody, which is a warning.
start none
check 'a warning' said 'WARNING --peers: lines with dn: or san: admit nobody without --tls-client-ca' "$log"
sends dome ivo://test.author/san#4
expect 1 'This broker does not know you: your key is sha256:'
stop_broker TERM
