# shellcheck shell=bash
# The part of scripts/bench that compares TLS with TCP alone, and its handshakes with those of OpenSSL's own server. Sourced
# by scripts/bench, whose functions it uses, and those of scripts/loads.sh.
# shellcheck disable=SC2154,SC2034  # these also assign $quick, $scratch and $root, and use what is set for them here

# Starts a broker with TLS, as start_brokerd without; the load connects by TLS then.
start_tls() {
  local identity=$scratch/broker.pem pin
  pin=$(sendvo -q --tls-fingerprint "$identity")
  start_brokerd --receive=tls:127.0.0.1:0 --broadcast=tls:127.0.0.1:0 --tls-cert="$identity" --tls-timeout=600 "$@"
  submit=$(when_said "$scratch/load.log" 's/^.* Listening for authors on tls:.*://p')
  broadcast=$(when_said "$scratch/load.log" 's/^.* Listening for subscribers on tls:.*://p')
  load+=(--tls-pin="$pin")
}

# The same, beside peers that begin a handshake and do not go on.
start_stalled() {
  start_tls "$@"
  load+=(--stalled="$stalled")
}

# handshakes LABEL SECONDS PORT PROCESS OPTION…: how many OpenSSL's client has with a server, and what each costs the server.
handshakes() {
  local label=$1 seconds=$2 port=$3 process=$4 before count
  before=$(processor_time "$process")
  openssl s_time -connect "127.0.0.1:$port" -time "$seconds" "${@:5}" >"$scratch/s_time" 2>&1 || true
  count=$(sed -nE 's/^([0-9]+) connections in [0-9]+ real seconds.*/\1/p' "$scratch/s_time")
  [[ $count -gt 0 ]] || die "openssl s_time: $(tail -n 1 "$scratch/s_time")"
  awk -v label="$label" -v count="$count" -v seconds="$seconds" -v ticks="$(($(processor_time "$process") - before))" \
    -v each_second="$(getconf CLK_TCK)" 'BEGIN {
      printf "%s: %.0f connections/s, %.0f us of the server for each\n", label, count / seconds,
        ticks / each_second / count * 1e6 }'
}
processor_time() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }

tls() {
  local rounds=5 some=3000 few=500 many=10000 pauses=300 stalled=2000 crowd=2000 seconds=3
  local pid submit broadcast port kind
  local -a load=()
  local -A unit=([events_per_s]=events/s [deliveries_per_s]=deliveries/s [latency_median_us]='median, us'
    [latency_p99_us]='99th percentile, us' [memory_each_kB]='kB of memory each')
  local -a sides=(brokerd tls)
  if $quick; then rounds=1 some=200 few=50 many=400 pauses=10 stalled=100 crowd=100 seconds=1; fi
  ulimit -n "$(ulimit -Hn)"
  echo "TLS compared with TCP alone; the load encrypts on the same processors."
  heading TCP TLS
  row "16 authors that keep their connections" events_per_s --events="$many" --keep
  row "16 authors, 256 subscribers" deliveries_per_s --events="$few" --subscribers=256
  row "16 authors, a connection an event, resumed" events_per_s --events="$some"
  row "1 author, an event each 10 ms" "latency_median_us latency_p99_us" --authors=1 --interval=0.01 --events="$pauses"
  row "$crowd subscribers" memory_each_kB --events=5 --subscribers="$crowd"
  sides=(tls stalled)
  heading alone stalled
  row "1 author, an event each 10 ms, beside $stalled that stall" "latency_median_us latency_p99_us" --authors=1 \
    --interval=0.01 --events="$pauses"

  if ! command -v openssl >/dev/null; then
    echo "There is no openssl, whose handshakes to compare with."
    return
  fi
  rm -f "$scratch"/load.*
  start_tls
  openssl s_server -accept 127.0.0.1:0 -cert "$scratch/broker.pem" -key "$scratch/broker.pem" -quiet \
    </dev/null >"$scratch/s_server" 2>&1 &
  running+=("$!")
  port=$(server_port "$!")
  echo "Handshakes of openssl s_time, one after the other:"
  for kind in new reuse; do
    handshakes "brokerd, $kind" "$seconds" "$submit" "$pid" "-$kind"
    handshakes "openssl s_server, $kind" "$seconds" "$port" "${running[-1]}" "-$kind"
  done
  end_all
}

# server_port PROCESS: waits until it listens.
server_port() {
  local inode port=
  for _ in {1..500}; do
    inode=$(find "/proc/$1/fd" -lname 'socket:*' -printf '%l\n' 2>/dev/null | tr -dc '0-9\n' | head -n 1)
    [[ -z $inode ]] || port=$(awk -v inode="$inode" '$10 == inode && $4 == "0A" { split($2, end, ":"); print end[2] }' /proc/net/tcp)
    [[ -z $port ]] || break
    sleep 0.01
  done
  [[ -n $port ]] || die "openssl s_server does not listen: $(tail -n 1 "$scratch/s_server")"
  echo $((16#$port))
}
