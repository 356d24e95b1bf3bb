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

attribute translation/lowest_ipv6_mtu 1280 1281 1500 9000 / 1279 0 -1 65536 x ''
attribute translation/mtu_plateaus "65535 32000 17914 8166 4352 2002 1492 1006 508 296 68" \
	"1500 1400" / 0 65536 x
attribute translation/tos inherit 0 184 255 / 256 -1 zero x ''
attribute translation/traffic_class inherit zero / 0 x ''
attribute translation/udp_zero_checksum compute drop / 0 x ''
attribute translation/icmp_errors ratelimit send off / on 0 x ''
attribute translation/icmp_error_source router destination / 192.0.2.1 x ''
attribute translation/wkp_global_only 0 1 / 2 x ''

tables "$@" attributes
