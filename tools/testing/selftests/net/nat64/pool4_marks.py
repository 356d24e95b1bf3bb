#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Entries with one address, each with ports and a mark of its own: which one serves whom.

	pool4_marks.py CONFIG SYSFS OUTSIDE
"""

import sys

from pool4_lab import PROTOS, Instance, Traffic, Wires, check, in4, in6, same

ADDRESS = "203.0.113.9"
EVERYBODY, ONE, TWO, THREE, EXACT = range(5)
ENTRIES = ((1000, "0/0"), (1100, "0x1/0x1"), (1200, "0x2/0x2"), (1300, "0x3/0x3"), (1400, "0x13/0xff"))

# lib_pool4.sh has the rules that set a client's mark.
SERVED = {0: EVERYBODY, 1: ONE, 2: TWO, 3: THREE, 0x10: EVERYBODY, 0x11: ONE, 0x13: EXACT}


def name(entry):
    port = ENTRIES[entry][0]
    return f"{ADDRESS}#{port}-{port + 99}"


def path(instance, entry, what=""):
    return f"{instance.config}/pool4/{name(entry)}/{what}"


class Clients:
    """One for each mark."""

    def __init__(self, traffic):
        self.traffic = traffic

    def ask(self, flows):
        """flows: (mark, proto, port); which entry has served each, and where."""
        got = self.traffic.from_clients([(proto, (in6(f"2001:db8:8:{mark:x}::1"), port))
                                         for mark, proto, port in flows])
        return [end and (in4(ADDRESS) == end[0] and (end[1] - 1000) // 100, end) for end in got]


def bindings(instance):
    return {tuple(line[:3]) for line in instance.table("bib") if line[3] == "dynamic"}


def main():
    config, sysfs, outside = sys.argv[1:]
    instance, clients = Instance(config, sysfs), Clients(Traffic(Wires(outside)))
    for entry, (_, mark) in enumerate(ENTRIES):
        instance.mkdir(path(instance, entry))
        instance.write(path(instance, entry, "mark"), mark)

    flows = [(mark, proto, port) for mark in SERVED for proto in PROTOS for port in range(4000, 4010)]
    same("one address, disjoint ports: the entry with the most mask bits serves",
         [served and served[0] for served in clients.ask(flows)], [SERVED[mark] for mark, _, _ in flows])

    # What fits is not what counts if a more specific entry has none of the protocol.
    before = bindings(instance)
    instance.write(path(instance, THREE, "udp"), "\n")
    same("a protocol taken away: only its bindings go", before - bindings(instance),
         {line for line in before if (line[0], line[1].split("#")[0]) == ("udp", "2001:db8:8:3::1")})
    flows = [(3, "udp", port) for port in range(4000, 4040)]
    served = {entry for entry, _ in clients.ask(flows)}
    check("those with as many bits as each other serve", served <= {ONE, TWO}, served)
    same("the other protocols stay where they are",
         {entry for entry, _ in clients.ask([(3, "tcp", port) for port in range(4000, 4020)])}, {THREE})

    # A mark that still fits those who are there takes nothing away.
    before = bindings(instance)
    instance.write(path(instance, EXACT, "mark"), "0x10/0x10")
    same("a wider mark: nothing goes", bindings(instance), before)
    same("and others may come", {entry for entry, _ in clients.ask([(0x10, "tcp", port) for port in range(5000, 5010)])},
         {EXACT})
    instance.write(path(instance, ONE, "mark"), "0x20/0x20")
    gone = before - bindings(instance)
    check("another mark: all go whom it does not fit", gone and all(
        1100 <= int(line[2].split("#")[1]) < 1200 for line in gone), gone)
    same("and no others", len(gone), len({line for line in before if 1100 <= int(line[2].split("#")[1]) < 1200}))
    same("they are served by what fits now",
         {entry for entry, _ in clients.ask([(1, "tcp", port) for port in range(4000, 4010)])}, {EVERYBODY})

    # Full is full: what is less specific does not serve instead.
    old = instance.counter("drop_ports_exhausted")
    got = clients.ask([(2, "icmp", port) for port in range(6000, 6100)])
    same("100 ports serve 100 flows, of which 10 were there", got.count(None), 10)
    same("which is counted", instance.counter("drop_ports_exhausted") - old, 10)
    same("by the entry, too", instance.entry(name(TWO), "exhausted"), 10)
    for entry in range(len(ENTRIES)):
        instance.rmdir(path(instance, entry))
    same("nothing is left", bindings(instance), set())
    print("end")


if __name__ == "__main__":
    main()
