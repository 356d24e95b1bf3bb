# SPDX-License-Identifier: GPL-2.0
"""What a row of a table wants, and how it compares with what came."""

import struct

from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet
from scapy.utils import checksum, hexdump

DEV = {4: "eth4", 6: "eth6"}

# The translator makes up the id of an IPv4 packet.
ANY_ID = ("id",)


# --- rows ---------------------------------------------------------------------

class Want:
    """One packet that has to come: compared byte by byte.

    loose: fields of the outer header that may have any value; where they count in
    a checksum, that has to be right for the value that came.
    counts: counters that move because of it.
    """

    def __init__(self, packet, loose=(), side=None, **counts):
        self.packet = packet
        self.loose = loose
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
        for field in self.loose:
            setattr(packet, field, getattr(came, field))
        return bytes(packet)


class Either(Want):
    """One of several packets, where the standards leave a choice."""

    def __init__(self, *wants):
        super().__init__(wants[0].packet, wants[0].loose, wants[0].side, **wants[0].counts)
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


def some_of(wants, got):
    """Those that came, in their order; what compares with nothing if all or none did."""
    came = [data for _, data in got]
    found = [want for want in wants if any(want.build(data) == data for data in came)]
    return found if 0 < len(found) < len(wants) else wants[:1]


def tells_of_late(side, data):
    """Does the kernel tell that fragments have never become whole (ICMPv6 3/1)?"""
    return side == 6 and data[6:7] == b"\x3a" and data[40:42] == b"\3\1"


def compare(wants, got):
    """Each wire in its own order; between the two wires there is none."""
    wrong = []
    # Of fragments that an earlier row has left it tells after a minute.
    if not any(tells_of_late(w.side, w.build(None)) for w in wants):
        got = [(side, data) for side, data in got if not tells_of_late(side, data)]
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
