#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Most tables of the other tests, in one go: for machines on which Python and scapy
# take longer to begin than a table takes. Left out is what no kernel can make a
# difference to, since it is tables within the module (types, options, extensions,
# prefixes), and what waits for the kernel's own reassembly.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool nft
setup_packets
tables "$@" headers checksums extension_headers malformed protocols4 sources \
	quotes_4to6 quotes_6to4 mtu_4to6 mtu_6to4 refused session_state \
	fragments_4to6 fragments_6to4 notrack sizes hairpin hairpin_errors \
	frames unbound routes rates attributes \
	stored_syns choice refresh next_connection address_dependent drop_external_tcp drop_icmp_info
