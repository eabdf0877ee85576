#!/usr/bin/env bash
# sendvo as people use it: files and pipes, several brokers, exit statuses, and --check.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

event 'ivo://test.author/a#1' >"$work/a.xml"
event 'ivo://test.author/a#2' >"$work/b.xml"
event 'ivo://test.author/a#3' '<Who><Foo/></Who>' >"$work/invalid.xml"
event 'ivo://test.author/a#4' '<Who>' >"$work/malformed.xml"
sed '1a <!DOCTYPE x>' "$work/a.xml" >"$work/dtd.xml"
echo '<html/>' >"$work/other.xml"
: >"$work/empty.xml"

# Nothing to send, or nowhere to send it.
for name in malformed dtd other empty; do
  run sendvo -p 1 "$work/$name.xml"
  expect 2 "sendvo: $work/$name.xml: "
done
run sendvo -p 1 "$work/none.xml"
expect 2 "sendvo: $work/none.xml: No such file or directory"
run sendvo -p 1 --max-size=100 "$work/a.xml"
expect 2 "sendvo: $work/a.xml: has more than 100 bytes"
run sendvo -p 1 "$work/a.xml"
expect 3 'No answer from localhost:1 ' 'Connection refused'
run sendvo -h name.invalid "$work/a.xml"
expect 3 'cannot resolve name.invalid'
run sendvo --nonsense
expect 2 'see sendvo --help'
run sendvo --port=99999 "$work/a.xml"
expect 2 '--port: 99999 is not a port'
run sendvo --timeout=0 "$work/a.xml"
expect 2 '--timeout: 0 is not a number of seconds'
run sendvo --to=8098 "$work/a.xml"
expect 2 'write localhost:8098'
run sendvo -h
expect 2 'missing an argument'
run sendvo --help
expect 0 'Usage:'
run sendvo --version
expect 0 'sendvo (vtptools) '

# Files, operands and standard input; the bytes arrive as they are.
start_broker one
one=$port
first_log=$log
run sendvo -p "$one" -j 1 -f "$work/a.xml" "$work/b.xml" - <"$work/invalid.xml"
expect 1 "received from 127.0.0.1:$one: ivo://test.author/a#1" "127.0.0.1:$one: ivo://test.author/a#2" \
  'line 3: element Who: unexpected child Foo' 'sendvo: 3 events: 2 accepted, 1 refused, in '
check 'bytes exact' cmp -s <(sqlite3 "$work/one.db" "SELECT hex(bytes) FROM event WHERE seq = 1") \
  <(od -An -v -tx1 "$work/a.xml" | tr -d ' \n' | tr a-f A-F; echo)

# Several brokers: each gets each event, over TCP and through the file system, and the worst counts.
start_broker two --receive="unix:$work/two.sock"
event 'ivo://test.author/a#5' >"$work/c.xml"
run sendvo -t "127.0.0.1:$one" -t "unix:$work/two.sock" "$work/c.xml"
expect 0 "received from 127.0.0.1:$one" "received from unix:$work/two.sock"
run sendvo -t "127.0.0.1:$one" -t "tcp:localhost:$port" "$work/a.xml"
expect 1 "127.0.0.1:$one refused" "received from 127.0.0.1:$port" 'NOT sent'
run sendvo -t "127.0.0.1:$one" -t localhost:1 "$work/a.xml"
expect 3
run sendvo -t "127.0.0.1:$one" -t localhost:1 "$work/a.xml" "$work/other.xml"
expect 2
check 'a peer through the file system has a name' wait_for 20 \
  said "New connection from unix:$work/two.sock" "$log"

# Quiet and verbose.
event 'ivo://test.author/a#6' >"$work/d.xml"
run sendvo -q -p "$one" "$work/d.xml"
expect 0
[ -z "$out$err" ] || fail "-q said: $out$err"
run sendvo -q -p "$one" "$work/d.xml"
expect 1 'Previously seen'
run sendvo -v -p "$one" "$work/d.xml"
expect 1 'Sending ivo://test.author/a#6'

# An ivorn that would steer a terminal does not.
event 'ivo://test.author/a&#x9b;2J&#x202e;#7' >"$work/evil.xml"
run sendvo -p "$one" "$work/evil.xml"
expect 1 '\xc2\x9b2J' 'is not an IVOID'
check 'nor the log' wait_for 20 said '\xc2\x9b2J' "$first_log"

# --check judges and sends nothing.
cd "$work" || exit 1
run sendvo --check a.xml invalid.xml malformed.xml dtd.xml other.xml
expect 1 'a.xml: valid
invalid.xml: invalid: line 3: element Who: unexpected child Foo
malformed.xml: malformed: line '
expect 1 'dtd.xml: dtd: line ' 'other.xml: other: '
[ "$(printf '%s\n' "$out" | wc -l)" -eq 5 ] || fail 'one line a document'
printf '%s\0' "$(cat a.xml)" "$(cat invalid.xml)" >two.stream
run sendvo --check two.stream
expect 1 'two.stream: valid: event 1 at byte 0
two.stream: invalid: event 2 at byte '
run sendvo --check empty.xml
expect 2 'sendvo: empty.xml: contains no event'
run sendvo --check a.xml
expect 0 'a.xml: valid'
run sendvo --check <a.xml
expect 0 '-: valid'
run sendvo --check a.xml none.xml
expect 2 'a.xml: valid' 'sendvo: none.xml: No such file or directory'
if [ -w /dev/full ]; then
  sendvo --check a.xml >/dev/full 2>err
  status=$?
  out='' err=$(cat err)
  expect 2 'sendvo: cannot write to standard output'
fi
