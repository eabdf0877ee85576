#!/usr/bin/env bash
# What bash and zsh offer with the scripts that the programs print.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
here=$(cd "$(dirname "$0")" && pwd)
tools=(brokerd findvo listenvo sendvo vodedup)

for shell in bash zsh; do
  mkdir "$work/$shell"
  for tool in "${tools[@]}"; do
    run "$tool" "--completion=$shell"
    expect 0 "$tool"
    [ -z "$err" ] || fail "$tool --completion=$shell said: $err"
    cp "$work/out" "$work/$shell/_$tool"
  done
done
run sendvo --completion=fish
expect 2 'sendvo: --completion: fish is not a supported shell; use bash or zsh'
run sendvo --completion
expect 2

mkdir "$work/files" "$work/files/folder"
cd "$work/files" || exit 1
: >one.xml
: >'two words.xml'

# In this bash, as readline would call the functions: with the line in words, of which the last is completed. compopt
# is for readline; here it keeps in $work/options what it is told.
for tool in "${tools[@]}"; do
  check "bash takes the script of $tool" bash -n "$work/bash/_$tool"
  # shellcheck disable=SC1090
  . "$work/bash/_$tool"
  [ "$(complete -p "$tool")" = "complete -F _$tool $tool" ] || fail "bash does not know how to complete $tool"
done
# shellcheck disable=SC2317
compopt() { echo "$2" >>"$work/options"; }
# offers WANTED WORD…: what is offered, sorted and with a space between; with ! behind it if there must be no space.
offers() {
  local wanted=$1 offered
  shift
  : >"$work/options"
  # shellcheck disable=SC2034
  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=(left over)
  "_$1"
  offered=$(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort -u | paste -sd ' ')
  ! grep -q nospace "$work/options" || offered+='!'
  [ "$offered" = "$wanted" ] || fail "bash, $*: expected '$wanted', got '$offered'"
}
offers '--check' sendvo --ch
offers '--save=!' listenvo --sa
offers '--save-event --save-event-directory= --subscribe= --sync=!' brokerd --s
offers '--receive --receive-allow= --receive=' brokerd --rec
offers '--check-config' brokerd --ch
offers '' brokerd --receive-p
offers '--quiet' brokerd -v --qu
offers '--completion= --config=!' brokerd --co
offers '' brokerd --nonsense
offers 'folder one.xml two words.xml' sendvo ''
offers 'one.xml' sendvo --check o
said filenames "$work/options" || fail 'bash is not told that these are files'
offers 'one.xml' sendvo -f o
offers 'one.xml' sendvo --file o
offers 'folder one.xml two words.xml' sendvo --file =
offers 'one.xml' sendvo --file = o
offers 'one.xml' sendvo -- o
offers '' sendvo -- --ch
offers 'folder' listenvo --save = ''
offers 'folder' listenvo --save f
offers 'folder one.xml two words.xml' brokerd -v --config = ''
offers 'bash zsh' sendvo --completion =
offers 'zsh' sendvo --completion z
offers 'localhost' sendvo --host = localh
offers 'printf' listenvo --exec = printf
offers '' sendvo --timeout =
offers '' sendvo --timeout = 1
offers '' sendvo --to localhost : 80
offers '' sendvo --quiet = o
offers '' listenvo ''
offers '' brokerd --receive =
offers "$(brokerd --completion=bash | sed -n "s/.*offer=(-W '\(--local.*\)') ;;/\1/p" | tr ' ' '\n' |
  LC_ALL=C sort | paste -sd ' ')!" brokerd --receive ''
# Where COMP_WORDBREAKS has no =, the word is whole.
offers '--file=one.xml' sendvo --file=o
offers '--completion=zsh' sendvo --completion=z
offers '' sendvo --timeout=1
unset -f compopt

# In a bash at a terminal, where readline takes the line apart and puts it together again.
cat >"$work/bash.rc" <<BASH
$(cat "$work"/bash/_*)
sendvo() { printf '%s\n' "\$@" >>"$work/typed"; }
PS1=
BASH
: >"$work/typed"
if command -v script >/dev/null; then
  printf '%s\n' $'sendvo --fi\to\t --ch\t' $'sendvo -f two\t --file=two\\ w\t "two w\t' exit |
    timeout 60 script -qec "bash --noprofile --rcfile '$work/bash.rc' -i" /dev/null >"$work/terminal" 2>&1
  typed=$(cat "$work/typed")
  [ "$typed" = '--file=one.xml
--check
-f
two words.xml
--file=two words.xml
two words.xml' ] || fail "bash at a terminal: $typed$(cat "$work/terminal")"
else
  echo 'skipped: bash at a terminal, since there is no script(1)'
fi

# In a zsh at a terminal.
if ! command -v zsh >/dev/null || ! zsh -fc 'zmodload zsh/zpty' 2>/dev/null; then
  echo 'skipped: there is no zsh here, or none that can be tried'
  exit
fi
for tool in "${tools[@]}"; do
  check "zsh takes the script of $tool" zsh -n "$work/zsh/_$tool"
done
# completes LINE RESULT [OFFER…]: what becomes of the line, and all that is offered.
completes() {
  local line=$1 result=$2 wanted offered
  shift 2
  run timeout 60 zsh -f "$here/offers.zsh" "$work/zsh" "$line"
  [ "$status" -eq 0 ] || fail "zsh, $line: status $status"
  wanted=$(printf '%s\n' "$@" | LC_ALL=C sort)
  offered=$(sed -n 's/^offer \(..*\)/\1/p' "$work/out" | LC_ALL=C sort -u)
  [ "$offered" = "$wanted" ] || fail "zsh, $line: expected $wanted, got $offered"
  said "line $result|" <(sed 's/$/|/' "$work/out") || fail "zsh, $line: expected '$result', got $(tail -n 1 "$work/out")"
}
completes 'sendvo --ch' 'sendvo --check ' --check
completes 'listenvo --sa' 'listenvo --save=' --save
completes 'listenvo a --js' 'listenvo a --json ' --json
completes 'brokerd --rec' 'brokerd --receive' --receive --receive-allow
completes 'brokerd --su' 'brokerd --subscribe=' --subscribe
completes 'sendvo o' 'sendvo one.xml ' one.xml
completes 'sendvo --file=o' 'sendvo --file=one.xml ' one.xml
completes 'sendvo -f tw' 'sendvo -f two\ words.xml ' 'two\ words.xml'
completes 'sendvo -qfo' 'sendvo -qfone.xml ' one.xml
completes 'listenvo --save ' 'listenvo --save folder/' folder
completes 'sendvo --completion=z' 'sendvo --completion=zsh ' zsh
completes 'sendvo --timeout=' 'sendvo --timeout='
# What may be repeated is offered again, and nothing else is.
completes 'brokerd --subscribe=a --su' 'brokerd --subscribe=a --subscribe=' --subscribe
completes 'brokerd --remote=a -s b --su' 'brokerd --remote=a -s b --subscribe=' --subscribe
completes 'sendvo --host=a --ho' 'sendvo --host=a --ho'
completes 'sendvo -h a --ho' 'sendvo -h a --ho'
completes 'sendvo --help -' 'sendvo --help -'
