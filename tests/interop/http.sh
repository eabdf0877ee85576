#!/usr/bin/env bash
# The API of brokerd against its description: schemathesis asks for what the description allows and for what it does not, and
# holds each answer to it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

start_broker main --broadcast=tcp:127.0.0.1:0 --http=127.0.0.1:0 --broadcast-test-interval=0
http=$(port_for HTTP)
for i in 1 2 3 4 5; do
  event "ivo://test.author/interop#$i" \
    '<Who><AuthorIVORN>ivo://test.author/interop</AuthorIVORN></Who><What><Param name="flux" value="1.5" unit="Jy"/></What>
     <WhereWhen><ObsDataLocation><ObservatoryLocation id="a"/><ObservationLocation><AstroCoordSystem id="UTC-FK5-GEO"/>
     <AstroCoords coord_system_id="UTC-FK5-GEO"><Time unit="s"><TimeInstant><ISOTime>2026-11-20T12:00:00</ISOTime></TimeInstant></Time>
     <Position2D unit="deg"><Value2><C1>83.6</C1><C2>22.0</C2></Value2><Error2Radius>0.1</Error2Radius></Position2D></AstroCoords>
     </ObservationLocation></ObsDataLocation></WhereWhen><Citations><EventIVORN cite="followup">ivo://test.author/interop#0</EventIVORN>
     </Citations>' observation >"$i.xml"
done
run sendvo -p "$port" 1.xml 2.xml 3.xml 4.xml 5.xml
expect 0
pipeline "listenvo -q 127.0.0.1:$(port_for subscribers) >heard" # so that there is a peer

# OpenAPI cannot say that a time must not be later than another one, and what it allows must be answered.
cat >hooks.py <<'PYTHON'
import schemathesis

@schemathesis.hook
def filter_case(context, case):
    query = case.query or {}
    return not any({f"{prefix}since", f"{prefix}until"} <= set(query) for prefix in ("", "observed_"))
PYTHON
cat >schemathesis.toml <<TOML
hooks = "hooks.py"
[parameters]
"path.digest" = "$(sha256sum 1.xml | cut -d ' ' -f 1)"
[phases.coverage]
# The parser of RESTinio knows no others.
unexpected-methods = ["PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"]
TOML
# A live stream has no end.
run timeout --kill-after=10 280 schemathesis --config-file=schemathesis.toml run --exclude-path=/api/v1/live --checks=all \
  --max-examples=200 --generation-database=none --no-color "http://127.0.0.1:$http/api/v1/openapi.json"
[ "$status" -eq 0 ] || cat "$work/out" "$work/err"
expect 0 'Tested: 10'

# So it is asked for itself.
code() { curl -sS -o answer --max-time 20 -w '%{http_code}' "$@"; }
for query in after=1 "after=$(sha256sum 1.xml)" before=1 'after=%00'; do
  [ "$(code "http://127.0.0.1:$http/api/v1/live?${query// /%20}")" = 400 ] || fail "$query: $(cat answer)"
done
for method in PUT POST DELETE OPTIONS PATCH TRACE; do
  [ "$(code -X "$method" "http://127.0.0.1:$http/api/v1/live")" = 405 ] || fail "$method: $(cat answer)"
done
[ "$(code -I "http://127.0.0.1:$http/api/v1/live")" = 200 ] || fail "HEAD: $(cat answer)"

events=http://127.0.0.1:$http/api/v1/events
[ "$(code "$events?since=2h&until=1h")" = 200 ] || fail "since and until: $(cat answer)"
[ "$(code "$events?since=1h&until=2h")" = 400 ] || fail "since after until: $(cat answer)"

# All of that has cost the broker nothing that it says.
[ "$(code "http://127.0.0.1:$http/readyz")" = 200 ] || fail "the broker is not ready: $(cat answer)"
! grep -E ' (ERROR|WARNING) ' "$log" || fail 'the broker complains'
stop "$broker"
