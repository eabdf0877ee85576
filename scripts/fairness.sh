# shellcheck shell=bash
# The part of scripts/bench that puts bad and busy peers beside a pair that behaves well. Sourced by scripts/bench,
# whose functions it uses.
# shellcheck disable=SC2154  # that also assigns $quick and $scratch

# Whether one peer holds up another. Bad peers fail nothing but what must never be: an event that is lost or comes twice,
# a broker that ends, or does not when it is told to.
fairness() {
  local some=50000 many=200000 options=(--medians) of_broker=()
  if $quick; then some=2000 many=10000 options=(--quick); fi
  # Not a pipe, which brokerd's help would be written to when grep has gone.
  if grep -q -- --max-memory <<<"$(brokerd --help)"; then of_broker=(--max-memory=512M); fi
  bench_append run "$scratch/some.db" "$some" 1000 4300 params >/dev/null
  bench_append run "$scratch/many.db" "$many" 1000 4300 params >/dev/null
  mkdir "$scratch/fairness"
  echo "What a pair waits for that submits and gets ten events a second, alone, beside others, and after them:"
  bench_fairness --folder="$scratch/fairness" --some-events="$scratch/some.db" --many-events="$scratch/many.db" \
    "${options[@]}" -- "${of_broker[@]}"
  echo "*: above 50 ms in 99 of 100, or 250 ms ever; 512 MB of memory; or 5 s from SIGTERM, amid the others, to the end."
  rm -rf "$scratch/fairness" "$scratch"/{some,many}.db*
}
