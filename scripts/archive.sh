# The part "archive" of scripts/bench, which sources this file: finding events among very many, and what the index costs
# authors.
# shellcheck shell=bash disable=SC2154  # $root, $quick and $scratch are assigned there

archive() {
  local count=1000000 sample=20000 db=$scratch/archive.db before what
  local -A labels=([cone]='a cone of one degree' [stream]="a stream's last hundred" [month]='a month with a filter'
    [count]='the number of events of a stream')
  if $quick; then count=10000 sample=2000; fi
  echo "Finding events among $count of 4 kB, received in ten years:"
  bench_archive fill "$db" "$count"
  before=$(stat -c %s "$db")
  echo "indexing: $(bench_archive index "$db") us for each event; the index has $(($(stat -c %s "$db") - before)) bytes," \
    "$((100 * ($(stat -c %s "$db") - before) / before)) % of the log"
  bench_archive read "$db" "$sample" | awk -v count="$count" '{
    printf "without an index each event is read and parsed: %.1f us, %.1f s for all\n", $1, $1 * count / 1e6 }'
  for what in cone stream month count; do
    bench_archive query "$db" "$what" | awk -v label="${labels[$what]}" '{
      printf "%-34s %7d events: %8.2f ms the first time, median %8.2f ms, worst %8.2f ms\n", label, $1, $2, $3, $4 }'
  done
  findvo_takes "$db" 'a cone' --cone=123.4,-56.7,1
  findvo_takes "$db" "a stream's last hundred" --stream=ivo://example.org/stream_7 -n 100
  findvo_takes "$db" "the same as JSON" --stream=ivo://example.org/stream_7 -n 100 --json
  findvo_takes "$db" 'a month with a filter, counted' --since=400d --until=370d \
    --filter="//Param[@name='quantity_7' and @value>950]" --count
  rm -f "$db"*
  index_beside_authors
}

# findvo_takes DB LABEL OPTION…: the time of the whole program.
findvo_takes() {
  local db=$1 label=$2
  shift 2
  for _ in {1..5}; do seconds findvo_once "$db" "$@"; done | sort -n | awk -v label="$label" '{ took[NR] = $1 } END {
    printf "findvo, %-34s %8.1f ms (median of 5)\n", label, 1000 * took[3] }'
}
findvo_once() { findvo --db="$1" "${@:2}" >/dev/null || (($? == 1)); }

# The rate of authors to a broker that indexes, and to one whose index refuses everything.
index_beside_authors() {
  local rounds=7 count=100000 submit pid round side keep label events processor
  local -a options
  if $quick; then rounds=1 count=2000; fi
  echo "16 authors, to a broker that cannot write its index (0) and to one that does (1); events/s:"
  for keep in false true; do
    label='a connection for each event' events=$((count / 5)) options=(--size=4096)
    if $keep; then label='persistent connections' events=$count options+=(--keep); fi
    : >"$scratch/side-0"
    : >"$scratch/side-1"
    for ((round = 0; round < rounds; ++round)); do
      for side in 0 1; do
        rm -f "$scratch"/load.*
        ((side)) || bench_archive no-index "$scratch/load.db"
        start_brokerd
        bench_load --submit="$submit" --watch="$pid" --events="$events" \
          "${options[@]}" >"$scratch/load-said" || die "$(tail -n 1 "$scratch/load-said")"
        tail -n 1 "$scratch/load-said" >>"$scratch/side-$side"
        end_all
      done
    done
    values processor_us_each
    # Of all events: there is no subscriber.
    processor=$(echo "$(median 1 "$scratch/values-0") $(median 1 "$scratch/values-1")" | awk -v events="$events" '{
      printf "%.1f and %.1f us of processor each", $1 / events, $2 / events }')
    values events_per_s
    paste -d ' ' "$scratch/values-0" "$scratch/values-1" | awk '{ print $2 / $1 }' | sort -n >"$scratch/ratios"
    printf '%-40s %9.0f %9.0f   ratio %.3f (%.3f to %.3f in %d rounds); %s\n' \
      "$label" "$(median 1 "$scratch/values-0")" "$(median 1 "$scratch/values-1")" "$(median 1 "$scratch/ratios")" \
      "$(head -n 1 "$scratch/ratios")" "$(tail -n 1 "$scratch/ratios")" "$rounds" "$processor"
  done
  rm -f "$scratch"/load.*
}
