#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is refused for another reason than its form, and who is told of it: the
# tables of packets_refusals.py.
#
#	           eth6 ------- lan 2001:db8::1/64
#	outside                      router           pool4 203.0.113.1#5000-5999
#	           eth4 ------- wan 192.0.2.1/24

# shellcheck source-path=SCRIPTDIR source=packets.sh
. "$(dirname "$0")/packets.sh"

start ethtool
setup_packets
tables "$@" frames unbound routes rates
