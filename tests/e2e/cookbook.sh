#!/usr/bin/env bash
# The recipes of the README, and some of the manuals' examples, as they are typed there, but for the brokers' names.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
source=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work" || exit 1

# recipe TITLE: the first block behind that title in the README, without prompts.
recipe() {
  awk -v title="**$1**" '
    index($0, title) == 1 { found = 1; next }
    found && /^    / { sub(/^    ([$] )?/, ""); printf "%s%s\n", blank, $0; begun = 1; blank = ""; next }
    found && begun && NF == 0 { blank = blank "\n"; next }
    found && begun { exit }
  ' "$source/README.md" | ours "$1"
}
# example PAGE TITLE: the first block of the manual's examples behind a line that begins with that title.
example() {
  awk -v title="$2" '
    /^\.Sh / { examples = ($2 == "EXAMPLES") }
    examples && index($0, title) == 1 { found = 1 }
    !found { next }
    sub(/^\.Dl /, "") { print; exit }
    /^\.Ed/ { exit }
    block
    /^\.Bd/ { block = 1 }
  ' "$source/man/$1" | sed 's/^\$ //; s/\\e/\\/g' | ours "$1: $2"
}
# ours TITLE: what is typed, with the brokers of this test. There is something.
ours() {
  sed "s|voevent.example.org|$at|; s|voevent.example.net|$at_too|; s|-h broker.example.edu|-t unix:$work/other|" | grep '' ||
    echo "there is no recipe: $1" | tee -a missing >&2
}
# listens COMMAND: in the background, until it is subscribed.
listens() {
  subscribed_before=$(grep -c 'filter(s)' "$log")
  pipeline "$1" 2>>listens.err
  wait_for 30 said_times $((subscribed_before + ${2-1})) 'filter(s)' "$log" || fail "nobody listens: $1"
}
has() { [ "$(sqlite3 "$work/$1.db" 'SELECT count(*) FROM event')" -ge "$2" ]; }
position() {
  cat <<XML
<Who/><WhereWhen><ObsDataLocation><ObservatoryLocation id="GEOLUN"/><ObservationLocation><AstroCoordSystem
id="UTC-FK5-GEO"/><AstroCoords coord_system_id="UTC-FK5-GEO"><Position2D unit="deg"><Value2><C1>10</C1><C2>$1</C2></Value2>
<Error2Radius>$2</Error2Radius></Position2D></AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>${3-}
XML
}

start_broker other --receive="unix:$work/other" # the last of them
other=$broker
start_broker main --broadcast=tcp:127.0.0.1:0 --broadcast="unix:$work/subscribers"
at=127.0.0.1:$(port_for subscribers) at_too=unix:$work/subscribers
main_port=$port main_log=$log
mkdir bin
cat >bin/mail <<'SH'
#!/bin/sh
{ echo "$@"; cat; } >"$MAILS/mail.$$"
SH
chmod +x bin/mail
export PATH=$work/bin:$PATH MAILS=$work

listens "$(example listenvo.1 'Relay from two brokers to a third')" 2
relay=$pipeline
listens "$(example listenvo.1 'Archive by day')"
listens "$(example listenvo.1 'Send mail for each gamma-ray burst')"
listens "exec $(example listenvo.1 'Filter by position in every') >above.stream"
listens "exec $(example listenvo.1 'Filter by position: ') >plain.stream"
if command -v python3 >/dev/null; then
  example listenvo.1 'Process events in Python' >listening.py
  listens 'exec python3 listening.py >python.out'
  python=$pipeline
else
  echo 'skipped: there is no python3 for its recipe'
fi

burst='<Why><Inference><Name>GRB</Name></Inference></Why>'
event 'ivo://test.author/c#1' "$(position 45 0.5 "$burst")" observation >1.xml
event 'ivo://test.author/c#2' "$(position 45 5 "$burst")" test >2.xml
event 'ivo://test.author/c#3' "$(position -45 0.5)" observation >3.xml
sendvo -q -j 1 -p "$port" 1.xml 2.xml 3.xml || fail 'the events were not accepted'

check 'the relay' wait_for 60 has other 3
archived() { cat archive/*.stream 2>/dev/null | cmp -s - <(for i in 1 2 3; do cat "$i.xml" && printf '\0'; done); }
check 'the archive' wait_for 60 archived
mailed() { [ "$(find . -name 'mail.*' | wc -l)" -eq 1 ] && [ "$(cat mail.*)" = "-s ivo://test.author/c#1 observers@example.org
$(cat 1.xml)" ]; }
check 'one mail, with the event' wait_for 60 mailed
above() { cmp -s "$1.stream" <(cat 1.xml && printf '\0'); }
check 'one event above a position' wait_for 60 above above
check 'one event above a position, without namespaces' wait_for 60 above plain

# The relay is stopped while its target is away, with an event on its way; its next run brings that.
kill -TERM "$other"
ends "$other"
event 'ivo://test.author/c#late' >late.xml
sendvo -q -p "$port" late.xml || fail 'the event was not accepted'
relaying() { pgrep -f -- "^sendvo .*unix:$work/other" >/dev/null; }
check 'the relay tries' wait_for 60 relaying
kill -TERM -- "-$relay"
ends "$relay"
check 'the event is not done' said "$(sha256sum 3.xml | cut -d ' ' -f 1)" relay.cursor
start_broker other --receive="unix:$work/other"
port=$main_port log=$main_log
listens "$(example listenvo.1 'Relay from two brokers to a third')" 2
check 'nothing is lost' wait_for 60 has other 4

# Python's listener is begun again when it has ended, and goes on where that was.
printed() { [ "$(grep -o '^ivo://test.author/c#[a-z0-9]*' python.out | tr '\n' ' ')" = "$1" ]; }
if [ -s listening.py ]; then
  wanted='ivo://test.author/c#1 ivo://test.author/c#2 ivo://test.author/c#3 ivo://test.author/c#late '
  check 'Python gets each event' wait_for 60 printed "$wanted"
  check 'and keeps its place' wait_for 60 said "$(sha256sum late.xml | cut -d ' ' -f 1)" python.cursor
  pkill -KILL -g "$python" -x listenvo
  event 'ivo://test.author/c#python' >python.xml
  sendvo -q -p "$port" python.xml || fail 'the event was not accepted'
  check 'and goes on' wait_for 60 printed "${wanted}ivo://test.author/c#python "
fi

# A copy, while the broker runs.
run bash -c "$(recipe "Back up a broker's events" | sed "s|~/.local/state/vtptools/events.db|$work/main.db|")"
expect 0
check 'the copy' test "$(sqlite3 backup.db 'SELECT count(*) FROM event')" = "$(sqlite3 main.db 'SELECT count(*) FROM event')"

# What was missed, by one that was there before, and what there was of one kind.
run bash -c "$(recipe 'Fetch new events')"
expect 0
event 'ivo://test.author/c#away' >away.xml
sendvo -q -p "$port" away.xml || fail 'the event was not accepted'
run bash -c "$(recipe 'Fetch new events')"
expect 0
check 'only that is fetched' test "$(ls events)" = test.author_c_away.xml
run bash -c "$(example listenvo.1 'Search the last month')"
expect 0
check 'one is found' test "$(grep -o '"ivorn":"[^"]*"' found.json)" = '"ivorn":"ivo://test.author/c#1"'

# A night again, the observations only, and what is new beside it.
cp archive/*.stream archive/2026-11-24.stream 2>/dev/null
start_broker replay
run bash -c "$(example sendvo.1 'Replay the observations of one night') -p $port"
expect 0 'sendvo: 2 events: 2 accepted'
[ "$(grep -c '"outcome":"accepted"' replay.json)" -eq 2 ] || fail "the report: $(cat replay.json)"
{ event 'ivo://test.author/c#4' && printf '\0' && cat archive/2026-11-24.stream; } >theirs.stream
run bash -c "$(example vodedup.1 'Select the events of one archive that another does not have')"
check 'what is new' cmp -s new.stream <(event 'ivo://test.author/c#4' && printf '\0')

# The manual's line for cron, with its options in a file; the second time it says nothing.
example brokerd.8 "Keep a broker's options in a file" |
  sed "s|/home/me|$work|; s|^receive|receive=unix:$work/cron|; s|^broadcast|broadcast=unix:$work/cron-out|" >brokerd.conf
echo "eventdb=$work/cron.db" >>brokerd.conf
line=$(example brokerd.8 'Start that broker from cron' | sed 's/^[^b]*//')
HOME=$work run bash -c "$line"
expect 0
brokers+=("$(cat brokerd.pid)")
HOME=$work run bash -c "$line"
expect 1
[ -z "$out$err" ] || fail "the second time it said: $out$err"
run sendvo -q -t "unix:$work/cron" 1.xml
expect 0

# In a script, in which each command stands on a line of its own.
example brokerd.8 'Use a broker in a script' | sed "s| -r | --receive=unix:$work/script --eventdb=$work/script.db |; s|sendvo |sendvo -q -t unix:$work/script |
  s|event.xml|1.xml|" >script.sh
run bash script.sh
expect 0
[ ! -s missing ] || fail "$(cat missing)"
