#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The ports that clients are lent, as the server sees them: all equally likely, and none
follows from others. A good allocator fails one of these tests in 10^12 runs, and there are
some fifty of them: in 10^9 runs none fails by chance. One that counts up, or takes small
steps, fails many of them at once.

	pool4_random.py CONFIG SYSFS OUTSIDE FLOWS
"""

import collections
import sys

from pool4_lab import Instance, Traffic, Wires, check, client, out4, out6, same
from pool4_statistics import correlation, unevenness, unevenness_bounds

LOW, HIGH = 1024, 65535         # the ports of the pool
PORTS = HIGH - LOW + 1
CELLS = 63                      # of 1,024 ports each
LOW_CELLS = 64                  # by the lowest bits
LAGS = (1, 2, 3, 7)


def cells(values, count, of):
    hits = collections.Counter(of(v) for v in values)
    return [hits[i] for i in range(count)]


def uniform(name, hits, total=None):
    low, high = unevenness_bounds(len(hits))
    value = unevenness(hits, total)
    check(f"{name}: uniform", low < value < high, f"{value:.1f} is not in {low:.1f} to {high:.1f}")


def spread(name, places, size, once=True):
    """places: of so many; once: none of them is drawn twice."""
    total = size if once else None
    uniform(f"{name}: over the range", cells(places, CELLS, lambda p: p * CELLS // size), total)
    uniform(f"{name}: in their low bits", cells(places, LOW_CELLS, lambda p: p % LOW_CELLS), total)


def no_sequence(name, places, size):
    """From each to the next, in the order in which they were asked for."""
    steps = [(b - a) % size for a, b in zip(places, places[1:])]
    uniform(f"{name}: the steps between them", cells(steps, CELLS, lambda s: s * CELLS // size))
    uniform(f"{name}: the steps' low bits", cells(steps, LOW_CELLS, lambda s: s % LOW_CELLS))
    # Poisson: with 10,000 steps of 64,512 one is there 11 times once in 10^12 runs.
    step, times = collections.Counter(steps).most_common(1)[0]
    check(f"{name}: no step is frequent", times < 11, f"{step} is there {times} times")
    for lag in LAGS:
        value, bound = correlation(places, lag)
        check(f"{name}: correlation at distance {lag}", abs(value) < bound, f"{value:.4f}, the bound is {bound:.4f}")


def ports_of(traffic, flows):
    got = traffic.from_clients(flows)
    if None in got:
        check("all flows are served", False, f"{got.count(None)} are not")
        sys.exit()
    return got


def one_client(instance, traffic, entry, count):
    flows = [("tcp", client(0, 1024 + n)) for n in range(count)]
    got = ports_of(traffic, flows)
    table = {line[1]: line[2] for line in instance.table("bib") if line[0] == "tcp"}
    same("the table has what the server sees", table,
         {f"{out6(near[0])}#{near[1]}": f"{out4(end[0])}#{end[1]}" for (_, near), end in zip(flows, got)})
    ports = [end[1] - LOW for end in got]
    same("each has a port of its own", len(set(ports)), count)
    spread("tcp", ports, PORTS)
    no_sequence("tcp", ports, PORTS)

    # A port has nothing to do with the client's own; Poisson with a mean of 1/64.5.
    instance.write(f"{entry}/tcp", "\n")
    instance.write(f"{entry}/tcp", f"{LOW}-{HIGH}")
    again = [end[1] - LOW for end in ports_of(traffic, flows[:1000])]
    common = sum(1 for a, b in zip(ports, again) if a == b)
    check("tcp: another time they are others", common < 6, f"{common} of 1000 are the same")


def parity(traffic, count):
    ports = [end[1] for end in ports_of(traffic, [("udp", client(0, 1024 + n)) for n in range(count)])]
    same("udp: even ports for even ones", [port & 1 for port in ports], [n & 1 for n in range(count)])
    for odd in 0, 1:
        name = f"udp, {'odd' if odd else 'even'}"
        places = [(port - LOW) // 2 for port in ports[odd::2]]
        spread(name, places, PORTS // 2)
        no_sequence(name, places, PORTS // 2)


def many_clients(traffic, count):
    """Each of these calls from the same port, and has another address of pool4."""
    got = ports_of(traffic, [("tcp", client(n + 1, 4000)) for n in range(count)])
    ports = [end[1] - LOW for end in got]
    spread("many clients", ports, PORTS, once=False)
    no_sequence("many clients", ports, PORTS)
    places = [int.from_bytes(end[0], "big") & 0xffff for end in got]
    for octet, shift in ("first", 8), ("last", 0):
        uniform(f"many clients: the {octet} octet of their addresses",
                cells(places, 256, lambda place, shift=shift: place >> shift & 255))
    uniform("many clients: address and port together",
            cells(zip(places, ports), 64, lambda x: (x[0] >> 13) * 8 + x[1] * 8 // PORTS))


def main():
    config, sysfs, outside, count = sys.argv[1:]
    instance, traffic, count = Instance(config, sysfs), Traffic(Wires(outside)), int(count)
    entry = f"{config}/pool4/203.0.113.1#{LOW}-{HIGH}"
    instance.mkdir(entry)
    one_client(instance, traffic, entry, count)
    parity(traffic, count // 2)
    ids = [end[1] - LOW for end in ports_of(traffic, [("icmp", client(0, 1024 + n)) for n in range(count // 4)])]
    spread("icmp", ids, PORTS)
    no_sequence("icmp", ids, PORTS)
    instance.rmdir(entry)
    instance.mkdir(f"{config}/pool4/198.18.0.0_16#{LOW}-{HIGH}")
    many_clients(traffic, count // 2)
    print("end")


if __name__ == "__main__":
    main()
