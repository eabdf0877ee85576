#!/usr/bin/env bash
# hop-client beside kcat at one cluster: it publishes and reads VOEvents, and signs in by SCRAM and with tokens.
# shellcheck source-path=SCRIPTDIR source=cluster.sh
. "$(dirname "$0")/cluster.sh"

# sign_in LINE…: from here on hop signs in as alice, with these lines in its auth.toml.
sign_in() {
  mkdir -p "$work/config/hop"
  printf '%s\n' '[[auth]]' 'username = "alice"' 'password = "wonderland"' "hostname = \"$kafka_sasl\"" \
    "ssl_ca_location = \"$work/kafka/tls.pem\"" "$@" >"$work/config/hop/auth.toml"
  chmod go= "$work/config/hop/auth.toml"
}
export XDG_CONFIG_HOME=$work/config

for name in one two three; do make_event "$name"; done
start_cluster 1 --sign-in
create_topic events 1 1

run hop publish --no-auth -f VOEVENT "kafka://$kafka/events" "$work/one.xml"
expect 0
run kcat -C -q -e -b "$kafka" -t events -f '%s'
check 'hop sends the bytes as they are' cmp "$work/one.xml" "$work/out"
run kcat -C -q -e -b "$kafka" -t events -f '%h'
expect 0 '_id=' '_format=voevent'
run kcat -P -b "$kafka" -t events -H _format=voevent "$work/two.xml"
expect 0

# hop_gets OPTION… URL NAME…: hop reads the topic of this URL, and gets these events. It ends each message with a line break
# only if it has none.
hop_gets() {
  local options=() names
  while [[ $1 != kafka://* ]]; do options+=("$1") && shift; done
  names=("${@:2}")
  run hop subscribe --start-at=EARLIEST --until-eos "${options[@]}" "$1"
  [ "$status" -eq 0 ] && cat "${names[@]/%/.xml}" | cmp -s - "$work/out"
}

# When nobody has read as a group yet, Kafka has to make a place for groups first, for which hop does not wait.
cd "$work" || exit 1
wait_for 60 hop_gets --no-auth "kafka://$kafka/events" one two || fail "hop got, of two events: $out$err"

sign_in 'mechanism = "SCRAM-SHA-512"'
run hop publish -f VOEVENT "kafka://$kafka_sasl/events" "$work/three.xml"
expect 0
start_token_endpoint
sign_in 'mechanism = "OAUTHBEARER"' "token_endpoint = \"$token_url\""
hop_gets "kafka://$kafka_sasl/events" one two three || fail "hop got, of three events: $out$err"
check 'it has a token' said '"POST /oauth2/token HTTP/1.1" 200' "$work/kafka/tokens.log"
