#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks that the includes of kernel/ point downwards only.

The rooms from the bottom up; Documentation/design.rst begins with the same list.
A file may include headers of lower rooms and of its own. Exits with 1 and a
line for each that points sideways or up.
"""

import pathlib
import re
import sys

LAYERS = [
    "reason tuple why compat",
    "addr tcp icmp stats ports error_log",
    "pool4 pool6 packet frag",
    "bib session syn client",
    "trace",
    "net",
    "drop host",
    "state",
    "flush flow xlat",
    "xmit",
    "hook sweep",
    "config",
    "parse sysfs proc",
    "configfs",
    "main",
]

LAYER = {room: n for n, line in enumerate(LAYERS) for room in line.split()}


def room_of(unit):
    """pool4_table is a part of pool4, xlat_l4 of xlat; error_log is itself."""
    return unit if unit in LAYER else unit.split("_")[0]


kernel = pathlib.Path(__file__).resolve().parent.parent / "kernel"
bad = []
for path in sorted(kernel.glob("*.[ch]")):
    room = room_of(path.stem)
    if room not in LAYER:
        bad.append(f"{path.name}: not in the table of scripts/layers.py")
        continue
    for header in re.findall(r'^#include "(\w+)\.h"', path.read_text(), re.M):
        other = room_of(header)
        if other != room and LAYER.get(other, 99) >= LAYER[room]:
            bad.append(f"{path.name}: includes {header}.h, which is not below it")
print("\n".join(bad))
sys.exit(bool(bad))
