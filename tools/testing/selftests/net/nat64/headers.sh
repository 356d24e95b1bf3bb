#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Headers, checksums and addresses of packets that are translated, and what is
# none of a packet (RFC 7915, RFC 6052): the tables of packets_headers.py.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool
setup_packets
tables "$@" headers checksums extension_headers options4 malformed protocols4 sources pool6
