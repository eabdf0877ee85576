#!/usr/bin/env bash
# What `cmake --install` brings, and that uninstalling takes away just that. VTP_BUILD is the folder of the build.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
source=$(cd "$(dirname "$0")/../.." && pwd)
install() { cmake --install "$VTP_BUILD" "$@"; }
uninstall() { cmake --build "$VTP_BUILD" --target uninstall; }
files_in() { find "$1" -mindepth 1 | sort; }

# With a prefix of its own: the unit names what is there.
prefix=$work/prefix
unit=$prefix/lib/systemd/system/brokerd.service
configuration=$prefix/etc/vtptools/brokerd.conf
run install --prefix "$prefix"
expect 0
for tool in brokerd findvo listenvo sendvo vodedup; do
  check "$tool runs" "$prefix/bin/$tool" --version >/dev/null
  check "$tool's manual" test -s "$(echo "$prefix/share/man"/man[18]/"$tool".[18])"
  for shell in bash zsh; do
    completion=$prefix/share/bash-completion/completions/$tool
    [ "$shell" = bash ] || completion=$prefix/share/zsh/site-functions/_$tool
    check "$shell completes $tool" cmp -s "$completion" <("$prefix/bin/$tool" --completion="$shell")
  done
  check 'bash can read that' bash -n "$prefix/share/bash-completion/completions/$tool"
  if grep -q '^VTP_STRIP:BOOL=ON' "$VTP_BUILD/CMakeCache.txt"; then
    ! readelf -S "$prefix/bin/$tool" | grep -q debug_info || fail "$tool is not stripped"
  fi
done
for page in "$source"/man/*.[1-8]; do
  check "the manual $page" cmp -s "$page" "$prefix/share/man/man${page##*.}/${page##*/}"
done
check 'the JSON Schema of events' cmp -s "$source/lib/voevent/event.schema.json" "$prefix/share/vtptools/event.schema.json"
check 'the unit has its program and its configuration' grep -qxF "ExecStart=$prefix/bin/brokerd --config=$configuration" "$unit"
! grep -q /usr/local "$unit" || fail 'the unit names another place'
if command -v systemd-analyze >/dev/null; then
  # It reads other units as well, which are no matter of ours.
  run systemd-analyze verify --man=no "$unit"
  case $status$out$err in 0*brokerd.service:* | [!0]*) fail "systemd does not take the unit: $out$err" ;; esac
  if systemd-analyze security --help | grep -qw -- --offline; then
    # In tenths; more than that is an error.
    run systemd-analyze security --offline=true --threshold=14 --no-pager "$unit"
    [ "$status" -eq 0 ] || fail "the unit is less confined than it was: $(tail -n 1 <<<"$out")"
    check 'that was measured' grep -q 'Overall exposure level for brokerd.service: [01]\.[0-9] ' <<<"$out"
  else
    echo 'skipped: this systemd-analyze does not know how confined a unit is'
  fi
else
  echo 'skipped: there is no systemd-analyze to check the unit with'
fi

# The configuration does what it says, but for places that a test cannot take.
sed "s|^receive = .*|receive = unix:$work/authors|; s|^broadcast = .*|broadcast = unix:$work/subscribers|" \
  "$configuration" >"$work/brokerd.conf"
PATH=$prefix/bin:$PATH
launch configured 'Listening for subscribers on' --config="$work/brokerd.conf"
send_each one
stop_broker TERM
[ "$status" -eq 0 ] || fail "the configured broker ended with $status"
# Each line that is commented out is an option as well.
sed -n 's/^#\([a-z-]* = \)/\1/p; s/^#quiet/quiet/p' "$configuration" |
  sed "/^receive = /d; s|/var/lib/vtptools|$work/state|; s|/usr/local/etc/vtptools/peers|$work/peers|" >"$work/all.conf"
echo 'campus 192.0.2.0/24 both' >"$work/peers"
[ "$(wc -l <"$work/all.conf")" -ge 12 ] || fail 'the sample shows too little'
run brokerd --config="$work/all.conf" --receive --local-ivo=ivo://test.broker/e2e --keep=0
expect 2 'brokerd: --keep: 0 is not'

# What was changed stays; what else is there, too.
echo '# changed' >>"$configuration"
touch "$prefix/bin/other"
run install --prefix "$prefix"
expect 0 "Kept: $configuration, which was changed"
run uninstall
expect 0
[ "$(find "$prefix" -type f | sort)" = "$prefix/bin/other
$configuration" ] || fail "uninstalling left $(files_in "$prefix")"

# Below DESTDIR, in a system that has some of the folders.
export DESTDIR=$work/system
mkdir -p "$DESTDIR/usr/share/man/man1"
touch "$DESTDIR/usr/share/man/man1/other.1"
files_in "$DESTDIR" >"$work/before"
run install --prefix /usr
expect 0
check 'the configuration is where it is looked for' test -s "$DESTDIR/etc/vtptools/brokerd.conf"
check 'the unit too' grep -qxF 'ExecStart=/usr/bin/brokerd --config=/etc/vtptools/brokerd.conf' \
  "$DESTDIR/usr/lib/systemd/system/brokerd.service"
run uninstall
expect 0
check 'nothing is left' cmp -s "$work/before" <(files_in "$DESTDIR")
run uninstall
expect 0
