#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What the IPv4 side may begin: stored SYNs (RFC 6146, 3.5.2.2) and filtering/, the
# tables of packets_filtering.py, and what the attributes take.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool
setup_packets
for name in address_dependent drop_external_tcp drop_icmp_info; do
	attribute filtering/$name 0 1 / 2 -1 x ''
done
attribute limits/stored_syns 16384 1 0 100000 / -1 x ''
tables "$@" stored_syns choice refresh next_connection address_dependent drop_external_tcp \
	drop_icmp_info
