#!/usr/bin/env bash
# Events as they are out there: with time and position in a namespace of their own, in other coordinates, in a
# namespace of no version; and how they go through all the programs.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
cd "$work" || exit 1

# where SYSTEM NAME1 NAME2 [ATTRIBUTES]: a WhereWhen.
where() {
  cat <<XML
<WhereWhen><ObsDataLocation ${4-}><ObservatoryLocation id="GEOLUN"/><ObservationLocation><AstroCoordSystem
id="$1"/><AstroCoords coord_system_id="$1"><Time unit="s"><TimeInstant><ISOTime>2026-11-25T01:02:03</ISOTime></TimeInstant>
</Time><Position2D unit="deg"><Name1>$2</Name1><Name2>$3</Name2><Value2><C1>83.6331</C1><C2>22.0145</C2></Value2>
<Error2Radius>0.01</Error2Radius></Position2D></AstroCoords></ObservationLocation></ObsDataLocation></WhereWhen>
XML
}
# odd NAME ROOT DECLARATION [CHILDREN]: an event with that root, in NAME.xml.
odd() {
  printf '<%s %s ivorn="ivo://test.author/odd#%s" role="test" version="2.0">%s</%s>\n' \
    "$2" "$3" "$1" "${4-<Who><AuthorIVORN>ivo://test.author/e2e</AuthorIVORN></Who>}" "$2" >"$1.xml"
}
stc='xmlns="http://www.ivoa.net/xml/STC/stc-v1.30.xsd"'

event 'ivo://test.author/e#stc' "$(where UTC-FK5-GEO RA Dec "$stc")" >stc.xml
event 'ivo://test.author/e#old' "$(where UTC-FK5-GEO RA Dec "$stc")" | sed 's/v2\.0/v1.1/; s/"2\.0"/"1.1"/' >old.xml
event 'ivo://test.author/e#swapped' "$(where UTC-FK5-GEO Dec RA)" >swapped.xml
event 'ivo://test.author/e#galactic' "$(where UTC-GALACTIC-GEO RA Dec)" >galactic.xml
odd none VOEvent ''
odd https voe:VOEvent 'xmlns:voe="https://www.ivoa.net/xml/VOEvent/v2.0"'
{ echo '<!DOCTYPE x>' && cat none.xml; } | sed 's/#none/#dtd/' >dtd.xml

# A broker that sends each of these files to who connects first, whatever is in them; and reads what comes back.
cat >odd_broker.pl <<'PERL'
use IO::Socket::INET;
my $server = IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die;
$| = 1;
print $server->sockport, "\n";
my $peer = $server->accept;
for my $name (@ARGV) {
  open my $file, "<:raw", $name or die;
  my $document = do { local $/; <$file> };
  $peer->print(pack("N", length $document), $document);
  $peer->flush;
}
1 while sysread $peer, my $answer, 65536;
PERL
# upstream FILE…: it runs, at a port in $upstream.
upstream() {
  rm -f upstream.port
  perl odd_broker.pl "$@" >upstream.port &
  brokers+=($!)
  wait_for 20 test -s upstream.port || fail 'the broker upstream did not start'
  upstream=127.0.0.1:$(cat upstream.port)
}

upstream stc.xml old.xml swapped.xml galactic.xml none.xml https.xml dtd.xml
# shellcheck disable=SC2016
start_broker relay --broadcast=tcp:127.0.0.1:0 --subscribe="$upstream" --cmd='echo "$VOEVENT_IVORN $VOEVENT_ROLE" >>cmd.txt'
stored() { [ "$(sqlite3 relay.db 'SELECT count(*) FROM event')" -eq 6 ]; }
check 'what is a VOEvent is relayed' wait_for 60 stored
check 'what is dropped is told' wait_for 20 said 'VOEvent ivo://test.author/odd#dtd from' "$log"
check 'with the reason' said 'a document type declaration is not allowed' "$log"
handled() { [ "$(wc -l 2>/dev/null <cmd.txt)" = 6 ] && said 'ivo://test.author/odd#none test' cmd.txt; }
check 'commands get them' wait_for 60 handled

at=127.0.0.1:$(port_for subscribers)
run listenvo --since=1h --until-now --json "$at"
expect 0
cp out all.json
# of NAME: that event's line.
of() { grep -F "\"ivorn\":\"ivo://test.author/$1\"" all.json; }
# has NAME TEXT…: its line has each of these.
has() {
  local name=$1 text
  shift
  for text in "$@"; do
    case "$(of "$name")" in *"$text"*) ;; *) fail "$name: expected $text, got: $(of "$name")" ;; esac
  done
}
for name in stc old; do
  has "e#$name" '"event_time":"2026-11-25T01:02:03","ra":83.6331,"dec":22.0145,"error_radius":0.01,' \
    '"position_unit":"deg","frame":"UTC-FK5-GEO"'
done
has 'e#swapped' '"ra":22.0145,"dec":83.6331,'
has 'e#galactic' '"event_time":"2026-11-25T01:02:03","error_radius":0.01,' '"frame":"UTC-GALACTIC-GEO"'
has 'odd#https' '"stream":"ivo://test.author/odd","author":"ivo://test.author/e2e"'
has 'odd#none' '"role":"test","version":"2.0"'

run listenvo --since=1h --until-now "$at" --filter='//*[local-name()="Position2D" and
    *[local-name()="Value2"]/*[local-name()="C2"] > 20]'
expect 0
[ "$(tr '\0' '\n' <out | grep -c '<voe:VOEvent')" -eq 4 ] || fail "the position filter: $out"

listenvo --since=1h --until-now "$at" >all.stream 2>/dev/null
run vodedup --db=seen.db all.stream
expect 0
cmp -s out all.stream || fail 'vodedup passes them on'
run vodedup --db=seen.db all.stream
expect 1

# --filter holds here too, where the broker upstream does not know filters; for what comes from there alone.
event 'ivo://test.author/e#icrs' "$(where UTC-ICRS-GEO RA Dec)" >icrs.xml
upstream stc.xml swapped.xml icrs.xml none.xml
# shellcheck disable=SC2016
start_broker filtered --subscribe="$upstream" --filter='//*[local-name()="AstroCoordSystem" and @id="UTC-FK5-GEO"]' \
  --print-event --cmd='echo "$VOEVENT_IVORN" >>filtered.txt' -v >filtered.stream
check 'the last one is not wanted' wait_for 60 said 'odd#none from' "$log"
check 'it is said' said 'does not meet --filter' "$log"
filtered() { [ "$(sqlite3 filtered.db 'SELECT count(*) FROM event')" -eq "$1" ]; }
check 'the two that are wanted are in the log' filtered 2
run sendvo -p "$port" icrs.xml
expect 0 'Acknowledgement received'
run sendvo -p "$port" swapped.xml
expect 1 'Previously seen'
stop "$broker"
check 'so is what an author submits' filtered 3
printf 'ivo://test.author/e#%s\n' stc swapped icrs | cmp - filtered.txt || fail "commands: $(cat filtered.txt)"
for name in stc swapped icrs; do cat "$name.xml" && printf '\0'; done | cmp - filtered.stream ||
  fail 'what is printed'

# A filter that can match nothing is an error at the start; one that hardly can, a warning.
for program in 'listenvo 127.0.0.1:1' 'brokerd --eventdb=never.db -s 127.0.0.1:1'; do
  run $program --filter='//voe:VOEvent'
  expect 2 'the prefix voe is not defined' 'local-name()'
  run $program --filter='//Param[matches(@name, "x")]'
  expect 2 'no function matches()'
done
[ ! -e never.db ] || fail 'a broker with such a filter has begun'
run listenvo --no-reconnect --filter=/VOEvent 127.0.0.1:1
expect 3 'write *[local-name()="VOEvent"]'
run brokerd --check-config --eventdb=never.db --filter=/VOEvent --subscribe=127.0.0.1:1
expect 0 'write *[local-name()="VOEvent"]'
start_broker doubtful --filter=/VOEvent --subscribe=127.0.0.1:1
check 'a warning' said 'write *[local-name()="VOEvent"]' "$log"

# From an author it stays invalid, and is told why.
start_broker author
run sendvo -p "$port" none.xml
expect 1 'Event rejected: line 1: the root is VOEvent, not a VOEvent 2.0 or 2.1'
run sendvo --check none.xml
expect 1 'none.xml: other'

# Files that hold something else: said once, and nothing is sent, even if there are events inside.
mkdir inside
for i in $(seq 300); do event "ivo://test.author/inside#$i" >"inside/$i.xml"; done
tar -cf inside.tar inside
tar -czf inside.tgz inside
{ printf 'PK\003\004'; for i in 1 2 3; do printf '\0' && cat "inside/$i.xml" && printf '\0'; done; } >inside.zip
find inside -name '*.xml' -print0 >names
for i in $(seq 500); do printf '%s' "record $i" && printf '\0'; done >records
for check in '' --check; do
  for kind in 'inside.tar is a tar archive' 'inside.tgz is compressed by gzip' 'inside.zip is a zip archive' \
    'names is not a stream of events' 'records is not a stream of events'; do
    run sendvo $check -p "$port" "${kind%% *}"
    expect 2 "${kind%% *}: ${kind#* }"
    [ "$(cat out err | wc -l)" -eq 1 ] || fail "sendvo $check ${kind%% *} said more: $out$err"
    run sendvo $check -p "$port" <"${kind%% *}"
    expect 2 "-: ${kind#* }"
  done
done
run vodedup --db=other.db inside.tar
expect 2 'inside.tar: is a tar archive'
[ ! -s out ] || fail 'vodedup passes what is in an archive'
[ "$(sqlite3 author.db "SELECT count(*) FROM event WHERE ivorn LIKE '%inside%'")" -eq 0 ] || fail 'something was sent'
# Another file goes on; and so does a stream with some text in it, an event as soon as it is there.
run sendvo -p "$port" inside.tar inside/1.xml
expect 2 'inside.tar: is a tar archive' 'Acknowledgement received from'
mkfifo pipe
sendvo -p "$port" <pipe >fed.out 2>&1 &
fed=$!
listeners+=("$fed")
exec 3>pipe
for i in 2 3; do
  cat "inside/$i.xml" >&3 && printf '\0text\0' >&3
  in_log() { [ -n "$(sqlite3 author.db "SELECT 1 FROM event WHERE ivorn LIKE '%inside#$i'")" ]; }
  check "event $i is sent at once" wait_for 30 in_log
done
exec 3>&-
ends "$fed"
[ "$status" -eq 2 ] || fail "a stream with text in it: $status"

# A format of one's own.
event 'ivo://test.author/f#1' "<What><Param name='mag' value='17.3'/></What>$(where UTC-FK5-GEO RA Dec)" >f1.xml
event 'ivo://test.author/f#2' '<Who/>' utility >f2.xml
start_broker formats --broadcast=tcp:127.0.0.1:0
at=127.0.0.1:$(port_for subscribers)
run sendvo -q -j 1 -p "$port" f1.xml f2.xml
expect 0
listenvo --since=1h --until-now -F '%r %i (%a, %d) %{param:mag}\n' "$at" >formatted 2>/dev/null
printf '%s\n' 'test ivo://test.author/f#1 (83.6331, 22.0145) 17.3' 'utility ivo://test.author/f#2 (, ) ' |
  cmp - formatted || fail "the format: $(cat formatted)"
listenvo --since=1h --until-now --format='%{ivorn}\0' "$at" 2>/dev/null | xargs -0 -n 1 echo name >names
printf '%s\n' 'name ivo://test.author/f#1' 'name ivo://test.author/f#2' | cmp - names || fail 'with NULs'
run listenvo --since=1h --until-now --save=saved -F '%S\n' "$at"
expect 0
[ "$(cat saved/*.xml | wc -c)" -eq "$(awk '{ all += $1 } END { print all }' out)" ] || fail 'saved and printed'
run listenvo -F '%i %q' "$at"
expect 2 '--format: unknown field %q'
run listenvo -F '%i' --json "$at"
expect 2 '--json and --format'
