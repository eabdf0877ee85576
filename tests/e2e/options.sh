#!/usr/bin/env bash
# What people type that is not quite right, or that other brokers take: endpoints, options, lengths of time, a folder
# for the database, a terminal; and what a configuration comes to.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

ivo=--local-ivo=ivo://test.broker/e2e
event 'ivo://test.author/o#1' >"$work/a.xml"

# refused TEXT COMMAND…: as a usage error.
refused() {
  local text=$1
  shift
  run timeout 20 "$@" </dev/null
  expect 2 "$text"
}

# An endpoint that is a URL or a path, in every option of every program that takes one.
for url in http://a.b:80 tcp://a.b:80 vtp://a.b:80; do
  hint="$url: an endpoint is not a URL; write HOST:PORT, as in a.b:80"
  refused "--host: $hint" sendvo -h "$url" "$work/a.xml"
  refused "$hint" sendvo -t "$url" "$work/a.xml"
  refused "--host: $hint" listenvo -h "$url"
  refused "$hint" listenvo "$url"
  for option in receive broadcast subscribe remote; do
    refused "$hint" brokerd "$ivo" --$option="$url"
  done
done
hint='/run/x.sock: write HOST:PORT, or unix:/run/x.sock for a socket in the file system'
refused "--host: $hint" sendvo -h /run/x.sock "$work/a.xml"
refused "$hint" sendvo -t /run/x.sock "$work/a.xml"
refused "$hint" listenvo /run/x.sock
for option in receive broadcast subscribe; do
  refused "--$option: $hint" brokerd "$ivo" --$option=/run/x.sock
done
for program in sendvo listenvo; do
  refused '--port: nobody can be reached at port 0' $program -p 0
  refused '--host: a:0: nobody can be reached at port 0' $program -h a:0
done
refused '--subscribe: a:0: nobody can be reached at port 0' brokerd -s a:0

# Options that there are not.
refused 'unknown option -1 in -r18098; did you mean --receive=18098?' brokerd "$ivo" -r18098
refused 'unknown option --recieve-allow; did you mean --receive-allow?' brokerd "$ivo" -r --recieve-allow=::1
refused 'unknown option -V; did you mean --version?' brokerd -V
refused 'unexpected argument bad.conf; did you mean --config=bad.conf?' brokerd bad.conf
refused 'unknown option --chek; did you mean --check?' sendvo --chek "$work/a.xml"
refused 'unknown option --jsn; did you mean --json?' listenvo --jsn
refused 'unknown option --database; did you mean --db?' vodedup --database=x
for program in sendvo listenvo vodedup findvo brokerd; do
  refused "$program: unknown option --nonsense (see $program --help)" $program --nonsense
done

# Those that Comet has.
start_broker comet --receive-whitelist 192.0.2.0/24 127.0.0.1/255.255.255.255
run sendvo -q -p "$port" "$work/a.xml"
expect 0
stop_broker TERM
for option in --author-whitelist --whitelist; do
  start_broker "comet$option" $option 192.0.2.0/24 127.0.0.0/8 --subscriber-whitelist 127.0.0.1 ::1
  run sendvo -q -p "$port" "$work/a.xml"
  expect 0
  stop_broker TERM
done
run brokerd --check-config "$ivo" --receive --receive-port 18098 --broadcast --broadcast-port 18099
expect 0 'receive = tcp:18098' 'broadcast = tcp:18099'
refused '--receive-port needs --receive; did you mean --receive=18098?' \
  brokerd "$ivo" --receive-port=18098 -b

# Lengths of time have units, in files too, and numbers alone mean what they always have.
printf '%s\n' "${ivo#--}" receive author-timeout=2m keep=2w broadcast broadcast-test-interval=1h \
  iamalive-interval=1500ms "eventdb=$work/units/" >"$work/units.conf"
run brokerd --check-config --config="$work/units.conf"
expect 0 'author-timeout = 120' 'keep = 14' 'broadcast-test-interval = 3600' 'iamalive-interval = 1.5'
run brokerd --check-config --config="$work/units.conf" --author-timeout=3 --keep=5
expect 0 'author-timeout = 3' 'keep = 5'
refused '--keep: 36h is not a whole number of days' brokerd "$ivo" -r --keep=36h
run sendvo --timeout 1h --retry 1ms -p 1 "$work/a.xml"
expect 3
run listenvo --no-reconnect --timeout 1h --idle 1h 127.0.0.1:1
expect 3

# What a configuration comes to, as one that says the same; nothing is made.
run brokerd --check-config --config="$work/units.conf"
printf '%s\n' "$out" >"$work/effective.conf"
run brokerd --check-config --config="$work/effective.conf"
[ "$out" = "$(cat "$work/effective.conf")" ] || fail "what is checked is not what it comes to: $out"
[ ! -e "$work/units" ] || fail 'a check made the folder of the database'
# Or all that is wrong with it, in files and on the command line.
printf '%s\n' "${ivo#--}" receive keep=0 subscribe=tcp://a.b 'filter = ][' receive-allow=10.0.0.1/8 \
  >"$work/wrong.conf"
refused "wrong.conf:3: keep: 0 is not a number of days" brokerd --check-config --config="$work/wrong.conf" --max-size=x
for text in 'wrong.conf:4: subscribe: tcp://a.b: an endpoint is not a URL' 'wrong.conf:5: filter: ' \
  'wrong.conf:6: receive-allow: 10.0.0.1/8: ' '--max-size: x is not a number of bytes'; do
  expect 2 "$text"
done
refused 'nothing to do' brokerd --check-config
refused '--receive: cannot resolve name.invalid' brokerd --check-config "$ivo" --receive=name.invalid:8098
start_broker other
run brokerd --check-config "$ivo" --receive="tcp:127.0.0.1:$port" --eventdb="$work/other.db"
expect 0 '# exists, with '
stop_broker TERM

# A folder for the database, as Comet has it; missing folders are made.
mkdir "$work/folder"
for place in "$work/folder" "$work/made/with/more/"; do
  : >"$work/folder.log" # before the broker begins: the line that is waited for is not the last one's
  brokerd --eventdb="$place" "$ivo" --receive=tcp:127.0.0.1:0 2>>"$work/folder.log" &
  broker=$!
  brokers+=("$broker")
  wait_for 20 said 'Listening for authors' "$work/folder.log" || fail "no broker with $place: $(cat "$work/folder.log")"
  stop_broker TERM
  [ -f "${place%/}/events.db" ] || fail "there is no database in $place"
done
[ "$(stat -c %a "$work/made")" = 750 ] || fail 'a folder that is made is for everybody'
for place in "$work/folder" "$work/seen/by/"; do
  run vodedup --db="$place" "$work/a.xml"
  expect 0
  [ -f "${place%/}/seen.db" ] || fail "there is no seen.db in $place"
done
run brokerd --help
expect 0 '/.local/state/vtptools/events.db' '--check-config' 'ms, s, m, h, d or w'
case $out in *--receive-port*) fail 'the help has an option of Comet' ;; esac

# A terminal: those who wait for it say so. The event is typed, then Ctrl-D.
if command -v script >/dev/null; then
  for typed in 'sendvo --check' 'sendvo --check -' "vodedup --db=$work/typed.db"; do
    { cat "$work/a.xml"; printf '\004'; } | timeout 60 script -qec "$typed" /dev/null >"$work/terminal" 2>&1
    check "$typed says that it reads the terminal" said 'reading an event from the terminal; end it with Ctrl-D' \
      "$work/terminal"
  done
  check 'the event was read' said 'ivo://test.author/o#1' "$work/terminal"
else
  echo 'skipped: a terminal, since there is no script(1)'
fi
run sendvo --check <"$work/a.xml"
expect 0
case $err in *terminal*) fail 'a file is taken for a terminal' ;; esac
