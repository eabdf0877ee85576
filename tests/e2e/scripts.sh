#!/usr/bin/env bash
# Every script says with --help what it does, and refuses what it does not know, before it does anything.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
scripts=$(cd "$(dirname "$0")/../../scripts" && pwd)

# What would do something leaves a trace instead.
mkdir "$work/bin"
for command in apt-get cmake ctest dpkg-query sudo; do
  printf '#!/bin/sh\necho "%s $*" >>"%s"\nexit 1\n' "$command" "$work/done" >"$work/bin/$command"
  chmod +x "$work/bin/$command"
done
export PATH=$work/bin:$PATH

tried=0
for script in "$scripts"/*; do
  if [ ! -f "$script" ] || [ ! -x "$script" ]; then continue; fi
  tried=$((tried + 1))
  run timeout 60 "$script" --help
  expect 0 "${script##*/}"
  run timeout 60 "$script" --no-such-option
  expect 2 "unknown argument --no-such-option (see ${script##*/} --help)"
done
[ "$tried" -ge 8 ] || fail "only $tried scripts were tried"
[ ! -e "$work/done" ] || fail "they did: $(cat "$work/done")"
