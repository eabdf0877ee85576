# What the tests with real peers share beside tests/e2e/lib.sh: a Comet broker, and events as files.
# Each test sources this file; the programs and the Python peers are found on PATH.
# shellcheck shell=bash

# shellcheck source-path=SCRIPTDIR source=../e2e/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"
interop=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# has_started PROCESS TEXT LOG: waits until the log of this process has the text in a line. Shows the log, and ends the test,
# if the process ends before or if it takes longer than a minute.
has_started() {
  wait_for 60 said_or_gone "$@"
  said "$2" "$3" && return
  cat "$3" >&2
  fail 'what has this log did not start'
  exit
}
said_or_gone() { said "$2" "$3" || gone "$1"; }

# start_comet NAME OPTION…: a Comet broker for authors and subscribers, which keeps its files in $work/NAME and saves its
# events in $work/NAME/saved. Its process is in $comet, its log in $comet_log, its ports in $comet_authors and
# $comet_subscribers.
start_comet() {
  local name=$1 starting='(WhitelistingFactory) starting on'
  shift
  mkdir -p "$work/$name"
  comet_log=$work/$name/comet.log
  : >"$comet_log"
  (cd "$work/$name" && exec python3 "$interop/comet_broker.py" --verbose --local-ivo="ivo://comet.test/$name" --eventdb=. \
    --receive --receive-port=0 --broadcast --broadcast-port=0 --broadcast-test-interval=0 \
    --save-event --save-event-directory="$work/$name/saved" "$@") >"$comet_log" 2>&1 &
  comet=$!
  brokers+=("$comet")
  has_started "$comet" "VOEventReceiverFactory $starting" "$comet_log" # the last of both
  # shellcheck disable=SC2034
  comet_authors=$(sed -n "s/.* VOEventReceiverFactory $starting //p" "$comet_log")
  # shellcheck disable=SC2034
  comet_subscribers=$(sed -n "s/.* VOEventBroadcasterFactory $starting //p" "$comet_log")
}

# saved_by_comet NAME EVENT…: the Comet in $work/NAME has saved these events of make_event, exact to the byte, and no other.
saved_by_comet() {
  local folder=$work/$1/saved event
  shift
  [ "$(find "$folder" -type f 2>/dev/null | wc -l)" -eq $# ] || return 1
  for event; do
    cmp -s "$work/$event.xml" "$folder/ivo__test.author_interop$event" || return 1
  done
}

# make_event NAME [ROLE]: the event ivo://test.author/interop#NAME in the file $work/NAME.xml; not all of it is ASCII.
make_event() {
  event "ivo://test.author/interop#$1" \
    '<Who><AuthorIVORN>ivo://test.author/interop</AuthorIVORN></Who><Description>δ &lt; 20°</Description>' \
    "${2-test}" >"$work/$1.xml"
}

# submit PORT NAME…: sends each of these events of make_event to a broker, which accepts it.
submit() {
  local to=$1 name
  shift
  for name; do
    run sendvo -q -t "127.0.0.1:$to" "$work/$name.xml"
    expect 0
  done
}

# heard LISTENER NAME…: `listen LISTENER` has printed these events of make_event so far, and nothing else.
heard() {
  local listener=$1 name
  shift
  for name; do
    cat "$work/$name.xml"
    printf '\0'
  done | cmp -s - "$work/$listener.out"
}

# free_ports N: prints so many ports of loopback, each in a line, that nobody uses now. They are none that the system gives
# to those who do not ask for one, so that nobody else gets them before they are used.
free_ports() {
  python3 - "$1" <<'PYTHON'
import random, socket, sys
with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
    first_given = int(file.read().split()[0])
held = []
for port in random.sample(range(10000, max(first_given, 20000)), 5000):
    if len(held) == int(sys.argv[1]):
        break
    try:
        held.append(socket.create_server(("127.0.0.1", port)))
        print(port)
    except OSError:
        pass
PYTHON
}
