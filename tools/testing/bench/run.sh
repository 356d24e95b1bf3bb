#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The first benchmark: what one packet costs in instructions, on Debian's 6.1 in
# QEMU, beside other ways through the kernel. Arguments are icount.sh's.

set -euo pipefail
cd "$(dirname "$0")/../../.."
export PATH=$PATH:/usr/sbin
qemu=$(qemu-system-x86_64 --version 2>/dev/null | sed -n 's/^QEMU emulator version \([^ ]*\).*/QEMU \1/p')
exec tools/testing/vm/run.sh -k 6.1 -c 1 -i -t 1800 -p "python3 nftables iperf3" -- \
	env NAT64_QEMU="${qemu:-QEMU}" tools/testing/bench/icount.sh "$@"
