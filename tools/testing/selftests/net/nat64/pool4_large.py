#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""pool4 on a large scale: thousands of entries, a /16, thousands of static bindings.

	pool4_large.py CONFIG SYSFS OUTSIDE ENTRIES CLIENTS STATICS
"""

import collections
import math
import random
import sys
import time

from pool4_lab import PROTOS, Instance, Traffic, Wires, check, client, dotted, in4, in6, number, out4, same
from pool4_statistics import unevenness, unevenness_bounds

STEP = 20               # every so manieth entry has a mark of its own, which is its number
PATIENCE = 60

# --- memory -----------------------------------------------------------------------

def memory(slabs="Slab"):
    """What the kernel has for itself, in bytes: not what the page cache has."""
    with open("/proc/meminfo", encoding="ascii") as f:
        kib = {line.split(":")[0]: int(line.split()[1]) for line in f}
    return 1024 * (kib[slabs] + kib["VmallocUsed"])


class Account:
    """What of it is used, from now on; with KASAN, which keeps what was freed and pads
    what is not, the bounds are four times as wide, and nothing comes back."""

    with open("/proc/kallsyms", encoding="ascii") as f:
        padded = any(line.endswith(" kasan_report\n") for line in f)

    def __init__(self):
        self.before = memory()
        self.before_kept = memory("SUnreclaim")

    def each(self, count, what, bound):
        used = (memory() - self.before) / count
        check(f"memory for {what}", used < bound * (4 if self.padded else 1), f"{used:.0f} bytes each")
        print(f"{used:.0f} bytes for {what}")

    def left(self):
        """Names that were looked up stay in caches, which do not count; what does is also
        in slabs that are not quite empty."""
        return memory("SUnreclaim") - self.before_kept

    def closed(self, what, slack):
        """It goes back at RCU's leisure."""
        if self.padded:
            return
        end = time.monotonic() + PATIENCE
        while self.left() > slack and time.monotonic() < end:
            time.sleep(0.1)
        print(f"{self.left()} bytes are left")
        check(f"{what} leaves no memory behind", self.left() <= slack)


# --- the cases --------------------------------------------------------------------

def make(instance, entries):
    times = []
    for n, (address, mark) in enumerate(entries):
        if n in (0, 500, len(entries) - 500, len(entries) - 1):
            times.append(time.process_time())
        instance.mkdir(f"{instance.config}/pool4/{address}")
        if mark:
            instance.write(f"{instance.config}/pool4/{address}/mark", f"{mark}/0xffff")
    print(f"the first 500 took {times[1] - times[0]:.2f} s, the last {times[3] - times[2]:.2f} s")


def many_entries(instance, traffic, count, clients):
    first = number("198.18.0.0")
    entries = [(dotted(first + 2 * n), n // STEP if n % STEP == 0 else 0) for n in range(count)]
    shuffled = list(entries)
    random.Random(1).shuffle(shuffled)

    account = Account()
    make(instance, shuffled)
    account.each(count, f"each of {count} entries", 6144)

    marked = {address: mark for address, mark in entries if mark}
    flows = [(proto, 4000 + mark, mark) for mark in marked.values() for proto in PROTOS]
    got = traffic.from_router(flows)
    want = {mark: in4(address) for address, mark in marked.items()}
    same(f"{len(marked)} marks, each with an entry of its own",
         [end and end[0] for end in got], [want[mark] for _, _, mark in flows])

    flows = [(proto, client(n)) for n in range(clients) for proto in PROTOS]
    got = traffic.from_clients(flows)
    check(f"{clients} clients are served", None not in got, f"{got.count(None)} are not")
    same("each has one address", len(set(zip((near for _, near in flows), (end[0] for end in got)))), clients)
    plain = {in4(address) for address, mark in entries if not mark}
    check("none that is for a mark", {end[0] for end in got} <= plain)
    same("answers find them all", traffic.answers([(proto, end) for (proto, _), end in zip(flows, got)]),
         [near for _, near in flows])
    places = [end[0] for (proto, _), end in zip(flows, got) if proto == "udp"]
    spread_evenly(f"clients over {len(plain)} entries", places, len(plain))
    flows = [(proto, (in4(dotted(first + 2 * n + 1)), 61001)) for n in range(0, count, 10) for proto in PROTOS]
    old = instance.counter("given_back")
    traffic.answers(flows)
    same("what lies between them is not ours", instance.counter("given_back") - old, 0)
    flows = [(proto, (in4(address), 61000)) for address, _ in entries[::10] for proto in PROTOS]
    traffic.answers(flows)
    same("what lies below their ports is given back", instance.counter("given_back") - old, len(flows))

    for address, _ in shuffled:
        instance.rmdir(f"{instance.config}/pool4/{address}")
    same("rmdir of all leaves nothing", (instance.counter("bindings"), instance.counter("sessions")), (1, 1))
    account.closed("rmdir of all", 8 << 20)


def spread_evenly(name, places, total):
    """As many different addresses as there are if each is as likely: within ten
    deviations, which is for ever, be the collisions nearly normal or nearly Poisson."""
    alone = math.exp(-len(places) / total)
    deviation = math.sqrt(total * alone * (1 - (1 + len(places) / total) * alone))
    expected = total * (1 - alone)
    used = len(set(places))
    print(f"{used} different addresses, {expected:.0f} are expected")
    check(name, abs(used - expected) < 10 * deviation)


def whole_net(instance, traffic, clients):
    name = "198.18.0.0_16#1024-65535"
    account = Account()
    instance.mkdir(f"{instance.config}/pool4/{name}")
    account.each(1, "a /16 without clients", 1 << 20)
    same("its capacity", instance.entry(name, "udp_capacity"), 65536 * 64512)

    flows = [(proto, client(n)) for n in range(clients) for proto in PROTOS]
    got = traffic.from_clients(flows)
    check(f"{clients} clients are served", None not in got, f"{got.count(None)} are not")
    same("each has one address", len(set(zip((near for _, near in flows), (end[0] for end in got)))), clients)
    places = [int.from_bytes(end[0], "big") & 0xffff for (proto, _), end in zip(flows, got) if proto == "udp"]
    spread_evenly("clients over a /16", places, 65536)
    hits = collections.Counter(place * 32 >> 16 for place in places)
    low, high = unevenness_bounds(32)
    value = unevenness([hits[i] for i in range(32)])
    check("they are all over it", low < value < high, f"{value:.1f} is not in {low:.1f} to {high:.1f}")
    account.each(len(set(places)), "each address of it that is used, with a flow of each protocol", 6144)
    same("used", [instance.entry(name, f"{proto}_used") for proto in PROTOS], [clients] * 3)
    same("answers find them all", traffic.answers([(proto, end) for (proto, _), end in zip(flows, got)]),
         [near for _, near in flows])
    instance.rmdir(f"{instance.config}/pool4/{name}")
    same("rmdir leaves nothing", (instance.counter("bindings"), instance.counter("sessions")), (1, 1))
    account.closed("rmdir of the /16", 1 << 20)


def statics(instance, traffic, count):
    """Half of them inside pool4, in the way of dynamic bindings."""
    half = count // 2
    name = f"203.0.113.1#2001-{2000 + half}"
    instance.mkdir(f"{instance.config}/pool4/{name}")
    instance.write(f"{instance.config}/allocation/hold_down", "0")
    flows = [("udp", client(0, 10000 + n)) for n in range(half)]
    got = traffic.from_clients(flows)
    same(f"{half} dynamic bindings have all ports", sorted(end[1] for end in got), list(range(2001, 2001 + half)))

    ends = [(in4("203.0.113.1"), 2001 + n) for n in range(half)]
    ends += [(in4("203.0.113.2"), 2001 + n) for n in range(count - half)]
    deleted = instance.counter("bindings_deleted")
    for n, (address, port) in enumerate(ends):
        path = f"{instance.config}/bib/udp/{out4(address)}#{port}"
        instance.mkdir(path)
        instance.write(f"{path}/ipv6", f"2001:db8:8:5::{n + 1:x}#{20000 + n}")
    nears = [(in6(f"2001:db8:8:5::{n + 1:x}"), 20000 + n) for n in range(count)]
    same(f"{count} static bindings: the dynamic ones made room, and are counted",
         (instance.counter("bindings_deleted") - deleted, instance.counter("bindings")), (half, count + 1))
    lines = {tuple(line[1:5]) for line in instance.table("bib") if line[3] == "static"}
    wanted = {(f"2001:db8:8:5::{n + 1:x}#{20000 + n}", f"{out4(end[0])}#{end[1]}", "static", "0")
              for n, end in enumerate(ends)}
    same("all are in the table", wanted - lines, set())
    same("they are the entry's", instance.entry(name, "udp_used"), half)
    old = instance.counter("drop_ports_exhausted")
    same("nothing is left for others", traffic.from_clients(flows[:50]), [None] * 50)
    same("which is counted", instance.counter("drop_ports_exhausted") - old, 50)
    same("each is reached from outside", traffic.answers([("udp", end) for end in ends]), nears)
    same("each goes out by its own", traffic.from_clients([("udp", near) for near in nears]), ends)

    for address, port in ends[:half]:
        instance.rmdir(f"{instance.config}/bib/udp/{out4(address)}#{port}")
    same("half of them removed: only those are gone", instance.counter("bindings"), count - half + 1)
    same("the others are reached", traffic.answers([("udp", end) for end in ends[half:]]), nears[half:])
    got = traffic.from_clients(flows)
    same("their ports are lent again", sorted(end[1] for end in got), list(range(2001, 2001 + half)))
    for address, port in ends[half:]:
        instance.rmdir(f"{instance.config}/bib/udp/{out4(address)}#{port}")
    instance.rmdir(f"{instance.config}/pool4/{name}")
    same("nothing is left", (instance.counter("bindings"), instance.counter("sessions")), (1, 1))


def main():
    config, sysfs, outside, *counts = sys.argv[1:]
    entries, clients, fixed = map(int, counts)
    lab = Instance(config, sysfs), Traffic(Wires(outside))
    many_entries(*lab, entries, clients)
    whole_net(*lab, clients)
    statics(*lab, fixed)
    print("end")


if __name__ == "__main__":
    main()
