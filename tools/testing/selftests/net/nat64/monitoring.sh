#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The whole way of the numbers: nat64-exporter, node_exporter's textfile collector,
# Prometheus with the alert rules, the queries of the Grafana dashboard. All real, but
# for Grafana.
#
#	client ---------- router ---------- server
#	2001:db8::8       203.0.113.1       192.0.2.24
#
#	box: node_exporter 127.0.0.1:9100, prometheus 127.0.0.1:9090

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"

scripts=$here/../../../../../scripts
url=http://127.0.0.1:9090

start prometheus promtool prometheus-node-exporter
box=''
setup_ns box
setup_net
setup_instance "$router" '203.0.113.1#5000-5009'
serve "$server" udp '192.0.2.24#80'

check "promtool: the rules" promtool check rules "$scripts/prometheus/nat64.rules.yml"
check "promtool: each alert when it should be, and not otherwise" \
	promtool test rules "$scripts/prometheus/nat64.rules_test.yml"
untested=$(sed -n 's/^ *- alert: //p' "$scripts/prometheus/nat64.rules.yml" | while read -r name; do
	grep -q "alertname: $name\$" "$scripts/prometheus/nat64.rules_test.yml" || echo "$name"
done)
is "promtool: no alert without a test" "$untested" ""
is "the dashboard can be imported" "$(python3 "$here/monitoring.py" structure "$scripts/grafana/nat64.json")" ""

# What Documentation/monitoring.rst says of it.
manual=$here/../../../../../Documentation/monitoring.rst
untold=$(sed -n 's/^ *- alert: //p' "$scripts/prometheus/nat64.rules.yml" | while read -r name; do
	grep -q "^\`\`.*$name\`\`" "$manual" || echo "$name"
done)
is "the manual: each alert" "$untold" ""
if [ -e /etc/prometheus/prometheus.yml ]; then
	mkdir "$tmp/etc"
	cp /etc/prometheus/prometheus.yml "$scripts/prometheus/nat64.rules.yml" "$tmp/etc"
	grep '^    sed -i' "$manual" | sed "s|/etc/prometheus|$tmp/etc|" > "$tmp/commands"
	sh -e "$tmp/commands"
	like "the manual: the configuration of Prometheus" \
		"$(promtool check config "$tmp/etc/prometheus.yml" 2>&1 | tr -d '\n')" ".*1 rule files found.*13 rules found.*"
	check "the manual: another box" grep -q "'localhost:9100', 'gw1.example:9100'" "$tmp/etc/prometheus.yml"
else
	skip "the manual: the configuration of Prometheus" "no prometheus.yml of Debian's"
fi

# As on a box, but every second.
mkdir "$tmp/textfile" "$tmp/data"
export_now() { "$scripts/nat64-exporter" -o "$tmp/textfile/nat64.prom"; }
cat > "$tmp/prometheus.yml" <<END
global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [ $(realpath "$scripts/prometheus/nat64.rules.yml") ]
scrape_configs:
- job_name: node
  static_configs: [ { targets: [ "127.0.0.1:9100" ] } ]
END
export_now
bg "$box" prometheus-node-exporter --collector.disable-defaults --collector.textfile \
	--collector.textfile.directory="$tmp/textfile" --web.listen-address=127.0.0.1:9100
node_exporter=$bg
bg "$box" prometheus --config.file="$tmp/prometheus.yml" --storage.tsdb.path="$tmp/data" \
	--web.listen-address=127.0.0.1:9090
prometheus=$bg

ask_it() { on "$box" python3 -ES "$here/monitoring.py" "$1" $url "${@:2}"; }
of_router() { echo "$1{instance=\"127.0.0.1:9100\",nat64_instance=\"$router\"${2-}}"; }
# shows QUERY VALUE
shows() { [ "$(ask_it value "$1")" = "$2" ]; }

if ! wait_for 60 shows nat64_up 1; then
	output $node_exporter | tail -n 3 | diag
	output $prometheus | tail -n 3 | diag
	die "Prometheus does not have the metrics"
fi
pass "Prometheus has the metrics"
is "nothing before the traffic" \
	"$(ask_it value "$(of_router nat64_packets_total ',protocol="udp"')")" 0$'\n'0

# Ten ports for eleven flows.
hold "$client" udp -n 10 -s '2001:db8::8#4000' '64:ff9b::192.0.2.24#80'
ask "$client" udp -t 0.1 -s '2001:db8::9#4000' '64:ff9b::192.0.2.24#80' > /dev/null
export_now
check "packets: as many as there were" wait_for 30 shows \
	"$(of_router nat64_packets_total ',protocol="udp",direction="6to4"')" 10
is "bytes" "$(ask_it value "$(of_router nat64_bytes_total ',protocol="udp",direction="6to4"')")" \
	"$(counter 6to4_udp_bytes)"
is "sessions" "$(ask_it value "$(of_router nat64_sessions)")" 10
is "pool4: all is lent" "$(ask_it value "$(of_router nat64_pool4_used ',protocol="udp"') / \
	$(of_router nat64_pool4_capacity ',protocol="udp"')")" 1
is "drops, by their reason" "$(ask_it value "$(of_router nat64_dropped_total) > 0")" \
	"$(counter drop_ports_exhausted)"

alerting() { ask_it alerts | grep -qx "$1"; }
check "an alert: no port left" wait_for 30 alerting Nat64PortsExhausted
check "an alert: pool4 is nearly full" wait_for 30 alerting Nat64PoolNearlyFull
is "no other one" "$(ask_it alerts | tr '\n' ' ')" "Nat64PoolNearlyFull Nat64PortsExhausted "
is "all rules could be evaluated" "$(ask_it rules)" "$(grep -c -- '- alert:' "$scripts/prometheus/nat64.rules.yml")"

# A query for what there is, and for all, as Grafana's "All" does.
for which in "$router" '.*'; do
	empty=$(ask_it dashboard "$scripts/grafana/nat64.json" box=127.0.0.1:9100 \
		"nat64_instance=$which" __rate_interval=1m)
	is "dashboard, instance $which: each of $(wc -l <<< "$empty") queries has an answer" \
		"$(grep -v ^data <<< "$empty")" ""
done

while read -r query; do
	check_not "the manual: $query" shows "$query" ""
done < <(sed -nE 's/^    ((sum|max|topk)\b.*nat64_.*)/\1/p' "$manual")

touch -d '10 minutes ago' "$tmp/textfile/nat64.prom"
check "an alert: the metrics are stale" wait_for 30 alerting Nat64MetricsStale
NAT64_SYSFS=$tmp/none NAT64_CONFIG=$tmp/none "$scripts/nat64-exporter" -o "$tmp/textfile/nat64.prom"
check "an alert: the module is gone" wait_for 30 alerting Nat64ModuleGone
