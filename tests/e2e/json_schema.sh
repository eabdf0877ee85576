#!/usr/bin/env bash
# The JSON Schema that is installed says what the lines of JSON are: of the example events, and of every event of the shared
# corpus, where there is one. Needs $VTP_BUILD.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
source=$(cd "$(dirname "$0")/../.." && pwd)
schema=$source/lib/voevent/event.schema.json
if ! python3 -c 'import jsonschema' 2>/dev/null; then
  echo 'skipped: there is no python3-jsonschema'
  exit 77
fi

# held LINES: each line is as the schema says, and has no key that is not in it. Prints how many there are.
held() {
  python3 - "$schema" "$1" <<'PYTHON'
import json, jsonschema, sys
schema = json.load(open(sys.argv[1]))
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
def close(part):  # the test minds keys that the schema does not name
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        close(each)
    if isinstance(part, dict) and isinstance(part.get("properties"), dict):
        part.setdefault("additionalProperties", False)
close(schema)
validator = validator(schema)
count = wrong = 0
keys = set()
for line in open(sys.argv[2], encoding="utf-8"):
    event = json.loads(line)
    count += 1
    keys |= event.keys()
    for error in validator.iter_errors(event):
        wrong += 1
        if wrong < 10:
            print(event.get("ivorn"), list(error.path), error.message[:200], file=sys.stderr)
print(count, *sorted(keys))
sys.exit(wrong > 0 or count == 0)
PYTHON
}

# As people get them: by a broker.
start_broker examples --broadcast=tcp:127.0.0.1:0
for example in "$source"/tests/data/{example,full-2.0,full-2.1}.xml; do
  run sendvo -q -t "127.0.0.1:$port" "$example"
  expect 0
done
run listenvo --json --since=1h --until-now "127.0.0.1:$(port_for subscribers)"
expect 0
stop_broker TERM
cp "$work/out" "$work/lines"
run held "$work/lines"
expect 0 '3 '
for key in time position inferences importance expires references description param_info; do
  check "an example has $key" grep -qw "$key" <<<"$out"
done
sed 's/"digest"/"digset"/' "$work/lines" >"$work/wrong"
run held "$work/wrong"
expect 1 'digest'

"$VTP_BUILD/tests/json_corpus" >"$work/corpus"
status=$?
if [ "$status" -eq 77 ]; then
  echo 'skipped a part: there is no shared corpus'
  exit
fi
[ "$status" -eq 0 ] || fail "json_corpus ended with $status"
run held "$work/corpus"
expect 0
[ "$(cut -d ' ' -f 1 <<<"$out")" -ge 6000 ] || fail "only so many events: $out"
