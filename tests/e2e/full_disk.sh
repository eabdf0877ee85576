#!/usr/bin/env bash
# What brokerd does when its disk is full, its database is taken away, or it may not write it.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

# In a mount namespace of its own, where that is allowed, so that no mount outlives the test.
if [ "${VTP_OWN_MOUNTS:-}" != yes ]; then
  rm -rf "$work"
  trap - EXIT
  unshare -m true 2>/dev/null || {
    echo 'skipped: mounting is not allowed here' >&2
    exit 77
  }
  VTP_OWN_MOUNTS=yes exec unshare -m "$0" "$@"
fi
disk=$work/disk
mkdir "$disk"
mount -t tmpfs -o size=4m tmpfs "$disk" 2>/dev/null || {
  echo 'skipped: mounting is not allowed here' >&2
  exit 77
}
trap 'finish_disk' EXIT
finish_disk() {
  { kill -KILL "${brokers[@]}" "${listeners[@]}" && wait; } 2>/dev/null
  umount "$disk"
  finish
}

ivo=--local-ivo=ivo://test.broker/full
number=0
# submit: the next event; its ivorn in $ivorn.
submit() {
  number=$((number + 1))
  ivorn="ivo://test.author/full#$number"
  run sendvo -t "127.0.0.1:$port" < <(event "$ivorn" "<Description>$(printf '%20000s' x)</Description>")
}
# events_in FILE: how many a listener got.
events_in() { tr -cd '\0' <"$1" | wc -c; }
has_events() { [ "$(events_in "$2")" -eq "$1" ]; }
# accepted_again: the broker takes an event.
accepted_again() {
  submit
  [ "$status" -eq 0 ]
}

# A disk that some other program fills; the broker's log is elsewhere.
ln -s "$disk/full.db" "$work/full.db"
launch full 'Listening for subscribers on 127.0.0.1:' --receive=tcp:127.0.0.1:0 --broadcast=127.0.0.1:0 "$ivo"
port=$(port_for authors)
listen connected "127.0.0.1:$(port_for subscribers)"
subscribed 1 "$log"
acknowledged=()
for _ in 1 2 3; do
  submit
  expect 0
  acknowledged+=("$ivorn")
done
dd if=/dev/zero of="$disk/fill" bs=64k 2>/dev/null
# What room is left in the journal may do for some events.
for _ in {1..40}; do
  submit
  [ "$status" -eq 0 ] || break
  acknowledged+=("$ivorn")
done
expect 3 'This broker cannot store events now; try again later'
refused=$ivorn
check 'the log says why' said "ERROR Cannot store events: $work/full.db: database or disk is full" "$log"
for _ in 1 2 3; do
  submit
  expect 3 'cannot take VOEvent'
done
# Longer than it takes to try again: it does not take what it cannot keep.
[ "$(grep -c 'refused: This broker' "$log")" -eq 0 ] || fail 'a line for each refusal'
sleep 2.5
submit
expect 3 'try again later'
check 'it says so once' [ "$(grep -c 'ERROR Cannot store events' "$log")" -eq 1 ]
check 'those who listen have what was accepted' wait_for 20 has_events "${#acknowledged[@]}" "$work/connected.out"

# An author that waits for it, and room.
sendvo -q --retry=60 -t "127.0.0.1:$port" < <(event 'ivo://test.author/full#patient') &
patient=$!
rm "$disk/fill"
check 'it takes events again by itself' wait_for 20 said 'INFO Storing events again; refused meanwhile: ' "$log"
ends "$patient"
[ "$status" -eq 0 ] || fail "the patient author ended with status $status"
acknowledged+=('ivo://test.author/full#patient')
submit
expect 0
acknowledged+=("$ivorn")
check 'and sends them on' wait_for 20 has_events "${#acknowledged[@]}" "$work/connected.out"
check 'nothing is left of its tries' [ -z "$(compgen -G "$disk/*.part")" ]
stop_broker KILL

# What was acknowledged is there, and what was not is new.
launch full 'Listening for authors on 127.0.0.1:' --receive=tcp:127.0.0.1:0 "$ivo"
port=$(port_for authors)
for ivorn in "${acknowledged[@]}"; do
  description="<Description>$(printf '%20000s' x)</Description>"
  case $ivorn in *patient) description='<Who><AuthorIVORN>ivo://test.author/e2e</AuthorIVORN></Who>' ;; esac
  run sendvo -t "127.0.0.1:$port" < <(event "$ivorn" "$description")
  expect 1 'Previously seen by this broker'
done
run sendvo -t "127.0.0.1:$port" < <(event "$refused" "<Description>$(printf '%20000s' x)</Description>")
case $status$out$err in 0* | 1*'Previously seen'*) ;; *) fail "what was put off is refused: $err" ;; esac
stop_broker TERM

# A database that is taken away while it is in use.
start_broker away
accepted_again || fail "no event is taken: $err"
mkdir "$work/elsewhere"
mv "$work/away.db"* "$work/elsewhere"
submit
expect 3 'try again later'
check 'the log says what happened' said 'away.db: was removed or replaced while in use' "$log"
[ ! -e "$work/away.db" ] || fail 'a database was made behind its back'
mv "$work/elsewhere/"* "$work"
check 'put back, it is written again' wait_for 20 accepted_again
stop_broker TERM
[ "$status" -eq 0 ] || fail "the broker ended with status $status"

# Who may read the database, and not write it. Root may do everything.
if setpriv --reuid=65534 --regid=65534 --clear-groups true 2>/dev/null; then
  mkdir "$work/theirs"
  cp "$work/away.db" "$work/theirs/events.db"
  chmod 755 "$work" "$work/theirs"
  chmod 644 "$work/theirs/events.db"
  brokerd=$(command -v brokerd)
  if setpriv --reuid=65534 --regid=65534 --clear-groups "$brokerd" --version >/dev/null 2>&1; then
    run setpriv --reuid=65534 --regid=65534 --clear-groups timeout 60 "$brokerd" --receive=tcp:127.0.0.1:0 "$ivo" \
      --eventdb="$work/theirs/events.db"
    expect 1 "$work/theirs/events.db: is read-only"
    chown 65534 "$work/theirs"
    run setpriv --reuid=65534 --regid=65534 --clear-groups timeout 60 "$brokerd" --receive=tcp:127.0.0.1:0 "$ivo" \
      --eventdb="$work/theirs/events.db"
    expect 1 "$work/theirs/events.db: is read-only"
    chown 0 "$work/theirs"
    run setpriv --reuid=65534 --regid=65534 --clear-groups timeout 60 "$brokerd" --receive=tcp:127.0.0.1:0 "$ivo" \
      --eventdb="$work/theirs/new.db"
    expect 1 "$work/theirs/new.db: unable to open database file (Permission denied)"
  else
    echo 'not tried: the programs are where no one else may read them' >&2
  fi
fi
