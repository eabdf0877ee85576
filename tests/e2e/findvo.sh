#!/usr/bin/env bash
# findvo in a shell: every option, each way of output, exit statuses, beside a working broker and without one; and
# listenvo --cone.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# seen IVORN RA DEC TIME [ROLE [MORE]]: an event with a position.
seen() {
  event "$1" "<Who><AuthorIVORN>ivo://test.author/e2e</AuthorIVORN></Who>
<What><Param name='flux' value='${2%%.*}'/></What>
<WhereWhen><ObsDataLocation><ObservatoryLocation id='GEOLUN'/><ObservationLocation>
<AstroCoordSystem id='UTC-ICRS-TOPO'/><AstroCoords coord_system_id='UTC-ICRS-TOPO'>
<Time unit='s'><TimeInstant><ISOTime>$4</ISOTime></TimeInstant></Time>
<Position2D unit='deg'><Value2><C1>$2</C1><C2>$3</C2></Value2><Error2Radius>0.05</Error2Radius></Position2D>
</AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>${6-}" "${5-observation}"
}

seen ivo://test.author/swift#1 83.6 22.0 2026-11-03T00:00:00 >"$work/1.xml"
seen ivo://test.author/swift#2 84.6 22.0 2026-11-01T00:00:00 utility \
  '<Why><Concept>process.variation;em.gamma</Concept></Why>' >"$work/2.xml"
seen ivo://test.author/fermi#3 359.5 -89.0 2026-11-02T00:00:00 observation \
  "<Citations><EventIVORN cite='followup'>ivo://test.author/swift#1</EventIVORN></Citations>" >"$work/3.xml"
event ivo://test.author/fermi#4 >"$work/4.xml"

start_broker one --broadcast=tcp:127.0.0.1:0 --receive-allow=127.0.0.1
subscribers=$(port_for subscribers)
for i in 1 2 3; do
  run sendvo -q -p "$port" "$work/$i.xml"
  expect 0
done
db=--db=$work/one.db
indexed() { [ "$(sqlite3 "$work/one.db" 'SELECT seq FROM archived')" -ge "$1" ]; }
wait_for 30 indexed 3 || fail 'the index does not follow'
run sendvo -q -p "$port" "$work/4.xml"
expect 0

# numbers OPTION…: the last characters of the ivorns that are found, in order.
numbers() { findvo "$db" "$@" --json | sed -E 's/^[{]"ivorn":"[^"]*#([0-9])".*/\1/' | tr -d '\n'; }
# finds NUMBERS OPTION…
finds() {
  local wanted=$1 got
  shift
  got=$(numbers "$@")
  [ "$got" = "$wanted" ] || fail "findvo $* finds '$got', not '$wanted'"
  got=$(findvo "$db" "$@" --count)
  [ "$got" = "${#wanted}" ] || fail "findvo $* --count prints '$got', not ${#wanted}"
}
all_options() {
  finds 1234
  finds 1234 --since=1d
  finds '' --until=1d
  finds 1234 --since=2020-01-01 --until=2100-01-01
  finds 13 --observed-since=2026-11-02
  finds 2 --observed-until=2026-11-02
  finds 12 --stream=ivo://test.author/swift
  finds 12 --stream=ivo://TEST.author/sw
  finds 13 --role=observation
  finds 4 --role=test
  finds 1234 --author=ivo://test.author/e2e
  finds '' --author=ivo://test.author/x
  finds 3 --ivorn=ivo://test.author/fermi#3
  finds 2 --concept=EM.gamma
  finds 2 --concept='em.gamma;process.variation'
  finds 1 --cone=83.6,22,0.5
  finds 12 --cone=5h34m31.9s,+22d00m52s,90m
  finds 12 --cone='5h34m31.9s +22d00m52s,5deg'
  finds 1 --cone='83.6 22 0.5'
  finds 3 --cone=0,-90,1
  finds 123 --cone=0,0,180
  finds 3 --cites=ivo://test.author/swift#1
  finds 1 --cited-by=ivo://test.author/fermi#3
  finds 1 --filter='//Param[@value=83]'
  finds 12 -f '//Param[@value=83]' -f '//Param[@value=84]'
  finds 34 -n 2
  finds 4231 --sort=time
  finds 31 --sort=time -n 2
  finds 21 --cone=84.5,22,5 --sort=distance
  finds 2 --cone=84.5,22,5 --sort=distance -n 1
}
all_options

# What it prints.
run findvo "$db"
expect 0
check 'the stream has the bytes' cmp -s "$work/out" <(for i in 1 2 3 4; do cat "$work/$i.xml" && printf '\0'; done)
run findvo "$db" --role=prediction
expect 1
[ ! -s "$work/out" ] || fail 'something was found'
run findvo "$db" --role=prediction --count
expect 1 0
run findvo "$db" --cone=83.6,22,5 --sort=distance --table
expect 0 'RECEIVED              ROLE         RA            DEC             ERROR  DISTANCE  IVORN' \
  '05h34m24.00s  +22d00m00.0s    3.00m      0.0s  ivo://test.author/swift#1' \
  'utility      05h38m24.00s  +22d00m00.0s    3.00m    55.63m  ivo://test.author/swift#2'
run findvo "$db" --ivorn=ivo://test.author/fermi#4 --table
expect 0 'test         -             -                   -  ivo://test.author/fermi#4'
listenvo -q --since=1d --until-now --json "127.0.0.1:$subscribers" |
  sed -E 's/"received":"[^"]*","from":"[^"]*"/X/' >"$work/heard.json"
findvo "$db" --json | sed -E 's/"received":"[^"]*","from":"[^"]*"/X/' >"$work/found.json"
check 'JSON is as that of listenvo' cmp -s "$work/heard.json" "$work/found.json"
run findvo "$db" --json -n 1
expect 0 '"from":"127.0.0.1:'

# A closed pipe is no error.
status_of_pipe() { set -o pipefail && findvo "$db" 2>"$work/err" | head -c 1 >/dev/null; }
run status_of_pipe
expect 0
[ ! -s "$work/err" ] || fail "findvo | head says: $(cat "$work/err")"
findvo "$db" >/dev/full 2>"$work/err" && fail 'a full disk is no success'
check 'a full disk is told of' said 'findvo: cannot write to standard output: No space left on device' "$work/err"

# What cannot be.
run findvo --db="$work/none.db"
expect 2 "findvo: $work/none.db: No such file or directory"
[ ! -e "$work/none.db" ] || fail 'findvo made a database'
run findvo --db="$work/1.xml"
expect 2 "findvo: $work/1.xml: file is not a database"
run findvo "$db" --cone=1,2
expect 2 'findvo: --cone: 1,2 is not RA,DEC,RADIUS'
run findvo "$db" --role=observations
expect 2 'findvo: --role: observations is none of observation, prediction, utility and test'
for option in stream author ivorn concept cites cited-by role; do
  run findvo "$db" --$option=
  expect 2 "findvo: --$option: it is empty"
done
run findvo "$db" --since=1h --until=2h
expect 2 'findvo: --since is later than --until'
run findvo "$db" --observed-since=2026-11-02 --observed-until=2026-11-01
expect 2 'findvo: --observed-since is later than --observed-until'
run findvo "$db" --cone='10 20 30 40'
expect 2 'findvo: --cone: 10 20 30 40 can be read in several ways'
mkdir "$work/empty" && mkfifo "$work/fifo"
run findvo --db="$work/fifo"
expect 2 "findvo: $work/fifo: is not a file"
(cd "$work/empty" && findvo --db=. --count 2>"$work/err" >"$work/out") && fail 'an empty folder has a database'
check 'a folder by its plain name' said 'findvo: ./events.db: No such file or directory' "$work/err"
run findvo "$db" --sort=distance
expect 2 '--sort=distance needs --cone'
run findvo "$db" --sort=name
expect 2 '--sort: name is none of received, time and distance'
run findvo "$db" --json --count
expect 2 '--json and --count cannot be used together'
run findvo "$db" --since=yesterday
expect 2 '--since: yesterday is neither a length of time'
run findvo "$db" -f '//['
expect 2 'findvo: --filter: '
run findvo "$db" -n 0
expect 2 '--limit: 0'

# listenvo: events without a position do not pass.
run listenvo -q --since=1d --until-now --cone=84,22,2 "127.0.0.1:$subscribers"
expect 0
check 'the cone passes two' cmp -s "$work/out" <(for i in 1 2; do cat "$work/$i.xml" && printf '\0'; done)
run listenvo -q --since=1d --until-now --cone=0,0,180 --filter='//Param[@value>83]' "127.0.0.1:$subscribers"
check 'the cone and a filter' cmp -s "$work/out" <(for i in 2 3; do cat "$work/$i.xml" && printf '\0'; done)
run listenvo --cone=0,0,200 "127.0.0.1:$subscribers"
expect 2 '--cone: radius 200 is not in 0 to 180 degrees'

# Without a broker, in its folder, and by default; then in a database without an index.
stop "$broker"
wait_for 10 gone "$broker"
all_options
[ ! -e "$work/one.db-wal" ] || fail 'findvo leaves files'
mkdir -p "$work/state/vtptools" "$work/folder"
cp "$work/one.db" "$work/state/vtptools/events.db"
cp "$work/one.db" "$work/folder/events.db"
run findvo --count
expect 0 4
run findvo --db="$work/folder" --count
expect 0 4
sqlite3 "$work/one.db" 'DROP TABLE archived; DROP TABLE described; DROP TABLE sky; DROP TABLE cited; DROP TABLE concept;
  PRAGMA user_version = 7; PRAGMA journal_mode = DELETE; PRAGMA journal_mode = WAL' >/dev/null
all_options
[ "$(sqlite3 "$work/one.db" 'PRAGMA user_version')" -eq 7 ] || fail 'findvo changes the database'
start_broker one
wait_for 30 indexed 4 || fail 'a database of version 7 gets no index'
all_options

# Events that were forgotten, or have lost their bytes.
stop "$broker"
start_broker one --keep-size=1k
emptied() { [ "$(findvo "$db" --count)" -lt 2 ]; }
wait_for 30 emptied || fail 'events without bytes are found'
finds '' --cone=83.6,22,0.5
stop "$broker"
