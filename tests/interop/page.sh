#!/usr/bin/env bash
# The page of brokerd in Chromium: events come on map and list, are opened, filtered, and missed by nobody; hostile ones stay text.
#   tests/interop/page.sh --screenshots FOLDER: makes page-dark.png and page-light.png there instead, with events of the corpus.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

export PYTHONDONTWRITEBYTECODE=1
if [ "${1-}" = --screenshots ]; then
  run python3 "$interop/page_screenshots.py" "$work" "${2:?needs a folder}" "${VTP_SHARED:-$interop/../../../shared}/corpus/events.tar.xz"
else
  run timeout --kill-after=10 280 python3 "$interop/page.py" "$work"
fi
cat "$work/out" "$work/err"
expect 0
