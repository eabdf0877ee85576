#!/usr/bin/env bash
# A broker that root starts: when it refuses, and what it can do once it runs as another user.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
ivo=--local-ivo=ivo://test.broker/e2e

if [ "$(id -u)" -ne 0 ]; then
  run brokerd "$ivo" --receive=127.0.0.1:0 --user=root
  expect 1 'brokerd: cannot become the user root: only root can'
  echo 'skipped the rest: only root can change to another user'
  [ "$failures" -eq 0 ] && exit 77
  exit
fi
chmod 755 "$work"
if ! setpriv --reuid=nobody --clear-groups test -x "$(command -v brokerd)" -a -x "$work"; then
  echo "skipped: the user nobody cannot reach $(command -v brokerd) or $work"
  exit 77
fi
run brokerd "$ivo" --receive --user=no.such.user
expect 2 'brokerd: --user: there is no user no.such.user'
run brokerd "$ivo" --receive --user=nobody:no.such.group
expect 2 'brokerd: --user: there is no group no.such.group'

# Root has no peers on other machines, unless it is told to.
while read -r way options; do
  # shellcheck disable=SC2086
  run brokerd "$ivo" --eventdb="$work/refused.db" $options
  expect 2 "brokerd: root does not serve other machines ($way): use --user=NAME"
  # shellcheck disable=SC2086
  run brokerd "$ivo" --eventdb="$work/refused.db" --check-config $options
  expect 0 "brokerd: to start this, root needs --user ($way)"
done <<'WAYS'
--broadcast=tcp:8099 --broadcast
--receive=tcp:8098 --receive --receive-allow=127.0.0.1 --receive-allow=192.0.2.0/24
--receive=192.0.2.1:8098 --receive=192.0.2.1 --receive-allow=192.0.2.0/24
--subscribe=voevent.example.net:8099 --subscribe=voevent.example.net
--forward=kafka://k.example:9092/t --receive --forward=kafka://k.example/t
WAYS
echo 'campus 192.0.2.0/24 both' >"$work/peers"
run brokerd "$ivo" --eventdb="$work/refused.db" --receive --peers="$work/peers"
expect 2 'brokerd: root does not serve other machines (--receive=tcp:8098)'
check 'a broker that is refused leaves nothing' test ! -e "$work/refused.db"

# Those of this machine are none of them; a reload does not change that.
echo 'receive-allow = 127.0.0.0/8' >"$work/conf"
launch local 'Listening for subscribers on' "$ivo" --config="$work/conf" --receive=0 --broadcast=127.0.0.1:0
echo 'receive-allow = 192.0.2.0/24' >"$work/conf"
kill -HUP "$broker"
check 'root stays with this machine' said 'ERROR root does not serve other machines (--receive=tcp:0): use' "$log"
check 'with its lists' said 'the old ones stay in effect' "$log"
stop "$broker"
launch root 'Listening for subscribers on' "$ivo" --broadcast=0 --user=root
check 'root may stay root' test "$(stat -c %U "$work/root.db")" = root
stop "$broker"

# As another user it has what root opened for it, and not more.
free_low_port() {
  local port
  for port in {1000..1022}; do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo "$port"
}
field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status" | tr '\t' ' ' | sed 's/ *$//'; }
uid=$(id -u nobody)
group=$(id -gn nobody)
gid=$(id -g nobody)
low=$(free_low_port)
mkdir "$work/run" "$work/logs" && chown nobody "$work/logs"
# shellcheck disable=SC2016
launch dropped 'Listening for subscribers on' "$ivo" --user=nobody --eventdb="$work/theirs/events.db" \
  --receive="127.0.0.1:$low" --receive="unix:$work/run/authors" --broadcast=0 --pidfile="$work/run/pid" \
  --cmd="{ id -un && id -Gn && echo \"\$HOME\"; } >$work/logs/cmd && mv $work/logs/cmd $work/logs/done"
check 'its user' test "$(field "$broker" Uid)" = "$uid $uid $uid $uid"
check 'its group' test "$(field "$broker" Gid)" = "$gid $gid $gid $gid"
check 'its groups' test "$(field "$broker" Groups)" = "$gid"
check 'no capabilities' test "$(field "$broker" CapPrm)" = 0000000000000000
check 'every thread is of that user' test "$(sed -n 's/^Uid:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$broker/task/"*/status | sort -u)" = "$uid"
event ivo://test.author/b#1 >"$work/event.xml"
run sendvo -t "127.0.0.1:$low" "$work/event.xml"
expect 0
check 'its commands are of that user' wait_for 30 test -e "$work/logs/done"
check 'with its environment' test "$(cat "$work/logs/done")" = "nobody
$group
$(getent passwd nobody | cut -d : -f 6)"
check 'its folder' test "$(stat -c '%U %G %a' "$work/theirs")" = "nobody $group 750"
for file in "$work/theirs/events.db"{,-wal,-shm}; do
  check "$file" test "$(stat -c '%U %G %a' "$file")" = "nobody $group 640"
done
check 'its socket' test "$(stat -c %U "$work/run/authors")" = nobody
check 'its PID file' test "$(stat -c %U "$work/run/pid"),$(cat "$work/run/pid")" = "root,$broker"
stop "$broker"
check 'the PID file of root is empty' test -e "$work/run/pid" -a ! -s "$work/run/pid"
launch dropped 'Listening for authors on' "$ivo" --user=nobody --eventdb="$work/theirs/events.db" \
  --receive="unix:$work/run/authors" --pidfile="$work/run/pid"
check 'it has its events again' said 'theirs/events.db: 1 event(s)' "$log"
stop "$broker"

# Whoever may read the database is in its group: the rows, with all that is new, beside a broker.
if command -v sqlite3 >/dev/null; then
  launch grouped 'Listening for authors on' "$ivo" --user="nobody:daemon" --eventdb="$work/grouped/events.db" \
    --receive="unix:$work/run/authors"
  run sendvo -t "unix:$work/run/authors" "$work/event.xml"
  expect 0
  as() { setpriv --reuid="$1" --regid="$2" --clear-groups "${@:3}"; }
  run as bin daemon sqlite3 -readonly "$work/grouped/events.db" 'SELECT ivorn FROM event'
  expect 0 'ivo://test.author/b#1'
  run as bin bin sqlite3 -readonly "$work/grouped/events.db" 'SELECT ivorn FROM event'
  [ "$status" -ne 0 ] || fail 'others can read the database'
  stop "$broker"
else
  echo 'skipped a part: there is no sqlite3'
fi

# The log file is opened, and opened again, as that user.
rotated=$work/logs/brokerd.log
run brokerd "$ivo" --user=nobody --eventdb="$work/theirs/events.db" --receive=127.0.0.1:0 --logfile="$work/run/log"
expect 1 "brokerd: cannot open the log file $work/run/log: Permission denied (as the user nobody)"
run brokerd --daemon "$ivo" --user=nobody --eventdb="$work/theirs/events.db" --receive=127.0.0.1:0 \
  --logfile="$rotated" --pidfile="$work/run/pid"
expect 0
broker=$(cat "$work/run/pid")
brokers+=("$broker")
check 'a daemon is of that user' test "$(field "$broker" Uid)" = "$uid $uid $uid $uid"
mv "$rotated" "$rotated.1"
kill -HUP "$broker"
check 'a new log file' wait_for 30 said 'Reopened the log file' "$rotated"
check 'of that user' test "$(stat -c %U "$rotated")" = nobody
kill "$broker"
wait_for 30 gone "$broker" || fail 'the daemon does not stop'

# What that user cannot write is told before anything is served.
run brokerd "$ivo" --user=nobody --eventdb="$work/run/events.db" --receive=127.0.0.1:0
expect 1 "brokerd: the user nobody cannot use $work/run: Permission denied; type: chown nobody $work/run"
chown root "$work/theirs/events.db"
run brokerd "$ivo" --user=nobody --eventdb="$work/theirs" --receive=127.0.0.1:0
expect 1 "the user nobody cannot use $work/theirs/events.db: Permission denied"
run brokerd "$ivo" --user=nobody --eventdb="$work/theirs" --receive=127.0.0.1:0 --check-config
expect 2 "brokerd: --eventdb: $work/theirs/events.db: Permission denied"
run env -u STATE_DIRECTORY brokerd "$ivo" --user=nobody --receive=127.0.0.1:0
expect 1 '(as the user nobody); use another --eventdb'

# A key that only root may read is read before; later it must be the user's. One that everybody may read is warned about.
run sendvo --tls-fingerprint "$work/key.pem"
expect 0
chown -R nobody "$work/theirs"
launch tls 'Listening for authors on tls:' "$ivo" --user=nobody --eventdb="$work/theirs/events.db" \
  --receive=tls:127.0.0.1:0 --tls-cert="$work/key.pem"
! said 'contains a secret' "$log" || fail 'a warning about a key that only root can read'
check 'a warning that it is for root only' said "WARNING $work/key.pem: Permission denied: it cannot be read again at SIGHUP" "$log"
kill -HUP "$broker"
check 'the key is not read again' said "cannot use the certificate in $work/key.pem: Permission denied" "$log"
stop "$broker"
chmod 644 "$work/key.pem"
launch tls 'Listening for authors on tls:' "$ivo" --user=nobody --eventdb="$work/theirs/events.db" \
  --receive=tls:127.0.0.1:0 --tls-cert="$work/key.pem"
check 'the key is for everybody' said "WARNING $work/key.pem contains a secret, and other users can read it" "$log"
stop "$broker"

# Whoever holds a secret has no core dumps, and its memory is closed to others of the same user: /proc says so by root as
# the owner.
for secret in '' --kafka-property=sasl.password=hidden; do
  : >"$work/holder.log"
  setpriv --reuid=nobody --regid="$gid" --clear-groups brokerd --eventdb="$work/logs/holder.db" $secret \
    --subscribe=kafka://127.0.0.1:1/t 2>"$work/holder.log" &
  broker=$!
  brokers+=("$broker")
  wait_for 30 said Starting "$work/holder.log" || fail 'it does not start'
  owner=nobody
  [ -z "$secret" ] || owner=root
  check "its memory with '$secret'" test "$(stat -c %U "/proc/$broker/environ")" = "$owner"
  stop "$broker"
done
