#!/usr/bin/env bash
# With very few file descriptors each program says what is wrong and fails, or works; a signal always ends it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

export ASAN_OPTIONS=${ASAN_OPTIONS-}:detect_leaks=0 # which opens files itself

# At this limit the sanitizers' own library cannot start a program either.
least=6
most=24

start_broker other --broadcast=tcp:127.0.0.1:0
subscribers=$(port_for subscribers)
event 'ivo://test.author/few#1' >"$work/event.xml"

# ends_by SIGNAL PROCESS WHAT: it ends within 20 s of it.
ends_by() {
  kill "-$1" "$2" 2>/dev/null
  wait_for 20 ended "$2" || fail "$3 ignores $1"
  kill -KILL "$2" 2>/dev/null
  wait "$2" 2>/dev/null
}

ended() { ! kill -0 "$1" 2>/dev/null || [ "$(awk '/^State/ { print $2 }' "/proc/$1/status" 2>/dev/null)" = Z ]; }

# settled PROCESS FILE: it has ended, or said something.
settled() { ended "$1" || [ -s "$2" ]; }

for limit in $(seq "$least" "$most"); do
  for signal in TERM INT; do
    said=$work/listenvo.$limit.$signal
    (ulimit -n "$limit" && exec listenvo -v --exec=true "localhost:$subscribers") >"$work/out" 2>"$said" &
    process=$!
    wait_for 20 settled "$process" "$said" || fail "listenvo with $limit descriptors says nothing"
    ends_by "$signal" "$process" "listenvo with $limit descriptors"
  done
  said=$work/brokerd.$limit
  (ulimit -n "$limit" && exec brokerd --local-ivo=ivo://test.broker/few --eventdb="$work/few.$limit.db" \
    --receive=tcp:127.0.0.1:0 --broadcast=tcp:127.0.0.1:0 --subscribe="localhost:$subscribers" --cmd=true) 2>"$said" &
  process=$!
  wait_for 20 settled "$process" "$said" || fail "brokerd with $limit descriptors says nothing"
  ends_by TERM "$process" "brokerd with $limit descriptors"

  (ulimit -n "$limit" && exec sendvo --timeout=5 -p "$port" "$work/event.xml") >"$work/out" 2>"$said" </dev/null
  status=$?
  [ "$status" -le 3 ] || fail "sendvo with $limit descriptors ended with status $status: $(cat "$said")"
  [ -s "$said" ] || fail "sendvo with $limit descriptors says nothing"
  (ulimit -n "$limit" && exec vodedup --db="$work/seen.$limit.db" "$work/event.xml") >"$work/out" 2>"$said" </dev/null
  status=$?
  [ "$status" -eq 0 ] || [ -s "$said" ] || fail "vodedup with $limit descriptors ended with status $status and says nothing"
done
