#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the attributes in translation/ change: the table of packets_attributes.py,
# and what the attributes take.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool
setup_packets

# attribute NAME DEFAULT TAKEN... / REFUSED...
attribute() {
	local name=$1 path=$instance/translation/$1 default=$2 value refused=0
	shift 2
	is "$name is $default" "$(cat "$path" 2>&1)" "$default"
	for value; do
		if [ "$value" = / ]; then
			refused=1
		elif [ $refused -eq 0 ]; then
			check "$name takes $value" sh -c "echo '$value' > '$path'"
			is "$name reads back $value" "$(cat "$path" 2>&1)" "$value"
		else
			check_not "$name refuses '$value'" sh -c "echo '$value' > '$path'"
		fi
	done
	check "$name takes $default again" sh -c "echo '$default' > '$path'"
}

attribute lowest_ipv6_mtu 1280 1281 1500 9000 / 1279 0 -1 65536 x ''
attribute mtu_plateaus "65535 32000 17914 8166 4352 2002 1492 1006 508 296 68" \
	"1500 1400" / 0 65536 x
attribute tos inherit 0 184 255 / 256 -1 zero x ''
attribute traffic_class inherit zero / 0 x ''
attribute udp_zero_checksum compute drop / 0 x ''
attribute icmp_errors ratelimit send off / on 0 x ''
attribute icmp_error_source router destination / 192.0.2.1 x ''
attribute wkp_global_only 0 1 / 2 x ''

tables "$@" attributes
