#!/usr/bin/env bash
# The programs chained by pipes, as people type them; and what is left when one of them is killed.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

a='' b='' c=''
# broker NAME: its process in $NAME; one with two sockets, NAME-in and NAME-out, and the database NAME.db.
broker() {
  rm -f "$1-in" "$1-out"
  launch "$1" 'Listening for subscribers on' --receive="unix:$work/$1-in" --broadcast="unix:$work/$1-out" \
    --local-ivo=ivo://test.broker/pipes
  declare -g "$1=$broker"
}
stored() { sqlite3 "$work/$1.db" "SELECT $2 FROM event ${3-}"; }
has_stored() { [ "$(stored "$1" 'count(*)')" -ge "$2" ]; }
# events FIRST LAST: a stream.
events() {
  awk -v first="$1" -v last="$2" -v "text=$(event ivo://test.author/p#NUMBER)" 'BEGIN {
    for (i = first; i <= last; ++i) {
      event = text
      sub("NUMBER", i, event)
      printf "%s\n%c", event, 0
    }
  }'
}

# A night's events, to one broker and then to another; what the second has already goes no further.
broker a
broker b
broker c
events 1 40 >night.stream
run sendvo -q -t unix:a-in night.stream
expect 0
events 11 60 | sendvo -q -t unix:b-in
[ "$(stored a 'count(*)')-$(stored b 'count(*)')" = 40-50 ] || fail 'a night to each of two brokers'

# A relay of what two brokers send, each event once.
listenvo -q --no-reconnect unix:a-out unix:b-out 2>relay.err | vodedup --db=relay.db | sendvo -t unix:c-in 2>>relay.err &
relay=$!
subscribed 1 a.log
subscribed 1 b.log
events 101 140 | sendvo -q -t unix:a-in -t unix:b-in
check 'a relay passes on what two brokers send' wait_for 60 has_stored c 40
stop "$a" "$b"
wait "$relay" || fail "the relay: $(cat relay.err)"
check 'each event once' said 'sendvo: 40 events: 40 accepted' relay.err
check 'and just those' cmp -s <(stored c 'hex(digest)' | sort) <(stored a 'hex(digest)' 'WHERE seq > 40' | sort)

# A broker at the head of a pipe; files with a name each, and what was new in them.
mkfifo head.pipe
brokerd -q -s unix:c-out --eventdb=head.db --print-event 2>head.err >head.pipe &
head=$!
brokers+=("$head")
vodedup --db=head-seen.db <head.pipe | xargs -0 -n 1 -r printf '%s' >head.out &
tail=$!
subscribed 1 c.log
events 201 220 | sendvo -q -t unix:c-in
kept() { has_stored head 20 && [ "$(grep -c '</voe:VOEvent>' head.out)" -eq 20 ]; }
check 'brokerd | vodedup | xargs' wait_for 60 kept
kill -TERM "$head"
ends "$head"
wait "$tail" || fail 'vodedup | xargs'
[ ! -s head.err ] || fail "a quiet broker said: $(cat head.err)"
stop "$c"

# Each in turn is killed in the middle of its work. What a broker acknowledged, to whomever, it has.
rm -f ./*.db ./*.db-*
broker a
broker c
mkfifo feed
sendvo -q -j 1 --retry=120 --report=fed.json -t unix:a-in <feed &
feeder=$!
listeners+=("$feeder")
exec 4>feed

relays=0
start_relay() {
  relays=$((relays + 1))
  pipeline "listenvo -q unix:a-out | vodedup --db=relay.db |
    sendvo -q --retry=120 --report=relayed.$relays.json -t unix:c-in" 2>>killed.err
  wait_for 60 said_times "$((subscribed_before + 1))" 'filter(s)' a.log || fail 'the relay does not listen'
}
# stage NAME: that program of the relay.
stage() {
  local process
  tr ' ' '\n' <"/proc/$pipeline/task/$pipeline/children" | while read -r process; do
    [ "$(cat "/proc/$process/comm")" != "$1" ] || echo "$process"
  done
}
fed=0
for victim in listenvo vodedup sendvo a c none; do
  subscribed_before=$(grep -c 'filter(s)' a.log)
  [ -n "${relay_runs-}" ] || start_relay 4>&-  # nobody else keeps the author's input open
  relay_runs=yes
  arrived=$(stored c 'count(*)')
  events $((fed + 1)) $((fed + 300)) >&4 &
  feeding=$!
  fed=$((fed + 300))
  check "before $victim is killed, events arrive" wait_for 60 has_stored c $((arrived + 30))
  case $victim in
    none) ;;
    a | c)
      kill -KILL "${!victim}"
      wait "${!victim}" 2>/dev/null
      cp "$victim.log" "$victim.$fed.log"
      broker "$victim" 4>&-
      # The listener comes back by itself.
      [ "$victim" = c ] || subscribed 1 a.log
      ;;
    *)
      kill -KILL "$(stage "$victim")"
      wait "$feeding"
      # Events come until whoever writes to it has noticed.
      for _ in {1..60}; do
        wait_for 1 gone "$pipeline" && break
        events $((fed + 1)) $((fed + 1)) >&4
        fed=$((fed + 1))
      done
      check "after $victim was killed, the relay ends" gone "$pipeline"
      relay_runs=
      ;;
  esac
  wait "$feeding"
  check "whatever is killed, the author is served: $victim" wait_for 60 has_stored a "$fed"
done
exec 4>&-
ends "$feeder"
[ "$status" -eq 0 ] || fail "the author ended with status $status"
kill -TERM "$(stage listenvo)"
ends "$pipeline"

# digests REPORT…: of the events that were accepted; the last line may be torn if its writer was killed.
digests() { sed -n 's/.*"digest":"\([0-9a-f]*\)".*"outcome":"accepted".*/\1/p' "$@" | sort -u; }
digests fed.json >fed
digests relayed.*.json >relayed
stored a 'lower(hex(digest))' | sort >a.digests
stored c 'lower(hex(digest))' | sort >c.digests
[ "$(wc -l <fed)" -eq "$fed" ] || fail "the author was acknowledged $(wc -l <fed) of $fed events"
[ -z "$(comm -23 fed a.digests)" ] || fail 'the first broker lost what it had acknowledged to the author'
[ "$(wc -l <relayed)" -ge 180 ] || fail "only $(wc -l <relayed) events were relayed"
[ -z "$(comm -23 relayed c.digests)" ] || fail 'the second broker lost what it had acknowledged to the relay'
[ -z "$(comm -13 a.digests c.digests)" ] || fail 'the second broker has events that the first never had'
