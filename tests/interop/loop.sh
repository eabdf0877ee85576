#!/usr/bin/env bash
# A brokerd and a Comet that subscribe to each other: what either is given reaches both, and goes round once.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

make_event first
make_event second

# Each needs the other's port when it starts, so brokerd's is chosen here, and brokerd is started last.
at_ours=$(free_ports 1)
start_comet theirs --remote="127.0.0.1:$at_ours"
start_broker ours -v --broadcast="tcp:127.0.0.1:$at_ours" --subscribe="127.0.0.1:$comet_subscribers"
listen ours "127.0.0.1:$at_ours"
listen theirs "127.0.0.1:$comet_subscribers"
subscribed 2 "$log"
check 'Comet has its subscribers' wait_for 30 said_times 2 'Authentication received from' "$comet_log"

submit "$port" first
check 'it comes back to brokerd' wait_for 30 said 'interop#first from 127.0.0.1' "$log"
submit "$comet_authors" second
check 'it comes back to Comet' wait_for 30 said 'Event rejected (Previously seen by this broker)' "$comet_log"

for broker_of in ours theirs; do
  check "the listener of $broker_of gets both" wait_for 30 heard "$broker_of" first second
done
check 'Comet has both' wait_for 30 saved_by_comet theirs first second
stop "$broker"
kept=$(sqlite3 "$work/ours.db" 'SELECT count(*) FROM event')
[ "$kept" -eq 2 ] || fail "brokerd has $kept events, not 2"
