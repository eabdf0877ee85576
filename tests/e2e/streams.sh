#!/usr/bin/env bash
# sendvo with many events: streams, reports, brokers that come and go, relays, signals.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# events STREAM COUNT: so many events with a NUL behind each, ivo://test.author/STREAM#1 and so on.
events() {
  awk -v stream="$1" -v count="$2" -v "text=$(event ivo://test.author/IVORN)" 'BEGIN {
    for (i = 1; i <= count; ++i) {
      event = text
      sub("IVORN", stream "#" i, event)
      printf "%s\n%c", event, 0
    }
  }'
}

# query REPORT SQL: asks of a report, which is the table `report` of JSON objects `line`.
query() {
  { echo '['; paste -sd, "$1"; echo ']'; } >"$work/report.json"
  sqlite3 :memory: "CREATE TABLE report AS
      SELECT value AS line FROM json_each(CAST(readfile('$work/report.json') AS TEXT)); $2"
}

# stored NAME SQL: asks the database of the broker with that name.
stored() { sqlite3 "$work/$1.db" "$2"; }
equal() { [ "$1" = "$2" ] || fail "expected '$1', got '$2'"; }

# A stream from standard input, and files that are streams or lone documents.
start_broker main --broadcast="unix:$work/main-out.sock"
run sendvo -p "$port" < <(events stdin 300)
expect 0 'sendvo: 300 events: 300 accepted, in '
equal 1 "$(printf '%s\n' "$err" | wc -l)"
events first 3 >"$work/first.stream"
event 'ivo://test.author/lone#1' >"$work/lone.xml"
run sendvo -p "$port" --report="$work/report" "$work/first.stream" "$work/lone.xml"
expect 0 "Acknowledgement received from 127.0.0.1:$port: ivo://test.author/lone#1" 'Event was sent' \
  '4 events: 4 accepted'
equal 304 "$(stored main 'SELECT count(*) FROM event')"

# With one job, the order is kept, to the last byte.
events order 50 >"$work/order.stream"
run sendvo -q -j 1 -p "$port" "$work/order.stream"
expect 0
[ -z "$out$err" ] || fail "-q said: $out$err"
stored main "SELECT hex(bytes) || '00' FROM event WHERE ivorn LIKE 'ivo://test.author/order#%' ORDER BY seq" |
  tr -d '\n' >"$work/order.stored"
check 'order and bytes are kept' cmp -s "$work/order.stored" \
  <(od -An -v -tx1 "$work/order.stream" | tr -d ' \n' | tr a-f A-F)

# The report of the files above, as the broker has it.
equal '["file","event","ivorn","digest","broker","outcome"]' \
  "$(query "$work/report" 'SELECT json_group_array(key) FROM (SELECT key FROM report, json_each(line) LIMIT 6)')"
equal "$(stored main "SELECT lower(hex(digest)) FROM event WHERE ivorn LIKE '%/first#%' OR ivorn LIKE '%/lone#%'
  ORDER BY 1")" "$(query "$work/report" "SELECT json_extract(line, '\$.digest') FROM report ORDER BY 1")"
equal "4 accepted localhost:$port" "$(query "$work/report" "SELECT count(*) || ' ' ||
  json_extract(line, '\$.outcome') || ' ' || json_extract(line, '\$.broker') FROM report GROUP BY
  json_extract(line, '\$.outcome'), json_extract(line, '\$.broker')")"

# What is bad in the middle is skipped, with its location; what was sent before is refused.
{
  events stdin 1
  printf '%s\0' '<a>' '<html/>'
  printf '%9999s\0' x
  events after 1
} >"$work/bad.stream"
run sendvo -v -p "$port" --max-size=5000 --report=- "$work/bad.stream"
size=$(events stdin 1 | wc -c)
expect 2 "sendvo: $work/bad.stream: event 1 at byte 0: 127.0.0.1:$port refused to accept VOEvent ivo://test.author/stdin#1 (" \
  "sendvo: $work/bad.stream: malformed: event 2 at byte $size: line 1: " \
  "sendvo: $work/bad.stream: other: event 3 at byte $((size + 4)): line 1: " \
  "sendvo: $work/bad.stream: event 4 at byte $((size + 12)): has more than 5000 bytes" \
  "sendvo: $work/bad.stream: event 5 at byte $((size + 10012)): Acknowledgement received from 127.0.0.1:$port" \
  'sendvo: 5 events: 1 accepted, 1 refused, 3 not sent, in '
equal '1 refused|2 not sent|3 not sent|4 not sent|5 accepted' "$(query "$work/out" "SELECT
  group_concat(said, '|') FROM (SELECT json_extract(line, '\$.event') || ' ' || json_extract(line, '\$.outcome')
  AS said FROM report ORDER BY 1)")"
equal 'has more than 5000 bytes' "$(query "$work/out" "SELECT json_extract(line, '\$.reason') FROM report
  WHERE json_extract(line, '\$.event') = 4 AND json_extract(line, '\$.broker') IS NULL
  AND json_extract(line, '\$.ivorn') IS NULL AND json_extract(line, '\$.digest') IS NULL")"

# A report that cannot be.
events unsent 2 >"$work/unsent.stream"
run sendvo -p "$port" --report="$work/none/report" "$work/unsent.stream"
expect 2 "sendvo: cannot write to $work/none/report: No such file or directory"
equal 0 "$(stored main "SELECT count(*) FROM event WHERE ivorn LIKE '%unsent%'")"
if [ -w /dev/full ]; then
  run sendvo -p "$port" --report=/dev/full "$work/unsent.stream"
  expect 2 'sendvo: cannot write to /dev/full: No space left on device' '2 events: 2 accepted'
  equal 1 "$(grep -c 'cannot write' "$work/err")"
fi

# What cannot be asked for.
run sendvo --jobs=0 "$work/lone.xml"
expect 2 '--jobs: 0 is not a number'
run sendvo -j 1001 "$work/lone.xml"
expect 2 '--jobs: 1001 is more than 1000'
run sendvo --retry=soon "$work/lone.xml"
expect 2 '--retry: soon is not a number of seconds'
: >"$work/nothing"
run sendvo -p "$port" <"$work/nothing"
expect 2 'sendvo: -: contains no event'

# Progress, on a terminal only.
if command -v script >/dev/null; then
  events terminal 200 >"$work/terminal.stream"
  script -qec "sendvo -p $port $work/terminal.stream" /dev/null </dev/null >"$work/typescript"
  check 'progress' grep -q $'^\r\x1b\\[Ksent [0-9]*, accepted [0-9]*, refused 0, ' "$work/typescript"
  check 'the summary takes its place' grep -q $'\r\x1b\\[Ksendvo: 200 events: 200 accepted, in ' "$work/typescript"
  script -qec "sendvo -q -p $port $work/terminal.stream" /dev/null </dev/null >"$work/typescript"
  grep -q $'\x1b' "$work/typescript" && fail '-q shows progress'
fi

# A relay: what one broker sends, another gets, an event at a time and at once.
main_port=$port main_log=$log
start_broker relayed
relayed_port=$port
mkfifo "$work/relay"
: >"$work/relay.report"
sendvo -v --report="$work/relay.report" -p "$relayed_port" <"$work/relay" 2>"$work/relay.err" &
relay=$!
listen relay -n 3 "unix:$work/main-out.sock"
feeder=$listener
tail -f -n +1 --pid="$feeder" --sleep-interval=0.05 "$work/relay.out" >"$work/relay" &
listeners+=("$relay" "$!")
subscribed 1 "$main_log"
for i in 1 2 3; do
  event "ivo://test.author/relay#$i" >"$work/relay.xml"
  run sendvo -q -p "$main_port" "$work/relay.xml"
  expect 0
  check "event $i is passed on" wait_for 20 said "ivo://test.author/relay#$i\"" "$work/relay.report"
done
ends "$relay"
[ "$status" -eq 0 ] || fail "the relay ended with $status: $(cat "$work/relay.err")"
equal 3 "$(stored relayed 'SELECT count(*) FROM event')"

# Told to end with nothing left to send, it ends well; with something left, it says by which signal.
mkfifo "$work/idle"
exec 4<>"$work/idle"
for signal in INT TERM; do
  : >"$work/idle.report"
  sendvo --report="$work/idle.report" -p "$relayed_port" <"$work/idle" 2>"$work/idle.err" &
  idle=$!
  listeners+=("$idle")
  events "idle-$signal" 1 >&4
  check 'an event comes' wait_for 20 said "idle-$signal#1\"" "$work/idle.report"
  kill "-$signal" "$idle"
  ends "$idle"
  [ "$status" -eq 0 ] || fail "SIG$signal: status $status: $(cat "$work/idle.err")"
  said '1 event: 1 accepted, in ' "$work/idle.err" || fail "no summary: $(cat "$work/idle.err")"
done
events stuck 100 >"$work/stuck.stream"
send_to_stuck_broker() {
  kill -STOP "$broker"
  : >"$work/stuck.err"
  sendvo -v -p "$relayed_port" "$work/stuck.stream" 2>"$work/stuck.err" &
  stuck=$!
  listeners+=("$stuck")
  check 'it connects' wait_for 20 said_times 4 'Connected to' "$work/stuck.err"
  kill -TERM "$stuck"
  check 'it waits for answers' wait_for 20 said 'Stopping; 4 under way' "$work/stuck.err"
}
send_to_stuck_broker
kill -CONT "$broker"
ends "$stuck"
[ "$status" -eq 143 ] || fail "SIGTERM: status $status: $(cat "$work/stuck.err")"
said '4 events: 4 accepted, in ' "$work/stuck.err" || fail "not what was under way: $(cat "$work/stuck.err")"
send_to_stuck_broker
kill -TERM "$stuck"
ends "$stuck"
[ "$status" -eq 143 ] || fail "a second SIGTERM: status $status"
kill -CONT "$broker"

# A broker that is started later.
event 'ivo://test.author/late#1' >"$work/late.xml"
: >"$work/late.err"
sendvo --retry=60 -t "unix:$work/late.sock" "$work/late.xml" 2>"$work/late.err" &
late=$!
check 'it tries again' wait_for 20 said 'trying again in' "$work/late.err"
launch late 'Listening for authors on' --receive="unix:$work/late.sock" --local-ivo=ivo://test.broker/e2e
ends "$late"
[ "$status" -eq 0 ] || fail "the late broker: status $status: $(cat "$work/late.err")"
run sendvo --retry=0.2 -t "unix:$work/nobody.sock" "$work/late.xml"
expect 3 'trying again in' 'No answer from'

# A broker that is killed, more than once, and comes back: nothing is lost, and nothing told that is not so.
restart() {
  launch killed 'Listening for authors on' --receive="unix:$work/killed.sock" --local-ivo=ivo://test.broker/e2e
}
restart
events killed 1500 >"$work/killed.stream"
: >"$work/killed.report"
sendvo --retry=60 --report="$work/killed.report" -t "unix:$work/killed.sock" "$work/killed.stream" \
  2>"$work/killed.err" &
sender=$!
listeners+=("$sender")
lines() { [ "$(wc -l <"$work/killed.report")" -ge "$1" ]; }
for least in 100 500 900; do
  wait_for 60 lines "$least" || fail "the report has no $least lines"
  stop_broker KILL
  restart
done
ends "$sender"
[ "$status" -eq 0 ] || fail "the killed broker: status $status: $(cat "$work/killed.err")"
said 'sendvo: 1500 events: 1500 accepted, in ' "$work/killed.err" || fail "it said $(cat "$work/killed.err")"
equal 1500 "$(query "$work/killed.report" "SELECT count(DISTINCT json_extract(line, '\$.digest')) FROM report
  WHERE json_extract(line, '\$.outcome') = 'accepted'")"
equal "$(stored killed 'SELECT lower(hex(digest)) FROM event ORDER BY 1' | sha256sum)" \
  "$(query "$work/killed.report" "SELECT json_extract(line, '\$.digest') FROM report ORDER BY 1" | sha256sum)"
