#!/usr/bin/env bash
# A real Prometheus scrapes a broker: the metrics' format, the alert rules, and each query of the dashboard.
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
monitoring=$interop/../../scripts/monitoring
cd "$work" || exit 1

promtool check rules "$monitoring/alerts.yml" >rules.out 2>&1 || fail "the rules: $(cat rules.out)"

start_broker main --broadcast=tcp:127.0.0.1:0 --http=127.0.0.1:0 --cmd=true --subscribe="unix:$work/nobody"
http=$(port_for HTTP)
make_event 1
submit "$port" 1
run sendvo -p "$port" 1.xml
expect 1
pipeline "listenvo -q 127.0.0.1:$(port_for subscribers) >heard"
subscribed() { curl -sS "http://127.0.0.1:$http/metrics" | grep -q '^vtp_subscribers{peer="127.0.0.1"} 1$'; }
check 'a subscriber is in the metrics' wait_for 30 subscribed

curl -sS "http://127.0.0.1:$http/metrics" >metrics.txt
promtool check metrics <metrics.txt >metrics.out 2>&1 || fail "the metrics: $(cat metrics.out)"
[ ! -s metrics.out ] || fail "the metrics: $(cat metrics.out)"
check 'accepted' said 'vtp_events_total{from="author",result="accepted",reason=""} 1' metrics.txt
check 'refused' said 'vtp_events_total{from="author",result="duplicate",reason="seen_before"} 1' metrics.txt

# Each metric that the rules, the dashboard and the manual name is there, but for TLS and topics.
names() { grep -ohE 'vtp_[a-z_]+' "$@" | sed -E 's/_bucket$//' | sort -u; }
names metrics.txt | sed -E 's/_(sum|count)$//' | sort -u >there
for file in "$monitoring"/{alerts.yml,dashboard.json} "$interop/../../man/brokerd.8"; do
  names "$file" | grep -vE '^vtp_(certificate_end_timestamp_seconds|upstream_last_event_timestamp_seconds)$' |
    comm -23 - there >missing
  [ ! -s missing ] || fail "$file has metrics that there are not: $(tr '\n' ' ' <missing)"
done

cat >prometheus.yml <<YML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [$monitoring/alerts.yml]
scrape_configs: [{job_name: brokerd, static_configs: [{targets: ['127.0.0.1:$http']}]}]
YML
prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:0 >prometheus.log 2>&1 &
brokers+=($!)
has_started $! 'Server is ready to receive web requests' prometheus.log
at=$(sed -n 's/.*msg="Listening on" address=\([0-9.:]*\).*/\1/p' prometheus.log)
[ -n "$at" ] || fail "Prometheus does not say where it listens: $(cat prometheus.log)"

# ask QUERY: the values of its answer.
ask() { curl -sS --get --data-urlencode "query=$1" "http://$at/api/v1/query" | jq -r '.data.result[].value[1]'; }
scraped() { [ "$(ask 'up{job="brokerd"}')" = 1 ] && [ "$(ask 'vtp_log_last_sequence')" = 1 ]; }
check 'it is scraped' wait_for 60 scraped
check 'no rule fails' test -z "$(curl -sS "http://$at/api/v1/rules" | jq -r '.data.groups[].rules[] | select(.health == "err") | .lastError')"
# shellcheck disable=SC2016
jq -r '.panels[].targets[].expr' "$monitoring/dashboard.json" |
  sed -e 's/\$instance/.*/g; s/\$__rate_interval/1m/g' >queries
[ "$(wc -l <queries)" -ge 20 ] || fail 'the dashboard has no queries'
while IFS= read -r query; do
  answer=$(curl -sS --get --data-urlencode "query=$query" "http://$at/api/v1/query")
  [ "$(jq -r .status <<<"$answer")" = success ] || fail "$query: $answer"
done <queries
