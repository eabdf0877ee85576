#!/usr/bin/env bash
# Comet as the broker that brokerd and listenvo subscribe to: they answer its authenticate and iamalives, and it uses their
# filters.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

make_event one
make_event two observation
make_event three

start_comet theirs
launch ours 'Subscribed to' -v --subscribe="127.0.0.1:$comet_subscribers" --broadcast=tcp:127.0.0.1:0 \
  --local-ivo=ivo://test.broker/interop
listen everything "127.0.0.1:$comet_subscribers"
listen some --filter='/*[@role="observation"]' "127.0.0.1:$comet_subscribers"
check 'they answer its authenticate' wait_for 30 said_times 3 'Authentication received from' "$comet_log"
check 'the filter arrives' said 'Installing filter /*[@role="observation"] for' "$comet_log"

run comet-sendvo --host=127.0.0.1 --port="$comet_authors" --file="$work/one.xml"
expect 0
submit "$comet_authors" two
check 'brokerd gets the events' wait_for 30 said_times 2 "received from 127.0.0.1:$comet_subscribers" "$log"
check 'listenvo gets the events' wait_for 30 heard everything one two
check 'listenvo gets what passes its filter' wait_for 30 heard some two

# Comet drops at once who has not answered the iamalive before.
check 'Comet hears of us' wait_for 60 said_times 9 'IAmAlive received from' "$comet_log"
submit "$comet_authors" three
check 'brokerd stays subscribed' wait_for 30 said_times 3 "received from 127.0.0.1:$comet_subscribers" "$log"
check 'listenvo stays subscribed' wait_for 30 heard everything one two three
said 'dropping connection' "$comet_log" && fail 'Comet dropped a connection'
for name in one two three; do
  sqlite3 "$work/ours.db" "SELECT writefile('$work/$name.kept', bytes) FROM event WHERE ivorn LIKE '%#$name'" >"$work/out"
  check "the bytes of $name are kept" cmp "$work/$name.xml" "$work/$name.kept"
done
