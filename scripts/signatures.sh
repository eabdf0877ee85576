# The part "signatures" of scripts/bench, which sources this file: what signed events cost.
# shellcheck shell=bash disable=SC2154  # $root, $quick and $scratch are assigned there

# Signing; checking what a broker has stored, and what authors send to one that requires signatures; and how little it
# costs where events have no signature.
signatures() {
  local signed=2000 unsigned=100000 port subscribers off ring=$scratch/keys
  if $quick; then signed=100 unsigned=5000; fi
  mkdir -m 700 "$ring"
  gpg --homedir "$ring" --batch --quiet --passphrase '' \
    --quick-generate-key ivo://example.org/demo ed25519 sign never 2>"$scratch/gpg.log" ||
    die "gpg makes no key: $(cat "$scratch/gpg.log")"
  start_bench_broker events
  echo "Signed events of 0.7 kB, an Ed25519 key, $(nproc) processors:"
  events 1 "$signed" >"$scratch/stream"
  per_event 'sendvo --sign' "$signed" "$(seconds sendvo -q -t "127.0.0.1:$port" --sign=ivo:// --keyring="$ring" "$scratch/stream")"
  off=$(seconds listen_to_a_day "$subscribers")
  per_event 'listenvo --verify=log --verify-threads=1' "$signed" \
    "$(seconds listen_to_a_day "$subscribers" --verify=log --verify-threads=1 --keyring="$ring")"
  per_event 'listenvo --verify=log' "$signed" \
    "$(seconds listen_to_a_day "$subscribers" --verify=log --keyring="$ring")"
  per_event 'listenvo --verify=off' "$signed" "$off"
  listenvo -q --since=1d --until-now "127.0.0.1:$subscribers" >"$scratch/signed"
  end_all
  start_bench_broker strict --verify=require --keyring="$ring"
  per_event 'sendvo to brokerd --verify=require' "$signed" \
    "$(seconds sendvo -q -j 16 -t "127.0.0.1:$port" "$scratch/signed")"
  end_all

  echo "Events of 4 kB without a signature:"
  bench_append run "$scratch/unsigned.db" "$unsigned" 1000 >/dev/null
  start_bench_broker unsigned
  listen_to_a_day "$subscribers" # the database is in memory from now on
  per_event 'listenvo --verify=off' "$unsigned" "$(seconds listen_to_a_day "$subscribers")"
  per_event 'listenvo --verify=log' "$unsigned" \
    "$(seconds listen_to_a_day "$subscribers" --verify=log --keyring="$ring")"
  end_all
  gpgconf --homedir "$ring" --kill all
  rm -rf "$ring" "$scratch"/{events,strict,unsigned}.db* "$scratch/signed" "$scratch/stream"
}

# start_bench_broker NAME OPTION…: with the database NAME.db; its ports in $port and $subscribers.
start_bench_broker() {
  local name=$1
  shift
  brokerd --local-ivo=ivo://example.org/bench --receive=tcp:127.0.0.1:0 --broadcast=tcp:127.0.0.1:0 \
    --eventdb="$scratch/$name.db" "$@" 2>"$scratch/brokerd.log" &
  running+=("$!")
  port=$(when_said "$scratch/brokerd.log" 's/^.* Listening for authors on .*://p')
  subscribers=$(when_said "$scratch/brokerd.log" 's/^.* Listening for subscribers on .*://p')
}

# per_event LABEL COUNT SECONDS
per_event() {
  awk -v label="$1" -v count="$2" -v seconds="$3" 'BEGIN {
    printf "%-45s %7d events in %6.2f s: %8.3f ms each, %7.0f events/s\n",
      label, count, seconds, 1000 * seconds / count, count / seconds }'
}
