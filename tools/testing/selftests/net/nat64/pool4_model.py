#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random edits of pool4 under traffic, against a simple model of what may become of it.

The seed decides every step; only which address and port a client is lent is the
kernel's own choice, and the model asks whether it may be. After each edit the tables
have just the bindings and sessions that the model has.

	pool4_model.py CONFIG SYSFS OUTSIDE SEED STEPS [all]
"""

import collections
import functools
import random
import sys

from pool4_lab import (ACK, FIN, PROTOS, REPLY, REQUEST, RST, SYN, Instance, Wires, dotted, in4, in6,
                       number, out4, out6, packet4, packet6)

OWN = in4("192.0.2.1")                  # the router's
HOST_PORTS = (32768, 60999)             # ip_local_port_range
DEFAULT_PORTS = (61001, 65535)
TRIES = 16                              # addresses, with soft pairing

MARKS = ((0, 0), (0, 0), (0, 0), (1, 1), (2, 2), (0, 1), (3, 3), (1, 3), (0x10, 0x10), (0x13, 0xff),
         (1, 0xffffffff), (2, 0xffffffff))
CLIENT_MARKS = (0, 1, 2, 3, 0x10, 0x11, 0x13)     # lib_pool4.sh has rules that set them
CLIENTS = [(in6(f"2001:db8:8:{mark:x}::{n}"), mark, False) for mark in CLIENT_MARKS for n in (1, 2, 3, 4)]
LOCALS = [(in6("2001:db8::1"), mark, True) for mark in (0, 1, 2)]
CLIENT_PORTS = (80, 81, 1022, 1023, 1024, 4000, 4001, 4002, 4003, 50000, 65535)
SERVERS = [(in4(f"198.51.100.{n}"), port) for n in (1, 2, 3) for port in (53, 80)]
COUNTERS = ("bindings_created", "bindings_deleted", "sessions_created", "sessions_deleted",
            "ports_exhausted", "given_back", "stored_syns", "bindings", "sessions")
REMEMBERED = 12                         # steps that a failure tells


# What the steps of the usual seed come by, or they would not prove much.
WANTED = ("mkdir pool4 OK", "mkdir pool4 EEXIST", "mkdir pool4 EADDRINUSE", "rmdir pool4 OK",
          "write tcp OK", "write udp OK", "write icmp OK", "write tcp EEXIST", "write udp EEXIST",
          "write icmp EEXIST", "write udp EADDRINUSE", "write mark OK", "write force OK",
          "write config OK", "write config EEXIST", "write config EADDRINUSE", "bindings go: config",
          "write force EADDRINUSE", "mkdir bib OK", "rmdir bib OK", "write ipv6 OK", "write ipv6 EEXIST",
          "bindings go: rmdir", "bindings go: ranges", "bindings go: mark",
          "a dynamic binding made room", "translated", "stored", "given_back", "not_ours",
          "drop_no_binding", "drop_no_pool4", "drop_no_session", "drop_ports_exhausted")


class Wrong(Exception):
    """The kernel did what the model does not allow."""


@functools.lru_cache(maxsize=None)
def show(end):
    return f"{(out6 if len(end[0]) == 16 else out4)(end[0])}#{end[1]}"


# --- ranges ---------------------------------------------------------------------

def merged(ranges):
    out = []
    for lo, hi in sorted(ranges):
        if out and lo <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], hi))
        else:
            out.append((lo, hi))
    return out


def without(ranges, lo, hi):
    left = [(a, min(b, lo - 1)) for a, b in ranges] + [(max(a, hi + 1), b) for a, b in ranges]
    return merged((a, b) for a, b in left if a <= b)


def meet(a, b):
    return any(x[0] <= y[1] and y[0] <= x[1] for x in a for y in b)


def text(ranges):
    return ",".join(str(lo) if lo == hi else f"{lo}-{hi}" for lo, hi in ranges)


def has(ranges, port):
    for lo, hi in ranges:
        if lo <= port <= hi:
            return True
    return False


def fitting(ranges, lo, hi, parity):
    """How many ports there are from lo to hi; parity None: either."""
    total = 0
    for a, b in ranges:
        a, b = max(a, lo), min(b, hi)
        if a > b:
            continue
        if parity is None:
            total += b - a + 1
        else:
            total += (b - parity) // 2 - (a - 1 - parity) // 2
    return total


# --- the model --------------------------------------------------------------------

class Entry:
    def __init__(self, name, first, last, ports):
        self.name = name
        self.first, self.last = in4(dotted(first)), in4(dotted(last))     # these compare, too
        self.size = last - first + 1
        self.ranges = {proto: [ports] if ports else [] for proto in PROTOS}
        self.mark = self.mask = 0
        self.force = False

    def addresses(self):
        first = int.from_bytes(self.first, "big")
        return [(first + i).to_bytes(4, "big") for i in range(self.size)]

    def covers(self, proto, end, mark):
        return mark & self.mask == self.mark and self.holds(proto, end)

    def holds(self, proto, end):
        return self.first <= end[0] <= self.last and has(self.ranges[proto], end[1])

    def collides(self, ranges):
        """With the ports of the router's own sockets."""
        return self.has_own() and meet(ranges, [HOST_PORTS])

    def has_own(self):
        return self.first <= OWN <= self.last

    def bits(self):
        return bin(self.mask).count("1")


class Binding:
    def __init__(self, near, end, mark=None):
        self.near, self.end = near, end
        self.mark = mark            # None: static
        self.sessions = set()


class Pool:
    """The entries, and what is lent."""

    def __init__(self):
        self.entries = {}
        self.soft = False
        self.rest = True            # some ports may rest
        self.by6 = {}               # (proto, client's end)
        self.by4 = {}               # (proto, pool4's end)
        self.used = collections.defaultdict(set)    # ports, by (proto, packed address)
        self.syns = set()
        self.static = {}            # directories: (proto, end) -> Binding or None
        self.paired = collections.defaultdict(dict)
        self.count = collections.Counter()
        self.levels = {}

    # --- who may have what ---

    def changed(self):
        """Entries or protocols come or go: a client's next address may be another."""
        self.paired.clear()
        self.levels.clear()

    def level(self, proto, mark):
        """The entries that may serve, and those that have the protocol."""
        key = proto, mark
        if key not in self.levels:
            fit = [e for e in self.entries.values() if mark & e.mask == e.mark]
            most = max((e.bits() for e in fit if e.ranges[proto]), default=None)
            fit = [e for e in fit if e.bits() == most]
            self.levels[key] = fit, [e for e in fit if e.ranges[proto]]
        return self.levels[key]

    def rows(self, proto, mark, address):
        return [e for e in self.level(proto, mark)[1] if e.first <= address <= e.last]

    def candidates(self, proto, mark):
        return {address for e in self.level(proto, mark)[1] for address in e.addresses()}

    def free(self, proto, mark, address, lo=1, hi=65535, parity=None):
        rows = self.rows(proto, mark, address)
        lent = self.used[proto, address]
        if parity is not None:
            lent = [port for port in lent if port & 1 == parity]
        total = 0
        for entry in rows:
            ranges = entry.ranges[proto]
            total += fitting(ranges, lo, hi, parity)
            for port in lent:
                if lo <= port <= hi and has(ranges, port):
                    total -= 1
        return total

    def used_of(self, entry, proto):
        ranges = entry.ranges[proto]
        return sum(1 for (p, address), ports in self.used.items()
                   if p == proto and entry.first <= address <= entry.last
                   for port in ports if has(ranges, port))

    # --- bindings and sessions ---

    def bind(self, proto, near, end, mark=None):
        binding = Binding(near, end, mark)
        self.by6[proto, near] = self.by4[proto, end] = binding
        self.used[proto, end[0]].add(end[1])
        self.count["bindings_created"] += 1
        return binding

    def unbind(self, proto, binding):
        del self.by6[proto, binding.near], self.by4[proto, binding.end]
        self.used[proto, binding.end[0]].discard(binding.end[1])
        self.count["bindings_deleted"] += 1
        self.count["sessions_deleted"] += len(binding.sessions)

    def open(self, proto, binding, far, kind):
        if proto == "icmp":
            far = far[0], 0
        if far in binding.sessions:
            return
        binding.sessions.add(far)
        self.count["sessions_created"] += 1
        if kind == "6to4" and (binding.end, far) in self.syns:
            self.syns.discard((binding.end, far))
            self.count["drop_simultaneous_open"] += 1

    def flush(self):
        """Exactly what no entry covers any more goes."""
        gone = [(proto, b) for (proto, _), b in self.by6.items() if b.mark is not None
                and not any(e.covers(proto, b.end, b.mark) for e in self.entries.values())]
        for proto, binding in gone:
            self.unbind(proto, binding)
        return len(gone)

    # --- what is refused ---

    def overlaps(self, entry, proto, ranges):
        return any(e is not entry and e.first <= entry.last and entry.first <= e.last
                   and meet(e.ranges[proto], ranges) for e in self.entries.values())

    # --- what a new binding has to be ---

    def check_lease(self, proto, near, end, mark):
        if (proto, end) in self.by4:
            raise Wrong(f"{proto} {show(end)} is lent twice")
        if not any(has(e.ranges[proto], end[1]) for e in self.rows(proto, mark, end[0])):
            raise Wrong(f"{proto} {show(end)} is not for a client with mark {mark:#x}")
        self.check_wish(proto, near[1], end, mark)
        if not self.soft:
            self.check_pairing(proto, near[0], end[0], mark)

    def check_wish(self, proto, port, end, mark):
        """Class and, for UDP, parity, as far as such ports are free."""
        if self.rest or proto == "icmp":
            return
        lo, hi = (1, 1023) if port < 1024 else (1024, 65535)
        if proto == "udp" and self.free(proto, mark, end[0], lo, hi, port & 1):
            good = lo <= end[1] <= hi and (end[1] ^ port) & 1 == 0
        elif self.free(proto, mark, end[0], lo, hi):
            good = lo <= end[1] <= hi
        else:
            return
        if not good:
            raise Wrong(f"{proto} port {port} got {end[1]}, better ones are free")

    def check_pairing(self, proto, client, address, mark):
        """One address for all protocols, as far as entries have it."""
        known = self.paired[client, mark]
        if known.setdefault(proto, address) != address:
            raise Wrong(f"{out6(client)} had {out4(known[proto])} and now gets {out4(address)}")
        for other, first in known.items():
            if (first != address and self.level(proto, mark)[0] == self.level(other, mark)[0]
                    and self.rows(proto, mark, first) and self.rows(other, mark, address)
                    and not self.lacking(proto, other, mark)):
                raise Wrong(f"{out6(client)} has {out4(first)} for {other}, "
                            f"and {out4(address)} for {proto}; either has both")

    def lacking(self, proto, other, mark):
        """Has some address of the level neither? Then a client may have to look further."""
        return any(not self.rows(proto, mark, at) and not self.rows(other, mark, at)
                   for e in self.level(proto, mark)[0] for at in e.addresses())

    def check_exhausted(self, proto, client, mark):
        """An address that the client may have has no port left."""
        places = self.candidates(proto, mark)
        known = self.paired[client, mark].get(proto)
        if known and not self.soft:
            places = {known}
        full = [not self.free(proto, mark, address) for address in places]
        if not any(full) or (self.soft and len(full) <= TRIES and not all(full)
                             and self.slots(proto, mark) <= TRIES):
            raise Wrong(f"no {proto} port is left for {out6(client)}, mark {mark:#x}")

    def slots(self, proto, mark):
        return sum(e.size for e in self.level(proto, mark)[0])


# --- packets ----------------------------------------------------------------------

class Packet:
    """One that was sent: what it was, and what of it has come."""

    def __init__(self, way, proto, near, far, kind, mark=None):
        self.way, self.proto, self.near, self.far, self.kind, self.mark = way, proto, near, far, kind, mark
        self.serial = None

    def __str__(self):
        mark = "" if self.mark is None else f" mark {self.mark:#x}"
        return f"{self.way} {self.proto} {show(self.near)} to {show(self.far)} {self.kind}{mark}"


class Judge:
    """What may become of a packet; what does is told to the pool."""

    def __init__(self, pool):
        self.pool = pool

    def judge(self, packet, got):
        reason = (self.from_client if packet.way != "4to6" else self.from_server)(packet, got)
        if reason is None:
            self.pool.count["translated"] += 1
            return
        if got:
            raise Wrong(f"{packet}: came as {got}, but is {reason}")
        self.pool.count[reason] += 1

    def from_client(self, p, got):
        """None, or the counter that it moves."""
        pool, key = self.pool, (p.proto, p.near)
        binding = pool.by6.get(key)
        opens = p.kind in (SYN, REQUEST, 0)
        if not binding:
            if not opens:
                return "drop_no_session"
            if not pool.level(p.proto, p.mark)[1]:
                return "drop_no_pool4"
            if not got:
                pool.check_exhausted(p.proto, p.near[0], p.mark)
                pool.count["ports_exhausted"] += 1
                return "drop_ports_exhausted"
            pool.check_lease(p.proto, p.near, got[1], p.mark)
            binding = pool.bind(p.proto, p.near, got[1], p.mark)
        far = (p.far[0], binding.end[1]) if p.proto == "icmp" else p.far
        if got != (p.proto, binding.end, far):
            raise Wrong(f"{p}: has {show(binding.end)}, came as {got}")
        pool.open(p.proto, binding, p.far, "6to4" if p.kind == SYN else None)
        return None

    def from_server(self, p, got):
        pool = self.pool
        binding = pool.by4.get((p.proto, p.far))
        if not binding:
            return self.unbound(p)
        far = (p.near[0], 0) if p.proto == "icmp" else p.near
        if far not in binding.sessions and p.kind == REPLY:
            # The router itself may have asked.
            if p.far[0] != OWN:
                return "drop_no_session"
            return "given_back" if self.entries_with(OWN) else "not_ours"
        if any(binding.near[0] == client for client, _, _ in LOCALS):
            if got:
                raise Wrong(f"{p}: for the router itself, and came out")
        else:
            source = in6("64:ff9b::")[:12] + p.near[0]
            port = binding.near[1] if p.proto == "icmp" else p.near[1]
            if got != (p.proto, (source, port), binding.near):
                raise Wrong(f"{p}: is for {show(binding.near)}, came as {got}")
        pool.open(p.proto, binding, p.near, "4to6")
        return None

    def entries_with(self, address):
        return [e for e in self.pool.entries.values() if e.first <= address <= e.last]

    def unbound(self, p):
        entries = self.entries_with(p.far[0])
        if not entries:
            return "not_ours"
        if not any(e.holds(p.proto, p.far) for e in entries):
            return "given_back"
        if p.kind == SYN:
            if (p.far, p.near) in self.pool.syns:
                return "drop_repeated_syn"
            self.pool.syns.add((p.far, p.near))
            return "stored"
        return "given_back" if p.far[0] == OWN else "drop_no_binding"


# --- steps ------------------------------------------------------------------------

class Walk:
    """Random steps; each is checked before the next."""

    def __init__(self, instance, wires, seed):
        self.random = random.Random(seed)
        self.instance, self.wires = instance, wires
        self.pool = Pool()
        self.judge = Judge(self.pool)
        self.log = collections.deque(maxlen=REMEMBERED)
        self.seen = collections.Counter()
        keeper = Wires.KEEPER6, Wires.KEEPER4
        self.pool.static["udp", keeper[1]] = self.pool.bind("udp", *keeper)
        self.pool.open("udp", self.pool.by6["udp", keeper[0]], Wires.PEER, None)
        self.wires.flush()
        self.names = [n for n in instance.file if n.startswith("drop_") or n in COUNTERS]
        self.start = instance.counters(self.names)
        self.said = {}              # exhausted, by entry
        self.hold = True
        self.recent = {proto: collections.deque(maxlen=8) for proto in PROTOS}
        self.zero = collections.Counter(self.pool.count)

    def one_of(self, things):
        return self.random.choice(things)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def note(self, line):
        self.log.append(line)

    def expect(self, wanted, verb, path, *data):
        got = self.instance.attempt(verb, path, *data)
        self.note(f"{verb} {path} {' '.join(data)}: {got}")
        if got != wanted:
            raise Wrong(f"{verb} {path} {' '.join(data)}: {got}, wanted {wanted}")
        self.seen[f"{verb} {path.split('/')[-1] if verb == 'write' else path.split('/')[0]} {got}"] += 1
        return got == "OK"

    # --- what is drawn ---

    def span(self, host=1):
        kind = self.random.randrange(20)
        if kind < 2:
            return DEFAULT_PORTS
        if kind < 2 + host:
            lo = self.random.randrange(HOST_PORTS[0] - 4, HOST_PORTS[0] + 16)
        elif kind < 9:
            lo = self.random.randrange(1000, 1060)
        else:
            lo = self.random.randrange(2000, 2100)
        return lo, lo + self.random.choice((0, 0, 1, 3, 7, 15, 63))

    def new_entry(self):
        bits = self.one_of((32, 32, 32, 31, 30, 29, 28))
        own = self.chance(15)
        if own:
            bits = max(bits, 30)
            first = int.from_bytes(OWN, "big") & -1 << (32 - bits)
        else:
            first = number("203.0.113.0") + (self.random.randrange(32) & -1 << (32 - bits))
        ports = self.span(8 if own else 1) if self.chance(85) else DEFAULT_PORTS
        if self.chance(8):
            ports = ()
        name = dotted(first)
        if bits < 32 or self.chance(20):
            name += f"_{bits}"
        if not ports:
            name += "#"
        elif ports != DEFAULT_PORTS:
            name += f"#{text([ports])}"
        return Entry(name, first, first | (1 << (32 - bits)) - 1, ports)

    def any_entry(self, own=0):
        """own: how often, of a hundred times, one with the router's address is wanted."""
        entries = list(self.pool.entries.values())
        if self.chance(own):
            entries = [e for e in entries if e.has_own()] or entries
        return self.one_of(entries)

    def client_end(self):
        client, mark, local = self.one_of(LOCALS if self.chance(8) else CLIENTS)
        return (client, self.one_of(CLIENT_PORTS)), mark, local

    def pool_end(self):
        """A transport address, often one of the pool."""
        spans = [DEFAULT_PORTS]
        address = in4(dotted(number("203.0.113.0") + self.random.randrange(32)))
        if self.pool.entries and self.chance(80):
            entry = self.any_entry()
            address = self.one_of(entry.addresses())
            spans = entry.ranges[self.one_of(PROTOS)] or spans
        lo, hi = self.one_of(spans)
        return address, self.random.randint(lo, hi)

    def kind(self, proto, way):
        if proto == "tcp":
            return self.one_of((SYN, SYN, SYN, SYN, ACK, FIN | ACK, RST))
        if proto == "icmp":
            return REPLY if self.chance(50 if way == "4to6" else 10) else REQUEST
        return 0

    # --- traffic ---

    def from_client(self, proto, near, mark, local):
        return Packet("local" if local else "6to4", proto, near, self.one_of(SERVERS),
                      self.kind(proto, "6to4"), mark)

    def from_server(self):
        proto = self.one_of(PROTOS)
        near, _, _ = self.client_end()
        far = self.pool_end()
        binding = self.pool.by6.get((proto, near))
        if self.chance(60) and binding:
            far = binding.end
        return Packet("4to6", proto, self.one_of(SERVERS), far, self.kind(proto, "4to6"))

    def packets(self):
        if self.chance(15):
            near, mark, local = self.client_end()
            proto = self.one_of(PROTOS)
            return [self.from_client(proto, (near[0], port), mark, local) for port in CLIENT_PORTS]
        out = []
        for _ in range(self.random.randint(1, 12)):
            if self.chance(30):
                out.append(self.from_server())
            else:
                out.append(self.from_client(self.one_of(PROTOS), *self.client_end()))
        return out

    def send(self, packet):
        if packet.way != "4to6":
            self.recent[packet.proto].append(packet.near)
        packet.serial = self.wires.next_serial()
        if packet.way == "4to6":
            self.wires.send4(packet4(packet.proto, packet.near, packet.far, packet.kind, packet.serial))
            return
        data = packet6(packet.proto, packet.near, packet.far, packet.kind, packet.serial)
        if packet.way == "local":
            self.wires.send_local(data, packet.mark)
        else:
            self.wires.send6(data)

    def traffic(self):
        packets = self.packets()
        if self.pool.rest and not self.hold:
            # What rested before goes on to, for a few seconds.
            self.pool.rest = self.instance.counter("held_ports") > 0
        before = collections.Counter(self.pool.count)
        for packet in packets:
            self.send(packet)
        got = self.wires.flush()
        for packet in packets:
            self.note(f"{packet}: {got.get(packet.serial)}")
            self.judge.judge(packet, got.pop(packet.serial, None))
        if got:
            raise Wrong(f"came without being sent: {got}")
        moved = self.pool.count - before
        self.count(["bindings_created", "sessions_created", *(n for n in moved if n in self.names)])
        if moved["ports_exhausted"]:
            self.exhausted(moved["ports_exhausted"])

    def exhausted(self, more):
        """The entries say so, too; what they said before went with those removed."""
        counts = {name: self.instance.entry(name, "exhausted") for name in self.pool.entries}
        old = sum(n for name, n in self.said.items() if name in counts)
        self.same("exhausted of the entries", sum(counts.values()) - old, more)
        self.said = counts

    # --- edits ---

    def make(self):
        entry = self.new_entry()
        wanted = "OK"
        if entry.name in self.pool.entries:
            wanted = "EEXIST"
        elif any(entry.collides(entry.ranges[proto]) for proto in ("tcp", "udp")):
            wanted = "EADDRINUSE"
        elif any(self.pool.overlaps(entry, proto, entry.ranges[proto]) for proto in PROTOS):
            wanted = "EEXIST"
        if self.expect(wanted, "mkdir", f"pool4/{entry.name}"):
            self.pool.entries[entry.name] = entry
            self.pool.changed()
            self.entry_counts(entry)

    def remove(self):
        entry = self.any_entry()
        self.expect("OK", "rmdir", f"pool4/{entry.name}")
        del self.pool.entries[entry.name]
        self.said.pop(entry.name, None)
        self.pool.changed()
        self.gone("rmdir")

    def gone(self, how):
        if self.pool.flush():
            self.seen[f"bindings go: {how}"] += 1

    def new_ranges(self, ranges, own):
        kind = self.random.randrange(6)
        host = 8 if own else 1
        if kind == 0:
            return []
        if kind == 1 or not ranges:
            return merged(self.span(host) for _ in range(self.random.randint(1, 4)))
        lo, hi = self.one_of(ranges)
        middle = self.random.randint(lo, hi)
        if kind == 2:
            return without(ranges, lo, middle)
        if kind == 3:
            return without(ranges, middle, middle)
        return merged(ranges + [self.span(host)])

    def set_ranges(self):
        entry, proto = self.any_entry(25), self.one_of(PROTOS)
        old = entry.ranges[proto]
        ranges = self.new_ranges(old, entry.has_own())
        wanted = "OK"
        if proto != "icmp" and not entry.force and entry.collides(ranges):
            wanted = "EADDRINUSE"
        elif self.pool.overlaps(entry, proto, ranges):
            wanted = "EEXIST"
        if self.expect(wanted, "write", f"pool4/{entry.name}/{proto}", text(ranges) or "\n"):
            entry.ranges[proto] = ranges
            if bool(old) != bool(ranges):
                self.pool.changed()
            self.gone("ranges")
        self.same(f"{entry.name}/{proto}", self.instance.read(f"pool4/{entry.name}/{proto}"),
                  text(entry.ranges[proto]))
        self.entry_counts(entry)

    def set_mark(self):
        entry = self.any_entry()
        mark, mask = self.one_of(MARKS)
        self.expect("OK", "write", f"pool4/{entry.name}/mark", f"{mark:#x}/{mask:#x}")
        entry.mark, entry.mask = mark, mask
        self.pool.changed()
        self.gone("mark")

    def set_force(self):
        entry = self.any_entry(80)
        force = self.chance(70)
        wanted = "OK"
        if not force and any(entry.collides(entry.ranges[proto]) for proto in ("tcp", "udp")):
            wanted = "EADDRINUSE"
        if self.expect(wanted, "write", f"pool4/{entry.name}/force", str(int(force))):
            entry.force = force

    def edit(self):
        """Some settings at once; what it would be is what counts."""
        entry = self.any_entry(40)
        ranges = {proto: self.new_ranges(entry.ranges[proto], entry.has_own())
                  for proto in PROTOS if self.chance(60)}
        mark, mask = self.one_of(MARKS) if self.chance(40) else (entry.mark, entry.mask)
        force = self.chance(60) if self.chance(50) else entry.force
        words = [f"{proto}={text(r)}" for proto, r in ranges.items()]
        words += [f"mark={mark:#x}/{mask:#x}", f"force={int(force)}"]
        self.random.shuffle(words)
        after = {**entry.ranges, **ranges}
        wanted = "OK"
        if not force and any(entry.collides(after[proto]) for proto in ("tcp", "udp")):
            wanted = "EADDRINUSE"
        elif any(self.pool.overlaps(entry, proto, after[proto]) for proto in PROTOS):
            wanted = "EEXIST"
        if self.expect(wanted, "write", f"pool4/{entry.name}/config", " ".join(words)):
            entry.ranges, entry.mark, entry.mask, entry.force = after, mark, mask, force
            self.pool.changed()
            self.gone("config")
        lines = [f"{proto}={text(entry.ranges[proto])}" for proto in PROTOS]
        lines += [f"mark={entry.mark:#x}/{entry.mask:#x}" if entry.mask else "mark=0/0",
                  f"force={int(entry.force)}"]
        self.same(f"{entry.name}/config", sorted(self.instance.read(f"pool4/{entry.name}/config").split()),
                  sorted(lines))
        self.entry_counts(entry)

    def set_allocation(self):
        if self.chance(50):
            self.pool.soft = self.chance(40)
            self.pool.paired.clear()
            self.expect("OK", "write", "allocation/pairing", "soft" if self.pool.soft else "hard")
        else:
            self.hold = self.chance(30)
            self.pool.rest = True
            self.expect("OK", "write", "allocation/hold_down", "120" if self.hold else "0")

    def fix(self):
        """A static binding is made, changed, emptied or removed."""
        proto = self.one_of(PROTOS)
        mine = [key for key in self.pool.static if key[0] == proto and key[1] != Wires.KEEPER4]
        if not mine or self.chance(30):
            end = self.pool_end()
            wanted = "EEXIST" if (proto, end) in self.pool.static else "OK"
            if self.expect(wanted, "mkdir", f"bib/{proto}/{show(end)}"):
                self.pool.static[proto, end] = None
            return
        proto, end = self.one_of(mine)
        path = f"bib/{proto}/{show(end)}"
        if self.chance(25):
            self.expect("OK", "rmdir", path)
            self.loosen(proto, end)
            del self.pool.static[proto, end]
        elif self.chance(15):
            self.expect("OK", "write", f"{path}/ipv6", "\n")
            self.loosen(proto, end)
        else:
            self.fasten(proto, end, path)

    def loosen(self, proto, end):
        if self.pool.static[proto, end]:
            self.pool.unbind(proto, self.pool.static[proto, end])
            self.pool.static[proto, end] = None

    def fasten(self, proto, end, path):
        near, _, _ = self.client_end()
        fixed = [b.near for (p, _), b in self.pool.static.items() if b and p == proto]
        if self.chance(20) and fixed:
            near = self.one_of(fixed)
        elif self.chance(50) and self.recent[proto]:
            near = self.one_of(self.recent[proto])
        old = self.pool.static[proto, end]
        other = self.pool.by6.get((proto, near))
        taken = other and other.mark is None and other is not old
        if not self.expect("EEXIST" if taken else "OK", "write", f"{path}/ipv6", show(near)):
            return
        if old and old.near == near:
            return
        self.loosen(proto, end)
        for rival in {self.pool.by6.get((proto, near)), self.pool.by4.get((proto, end))}:
            if rival:
                self.pool.unbind(proto, rival)
                self.seen["a dynamic binding made room"] += 1
        self.pool.static[proto, end] = self.pool.bind(proto, near, end)

    # --- checks ---

    def same(self, what, got, wanted):
        if got != wanted:
            raise Wrong(f"{what}: {got}, wanted {wanted}")

    def entry_counts(self, entry):
        for proto in PROTOS:
            ranges = entry.ranges[proto]
            self.same(f"{entry.name}/{proto}_capacity",
                      self.instance.entry(entry.name, f"{proto}_capacity"),
                      entry.size * fitting(ranges, 1, 65535, None))
            self.same(f"{entry.name}/{proto}_used", self.instance.entry(entry.name, f"{proto}_used"),
                      self.pool.used_of(entry, proto))

    def bib(self):
        wanted = {f"{proto} {show(b.near)} {show(b.end)} {'static' if b.mark is None else 'dynamic'} "
                  f"{len(b.sessions)}" for (proto, _), b in self.pool.by6.items()}
        self.same_lines("bib", wanted)

    def sessions(self):
        wanted = set()
        for (proto, near), b in self.pool.by6.items():
            for address, port in b.sessions:
                ports = (near[1], b.end[1]) if proto == "icmp" else (port, port)
                far6 = show((in6("64:ff9b::")[:12] + address, ports[0]))
                wanted.add(f"{proto} {show(near)} {far6} {show(b.end)} {out4(address)}#{ports[1]}")
        self.same_lines("sessions", wanted)

    def same_lines(self, name, wanted):
        got = {" ".join(line[:5]) for line in self.instance.table(name)}
        if got != wanted:
            raise Wrong(f"{name} has {sorted(got - wanted)}, has not {sorted(wanted - got)}")

    def count(self, names=None):
        names = names or self.names
        now = self.instance.counters(names)
        gauges = {"stored_syns": len(self.pool.syns), "bindings": len(self.pool.by6),
                  "sessions": sum(len(b.sessions) for b in self.pool.by6.values())}
        for name in names:
            wanted = gauges.get(name)
            if wanted is None:
                wanted = self.start[name] + self.pool.count[name] - self.zero[name]
            self.same(name, now[name], wanted)

    def check_edit(self):
        self.bib()
        if self.pool.entries and self.chance(50):
            self.entry_counts(self.any_entry())
        if self.chance(10):
            self.sessions()
            self.count()

    # --- all together ---

    EDITS = ("make", "make", "make", "remove", "remove", "set_ranges", "set_ranges", "set_ranges",
             "set_ranges", "set_mark", "set_mark", "set_force", "set_allocation", "fix", "fix", "fix",
             "edit", "edit", "edit")

    def step(self):
        if self.chance(55):
            self.traffic()
            return
        name = self.one_of(self.EDITS)
        if name == "make" and len(self.pool.entries) > 14:
            name = "remove"
        if not self.pool.entries and name not in ("fix", "set_allocation"):
            name = "make"
        getattr(self, name)()
        self.check_edit()

    def end(self):
        for entry in list(self.pool.entries.values()):
            self.entry_counts(entry)
        self.sessions()
        self.count()
        for name in list(self.pool.entries):
            self.expect("OK", "rmdir", f"pool4/{name}")
            del self.pool.entries[name]
            self.pool.flush()
            self.bib()
        self.sessions()
        self.count()


def main():
    config, sysfs, outside, seed, steps, *everything = sys.argv[1:]
    seed, steps = int(seed), int(steps)
    print(f"seed {seed}, {steps} steps", flush=True)
    walk = Walk(Instance(config, sysfs), Wires(outside), seed)
    done = 0        # steps
    name = f"pool4 does what the model says for {steps} steps"
    try:
        for done in range(1, steps + 1):
            walk.step()
        walk.end()
        print(f"ok {name}")
    except (Wrong, OSError) as error:
        print(f"not ok {name}")
        print(f"seed {seed}, step {done}: {error}")
        for line in walk.log:
            print(f"    {line}")
    seen = walk.seen + walk.pool.count
    print(", ".join(f"{what}: {n}" for what, n in sorted(seen.items())))
    if everything:
        missing = [what for what in WANTED if not seen[what]]
        print(f"{'not ok' if missing else 'ok'} and comes by all that there is")
        for what in missing:
            print(f"no {what}")
    print("end")


if __name__ == "__main__":
    main()
