#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# ICMP errors that are translated, and those that are not (RFC 7915, 4.2, 4.3,
# 5.2, 5.3; RFC 4884; RFC 5508): the tables of packets_icmp*.py.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool
setup_packets
tables "$@" types_4to6 types_6to4 quotes_4to6 quotes_6to4 mtu_4to6 mtu_6to4 \
	extensions_4to6 extensions_6to4 refused session_state
