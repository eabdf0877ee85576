#!/usr/bin/env bash
# A destination that refuses the broker that forwards to it, until its operator lets it in: nothing is left out.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# identity NAME: makes one; its fingerprint in $pin.
identity() {
  run sendvo --tls-fingerprint "$work/$1.pem"
  expect 0
  pin=$out
}
# at WHERE: the port of the last broker for authors, on WHERE.
at() { sed -n "s/.*Listening for authors on $1//p" "$log" | tail -n 1; }
# destination LINE OPTION…: a broker.
destination() {
  launch there "$@" --local-ivo=ivo://test.broker/there
  there=$broker there_log=$log
}
# end: of both brokers; the next ones begin with new databases.
end() {
  stop "$broker" "$there"
  rm -f "$work"/main.db* "$work"/there.db*
}
submit() {
  run sendvo -q -j 1 -p "$port" <(numbered 'ivo://test.author/forward#' "$1" "$2")
  expect 0
}
has() { [ "$(sqlite3 "$work/there.db" 'SELECT ivorn FROM event ORDER BY seq' | sed 's/.*#//' | tr '\n' ' ')" = "$1" ]; }
up_to() { seq "$1" | tr '\n' ' '; }
# refused WHY, let_in LAST [TIMES]: what the forward says, and what the destination has; it was refused so often.
refused() {
  wait_for 30 said "Cannot forward events to $to: Event rejected: $1" "$log" || fail "no '$1' in $(cat "$log")"
}
let_in() {
  wait_for 60 has "$(up_to "$1")" || fail "events are left out: $(cat "$log" "$there_log")"
  wait_for 30 said "Forwarding events to $to" "$log" || fail "it does not say that it forwards: $(cat "$log")"
  said 'which refuses it' "$log" && fail "an event is passed over: $(cat "$log")"
  [ "$(grep -c 'Cannot forward' "$log")" -eq "${2-1}" ] || fail "not one line for each change: $(cat "$log")"
}
# reread N: the destination reads its files again.
reread() {
  kill -HUP "$there"
  wait_for 60 said_times "$1" "$reads_again" "$there_log" || fail "SIGHUP: $(cat "$there_log")"
}
identity there
there_key=$pin
identity main
main_key=$pin

# A plain forward to a port that is for TLS at first.
destination 'Listening for authors on tls:' --receive=tls:127.0.0.1:0 --tls-cert="$work/there.pem"
to=127.0.0.1:$(at tls:127.0.0.1:)
start_broker main --forward="$to"
submit 1 10
refused 'this port is for TLS: connect to tls:HOST:PORT; retrying'
submit 11 20
stop "$there"
main=$broker main_log=$log
destination 'Listening for authors on 127' --receive="tcp:$to"
broker=$main log=$main_log
let_in 20
end

# One that has to be told our key, and that takes it out for a moment.
peers=$work/peers reads_again="Read $peers again"
listed() {
  printf '%s\n' "$@" >"$peers"
  chmod 600 "$peers"
}
listed "other $there_key author"
destination 'Listening for authors on tls:' --receive=tls:127.0.0.1:0 --tls-cert="$work/there.pem" --peers="$peers"
to=tls:127.0.0.1:$(at tls:127.0.0.1:)
start_broker main --forward="$to" --tls-cert="$work/main.pem" --tls-pin="$there_key"
submit 1 10
refused "This broker does not know you: your key is $main_key"
submit 11 20
listed "main $main_key subscriber"
reread 1
listed "main $main_key author"
reread 2
let_in 20
listed "main $main_key subscriber"
reread 3
submit 21 30
refused "main is no author here; your key is $main_key"
listed "main $main_key author"
reread 4
let_in 30 2
end

# One where our address has to be allowed.
conf=$work/there.conf reads_again='Read the allow lists again'
printf '%s\n' receive=tcp:127.0.0.1:0 receive-allow=192.0.2.0/24 >"$conf"
destination 'Listening for authors on 127' --config="$conf"
to=127.0.0.1:$(at 127.0.0.1:)
start_broker main --forward="$to"
submit 1 10
refused 'Authors at 127.0.0.1 are not allowed here'
submit 11 20
printf '%s\n' receive=tcp:127.0.0.1:0 receive-allow=127.0.0.1 >"$conf"
reread 1
let_in 20
end
