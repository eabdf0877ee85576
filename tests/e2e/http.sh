#!/usr/bin/env bash
# What a broker serves over HTTP, as curl sees it: the page, the API, live streams that go on after a restart, and for whom.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# get PATH [OPTION…]: from the last broker; the answer in $out, its status in $code.
get() {
  local path=$1
  shift
  run curl -sS --max-time 20 -w '%{stderr}%{http_code}' "$@" "http://127.0.0.1:$http$path"
  code=$err
}
# gets CODE PATH [TEXT]: the status is that, and the answer has the text.
gets() {
  get "$2"
  [ "$code" = "$1" ] || fail "$2: $code in place of $1: $out"
  case $out in *"${3-}"*) ;; *) fail "$2: no '$3' in $out" ;; esac
}
make_event() { event "ivo://test.author/http#$1" '<Who><AuthorIVORN>ivo://test.author/http</AuthorIVORN></Who>' >"$1.xml"; }
submit() {
  make_event "$1"
  run sendvo -p "$port" "$1.xml"
  expect 0
}
digest_of() { sha256sum "$1" | cut -d ' ' -f 1; }
# follow FILE [OPTION…]: a live stream; its process is $follower.
follow() {
  local to=$1
  shift
  curl -sSN "$@" "http://127.0.0.1:$http/api/v1/live" >"$to" 2>/dev/null &
  follower=$!
  listeners+=("$follower")
  check 'the stream has begun' wait_for 20 said ':' "$to"
}

start_broker main --http=127.0.0.1:0 --http="unix:$work/socket"
http=$(port_for HTTP)
gets 200 / '<html lang="en"'
gets 200 /healthz ok
gets 200 /readyz 'listeners: ok'
gets 200 /api/v1/status '"local_ivo":"ivo://test.broker/e2e"'
gets 200 /api/v1/peers '"peers":['
gets 200 /metrics 'vtp_'
gets 200 /api/v1/openapi.json '"openapi": "3.1.0"'
gets 200 /api/v1/event.schema.json 'urn:vtptools:event'
gets 404 /nothing '{"error":"there is nothing at /nothing"}'
gets 400 '/healthz?x=1' 'there is no parameter x'
run curl -sS --unix-socket socket http://broker.example.org/healthz
expect 0 ok
[ "$out" = ok ] || fail "over the socket: $out"

# An event is there a moment after it was sent, on the stream, by its digest and in a search.
follow live
submit 1
digest=$(digest_of 1.xml)
check 'it is on the stream' wait_for 20 said "id: $digest" live
get "/api/v1/events/$digest.json"
json=$out
check 'the same as by its digest' said "data: $json" live
get "/api/v1/events/$digest.xml" -o got.xml
cmp -s got.xml 1.xml || fail 'the XML is not the same'
get "/api/v1/events?ivorn=ivo://test.author/http%231"
[ "$out" = "{\"events\":[$json],\"next\":null}" ] || fail "a search finds $out"
gets 404 "/api/v1/events/${digest//[0-9a-f]/0}.json" 'there is no event with this digest'

# With streams that are open, the broker ends soon; a reader that comes back misses nothing.
begun=$SECONDS
stop_broker TERM
if [ "$status" -ne 0 ] || [ $((SECONDS - begun)) -gt 5 ]; then fail "status $status after $((SECONDS - begun)) s"; fi
wait "$follower" || fail "the stream has no end: $?"
start_broker main --http="127.0.0.1:$http"
submit 2
follow again -H "Last-Event-ID: $digest"
submit 3
for i in 2 3; do
  check "event $i is on the stream" wait_for 20 said "id: $(digest_of "$i.xml")" again
done
[ "$(grep -c '^id: ' again)" -eq 2 ] || fail "more is on the stream: $(cat again)"
get "/api/v1/events?limit=2"
next=$(sed -E 's/.*"next":"([0-9a-f]+)".*/\1/' <<<"$out")
gets 200 "/api/v1/events?limit=2&cursor=$next" "$digest"
stop "$broker"

# For whom: read again at SIGHUP.
printf '%s\n' "http=127.0.0.1:$http" http-allow=192.0.2.0/24 receive=tcp:127.0.0.1:0 local-ivo=ivo://test.broker/e2e >conf
launch main 'Listening for authors on' --config=conf
gets 403 /healthz '127.0.0.1 is not allowed (--http-allow)'
sed -i 's/^http-allow=.*/http-allow=localhost/' conf
kill -HUP "$broker"
check 'the list was read again' wait_for 20 said 'HTTP from localhost (127.0.0.1' "$log"
allowed() { get /healthz && [ "$code" = 200 ]; }
check 'it counts' wait_for 20 allowed
run curl -sS -H 'Host: elsewhere.example' "http://127.0.0.1:$http/api/v1/peers"
expect 0 'this server is not known as elsewhere.example; --http-host=NAME adds a name'
stop "$broker"

# What cannot be is said at the start.
refused() {
  run brokerd -r --local-ivo=ivo://test.broker/e2e --eventdb=x.db "${@:2}"
  expect 2 "$1"
}
refused '--http=0.0.0.0:8097 is open to other machines: say with --http-allow=CIDR which may use it' --http=0.0.0.0:8097
refused 'HTTP is served without TLS; put a reverse proxy before it' --http=tls:127.0.0.1:8097
refused '--http-allow needs --http' --http-allow=127.0.0.1
refused '--http-max-request=10 is too small for the requests of browsers: 1k at least' --http --http-max-request=10
refused 'a/b is not a host name' --http --http-host=a/b
run brokerd --check-config -r --local-ivo=ivo://test.broker/e2e --eventdb=x.db --http --http-host=Broker.example.org
expect 0 'http = 127.0.0.1:8097' 'http-allow = 127.0.0.0/8' 'http-host = broker.example.org' 'http-connections = 64' \
  'http-timeout = 20' 'http-query-timeout = 5' 'http-max-request = 16384'
