# shellcheck shell=bash
# The part of scripts/bench that runs bad and busy peers beside an author and a subscriber that behave well. Sourced by
# scripts/bench, whose functions it uses.
# shellcheck disable=SC2154  # that also assigns $quick and $scratch

# Measures whether one peer delays another. It fails only for what must never happen: an event that is lost or comes
# twice, or a broker that crashes or does not stop when told to.
fairness() {
  local some=50000 many=200000 options=(--medians) of_broker=()
  if $quick; then some=2000 many=10000 options=(--quick); fi
  # Not a pipe: brokerd would still write its help after grep has ended.
  if grep -q -- --max-memory <<<"$(brokerd --help)"; then of_broker=(--max-memory=512M); fi
  bench_append run "$scratch/some.db" "$some" 1000 4300 params >/dev/null
  bench_append run "$scratch/many.db" "$many" 1000 4300 params >/dev/null
  mkdir "$scratch/fairness"
  echo "Delays of an author and a subscriber with ten events per second: alone, beside others, and after them:"
  bench_fairness --folder="$scratch/fairness" --some-events="$scratch/some.db" --many-events="$scratch/many.db" \
    "${options[@]}" -- "${of_broker[@]}"
  echo "*: 99th percentile above 50 ms, or maximum above 250 ms; memory above 512 MB; or more than 5 s from SIGTERM to the end."
  rm -rf "$scratch/fairness" "$scratch"/{some,many}.db*
}
