#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Translated TCP beside plain IPv6 forwarding, on UML: see speed.sh, whose
# arguments it takes. A report: nothing fails for being slow.

set -euo pipefail
cd "$(dirname "$0")/../../.."
exec tools/testing/vm/run.sh -k "${NAT64_BENCH_KERNEL-uml}" -c 2 -t 1200 -- \
	tools/testing/bench/speed.sh "$@"
