#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Runs the fuzzer in a guest: run.sh [-s SEED] [-f FIRST STEP] [-n STEPS] [-k KIND]
# [-F], see fuzz.sh. KERNEL= is another kernel than uml-debug.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
exec "$here/../vm/run.sh" -k "${KERNEL:-uml-debug}" -t "${LIMIT:-900}" -- \
	tools/testing/fuzz/fuzz.sh "$@"
