#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Configurations by chance, as text for nat64-restore.

	save_restore.py SEED NETNS

Few addresses and few ports, so that from one to the next much moves between entries.
"""

import random
import sys

STRETCHES = ["1000-1999", "2000-2999", "3000-3999", "5000-5009", "61001-65535"]
BASES = ["192.0.2.1", "192.0.2.2", "192.0.2.4_30", "203.0.113.0_28", "dev:ppp0"]
SETTINGS = {
    "enabled": ["0", "1", "drain"],
    "pool6": ["64:ff9b::/96", "2001:db8:64::/96 64:ff9b::/96"],
    "staged": ["1"],
    "denied_ipv4": ["", "0.0.0.0/8 127.0.0.0/8", "10.0.0.0/8"],
    "timeouts/tcp_est": ["7200", "9000"],
    "allocation/pairing": ["hard", "soft"],
    "filtering/drop_external_tcp": ["0", "1"],
    "limits/sessions": ["0", "100000"],
    "limits/client_prefix_len": ["56", "128"],
    "translation/tos": ["inherit", "7"],
}


def ports(rand, free):
    """Takes some of the stretches of ports that are free."""
    mine = sorted(rand.sample(free, rand.randint(0, len(free))))
    for stretch in mine:
        free.remove(stretch)
    return ",".join(mine)


def entries(rand, prefix):
    """The ports in their names are nobody's: a new entry has them at once, and could not
    be made while another one keeps them."""
    for base in BASES:
        free = {proto: list(STRETCHES) for proto in ("tcp", "udp", "icmp")}
        for name in (f"{base}#", f"{base}#7-7", f"{base}#8-9"):
            if rand.random() < 0.3:
                continue
            for proto, left in free.items():
                yield f"{prefix}pool4/{name}/{proto} {ports(rand, left)}"
            yield f"{prefix}pool4/{name}/mark {rand.choice(['0/0', '0x1/0xf', '7/255'])}"
            yield f"{prefix}pool4/{name}/force {rand.choice('01')}"


def statics(rand, prefix):
    clients = [f"2001:db8::{n}#80" for n in range(6)]
    for proto in ("tcp", "udp"):
        rand.shuffle(clients)
        for n, client in enumerate(clients):
            if rand.random() < 0.7:
                yield f"{prefix}bib/{proto}/192.0.2.9#{n + 1}/ipv6 {rand.choice([client, client, ''])}"


def instance(rand, prefix):
    for path, values in SETTINGS.items():
        if rand.random() < 0.4:
            yield f"{prefix}{path} {rand.choice(values)}"
    if rand.random() < 0.5:
        yield f"{prefix}timeouts/allow_below_rfc 1"
        yield f"{prefix}timeouts/udp {rand.choice([5, 300])}"
    yield from entries(rand, prefix)
    yield from statics(rand, prefix)


def main():
    rand = random.Random(int(sys.argv[1]))
    lines = list(instance(rand, ""))
    if rand.random() < 0.7:
        prefix = f"instances/{rand.choice(['one', 'two'])}/"
        lines.append(f"{prefix}netns {sys.argv[2]}")
        lines += instance(rand, prefix)
    rand.shuffle(lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
