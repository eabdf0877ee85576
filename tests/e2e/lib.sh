# What the end-to-end tests share: a folder of their own, a broker, and checks that say what failed.
# Each test sources this file; the programs are found on PATH, as their users find them.
# shellcheck shell=bash

set -u
work=$(mktemp -d)
export XDG_STATE_HOME=$work/state # nothing of a test outlives it
failures=0
brokers=()
listeners=()
pipelines=()

finish() {
  for pid in "${pipelines[@]}"; do
    kill -KILL -- "-$pid" 2>/dev/null
  done
  for pid in "${brokers[@]}" "${listeners[@]}"; do
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

# check NAME COMMAND…: the command succeeds. What has to be said may be said a moment later: a log is written every 10 ms,
# when what it tells of is over.
check() {
  local name=$1
  shift
  case $1 in
    said | said_times) wait_for 30 "$@" || fail "$name" ;;
    *) "$@" || fail "$name" ;;
  esac
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

# said TEXT FILE: the file has it in a line. Of a program that runs it is asked by check or wait_for.
said() { grep -qsF -- "$1" "$2"; }

# said_times N TEXT FILE: it has it in so many lines, or more.
said_times() { [ "$(cat -- "$3" 2>/dev/null | grep -cF -- "$2")" -ge "$1" ]; }

# run COMMAND…: keeps its status in $status, what it printed in $out, what it said in $err.
run() {
  "$@" >"$work/out" 2>"$work/err"
  status=$?
  out=$(tr -d '\0' <"$work/out")
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

# launch NAME LINE OPTION…: a broker with these options, and a database, $work/NAME.db; its log in $log, its
# process in $broker; the log has the line when this returns.
launch() {
  local name=$1 line=$2
  shift 2
  log=$work/$name.log
  : >"$log"
  brokerd --eventdb="$work/$name.db" "$@" 2>>"$log" &
  broker=$!
  brokers+=("$broker")
  if ! wait_for 20 said "$line" "$log"; then
    cat "$log" >&2
    echo "FAILED: the broker did not start" >&2
    exit 1
  fi
}

# start_broker NAME [OPTION…]: one that takes events on loopback, at a port of its own in $port.
start_broker() {
  local name=$1
  shift
  launch "$name" 'Listening for authors on 127.0.0.1:' --receive=tcp:127.0.0.1:0 \
    --local-ivo=ivo://test.broker/e2e "$@"
  # shellcheck disable=SC2034
  port=$(port_for authors)
}

# port_for authors|subscribers: the last one that the last broker listens at.
port_for() {
  wait_for 20 said "Listening for $1 on 127.0.0.1:" "$log" || fail "nobody listens for $1"
  sed -n "s/.*Listening for $1 on 127\.0\.0\.1://p" "$log" | tail -n 1
}

# stop_broker SIGNAL: the last one that was started; its status in $status.
stop_broker() {
  kill "-$1" "$broker"
  wait "$broker" 2>/dev/null
  status=$?
}

# stop PROCESS…: ends brokers as they should end; then whoever listened has got everything.
stop() {
  local process
  kill -TERM "$@"
  for process in "$@"; do
    ends "$process"
    [ "$status" -eq 0 ] || fail "a broker ended with status $status"
  done
}

# listen NAME OPTION…: a listener in the background; what it prints in $work/NAME.out, what it says in
# $work/NAME.err, its process in $listener. It has not connected yet when this returns.
listen() {
  local name=$1
  shift
  : >"$work/$name.out" # who reads may come before the listener
  : >"$work/$name.err"
  listenvo "$@" >"$work/$name.out" 2>"$work/$name.err" &
  listener=$!
  listeners+=("$listener")
}

# pipeline COMMAND: in the background, as a shell runs what is typed; its shell in $pipeline, whose process group it is.
pipeline() {
  setsid bash -c "$1" &
  pipeline=$!
  pipelines+=("$pipeline")
}

# subscribed N LOG: so many subscribers get all events that the broker takes from here on.
subscribed() {
  wait_for 30 said_times "$1" 'filter(s)' "$2" || fail "there are no $1 subscribers: $(cat "$2")"
}

# ends PROCESS: waits for that; its status in $status.
ends() {
  if ! wait_for 60 gone "$1"; then
    fail "process $1 did not end"
    kill -KILL "$1"
  fi
  wait "$1" 2>/dev/null
  status=$?
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# start_kafka: a mock of a Kafka cluster in a process of its own; its hosts in $hosts. It needs $VTP_BUILD.
start_kafka() {
  coproc KAFKA { exec "$VTP_BUILD/tests/mock_kafka" 2>&1; }
  listeners+=("$KAFKA_PID")
  # shellcheck disable=SC2034
  read -r -t 60 hosts <&"${KAFKA[0]}" || fail 'the cluster does not start'
}

# kafka COMMAND…: as the cluster is told on its standard input; see mock_kafka.cpp.
kafka() {
  local answer=''
  echo "$*" >&"${KAFKA[1]}"
  read -r -t 60 answer <&"${KAFKA[0]}"
  [ "$answer" = ok ] || fail "the cluster says: $answer"
}

# event IVORN [CHILDREN [ROLE]]: a VOEvent 2.0 on stdout.
event() {
  cat <<XML
<?xml version="1.0" encoding="UTF-8"?>
<voe:VOEvent xmlns:voe="http://www.ivoa.net/xml/VOEvent/v2.0" version="2.0" role="${3-test}" ivorn="$1">
${2-<Who><AuthorIVORN>ivo://test.author/e2e</AuthorIVORN></Who>}
</voe:VOEvent>
XML
}

# numbered IVORN FIRST LAST: a stream of events, IVORN with each number behind it.
numbered() {
  local number
  for ((number = $2; number <= $3; ++number)); do event "$1$number" && printf '\0'; done
}

# send_each NAME…: each an event, in $work/NAME.xml, to the broker that takes them at $work/authors.
send_each() {
  local name
  for name in "$@"; do
    event "ivo://test.author/b#$name" >"$work/$name.xml"
    run sendvo -q -t "unix:$work/authors" "$work/$name.xml"
    expect 0
  done
}
