# What the end-to-end tests share: a folder of their own, a broker, and checks that say what failed.
# Each test sources this file; the programs are found on PATH, as their users find them.
# shellcheck shell=bash

set -u
work=$(mktemp -d)
failures=0
brokers=()

finish() {
  for pid in "${brokers[@]}"; do
    { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
  done
  rm -rf "$work"
  [ "$failures" -eq 0 ] || exit 1
}
trap finish EXIT

fail() {
  echo "FAILED: $*" >&2
  failures=$((failures + 1))
}

# check NAME COMMAND…: the command succeeds.
check() {
  local name=$1
  shift
  "$@" || fail "$name"
}

# wait_for SECONDS COMMAND…: until the command succeeds, at most that long.
wait_for() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$until" ] || return 1
    sleep 0.02
  done
}

# said TEXT FILE: the file has it in a line.
said() { grep -qF -- "$1" "$2"; }

# run COMMAND…: keeps its status in $status, what it printed in $out, what it said in $err.
run() {
  "$@" >"$work/out" 2>"$work/err"
  status=$?
  out=$(cat "$work/out")
  err=$(cat "$work/err")
}

# expect STATUS [TEXT…]: what the last `run` exited with, and what it must have said.
expect() {
  local wanted=$1 text
  shift
  [ "$status" -eq "$wanted" ] || fail "expected status $wanted, got $status; it said: $err"
  for text in "$@"; do
    case "$out$err" in
      *"$text"*) ;;
      *) fail "expected '$text', got: $out$err" ;;
    esac
  done
}

# start_broker NAME [OPTION…]: on loopback, with a port of its own in $port, its log in $log, its process in
# $broker; it is up when this returns.
start_broker() {
  local name=$1
  shift
  log=$work/$name.log
  : >"$log"
  brokerd --receive=tcp:127.0.0.1:0 --local-ivo=ivo://test.broker/e2e --eventdb="$work/$name.db" "$@" \
    2>>"$log" &
  broker=$!
  brokers+=("$broker")
  if ! wait_for 20 said 'Listening for authors on 127.0.0.1:' "$log"; then
    cat "$log" >&2
    echo "FAILED: the broker did not start" >&2
    exit 1
  fi
  # shellcheck disable=SC2034
  port=$(sed -n 's/.*Listening for authors on 127\.0\.0\.1://p' "$log" | tail -n 1)
}

# stop_broker SIGNAL: the last one that was started; its status in $status.
stop_broker() {
  kill "-$1" "$broker"
  wait "$broker" 2>/dev/null
  status=$?
}

# event IVORN [CHILDREN]: a VOEvent 2.0 on stdout.
event() {
  cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="test" ivorn="$1">
${2-<Who><AuthorIVORN>ivo://test.author/e2e</AuthorIVORN></Who>}
</voe:VOEvent>
XML
}
