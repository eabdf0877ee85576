#!/usr/bin/env bash
# Follows README.md: types what its blocks have after their prompts, from its top to its bottom, from the clone's folder,
# and expects what stands below that.
#   tests/e2e/readme.sh          the walk-through and the network of brokers, with the programs on PATH
#   tests/e2e/readme.sh --bare   all that is typed there, in a bare Debian 12 that this makes with debootstrap: it needs
#                                root, a mirror of Debian's packages, 2 GB of disk, and the time for all that
# What it cannot do here it skips (77), and says why. cookbook.sh tries the recipes.
case ${1-} in
  '' | --bare | --inside | --typed) ;;
  --help) sed -n '2,${/^#/!q; s/^# \{0,1\}//; p}' "$0" && exit ;;
  *) echo "unknown argument $1" >&2 && exit 2 ;;
esac
source=$(cd "$(dirname "$0")/../.." && pwd)
skip() {
  echo "skipped: $*"
  exit 77
}

# shellcheck disable=SC2016  # texts for apt-get and for another shell
# The bare Debian 12, with its packages from where this machine has them, and the project as it is committed.
if [ "${1-}" = --bare ]; then
  [ "$(id -u)" -eq 0 ] || skip 'only root can make a bare Debian'
  command -v debootstrap >/dev/null || skip 'there is no debootstrap to make a bare Debian with'
  unshare --mount --pid --fork true 2>/dev/null || skip 'mounting is not allowed here'
  packages() { apt-get indextargets --format "$1" 'Created-By: Packages' 'Origin: Debian' 'Component: main' "${@:2}" | sort -u; }
  mirror=$(packages '$(REPO_URI)' 'Codename: bookworm' | head -n 1)
  [ -n "$mirror" ] || skip 'apt-get knows of no mirror of Debian 12: try apt-get update'
  bare=$(mktemp -d)
  trap 'rm -rf --one-file-system "$bare"' EXIT
  debootstrap --variant=minbase bookworm "$bare" "$mirror" >"$bare.log" 2>&1 ||
    { cat "$bare.log" && rm -f "$bare.log" && skip 'debootstrap failed'; }
  rm -f "$bare.log"
  packages 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' >"$bare/etc/apt/sources.list"
  apt-config dump | grep '^Acquire::' >"$bare/etc/apt/apt.conf.d/90host"
  cp -L /etc/resolv.conf /etc/hosts "$bare/etc/"
  mkdir "$bare/root/vtptools"
  git -C "$source" archive HEAD | tar -x -C "$bare/root/vtptools" || exit 1
  # The processes in it end with it, also when this is broken off.
  unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" env -i HOME=/root TERM=dumb \
    LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash /root/vtptools/tests/e2e/readme.sh --inside' "$bare" &
  trap 'kill "$!" 2>/dev/null; wait "$!"; rm -rf --one-file-system "$bare"' EXIT
  trap 'exit 143' INT TERM
  wait "$!"
  exit
fi

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$source/tests/e2e/lib.sh"

# sessions SECTION: what the indented blocks of that section have, as lines "BLOCK TAB KIND TAB TEXT"; the text before the
# first section has no name, and no prompts. KIND is the prompt ($ or #), or : for what is printed. A command that ends with
# \ or | goes on. A block between lines of ``` is a picture, and left out.
sessions() {
  awk -v wanted="$1" '
    /^## / { section = substr($0, 4) }
    /^```/ { picture = !picture }
    section != wanted || picture || !/^    / { inside = 0; next }
    !inside { ++block; inside = 1 }
    {
      text = substr($0, 5)
      if (section == "") text = "$ " text
      if (more) { sub(/^ +/, " ", text); line = line text }
      else if (text ~ /^[$#] /) { kind = substr(text, 1, 1); line = substr(text, 3) }
      else { print block "\t:\t" text; next }
      more = line ~ /[\\|]$/
      sub(/ *\\$/, "", line)
      if (!more) print block "\t" kind "\t" line
    }' "$source/README.md"
}

# Times are others each time.
plain() { sed -E 's/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/; s/in [0-9.]+ s \([0-9]+ events\/s\)/in TIME/'; }

# What stays in its terminal: what it prints and says in terminal.N; the next command is typed when it is there.
terminals=0
stays() {
  terminals=$((terminals + 1))
  pipeline "$1" >"$work/terminal.$terminals" 2>&1
  local sign='Subscribed to'
  [[ $1 != brokerd* ]] || sign='Listening for'
  wait_for 60 said "$sign" "$work/terminal.$terminals" || fail "it does not start: $1"
  [[ $1 != *--subscribe=* ]] || subscribing+=("$work/terminal.$terminals")
}
anywhere() { cat "$work"/terminal.* | plain | grep -qxF -- "$1"; }

# printed: the last command that ended printed what stands below it.
printed() {
  [ -z "$command" ] || [ "$expected" = "$(plain <"$work/printed")" ] ||
    { [ -z "$expected" ] && [ "$command_status" -eq 0 ]; } ||
    fail "$command
should print: $expected
but printed (status $command_status): $(cat "$work/printed")"
  command='' expected=''
}

# follow SECTION [PATTERN]: types what is in it; only commands that match, if there is a pattern.
follow() {
  local block='' kind text in_block='' terminal
  local -a subscribing=()
  command='' expected='' command_status=0
  echo "== ${1:-The first words}"
  while IFS=$'\t' read -r -u 3 block kind text; do
    if [ "$kind" != : ]; then
      printed
      in_block=$block
      [[ $text =~ ${2-} ]] || continue
      printf '%s %s\n' "$kind" "$text"
      if [[ $text =~ ^(brokerd|listenvo)\  && $text != *--daemon* ]]; then
        stays "$text"
      else
        for terminal in "${subscribing[@]}"; do
          wait_for 60 said 'Subscribed to' "$terminal" || fail 'a broker does not subscribe'
        done
        command=$text
        eval "$text" >"$work/printed" 2>&1 </dev/null
        command_status=$?
      fi
    elif [ "$block" = "$in_block" ]; then
      expected+=${expected:+$'\n'}$(plain <<<"$text")
    elif [ -z "${2-}" ]; then
      wait_for 60 anywhere "$(plain <<<"$text")" || fail "no terminal has: $text"
    fi
  done 3< <(sessions "$1")
  printed
  for pipeline in "${pipelines[@]}"; do
    kill -TERM -- "-$pipeline" && ends "$pipeline"
  done 2>/dev/null
  pipelines=()
}

if [ "${1-}" = --inside ]; then
  cd "$source" || exit 1
  demo=$(sed -n 's/^    \(scripts\/demo\) .*/\1/p' README.md)
  $demo >"$work/printed" 2>&1 || fail "the first command: $(cat "$work/printed")"
  tail -n 2 "$work/printed" >"$work/go-on"
  for line in 1 2; do
    eval "$(sed -n "${line}p" "$work/go-on")" >"$work/printed" 2>&1 || fail "the end of scripts/demo: $(cat "$work/go-on" "$work/printed")"
  done
  check 'the demonstration ends with what can be typed' said 'example.xml: valid' "$work/printed"
  env -i HOME="$HOME" PATH=/usr/local/bin:/usr/bin:/bin "$source/tests/e2e/readme.sh" --typed || fail 'the walk-through'
  find /usr/local | sort >"$work/before"
  follow Install '^(scripts|cmake -G|ninja|cmake --install)'
  for program in brokerd findvo listenvo sendvo vodedup; do
    check "$program is installed" "/usr/local/bin/$program" --version
  done
  follow Install '--target uninstall'
  check 'it is uninstalled' cmp "$work/before" <(find /usr/local | sort)
  exit
fi

# The ports are those of the text: in a network namespace of its own, where nobody has them.
if [ "${VTP_OWN_NETWORK:-}" != yes ]; then
  trap - EXIT
  rm -rf "$work"
  unshare --net true 2>/dev/null || skip 'a network namespace is not allowed here'
  VTP_OWN_NETWORK=yes exec unshare --net "$0" "$@"
fi
# SIOCSIFFLAGS: the loopback interface is up, which ip(8) would do where it is installed.
perl -e '$up = pack("a16s", "lo", 0x41); socket(S, 2, 2, 0) && ioctl(S, 0x8914, $up) or die "the loopback interface: $!"' ||
  skip 'no network namespace can be had here'
unset XDG_STATE_HOME
export HOME=$work/home
if [ "${1-}" = --typed ]; then
  cd "$source" || exit 1
else
  for program in jq sqlite3; do
    command -v "$program" >/dev/null || skip "there is no $program"
  done
  mkdir -p "$work/clone/tests"
  cp -r "$source/tests/data" "$work/clone/tests/"
  cd "$work/clone" || exit 1
fi
follow 'The walk-through'
follow 'A network of brokers'
follow Recipes '^sqlite3 '
check 'the copy has the event' test "$(sqlite3 backup.db 'SELECT count(*) FROM event')" -eq 1
