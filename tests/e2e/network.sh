#!/usr/bin/env bash
# Several brokers, authors and listeners: every event comes to everybody who wants it, once, with its bytes exact.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ivo=--local-ivo=ivo://test.broker/e2e
here=--broadcast=tcp:127.0.0.1:0

# make NAME [ROLE]: an event in $work/NAME.xml.
make() { event "ivo://test.author/net#$1" '<Who><AuthorIVORN>ivo://test.author/e2e</AuthorIVORN></Who>' \
  "${2-test}" >"$work/$1.xml"; }

# submit PORT NAME…: the events, one by one; each is acknowledged.
submit() {
  local to=$1 name
  shift
  for name in "$@"; do
    run sendvo -q -t "127.0.0.1:$to" "$work/$name.xml"
    expect 0
  done
}

# heard LISTENER NAME…: it has printed these events so far, and nothing else.
heard() {
  local listener=$1 name
  shift
  for name in "$@"; do
    cat "$work/$name.xml"
    printf '\0'
  done | cmp -s - "$work/$listener.out"
}
hears() { wait_for 30 heard "$@" || fail "$1 has $(tr '\0' '\n' <"$work/$1.out"), not $*"; }

for name in plain ring mesh kept before after; do make "$name"; done
make wanted observation
make unwanted prediction

# TCP, IPv6 where the machine has it, and unix sockets.
if grep -qs 'lo$' /proc/net/if_inet6; then six=(--broadcast='tcp:[::1]:0'); else six=(); fi
start_broker hub "$here" --broadcast="unix:$work/b.sock" "${six[@]}"
to_hub=$port
at_hub=127.0.0.1:$(port_for subscribers)
listen tcp -n 1 -h 127.0.0.1 -p "${at_hub#*:}"
tcp=$listener
listen unix -n 1 "unix:$work/b.sock"
ways=("$tcp" "$listener")
subscribed 2 "$log"
if [ "${#six[@]}" -gt 0 ]; then
  check 'IPv6' wait_for 20 said 'Listening for subscribers on [::1]:' "$log"
  listen six -n 1 "[::1]:$(sed -n 's/.*Listening for subscribers on \[::1\]://p' "$log")"
  ways+=("$listener")
  subscribed 3 "$log"
fi
submit "$to_hub" plain
for process in "${ways[@]}"; do
  ends "$process"
  [ "$status" -eq 0 ] || fail "a listener ended with status $status"
done
for name in tcp unix ${six[0]+six}; do
  heard "$name" plain || fail "over $name the bytes are not the same"
done
check 'the listeners acknowledged it' wait_for 20 said_times "${#ways[@]}" '(1 events sent, 1 acknowledged)' "$log"
hub=$broker hub_log=$log

# Who only subscribes keeps what it gets, also under the other name of the option.
launch kept 'Subscribed to' --remote="unix:$work/b.sock"
subscribed $((${#ways[@]} + 1)) "$hub_log"
submit "$to_hub" kept
check 'it gets the event' wait_for 20 said 'VOEvent ivo://test.author/net#kept received from' "$log"
stop "$broker"
[ "$(sqlite3 "$work/kept.db" 'SELECT ivorn || " " || length(bytes) FROM event')" = \
  "ivo://test.author/net#kept $(wc -c <"$work/kept.xml")" ] || fail 'what it got is not what it keeps'

# Who only broadcasts, and who only receives.
launch broadcasts 'Listening for subscribers on' "$here" "$ivo"
stop "$broker"
start_broker receives
submit "$port" kept
stop "$broker"

# What cannot be.
run timeout 20 brokerd "$ivo"
expect 2 'brokerd: nothing to do: use --receive, --broadcast or --subscribe'
run timeout 20 brokerd "$here" --eventdb="$work/x.db"
expect 2 'brokerd: --broadcast needs --local-ivo'
run timeout 20 brokerd "$here" "$ivo" --filter='//Who' --eventdb="$work/x.db"
expect 2 'brokerd: --filter needs --subscribe'
run timeout 20 brokerd --subscribe="unix:$work/b.sock" --filter='//Who[' --eventdb="$work/x.db"
expect 2 'brokerd: --filter: '
[ ! -e "$work/x.db" ] || fail 'a broker that could not start left a database'

# Filters: of a listener, and of a broker for all that it passes on.
listeners_so_far=$((${#ways[@]} + 1))
listen filtered -f "/*[@role='observation']" "$at_hub"
filtered=$listener
start_broker below "$here" -v --subscribe="$at_hub" --filter="/*[@role='observation']" --filter='//None'
below=$broker below_log=$log
listen everything "127.0.0.1:$(port_for subscribers)"
subscribed 1 "$below_log"
subscribed $((listeners_so_far + 2)) "$hub_log"
check 'the broker knows of the filters' wait_for 20 said 'has 2 filter(s)' "$hub_log"
submit "$to_hub" unwanted wanted
hears filtered wanted
hears everything wanted
submit "$port" unwanted  # a filter is for what comes from upstream, not for authors
hears everything wanted unwanted
heard filtered wanted || fail 'a filter let something else through'
kill -TERM "$filtered" "$listener"
ends "$filtered"
stop "$below" "$hub"

# web NAME UPSTREAM…: three brokers that subscribe to one another, each with a listener; each UPSTREAM is how
# many brokers further on. What the first gets goes round, and everybody has it once.
web() {
  local name=$1 i further copies=0 ports=() ring=() listening=() subscriptions
  shift
  for i in 0 1 2; do
    subscriptions=()
    for further in "$@"; do
      subscriptions+=(--subscribe="unix:$work/$name$(((i + further) % 3)).sock")
    done
    start_broker "$name$i" -v --broadcast="unix:$work/$name$i.sock" "${subscriptions[@]}"
    ports+=("$port")
    ring+=("$broker")
    check 'it broadcasts' wait_for 20 said 'Listening for subscribers on' "$log"
    listen "$name$i" --no-reconnect "unix:$work/$name$i.sock"
    listening+=("$listener")
  done
  for i in 0 1 2; do subscribed $(($# + 1)) "$work/$name$i.log"; done
  submit "${ports[0]}" "$name"
  for i in 0 1 2; do hears "$name$i" "$name"; done
  # Each broker gets a copy from each that it subscribes to, and one gets it from the author.
  settled() {
    copies=$(cat "$work/$name"[012].log | grep -c "VOEvent ivo://test.author/net#$name from .* seen before")
    [ "$copies" -ge $((3 * $1 - 2)) ]
  }
  wait_for 30 settled $# || fail "$name: only $copies copies came back"
  stop "${ring[@]}"
  for i in 0 1 2; do
    ends "${listening[i]}"
    [ "$status" -eq 3 ] || fail "$name: a listener ended with status $status"
    heard "$name$i" "$name" || fail "$name: a listener has more than one copy"
    said_times 2 "VOEvent ivo://test.author/net#$name received" "$work/$name$i.log" &&
      fail "$name: a broker took it twice"
  done
  settled $#
  [ "$copies" -eq $((3 * $# - 2)) ] || fail "$name: $copies copies came back"
}
web ring 1
web mesh 1 2

# A broker that is killed, and started again at the same places: whoever listened is back.
start_broker fallen "$here" --broadcast="unix:$work/fallen.sock"
fallen=$broker fallen_log=$log at=127.0.0.1:$(port_for subscribers)
submitted_to=$port
listen back "$at"
start_broker downstream "$here" --subscribe="unix:$work/fallen.sock"
downstream=$broker downstream_log=$log
listen further "127.0.0.1:$(port_for subscribers)"
subscribed 1 "$downstream_log"
subscribed 2 "$fallen_log"
submit "$submitted_to" before
hears back before
hears further before
broker=$fallen
stop_broker KILL
start_broker fallen --broadcast="tcp:$at" --broadcast="unix:$work/fallen.sock"
subscribed 2 "$fallen_log"
submit "$port" after
hears back before after
hears further before after
run sendvo -t "127.0.0.1:$port" "$work/before.xml"
expect 1 'Previously seen by this broker'
stop "$downstream" "$broker"

# Test events.
start_broker tests "$here" --broadcast-test-interval=1
run timeout 60 listenvo -n 1 "127.0.0.1:$(port_for subscribers)"
expect 0 'ivorn="ivo://test.broker/e2e#TestEvent-' 'role="test"'
check 'the log tells of test events' wait_for 20 \
  said 'Broadcasting test event ivo://test.broker/e2e#TestEvent-' "$log"
stop_broker TERM
[ "$status" -eq 0 ] || fail "SIGTERM: status $status"

# Who may not subscribe is turned away, and who says nothing is dropped at the third iamalive.
for option in --broadcast-allow --broadcast-whitelist; do
  start_broker "closed$option" "$here" "$option=192.0.2.0/24"
  run timeout 60 listenvo --no-reconnect "127.0.0.1:$(port_for subscribers)"
  expect 3
  check 'the log says who was turned away' said 'turned away: its address is not allowed' "$log"
done
start_broker strict "$here" --iamalive-interval=0.2
exec 3<>"/dev/tcp/127.0.0.1/$(port_for subscribers)"
check 'a silent subscriber is dropped' wait_for 30 said 'left 2 iamalives unanswered; dropping it' "$log"
exec 3>&-
run brokerd -b --local-ivo=ivo://test.broker/x --iamalive-interval=0
expect 2 "--iamalive-interval: 0 is not a number of seconds"
