#!/usr/bin/env bash
# Real events through the real programs: what --check says of them, and what a broker answers.
# Needs the shared corpus, in $VTP_SHARED or beside the project; skipped (77) where there is none.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

shared=${VTP_SHARED:-$(dirname "$0")/../../../shared}
if [ ! -d "$shared/corpus" ]; then
  echo "skipped: there is no corpus at $shared/corpus"
  exit 77
fi
corpus=$(cd "$shared/corpus" && pwd)
for set in events mutants v2.1; do tar -xf "$corpus/$set.tar.xz" -C "$work"; done

# Thousands of files in one call; every verdict is the listed one. A file with a NUL in its middle is a stream of two
# documents; the first is malformed, as the whole of it is.
cd "$work" || exit 1
for set in events mutants v2.1; do
  cut -f 1,2 "$corpus/$set.tsv" >wanted
  cut -f 1 wanted | xargs -d '\n' -n 100000 sendvo --check >judged
  sed 's/^\(.*\.xml\): \([a-z]*\).*/\1\t\2/' judged | awk -F '\t' '!seen[$1]++' >got
  diff wanted got >difference || fail "$set: $(wc -l <difference) lines differ: $(head -n 5 difference)"
done

# The tutorial's events, as the tutorial sends them.
start_broker corpus
for name in gaia voevent; do
  run sendvo -p "$port" -f "$corpus/tutorial/$name.xml"
  expect 0 'Event was sent successfully'
  run sendvo -p "$port" -f "$corpus/tutorial/$name.xml"
  expect 1 'Event rejected: Previously seen by this broker'
done

# One of each stream; what is valid and has a local part is acknowledged, each time byte for byte new.
awk -F '\t' '{ stream = $1; sub("/[^/]*$", "", stream); if (!seen[stream, $2]++) print $1 "\t" $2 }' \
  "$corpus/events.tsv" >sample
while IFS=$'\t' read -r file verdict; do
  run sendvo -p "$port" "$file"
  case "$verdict:$status" in
    valid:0 | invalid:1 | other:1) ;;
    valid:1) [[ $err == *'No per-event local ID'* ]] || fail "$file: $err" ;;
    *) fail "$file is $verdict, and sendvo ended with $status: $err" ;;
  esac
done <sample
[ -s sample ] || fail 'the sample is empty'
