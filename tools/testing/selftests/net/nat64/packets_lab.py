# SPDX-License-Identifier: GPL-2.0
"""The laboratory of the packet tables: both wires of the translator in one hand.

One namespace holds the far end of both links, without any address, so that no
stack but the router's answers anything:

    eth6 <---------------- lan 2001:db8::1/64
    outside                    router
    eth4 <---------------- wan 192.0.2.1/24

A row sends packets, then a sentinel each way. All of them take the same queue of
the same CPU, so what has not come before the sentinels will not come any more:
nothing is ever waited for by the clock.
"""

import contextlib
import fnmatch
import logging
import os
import select
import socket
import struct
import subprocess
import time

from scapy.config import conf
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet, Raw
from scapy.utils import checksum, hexdump

conf.verb = 0
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

# Addresses, see packets.sh, which gives the same to the router.
MAC = {"eth6": "02:00:00:00:06:02", "eth4": "02:00:00:00:04:02"}
ROUTER_MAC = {"eth6": "02:00:00:00:06:01", "eth4": "02:00:00:00:04:01"}
DEV = {4: "eth4", 6: "eth6"}

SEEN_BY_ALL = 3             # ETH_P_ALL
PACKET_HOST = 0
PATIENCE = 30               # seconds, for what comes at once on an idle machine
ROUNDS = 3                  # of sentinels, before a packet is given up

# What moves when a packet does not simply go through; a row names what it wants.
WATCHED = ("drop_*", "given_back", "hairpinned", "probes_sent", "icmp_errors_sent",
           "*_icmp_error_packets")


class Lost(Exception):
    """The sentinel did not come: nothing can be said of what was sent before."""


# --- rows ---------------------------------------------------------------------

class Want:
    """One packet that has to come: compared byte by byte.

    any: fields of the outer header that may have any value; where they count in
    a checksum, that has to be right for the value that came.
    counts: counters that move because of it.
    """

    def __init__(self, packet, any=(), side=None, **counts):
        self.packet = packet
        self.any = any
        self.side = side or version(packet)
        self.counts = counts

    def build(self, got):
        """The bytes wanted, given those that came (or None)."""
        packet = self.packet.copy()
        if got is None:
            return bytes(packet)
        try:
            came = type(packet)(got)
        except Exception:               # not even a header
            return bytes(packet)
        for field in self.any:
            setattr(packet, field, getattr(came, field))
        return bytes(packet)


class Either(Want):
    """One of several packets, where the standards leave a choice."""

    def __init__(self, *wants):
        super().__init__(wants[0].packet, wants[0].any, wants[0].side, **wants[0].counts)
        self.wants = wants

    def build(self, got):
        built = [want.build(got) for want in self.wants]
        return got if got in built else built[0]


class Pieces(Want):
    """A packet that may come in fragments, each of limit bytes at most.

    ident: the fragments' id (IPv6: of 32 bits); None: any, the same for all.
    cut: it has to be fragmented.
    """

    def __init__(self, packet, limit, ident=None, cut=True, **counts):
        super().__init__(packet, ANY_ID if version(packet) == 4 else (), **counts)
        self.limit = limit
        self.ident = ident
        self.cut = cut

    def wrong(self, arrival):
        pieces = arrival.pieces
        found = [f"a piece of {len(p)} bytes" for p in pieces if len(p) > self.limit]
        if self.cut and len(pieces) < 2:
            found.append("not fragmented")
        if self.ident is not None and len(pieces) > 1 and arrival.ident != self.ident:
            found.append(f"the id is {arrival.ident:#x}, not {self.ident:#x}")
        return found


class On:
    """Bytes for a wire that do not tell themselves which; mac: for whom the frame is."""

    def __init__(self, side, data, mac=None):
        self.side = side
        self.data = bytes(data)
        self.mac = mac

    def __bytes__(self):
        return self.data


def version(packet):
    if isinstance(packet, On):
        return packet.side
    if isinstance(packet, Packet):
        return 6 if isinstance(packet, IPv6) else 4
    return packet[0] >> 4


def listed(value):
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


class Row:
    """One assertion: what is sent, what comes, which counters move.

    drop: the reason of drop_<reason>, or several; silent: no counter of ours moves.
    free: globs of counters that may move as they like. check: says what is wrong
    besides. some: not all of what is wanted has to come, but some, and not all.
    """

    def __init__(self, name, send, *want, drop=None, free=(), check=None, silent=False,
                 some=False, **counts):
        self.name = name
        self.send = listed(send)
        self.want = [w if isinstance(w, Want) else Want(w, ANY_ID if version(w) == 4 else ())
                     for w in want]
        self.counts = dict(counts)
        for reason in listed(drop):
            self.counts[f"drop_{reason}"] = self.counts.get(f"drop_{reason}", 0) + 1
        for w in self.want:
            for name_, n in w.counts.items():
                self.counts[name_] = self.counts.get(name_, 0) + n
        self.free = free
        self.check = check
        self.some = some
        if not self.want and not self.counts and not silent:
            raise ValueError(f"{name}: nothing comes, and no counter says so")


# The translator makes up the id of an IPv4 packet.
ANY_ID = ("id",)


# --- the laboratory -------------------------------------------------------------

class Wire:
    """One end of a link."""

    def __init__(self, dev):
        self.dev = dev
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(SEEN_BY_ALL))
        self.socket.bind((dev, SEEN_BY_ALL))
        self.socket.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)      # SO_RCVBUFFORCE
        self.socket.setblocking(False)

    def send(self, data, mac=None):
        macs = "".join((mac or ROUTER_MAC[self.dev], MAC[self.dev])).replace(":", "")
        kind = 0x86dd if self.dev == "eth6" else 0x0800
        self.socket.send(bytes.fromhex(macs) + struct.pack("!H", kind) + data)

    def receive(self):
        """What came for us: no multicast, so no neighbour discovery, no MLD."""
        while True:
            try:
                frame, (_, _, kind, _, _) = self.socket.recvfrom(1 << 17)
            except BlockingIOError:
                return
            if kind == PACKET_HOST:
                yield frame[14:]


class Counters:
    def __init__(self, directory):
        self.file = {name: os.open(os.path.join(directory, name), os.O_RDONLY)
                     for name in sorted(os.listdir(directory))
                     if any(fnmatch.fnmatch(name, glob) for glob in WATCHED)}

    def read(self):
        return {name: int(os.pread(fd, 64, 0)) for name, fd in self.file.items()}


class Lab:
    """instance: its configfs directory; stats: its counters; router: its namespace."""

    listing = False
    # A static binding, see packets.sh, and whom it talks to: an address that is
    # global, whatever a table forbids.
    KEEPER, KEEPER4, KEEPER_PEER = "2001:db8::5e", "203.0.113.94", "11.0.0.1"

    def __init__(self, instance, stats, router):
        self.instance = instance
        self.router = router
        self.wire = {side: Wire(dev) for side, dev in DEV.items()}
        self.counters = Counters(stats)
        self.serial = 0
        self.broken = []
        # One CPU has one queue.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def put(self, *packets):
        for packet in packets:
            mac = packet.mac if isinstance(packet, On) else None
            self.wire[version(packet)].send(bytes(packet), mac)

    def sentinels(self):
        self.serial += 1
        mark = f"sentinel {os.getpid()} {self.serial}".encode()
        self.put(IPv6(src=self.KEEPER, dst=in6(self.KEEPER_PEER)) / UDP(sport=9, dport=9) / mark,
                 IP(src=self.KEEPER_PEER, dst=self.KEEPER4) / UDP(sport=9, dport=9) / mark)
        return mark

    def flush(self):
        """All that has come, and will come of what was sent: (side, bytes)."""
        mark = self.sentinels()
        missing = {4, 6}
        got = []
        end = time.monotonic() + PATIENCE
        poll = {wire.socket: side for side, wire in self.wire.items()}
        while missing:
            ready, _, _ = select.select(list(poll), [], [], max(0, end - time.monotonic()))
            if not ready:
                raise Lost(f"no sentinel on {', '.join(DEV[s] for s in sorted(missing))}")
            for sock in ready:
                side = poll[sock]
                for data in self.wire[side].receive():
                    if data.endswith(mark):
                        missing.discard(side)
                    elif b"sentinel %d " % os.getpid() not in data:
                        got.append((side, data))
        return got

    def exchange(self, *packets):
        """Sends them, returns what comes."""
        self.put(*packets)
        return self.flush()

    def run(self, row):
        """What is wrong with the row, in lines; none if it holds."""
        if self.broken:
            return [self.broken[-1]]
        before = self.counters.read()
        got = self.exchange(*row.send)
        rounds = 0
        while len(got) < len(row.want) and rounds < ROUNDS:
            got += self.flush()
            rounds += 1
        want = row.want
        if row.some:
            want = want[:min(max(len(got), 1), len(want) - 1)]
        wrong = compare(want, got)
        wrong += self.moved(row, before, self.counters.read())
        if row.check:
            wrong += listed(row.check())
        if wrong:
            wrong += [f"sent: {summary(version(p), bytes(p))}" for p in row.send]
        return wrong

    def moved(self, row, before, after):
        wrong = [f"there is no counter {name}" for name in row.counts if name not in after]
        for name, value in after.items():
            delta, wanted = value - before[name], row.counts.get(name, 0)
            if delta != wanted and not any(fnmatch.fnmatch(name, f) for f in row.free):
                wrong.append(f"{name} moved by {delta}, wanted {wanted}")
        return wrong

    # --- what a table changes for some of its rows ---

    @contextlib.contextmanager
    def attribute(self, name, value):
        path = os.path.join(self.instance, name)
        try:
            with open(path, encoding="ascii") as f:
                old = f.read()
            write(path, value)
        except OSError as error:
            self.broken.append(f"{name}: {error.strerror}")
            yield
            self.broken.pop()
            return
        yield
        write(path, old)

    @contextlib.contextmanager
    def pool4(self, name):
        path = os.path.join(self.instance, "pool4", name)
        os.mkdir(path)
        yield
        os.rmdir(path)

    @contextlib.contextmanager
    def route(self, route):
        """One more route."""
        family = "-6" if ":" in route else "-4"
        ip(self.router, family, "route", "add", *route.split())
        yield
        ip(self.router, family, "route", "del", *route.split())

    @contextlib.contextmanager
    def sysctl(self, name, value):
        old = on(self.router, "sysctl", "-n", name).strip()
        on(self.router, "sysctl", "-qw", f"{name}={value}")
        yield
        on(self.router, "sysctl", "-qw", f"{name}={old}")

    @contextlib.contextmanager
    def mtu(self, dev, value):
        """Of the router's link."""
        ip(self.router, "link", "set", "dev", dev, "mtu", str(value))
        yield
        ip(self.router, "link", "set", "dev", dev, "mtu", "1500")

    @contextlib.contextmanager
    def rules(self, text):
        """nft rules in the router."""
        try:
            on(self.router, "nft", "-f", "-", text=text)
        except (OSError, subprocess.CalledProcessError) as error:
            self.broken.append(f"nft: {getattr(error, 'stderr', error)}")
            yield
            self.broken.pop()
            return
        yield
        on(self.router, "nft", "flush", "ruleset")

    def static(self, protocol, end4, end6):
        """A static binding."""
        path = os.path.join(self.instance, "bib", protocol, end4)
        os.makedirs(path, exist_ok=True)
        write(os.path.join(path, "ipv6"), end6)

    def unstatic(self, protocol, end4):
        os.rmdir(os.path.join(self.instance, "bib", protocol, end4))

    def sessions(self):
        """{what identifies it: (state, expires)}"""
        text = on(self.router, "cat", "/proc/net/nat64/sessions")
        lines = [line.split() for line in text.splitlines()[1:]]
        return {tuple(f[:5]): (f[5], int(f[6])) for f in lines}


def write(path, value):
    with open(path, "w", encoding="ascii") as f:
        f.write(f"{value}\n" if not str(value).endswith("\n") else value)


def on(ns, *command, text=None):
    """What the command prints in that namespace."""
    return subprocess.run(["nsenter", f"--net=/run/netns/{ns}", *command], input=text, text=True,
                          capture_output=True, check=True).stdout


def ip(ns, *args):
    subprocess.run(["ip", "-n", ns, *args], check=True)


# --- what is wrong, for the reader ------------------------------------------------

def summary(side, data):
    try:
        return f"{DEV[side]} {(IPv6 if side == 6 else IP)(data)!r}"[:600]
    except Exception:
        return f"{DEV[side]} {len(data)} bytes"


def dump(label, side, data):
    return [f"{label}: {summary(side, data)}", *hexdump(data, dump=True).splitlines()[:24]]


def first_difference(a, b):
    for i, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return i
    return min(len(a), len(b))


class Arrival:
    """A packet, put together from the pieces it came in; broken says what is not right."""

    def __init__(self, data, ident=None):
        self.data = data
        self.ident = ident
        self.pieces = [data]
        self.broken = []


class Fragment:
    """What a fragment's header says; part is None if the packet is none."""

    def __init__(self, side, data):
        self.part = None
        if side == 4 and len(data) >= 20:
            header = (data[0] & 15) * 4
            bits = int.from_bytes(data[6:8], "big")
            self.more, self.offset = bool(bits & 0x2000), (bits & 0x1fff) * 8
            if self.more or self.offset:
                self.ident, self.part = int.from_bytes(data[4:6], "big"), data[header:]
                self.key = data[:2] + data[4:6] + data[8:10] + data[12:header]
                self.df = bool(data[6] & 0x40)
        elif side == 6 and len(data) >= 48 and data[6] == 44:
            bits = int.from_bytes(data[42:44], "big")
            self.more, self.offset = bool(bits & 1), bits & 0xfff8
            self.ident, self.part = int.from_bytes(data[44:48], "big"), data[48:]
            self.key = data[:4] + data[7:41] + data[44:48]
            self.df = False

    def header(self, side, data, total):
        """The header of the whole packet, made from that of a piece."""
        if side == 6:
            return data[:4] + struct.pack("!H", total) + data[40:41] + data[7:40]
        header = bytearray(data[:(data[0] & 15) * 4])
        header[2:4] = struct.pack("!H", len(header) + total)
        header[6:8] = header[10:12] = bytes(2)
        header[10:12] = struct.pack("!H", checksum(bytes(header)))
        return bytes(header)


def put_together(side, datas):
    """Arrivals: whole packets in their order, fragments where the last came."""
    arrivals, queues = [], {}
    for data in datas:
        fragment = Fragment(side, data)
        if fragment.part is None:
            arrivals.append(Arrival(data))
            continue
        queue = queues.setdefault(fragment.key, [])
        queue.append((fragment, data))
        queue.sort(key=lambda pair: pair[0].offset)
        end = 0
        for piece, _ in queue:
            if piece.offset != end:
                break
            end += len(piece.part)
        else:
            if not queue[-1][0].more:
                arrivals.append(joined(side, queue))
                del queues[fragment.key]
    for queue in queues.values():
        arrival = Arrival(queue[0][1], queue[0][0].ident)
        arrival.broken = [f"{len(queue)} fragments that make no packet"]
        arrivals.append(arrival)
    return arrivals


def joined(side, queue):
    first, data = queue[0]
    whole = b"".join(piece.part for piece, _ in queue)
    arrival = Arrival(first.header(side, data, len(whole)) + whole, first.ident)
    arrival.pieces = [piece for _, piece in queue]
    if any(piece.more and len(piece.part) % 8 for piece, _ in queue):
        arrival.broken.append("a piece is not of a multiple of 8 bytes")
    if any(piece.df for piece, _ in queue):
        arrival.broken.append("a piece has DF")
    return arrival


def compare(wants, got):
    """Each wire in its own order; between the two wires there is none."""
    wrong = []
    for side in DEV:
        came = [data for s, data in got if s == side]
        wanted = [w for w in wants if w.side == side]
        arrivals = [Arrival(data) for data in came]
        if any(isinstance(want, Pieces) for want in wanted):
            arrivals = put_together(side, came)
        for want, arrival in zip(wanted, arrivals):
            data = arrival.data
            right = want.build(data)
            wrong += arrival.broken
            if isinstance(want, Pieces):
                wrong += want.wrong(arrival)
            if right != data:
                wrong += [f"differs from byte {first_difference(right, data)} on"]
                wrong += dump("wanted", side, right) + dump("got", side, data)
        for want in wanted[len(arrivals):]:
            wrong += ["nothing came"] + dump("wanted", side, want.build(None))
        for arrival in arrivals[len(wanted):]:
            wrong += dump("came besides", side, arrival.data)
    return wrong


# --- the usual packets --------------------------------------------------------------

CLIENT, CLIENT2 = "2001:db8::8", "2001:db8::9"
ROUTER6, ROUTER4 = "2001:db8::1", "192.0.2.1"
SERVER, SERVER2 = "192.0.2.24", "192.0.2.25"
POOL = "203.0.113.1"
HOP4, HOP6 = "198.51.100.7", "2001:db8:1::7"       # routers on the way

# Static bindings of POOL: the client's port, or id, and the one it is lent.
PORT6, PORT4, SERVICE = 4000, 5000, 80
# The same for CLIENT2.
PORT6_2, PORT4_2 = 4002, 5002


def in6(address, prefix="64:ff9b::"):
    """The address in a /96."""
    return prefix + address


def out6(layers, dst=SERVER, src=CLIENT, **header):
    """From the client to a server."""
    return IPv6(src=src, dst=in6(dst), **header) / layers


def out4(layers, dst=SERVER, src=POOL, **header):
    """As it leaves to the server: the translator takes one from the hop limit."""
    return IP(src=src, dst=dst, **{"ttl": 63, **header}) / layers


def back4(layers, src=SERVER, dst=POOL, **header):
    """From a server to the client."""
    return IP(src=src, dst=dst, **header) / layers


def back6(layers, src=SERVER, dst=CLIENT, **header):
    """As it reaches the client."""
    return IPv6(src=in6(src), dst=dst, **{"hlim": 63, **header}) / layers


def udp6(data=b"nat64", **fields):
    return UDP(**{"sport": PORT6, "dport": SERVICE, **fields}) / data


def udp4(data=b"nat64", **fields):
    return UDP(**{"sport": PORT4, "dport": SERVICE, **fields}) / data


def udp4_back(data=b"nat64", **fields):
    return UDP(**{"sport": SERVICE, "dport": PORT4, **fields}) / data


def udp6_back(data=b"nat64", **fields):
    return UDP(**{"sport": SERVICE, "dport": PORT6, **fields}) / data


def answer6(message, packet, src=ROUTER6, dst=None):
    """The router's own ICMPv6 error, quoting the packet as it came."""
    quoted = bytes(packet)[:1280 - 48]
    return Want(IPv6(src=src, dst=dst or packet.src) / message / quoted,
                ("tc", "fl", "hlim"), icmp_errors_sent=1)


def answer4(message, packet, src=ROUTER4, dst=None):
    quoted = bytes(packet)[:576 - 28]
    return Want(IP(src=src, dst=dst or packet.src) / message / quoted,
                ("tos", "id", "flags", "ttl"), icmp_errors_sent=1)


# --- tables ---------------------------------------------------------------------

TABLES = {}


def table(function):
    """A generator of rows, given the laboratory: its name is the table's."""
    TABLES[function.__name__] = function
    return function


__all__ = [name for name in globals() if not name.startswith("_")]
