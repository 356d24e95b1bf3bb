# SPDX-License-Identifier: GPL-2.0
"""Fragments and what has to become some: RFC 7915 4, 4.1, 5, 5.1.1; RFC 6146 3.4.

What comes out is put together before it is compared: into which pieces a packet is
cut is free, as long as none is larger than allowed.
"""

import itertools

from scapy.layers.inet6 import (ICMPv6PacketTooBig, ICMPv6TimeExceeded, IPv6ExtHdrDestOpt,
                                IPv6ExtHdrFragment, IPv6ExtHdrHopByHop)
from scapy.utils import checksum

from packets_headers import chain, routing, ping4, ping6, pong4, pong6, tcp4, tcp4_back, tcp6, tcp6_back
from packets_icmp import cut, error4, open_sessions, sent4, sent6, to_client
from packets_lab import *

IDENTS = itertools.count(0x1001)        # no two datagrams are ever taken for one

LINK = 1500                             # of both of the router's links
LOWEST = 1280                           # lowest_ipv6_mtu


def pieces4(packet, *at, ident=None):
    """The packet cut at these offsets of its payload."""
    packet = packet.copy()
    packet.id = ident if ident is not None else next(IDENTS)
    whole = bytes(packet)[20:]
    cuts = [0, *at, len(whole)]
    return [IP(src=packet.src, dst=packet.dst, proto=bytes(packet)[9], id=packet.id,
               tos=packet.tos, ttl=packet.ttl, frag=a // 8, flags="MF" if b < len(whole) else 0) /
            Raw(whole[a:b]) for a, b in zip(cuts, cuts[1:])]


def pieces6(packet, *at, ident=None):
    if ident is None:
        ident = next(IDENTS) << 8
    whole = bytes(packet)[40:]
    cuts = [0, *at, len(whole)]
    return [IPv6(src=packet.src, dst=packet.dst, hlim=packet.hlim, tc=packet.tc, nh=44) /
            IPv6ExtHdrFragment(nh=bytes(packet)[6], offset=a // 8, m=int(b < len(whole)),
                               id=ident) / Raw(whole[a:b]) for a, b in zip(cuts, cuts[1:])]


def of_others(piece, count):
    """The same piece of so many other datagrams; to ask scapy for each takes long."""
    data = bytearray(bytes(piece))
    for ident in itertools.islice(IDENTS, count):
        if version(data) == 4:
            data[4:6], data[10:12] = ident.to_bytes(2, "big"), bytes(2)
            data[10:12] = checksum(bytes(data[:20])).to_bytes(2, "big")
        else:
            data[44:48] = (ident << 8).to_bytes(4, "big")
        yield bytes(data)


FLOWS = (
    ("udp", udp6, udp4, udp4_back, udp6_back),
    ("tcp", tcp6, tcp4, tcp4_back, tcp6_back),
    ("echo", ping6, ping4, pong4, pong6),
)
ORDERS = {"in order": (0, 1, 2), "reversed": (2, 1, 0), "the first last": (1, 2, 0),
          "the first twice": (0, 0, 1, 2), "the last twice": (0, 2, 2, 1)}
DATA = bytes(range(256)) * 8            # 2,048 bytes


@table
def fragments_4to6(lab):
    open_sessions(lab)
    for name, _, _, l4_back, l6_back in FLOWS:
        for order, indices in ORDERS.items():
            pieces = pieces4(back4(l4_back(DATA)), 800, 1600)
            yield Row(f"{name}, {order}", [pieces[i] for i in indices],
                      Pieces(back6(l6_back(DATA)), LOWEST, pieces[0].id))
        pieces = pieces4(back4(l4_back(DATA[:500])), 200, 400)
        yield Row(f"{name}, a small one", pieces,
                  Pieces(back6(l6_back(DATA[:500])), LOWEST, cut=False))
    big = bytes(range(256)) * 230       # 58,880 bytes
    pieces = pieces4(back4(udp4_back(big)), *range(1480, len(big), 1480))
    yield Row("a large datagram of 40 fragments", pieces,
              Pieces(back6(udp6_back(big)), LOWEST, pieces[0].id))
    pieces = pieces4(back4(udp4_back(DATA), tos=0xb8, ttl=9), 1480)
    yield Row("TOS and TTL", pieces,
              Pieces(back6(udp6_back(DATA), tc=0xb8, hlim=8), LOWEST, pieces[0].id))
    pieces = pieces4(back4(udp4_back(DATA, chksum=0)), 1480)
    yield Row("udp without a checksum gets it", pieces,
              Pieces(back6(udp6_back(DATA)), LOWEST, pieces[0].id))
    pieces = pieces4(back4(udp4_back(DATA)), 8, 1000)
    yield Row("udp, a first fragment of 8 bytes", pieces,
              Pieces(back6(udp6_back(DATA)), LOWEST, pieces[0].id))
    pieces = pieces4(back4(tcp4_back(DATA)), 8, 1000)
    yield Row("tcp, a first fragment of 8 bytes", pieces,
              Pieces(back6(tcp6_back(DATA)), LOWEST, pieces[0].id))
    for ident in (0, 0xffff):
        pieces = pieces4(back4(udp4_back(DATA)), 1000, ident=ident)
        yield Row(f"id {ident:#x} is kept", pieces,
                  Pieces(back6(udp6_back(DATA)), LOWEST, ident))
    two = pieces4(back4(udp4_back(DATA)), 1000), pieces4(back4(udp4_back(DATA[::-1])), 1000)
    yield Row("two at a time", [two[0][0], two[1][0], two[0][1], two[1][1]],
              Pieces(back6(udp6_back(DATA)), LOWEST, two[0][0].id),
              Pieces(back6(udp6_back(DATA[::-1])), LOWEST, two[1][0].id))
    first, middle, last = pieces4(back4(udp4_back(DATA)), 800, 1600)
    yield Row("the first is missing", [middle, last], silent=True)
    first, middle, last = pieces4(back4(udp4_back(DATA)), 800, 1600)
    yield Row("one in the middle is missing", [first, last], silent=True)
    first, middle, last = pieces4(back4(udp4_back(DATA)), 800, 1600)
    yield Row("the last is missing", [first, middle], silent=True)
    first, middle, last = pieces4(back4(udp4_back(DATA)), 800, 1600)
    overlap = middle.copy()
    overlap.frag -= 2
    yield Row("overlapping ones are dropped", [first, overlap, last, middle], silent=True)
    quoted = sent4(udp4(DATA[:1400]), flags="DF")
    yield Row("an icmp error",
              pieces4(error4(ICMP(type=11, code=0), cut(quoted, 1200)), 600),
              Pieces(to_client(ICMPv6TimeExceeded(), cut(sent6(udp6(DATA[:1400])),
                                                         1220)).packet, LOWEST, cut=False,
                     **{"4to6_icmp_error_packets": 1}))
    packet = back4(udp4_back(DATA), ttl=1)
    yield Row("with TTL 1 the whole is answered 11/0", pieces4(packet, 1000, ident=5),
              answer4(ICMP(type=11, code=0), as_reassembled(packet, 5)), drop="hop_limit")


# How a way's packets are made, and what the kernel says of its fragments.
WAYS = {
    "4->6": (pieces4, back4, udp4_back, "net.ipv4.ipfrag_time", "IpReasmTimeout"),
    "6->4": (pieces6, out6, udp6, "net.netfilter.nf_conntrack_frag6_timeout", "Ip6ReasmTimeout"),
}


@table
def lost(lab):
    """What never becomes whole is forgotten, and the kernel counts it."""
    open_sessions(lab)
    for way, (pieces, around, udp, seconds, mib) in WAYS.items():
        with lab.sysctl(seconds, 1):
            first, last = pieces(around(udp(DATA)), 1000)
            before = lab.mib(mib)
            yield Row(f"{way}: a lost one times out in the kernel", first, silent=True,
                      check=lambda: comes_true(lambda: lab.mib(mib) > before, f"no {mib}"))
            # IPv6's reassembly tells the sender.
            told = [] if way == "4->6" else [
                Want(IPv6(src=ROUTER6, dst=CLIENT) / ICMPv6TimeExceeded(code=1) / first,
                     ("tc", "fl", "hlim"))]
            yield Row(f"{way}: what comes too late completes nothing", last, *told, silent=True)


@table
def memory(lab):
    """A hundred packets that never become whole, in memory for a dozen."""
    open_sessions(lab)
    limit = 32768
    middle = list(of_others(pieces4(back4(udp4_back(DATA)), 8, 1000)[1], 100))

    def bounded():
        used = lab.mib("FragMemory")
        return None if used <= limit + 4096 else f"{used} octets of fragments"

    def refused():
        return lab.mib("IpReasmFails") - lab.mib("IpReasmTimeout")

    # Those of the tables before have more time, and need not be waited for.
    others = lab.mib("FragMemory")

    def forgotten():
        return comes_true(lambda: lab.mib("FragMemory") <= others, "fragments stay")

    with lab.sysctl("net.ipv4.ipfrag_time", 2), lab.sysctl("net.ipv4.ipfrag_low_thresh", 1), \
            lab.sysctl("net.ipv4.ipfrag_high_thresh", limit):
        before = refused()
        yield Row("4->6: no more than allowed", middle, silent=True, check=bounded)
        yield Row("4->6: the kernel has counted the others", back4(udp4_back()), back6(udp6_back()),
                  check=lambda: None if refused() >= before + 50 else "it has not")
        yield Row("4->6: it does not last", back4(udp4_back()), back6(udp6_back()),
                  check=forgotten)
        pieces = pieces4(back4(udp4_back(DATA)), 1000)
        yield Row("4->6: then others are put together again", pieces,
                  Pieces(back6(udp6_back(DATA)), LOWEST, pieces[0].id))

    middle = list(of_others(pieces6(out6(udp6(DATA)), 8, 1000)[1], 100))
    prefix = "net.netfilter.nf_conntrack_frag6_"
    with lab.sysctl(prefix + "timeout", 4), lab.sysctl(prefix + "low_thresh", 1), \
            lab.sysctl(prefix + "high_thresh", limit):

        def another():
            return pieces6(out6(udp6(DATA)), 1000)

        yield Row("6->4: when there are as many as allowed, there are no more",
                  middle + another(), silent=True)
        yield Row("6->4: it does not last", out6(udp6()), out4(udp4()),
                  check=lambda: comes_true(lambda: lab.exchange(*another()), "fragments stay"))


def as_reassembled(packet, ident):
    packet = packet.copy()
    packet.id = ident
    return packet


@table
def fragments_6to4(lab):
    open_sessions(lab)
    for name, l6, l4, _, _ in FLOWS:
        for order, indices in ORDERS.items():
            pieces = pieces6(out6(l6(DATA)), 800, 1600)
            yield Row(f"{name}, {order}", [pieces[i] for i in indices],
                      Pieces(out4(l4(DATA)), LINK))
        yield Row(f"{name}, a small one", pieces6(out6(l6(DATA[:500])), 200, 400),
                  Pieces(out4(l4(DATA[:500])), LINK, cut=False))
    big = bytes(range(256)) * 230
    yield Row("a large datagram of 48 fragments",
              pieces6(out6(udp6(big)), *range(1232, len(big), 1232)),
              Pieces(out4(udp4(big)), LINK))
    yield Row("one that fits the link has no DF",
              pieces6(out6(udp6(DATA[:1400])), 800),
              Pieces(out4(udp4(DATA[:1400])), LINK, cut=False))
    yield Row("traffic class and hop limit", pieces6(out6(udp6(DATA), tc=0xb8, hlim=9), 1232),
              Pieces(out4(udp4(DATA), tos=0xb8, ttl=8), LINK))
    yield Row("udp, a first fragment of 8 bytes", pieces6(out6(udp6(DATA)), 8, 1000),
              Pieces(out4(udp4(DATA)), LINK))
    yield Row("tcp, a first fragment without the whole header is dropped",
              pieces6(out6(tcp6(DATA)), 8, 1000), drop="fragment")
    for name, l6, l4, _, _ in FLOWS:
        yield Row(f"{name}, destination options behind the fragment header",
                  pieces6(out6(IPv6ExtHdrDestOpt() / l6(DATA)), 800, 1600),
                  Pieces(out4(l4(DATA)), LINK))
    two = pieces6(out6(udp6(DATA)), 1000), pieces6(out6(udp6(DATA[::-1])), 1000)
    yield Row("two at a time", [two[0][0], two[1][0], two[0][1], two[1][1]],
              Pieces(out4(udp4(DATA)), LINK), Pieces(out4(udp4(DATA[::-1])), LINK))
    first, middle, last = pieces6(out6(udp6(DATA)), 800, 1600)
    yield Row("the first is missing", [middle, last], silent=True)
    first, middle, last = pieces6(out6(udp6(DATA)), 800, 1600)
    yield Row("one in the middle is missing", [first, last], silent=True)
    first, middle, last = pieces6(out6(udp6(DATA)), 800, 1600)
    yield Row("the last is missing", [first, middle], silent=True)
    first, middle, last = pieces6(out6(udp6(DATA)), 800, 1600)
    overlap = middle.copy()
    overlap[IPv6ExtHdrFragment].offset -= 2
    yield Row("overlapping ones are dropped", [first, overlap, last, middle], silent=True)

    # RFC 6946: an atomic fragment has nothing to do with any other.
    for name, l6, l4, _, _ in FLOWS:
        yield Row(f"{name}, an atomic fragment", pieces6(out6(l6())), out4(l4()))
    hop, options = IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt()
    for names, headers in (("hop-by-hop options", (hop,)),
                           ("destination options and a routing header", (options, routing(0))),
                           ("a routing header and destination options", (routing(0), options)),
                           ("all of them", (hop, options, routing(0), options))):
        ident = next(IDENTS) << 8
        first, last = pieces6(out6(udp6(DATA)), 1232, ident=ident)
        atomic = out6(chain(*headers, pieces6(out6(udp6()), ident=ident)[0].payload))
        yield Row(f"an atomic fragment behind {names}, amid others of its id",
                  [first, atomic, last], Pieces(out4(udp4()), LINK, cut=False),
                  Pieces(out4(udp4(DATA)), LINK))
    yield Row("destination options behind an atomic fragment's header",
              pieces6(out6(IPv6ExtHdrDestOpt() / udp6())), out4(udp4()))
    yield Row("an atomic fragment of more than 1260 bytes has no DF",
              pieces6(out6(udp6(DATA[:1300]))), out4(udp4(DATA[:1300]), flags=0))
    first, last = pieces6(out6(udp6(DATA)), 1232, ident=0xa70)
    yield Row("an atomic fragment amid others of its id",
              [first, *pieces6(out6(udp6()), ident=0xa70), last],
              Pieces(out4(udp4()), LINK, cut=False),
              Pieces(out4(udp4(DATA)), LINK))
    yield Row("two atomic fragments of one id", pieces6(out6(udp6(b"one")), ident=0xa71) +
              pieces6(out6(udp6(b"two")), ident=0xa71), out4(udp4(b"one")), out4(udp4(b"two")))


NOTRACK = """
table ip notrack_test {
	chain prerouting { type filter hook prerouting priority %(priority)d; notrack; }
}
table ip6 notrack_test {
	chain prerouting { type filter hook prerouting priority %(priority)d; notrack; }
}
"""


@table
def notrack(lab):
    """Rules that make the kernel's own reassembly look away."""
    open_sessions(lab)
    for where, priority in (("in raw", -300), ("before defragmentation", -450)):
        with lab.rules(NOTRACK % {"priority": priority}):
            yield Row(f"{where}: 6->4", out6(udp6()), out4(udp4()))
            yield Row(f"{where}: 4->6", back4(udp4_back()), back6(udp6_back()))
            for order in ("in order", "reversed"):
                pieces = pieces6(out6(udp6(DATA)), 800, 1600)
                yield Row(f"{where}: fragments 6->4, {order}",
                          [pieces[i] for i in ORDERS[order]], Pieces(out4(udp4(DATA)), LINK))
                pieces = pieces4(back4(udp4_back(DATA)), 800, 1600)
                yield Row(f"{where}: fragments 4->6, {order}", [pieces[i] for i in ORDERS[order]],
                          Pieces(back6(udp6_back(DATA)), LOWEST, pieces[0].id))
            yield Row(f"{where}: an atomic fragment", pieces6(out6(udp6())), out4(udp4()))


@table
def sizes(lab):
    """What is too large for the next link, or for IPv6."""
    open_sessions(lab)

    def out(size, **header):
        return out6(udp6(b"x" * (size - 48)), **header)

    def back(size, **header):
        return back4(udp4_back(b"x" * (size - 28)), **header)

    def came_out(size, **header):
        return out4(udp4(b"x" * (size - 28)), **header)

    def came_back(size, **header):
        return back6(udp6_back(b"x" * (size - 48)), **header)

    # 4->6, without DF: lowest_ipv6_mtu rules.
    for size in (1261, 1400, 1480, 1500):
        yield Row(f"{size} bytes without DF are cut to 1280, keeping the id",
                  back(size, id=0xcafe), Pieces(came_back(size + 20), LOWEST, 0xcafe))
    yield Row("1260 bytes without DF are not cut", back(1260, id=0xcafe), came_back(1280))
    for size in (1261, 1480):
        yield Row(f"{size} bytes with DF are not cut", back(size, flags="DF"),
                  came_back(size + 20))
    packet = back(1481, flags="DF")
    yield Row("1481 bytes with DF are answered 3/4, 1480", packet,
              answer4(ICMP(type=3, code=4, nexthopmtu=1480), packet), drop="too_big")
    with lab.mtu("lan", 1400):
        packet = back(1381, flags="DF")
        yield Row("an IPv6 link of 1400: 1381 bytes with DF are answered 3/4, 1380", packet,
                  answer4(ICMP(type=3, code=4, nexthopmtu=1380), packet), drop="too_big")
        yield Row("an IPv6 link of 1400: 1380 bytes with DF pass", back(1380, flags="DF"),
                  came_back(1400))
    with lab.mtu("lan", 1280):
        packet = back(1261, flags="DF")
        yield Row("an IPv6 link of 1280: 1261 bytes with DF are answered 3/4, 1260", packet,
                  answer4(ICMP(type=3, code=4, nexthopmtu=1260), packet), drop="too_big")
        yield Row("an IPv6 link of 1280: 1500 bytes without DF are cut", back(1500, id=0xcafe),
                  Pieces(came_back(1520), LOWEST, 0xcafe))

    # 6->4
    yield Row("1500 bytes pass", out(1500), came_out(1480, flags="DF"))
    for mtu in (1400, 1300, 1261):
        with lab.mtu("wan", mtu):
            packet = out(mtu + 21)
            yield Row(f"an IPv4 link of {mtu}: {mtu + 21} bytes are answered 2/0, {mtu + 20}",
                      packet, answer6(ICMPv6PacketTooBig(mtu=mtu + 20), packet), drop="too_big")
            yield Row(f"an IPv4 link of {mtu}: {mtu + 20} bytes pass", out(mtu + 20),
                      came_out(mtu, flags="DF"))
            yield Row(f"an IPv4 link of {mtu}: 1280 bytes pass", out(1280), came_out(1260))
    for mtu in (1259, 1000, 905, 576):
        with lab.mtu("wan", mtu):
            packet = out(1281)
            yield Row(f"an IPv4 link of {mtu}: 1281 bytes are answered 2/0, 1280", packet,
                      answer6(ICMPv6PacketTooBig(mtu=1280), packet), drop="too_big")
            yield Row(f"an IPv4 link of {mtu}: 1280 bytes are cut", out(1280),
                      Pieces(came_out(1260), mtu))
            yield Row(f"an IPv4 link of {mtu}: fragments of more are cut",
                      pieces6(out6(udp6(DATA)), 1232), Pieces(out4(udp4(DATA)), mtu))
    with lab.mtu("lan", 9000), lab.mtu("wan", 9000):
        yield Row("large links: 9000 bytes 6->4", out(9000), came_out(8980, flags="DF"))
        yield Row("large links: 8980 bytes with DF 4->6", back(8980, flags="DF"),
                  came_back(9000))
        packet = back(8981, flags="DF")
        yield Row("large links: 8981 bytes with DF are answered 3/4, 8980", packet,
                  answer4(ICMP(type=3, code=4, nexthopmtu=8980), packet), drop="too_big")
        yield Row("large links: 8980 bytes without DF are cut to 1280", back(8980, id=0xcafe),
                  Pieces(came_back(9000), LOWEST, 0xcafe))
