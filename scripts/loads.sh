# shellcheck shell=bash
# The part of scripts/bench that puts loads on a broker: each in turn on brokerd and on a minimal broker (bench_floor).
# Both have an event on disk before its ack. Sourced by scripts/bench, whose functions it uses.
# shellcheck disable=SC2154  # that also assigns $quick and $scratch

# Functions that start the two sides; each sets its ports, $submit and $broadcast, and its process, $pid.
start_floor() {
  bench_floor --durable="$scratch/floor.data" "$@" >"$scratch/floor.ports" &
  pid=$!
  running+=("$pid")
  submit=$(when_said "$scratch/floor.ports" 's/^submit=\([0-9]*\) .*/\1/p')
  broadcast=$(sed 's/.* broadcast=//' "$scratch/floor.ports")
}
start_brokerd() {
  brokerd --local-ivo=ivo://example.org/bench --receive=tcp:127.0.0.1:0 --broadcast=tcp:127.0.0.1:0 --sync=full \
    --broadcast-test-interval=0 --eventdb="$scratch/load.db" --logfile="$scratch/load.log" "$@" &
  pid=$!
  running+=("$pid")
  submit=$(when_said "$scratch/load.log" 's/^.* Listening for authors on .*://p')
  broadcast=$(when_said "$scratch/load.log" 's/^.* Listening for subscribers on .*://p')
}

# on_side SIDE LOAD…: prints the result of bench_load for that load on an empty side, "floor" or "brokerd OPTION…".
on_side() {
  local -a words load=() options=()
  local option upstream=false
  read -r -a words <<<"$1"
  shift
  options=("${words[@]:1}")
  [[ ${words[0]} != floor ]] || load+=(--unnamed)
  for option in "$@"; do
    case ${words[0]}$option in
      floor--filters=*) continue ;; # it has no filters
      floor--keep) options+=("$option") ;;
      *--upstream=*) upstream=true ;;
    esac
    load+=("$option")
  done
  rm -f "$scratch"/load.* "$scratch"/floor.* "$scratch/load-said"
  if $upstream; then
    relayed "${words[0]}" "${load[@]}"
  else
    "start_${words[0]}" "${options[@]}"
    bench_load --submit="$submit" --broadcast="$broadcast" --watch="$pid" "${load[@]}" >"$scratch/load-said"
  fi || die "$1, under the load $*: $(tail -n 1 "$scratch/load-said" 2>/dev/null)"
  tail -n 1 "$scratch/load-said"
  end_all
}

# The load is the upstream broker: it must listen before the side starts, and is told the port for subscribers then.
relayed() {
  local side=$1 load upstream
  shift
  [[ -p $scratch/ports ]] || mkfifo "$scratch/ports"
  bench_load "$@" <"$scratch/ports" >"$scratch/load-said" &
  load=$!
  running+=("$load")
  exec 4>"$scratch/ports"
  upstream=$(when_said "$scratch/load-said" 's/^upstream=//p')
  if [[ $side == floor ]]; then start_floor --upstream="$upstream"; else start_brokerd --subscribe="127.0.0.1:$upstream"; fi
  echo "$broadcast $pid" >&4
  exec 4>&-
  wait "$load" || return
  running=("$pid") # the load has ended, and its process number may be reused
}

# line LOAD FIRST SECOND RATIO PROCESSOR_OF_FIRST PROCESSOR_OF_SECOND: prints a line of the table.
line() { printf '%-56s %9s %9s   %-22s %9s %9s\n' "$@"; }
heading() { line load "$1" "$2" "ratio (and its range)" "us: $1" "$2"; }

# values FIELD: extracts a field of the results, round by round, to $scratch/values-0 and -1.
values() {
  local i
  for i in 0 1; do sed -nE "s/.*\\<$1=([^ ]*).*/\\1/p" "$scratch/side-$i" >"$scratch/values-$i"; done
}

# row LABEL FIELDS LOAD…: runs that load on the two sides in turn, $rounds times, or at least three times on a slow machine;
# prints a line for each field of the results. The first line includes the processor time.
row() {
  local label=$1 fields=$2 begin=$SECONDS field round i
  local -a processor
  shift 2
  : >"$scratch/side-0"
  : >"$scratch/side-1"
  for ((round = 0; round < rounds && (round < 3 || SECONDS - begin < 15); ++round)); do
    for i in 0 1; do on_side "${sides[i]}" "$@" >>"$scratch/side-$i"; done
  done
  values processor_us_each
  processor=("$(median 1 "$scratch/values-0")" "$(median 1 "$scratch/values-1")")
  for field in $fields; do
    values "$field"
    paste -d ' ' "$scratch/values-0" "$scratch/values-1" | awk '{ print ($1 > 0 ? $2 / $1 : 0) }' | sort -n >"$scratch/ratios"
    line "$label, ${unit[$field]}" "$(median 1 "$scratch/values-0")" "$(median 1 "$scratch/values-1")" \
      "$(awk '{ ratio[NR] = $1 }
        END { printf "%.2f (%.2f to %.2f)", ratio[int((NR + 1) / 2)], ratio[1], ratio[NR] }' "$scratch/ratios")" \
      "${processor[@]}"
    processor=("" "")
  done
}

# Every fourth event of the corpus, if an author may submit it.
real_stream() {
  find "$scratch/corpus" -type f | sort | awk 'NR % 4 == 1' >"$scratch/names"
  # shellcheck disable=SC2016  # the inner shell expands it
  { xargs -d '\n' sendvo --check <"$scratch/names" || true; } | sed -n 's/: valid$//p' |
    xargs -d '\n' sh -c 'for file; do cat "$file"; printf "\0"; done' sh
}

# The performance with many authors and subscribers.
loads() {
  local rounds=5 few=500 some=3000 many=10000 relays=5000 pauses=300 throng=1024 crowd=10000
  local limit most real pid submit broadcast
  local -A unit=([events_per_s]=events/s [deliveries_per_s]=deliveries/s [latency_median_us]='median, us'
    [latency_p99_us]='99th percentile, us' [connected_s]='s until all are served' [memory_each_kB]='kB of memory each')
  local -a sides=(floor brokerd) big=(--size=4096)
  if $quick; then rounds=1 few=50 some=200 many=400 relays=1000 pauses=10 crowd=200; fi
  # Each connection needs a descriptor on both sides.
  ulimit -n "$(ulimit -Hn)"
  limit=$(ulimit -n)
  if [[ $limit != unlimited ]] && ((limit < (crowd > throng ? crowd : throng) + 200)); then
    most=$((limit - 200))
    crowd=$((crowd < most ? crowd : most)) throng=$((throng < most ? throng : most))
    echo "The limit of open files is $limit, so that at most $most authors or subscribers are used."
  fi
  real="made events of 4 kB"
  if unpack_corpus; then
    real_stream >"$scratch/real"
    real="real events" big=("$scratch/real")
  fi

  echo "Under load, compared with a minimal broker; both have events on disk ($(stat -f -c %T "$scratch")) before the ack."
  echo "Medians of up to $rounds rounds in turn; us: processor time per event and subscriber."
  heading floor brokerd
  row "16 authors, a connection an event" events_per_s --events="$some"
  row "the same, $real" events_per_s --events="$some" "${big[@]}"
  row "64 authors" events_per_s --events="$some" --authors=64
  row "$throng authors" events_per_s --events="$some" --authors="$throng"
  row "1 author, an event each 10 ms" "latency_median_us latency_p99_us" --authors=1 --interval=0.01 --events="$pauses"
  row "16 authors, 256 subscribers" deliveries_per_s --events="$few" --subscribers=256
  row "64 subscribers with the same filter" deliveries_per_s --events="$few" --subscribers=64 --filters=1
  row "64 subscribers with 64 filters" deliveries_per_s --events="$few" --subscribers=64 --filters=64
  row "16 authors that keep their connections" events_per_s --events="$many" --keep
  row "from a broker upstream, $real" deliveries_per_s --events="$relays" --upstream=512 "${big[@]}"
  row "$crowd subscribers at once" "connected_s deliveries_per_s memory_each_kB" --events=5 --subscribers="$crowd"

  # Not a pipe: brokerd would still write its help after grep has ended.
  if ! grep -q -- --threads <<<"$(brokerd --help)"; then
    echo "This brokerd has no --threads to compare."
    return
  fi
  sides=("brokerd --threads=1" "brokerd --threads=2")
  echo "The same with one network thread and with two:"
  heading 1 2
  row "16 authors, a connection an event" events_per_s --events="$some"
  row "16 authors, 256 subscribers" deliveries_per_s --events="$few" --subscribers=256
  row "16 authors that keep their connections" events_per_s --events="$many" --keep
}
