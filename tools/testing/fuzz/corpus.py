# SPDX-License-Identifier: GPL-2.0
"""The packets that the fuzzer begins with: the scenery of fuzz.sh, and a builder
for each kind of packet that the translator has something to do with.

A builder is called with a random generator and the direction, and returns a
list of IP packets, in the order in which they are to be sent. All of them are
right, checksums included, but for what the builder is about.
"""

import struct
from collections import namedtuple

from packets import (
    AUTH, DSTOPTS, FRAGMENT, HOPOPTS, ICMP, ICMPV6, NONE, ROUTING, TCP, UDP, a4, a6, checksum,
    embed, ext, fix, frag6, fragments, icmp, ip4, ip6, tcp, udp)

# --- the scenery ----------------------------------------------------------------

POOL6 = ("64:ff9b::/96", "2001:db8:6464::/48")
PREFIXES = [(a6(p.split("/")[0]), int(p.split("/")[1])) for p in POOL6]

# ::8 to ::b are on the link, 2001:db8:1::8 is behind a route with a small MTU.
CLIENTS = [a6(a) for a in ("2001:db8::8", "2001:db8::9", "2001:db8::a", "2001:db8:1::8")]
ROUTER6 = a6("2001:db8::1")

# 198.51.100.7 is behind a route with a small MTU.
SERVERS = [a4(a) for a in ("192.0.2.24", "192.0.2.25", "192.0.2.99", "198.51.100.7")]
SERVER_PORTS = (80, 443, 53)
ROUTER4 = a4("192.0.2.1")

# What is lent: so few ports that a packet from outside mostly meets a binding.
DYNAMIC = "203.0.113.1#6000-6015"
DYNAMIC_PORTS = range(6000, 6016)
# The box's own address, too.
OWN = "192.0.2.1#61001-61008"
OWN_PORTS = range(61001, 61009)

Static = namedtuple("Static", "proto t4 t6")
STATIC = [
    Static("tcp", "203.0.113.2#80", "2001:db8::8#8080"),
    Static("tcp", "203.0.113.2#443", "2001:db8:1::8#8443"),
    Static("tcp", "203.0.113.1#6000", "2001:db8::a#22"),
    Static("udp", "203.0.113.2#53", "2001:db8::8#53"),
    Static("udp", "203.0.113.2#5353", "2001:db8:1::8#5353"),
    Static("udp", "203.0.113.1#6001", "2001:db8::9#161"),
    Static("icmp", "203.0.113.2#77", "2001:db8::8#7"),
    Static("icmp", "203.0.113.2#78", "2001:db8:1::8#8"),
]

DENIED = [a4(a) for a in ("127.0.0.1", "169.254.169.254", "224.0.0.1", "240.0.0.1", "0.0.0.0",
                          "255.255.255.255")]
# There is an unreachable route to this one.
NOWHERE4 = a4("198.18.0.1")
# Routers that send errors; the first is nowhere near.
ERRORS_FROM4 = [a4("10.9.8.7"), *SERVERS]
ERRORS_FROM6 = [a6("2001:db8:ffff::1"), *CLIENTS]

Flow = namedtuple("Flow", "proto x6 xp t4 tp z4 zp z6")
NAMES = {"tcp": TCP, "udp": UDP, "icmp": ICMP}


def _end(text, parse):
    address, port = text.split("#")
    return parse(address), int(port)


BOUND = {name: [(*_end(s.t6, a6), *_end(s.t4, a4)) for s in STATIC if s.proto == name]
         for name in NAMES}
HAIRPIN = [(a4("203.0.113.1"), p) for p in DYNAMIC_PORTS] + \
          [_end(s.t4, a4) for s in STATIC] * 3


def far(rng):
    """Who the other side is: mostly a server, else somebody peculiar."""
    n = rng.random()
    if n < 0.88:
        return rng.choice(SERVERS), rng.choice(SERVER_PORTS)
    if n < 0.93:
        return rng.choice(HAIRPIN)
    if n < 0.95:
        return ROUTER4, rng.choice((22, 80, 61001))
    if n < 0.97:
        return rng.choice(DENIED), 80
    if n < 0.98:
        return NOWHERE4, 80
    return rng.randbytes(4), rng.randrange(65536)


def flow(rng, name):
    """A flow that is there or will be once a packet of it comes from IPv6."""
    if rng.random() < 0.6:
        x6, xp, t4, tp = rng.choice(BOUND[name])
    else:
        x6 = rng.choice(CLIENTS)
        xp = 1024 + rng.randrange(4) if rng.random() < 0.9 else rng.randrange(65536)
        if rng.random() < 0.8:
            t4, tp = HAIRPIN[0][0], rng.choice(DYNAMIC_PORTS)
        else:
            t4, tp = ROUTER4, rng.choice(OWN_PORTS)
    z4, zp = far(rng)
    return Flow(name, x6, xp, t4, tp, z4, zp,
                embed(PREFIXES[0 if rng.random() < 0.85 else 1], z4))


def size(rng):
    """Of a payload: small mostly, for speed; around what is special; large."""
    n = rng.random()
    if n < 0.75:
        return rng.randrange(64)
    if n < 0.85:
        return rng.randrange(1500)
    if n < 0.97:
        return rng.choice((1192, 1220, 1232, 1240, 1352, 1360, 1380, 1400, 1440)) + \
            rng.randrange(-12, 60)
    return rng.randrange(8900)


def payload(rng, length=None):
    return rng.randbytes(size(rng) if length is None else length)


def hops(rng):
    return 64 if rng.random() < 0.96 else rng.choice((0, 1, 2, 255))


def wrap(rng, way, f, l4, back=False, protocol=None, **more):
    """The IP header: of a packet of the flow that goes this way; back is for the
    inside of an error, which went the other way."""
    proto = NAMES[f.proto] if protocol is None else protocol
    tos = 0 if rng.random() < 0.9 else rng.randrange(256)
    if way == "6to4":
        ends = (f.z6, f.x6) if back else (f.x6, f.z6)
        nexthdr = ICMPV6 if proto == ICMP else proto
        return ip6(*ends, more.pop("nexthdr", nexthdr), l4, hops(rng), tos,
                   0 if rng.random() < 0.9 else rng.randrange(1 << 20))
    ends = (f.t4, f.z4) if back else (f.z4, f.t4)
    df = 0x4000 if rng.random() < 0.6 else 0
    return ip4(*ends, proto, l4, hops(rng), tos, rng.randrange(65536), df, **more)


def ports(way, f, back=False):
    near = f.xp if way == "6to4" else f.tp
    from_near = (way == "6to4") != back
    return (near, f.zp) if from_near else (f.zp, near)


def l4_of(rng, way, f, back=False):
    """The transport header and payload of an ordinary packet."""
    if f.proto == "tcp":
        flags = rng.choice(FLAGS) if rng.random() < 0.9 else rng.randrange(256)
        options = rng.choice(TCP_OPTIONS) if flags & 2 or rng.random() < 0.1 else b""
        return tcp(*ports(way, f, back), flags, payload(rng), rng.randrange(1 << 32),
                   rng.randrange(1 << 32), options)
    if f.proto == "udp":
        return udp(*ports(way, f, back), payload(rng))
    return echo(rng, way, f, back)


FLAGS = (2, 18, 16, 24, 17, 4, 20, 2 | 0xc0, 18 | 0x40, 1, 0, 16, 24)
TCP_OPTIONS = (
    b"", b"\x02\x04\x05\xa0", b"\x02\x04\x05\xa0\x04\x02\x08\x0a" + bytes(8) + b"\x01\x03\x03\x07",
    b"\x05\x0a" + bytes(8), b"\x02\x00", b"\x08\xff", b"\x00" * 40, b"\x01" * 40,
)


def echo(rng, way, f, back=False):
    kinds = (128, 129) if way == "6to4" else (8, 0)
    near = f.xp if way == "6to4" else f.tp
    if rng.random() < 0.7:
        kind = kinds[(way == "4to6") == back]
    else:
        kind = rng.choice(kinds)
    return icmp(kind, 0, near << 16 | rng.randrange(1 << 16), payload(rng))


def plain(name):
    def build(rng, way):
        f = flow(rng, name)
        return [wrap(rng, way, f, l4_of(rng, way, f))]
    build.__name__ = name
    return build


def train(rng, way):
    """Segments of one stream one after the other, for GRO to put together."""
    f = flow(rng, "tcp" if rng.random() < 0.6 else "udp")
    length, seq = rng.choice((8, 100, 536, 1200)), rng.randrange(1 << 32)
    out = []
    for i in range(rng.randrange(2, 9)):
        body = rng.randbytes(length)
        if f.proto == "tcp":
            l4 = tcp(*ports(way, f), 16, body, seq + i * length & 0xffffffff, 7)
        else:
            l4 = udp(*ports(way, f), body)
        out.append(ip6(f.x6, f.z6, NAMES[f.proto], l4) if way == "6to4" else
                   ip4(f.z4, f.t4, NAMES[f.proto], l4, 64, 0, i, 0x4000))
    return out


def udp_no_checksum(rng, way):
    f = flow(rng, "udp")
    return [wrap(rng, way, f, udp(*ports(way, f), payload(rng), check=0))]


def udp_options(rng, way):
    """RFC 9868: the datagram ends before the packet does."""
    f = flow(rng, "udp")
    body = payload(rng)
    return [wrap(rng, way, f, udp(*ports(way, f), body, rng.choice((0, 1)),
                                  8 + rng.randrange(len(body) + 1)))]


# --- ICMP errors ------------------------------------------------------------------

CODES4 = [(3, c) for c in range(16)] + [(4, 0), (5, 0), (5, 1), (11, 0), (11, 1), (12, 0),
                                        (12, 1), (12, 2)]
CODES6 = [(1, c) for c in range(8)] + [(2, 0), (3, 0), (3, 1), (4, 0), (4, 1), (4, 2), (100, 0)]
COMMON4, COMMON6 = ((3, 4), (3, 1), (3, 3), (11, 0)), ((2, 0), (1, 4), (1, 0), (3, 0))
MTUS = (0, 67, 68, 296, 576, 1260, 1279, 1280, 1281, 1300, 1400, 1500, 9000, 65535)


def inner(rng, way):
    """The packet an error is about: one that was translated the other way."""
    name = rng.choice(("tcp", "udp", "icmp"))
    f = flow(rng, name)
    n = rng.random()
    l4 = l4_of(rng, way, f, back=True)
    if n < 0.75:
        return f, wrap(rng, way, f, l4, back=True)
    if n < 0.90:
        # A fragment, seldom the first; or of IPv6 one that is all there is.
        offset, more = rng.choice(((0, 1), (1480, 0), (1480, 1), (0, 0)))
        if way == "6to4":
            nexthdr = ICMPV6 if name == "icmp" else NAMES[name]
            head = frag6(nexthdr, offset & ~7, more, rng.randrange(1 << 32))
            return f, wrap(rng, way, f, head + l4, back=True, nexthdr=FRAGMENT)
        p = wrap(rng, way, f, l4, back=True)
        struct.pack_into("!H", p, 6, offset // 8 | more << 13)
        return f, p
    if way == "6to4":
        nexthdr = ICMPV6 if name == "icmp" else NAMES[name]
        return f, wrap(rng, way, f, ext(nexthdr) + l4, back=True,
                       nexthdr=rng.choice((HOPOPTS, DSTOPTS)))
    return f, wrap(rng, way, f, l4, back=True, options=rng.choice(IP_OPTIONS))


def extension(rng):
    """RFC 4884, 7: a header and objects, of RFC 4950 or 5837 or of nobody."""
    out = b""
    for _ in range(rng.randrange(4)):
        body = rng.randbytes(4 * rng.randrange(4))
        out += struct.pack("!HBB", 4 + len(body), rng.choice((1, 2, 3, 99)), 1) + body
    head = struct.pack("!BBH", 0x20, 0, 0)
    return struct.pack("!BBH", 0x20, 0, checksum(head + out)) + out


def icmp_error(rng, way):
    f, quoted = inner(rng, way)
    v4 = way == "4to6"
    n = rng.random()
    if n < 0.3:
        # As little as RFC 792 asks for, or less.
        quoted = quoted[:len(quoted) - len(quoted) % 4] if n < 0.02 else \
            quoted[:(20 if v4 else 40) + rng.choice((0, 4, 7, 8, 8, 8, 16, 20))]
    quoted = quoted[:rng.choice((128, 500, 548, 1232, 1400))]
    length, unit = 0, 4 if v4 else 8
    if rng.random() < 0.35:
        # The length is in words of 32 or 64 bits; 0 is how it was before.
        whole = quoted + bytes(max(128 - len(quoted), -len(quoted) % unit))
        length = len(whole) // unit if rng.random() < 0.85 else 0
        quoted = whole + extension(rng)
    kind, code = rng.choice((COMMON4 if v4 else COMMON6) if rng.random() < 0.7 else
                            (CODES4 if v4 else CODES6))
    if v4:
        rest = length << 16
        if (kind, code) == (3, 4):
            rest |= rng.choice(MTUS)
        elif kind == 12:
            rest |= rng.randrange(256) << 24
        source = rng.choice(ERRORS_FROM4) if rng.random() < 0.5 else f.z4
        return [ip4(source, f.t4, ICMP, icmp(kind, code, rest, quoted), hops(rng))]
    if kind == 2:
        rest = rng.choice(MTUS)
    elif kind == 4:
        rest = rng.choice((0, 4, 6, 7, 8, 24, 40, 41, 48, 255, 0xffffffff))
    else:
        rest = length << 24
    source = rng.choice(ERRORS_FROM6) if rng.random() < 0.5 else f.x6
    return [ip6(source, f.z6, ICMPV6, icmp(kind, code, rest, quoted), hops(rng))]


def icmp_other(rng, way):
    """Messages that are not translated, single-hop ones among them."""
    f = flow(rng, "icmp")
    kind = rng.choice((133, 134, 135, 136, 137, 139, 130, 143, 127, 200) if way == "6to4" else
                      (13, 14, 15, 16, 17, 18, 9, 10, 40, 42))
    return [wrap(rng, way, f, icmp(kind, 0, rng.randrange(1 << 32), payload(rng)))]


# --- headers ------------------------------------------------------------------------

ROUTES = [bytes((kind, left)) + bytes(4 + 16 * n)
          for kind in (0, 2, 3, 4, 253) for left in (0, 1, 255) for n in (0, 1, 2)]


def ext_headers(rng, way):
    """A chain in front of a transport header; of IPv4 a stray one."""
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    body = l4_of(rng, way, f)
    nexthdr = ICMPV6 if f.proto == "icmp" and way == "6to4" else NAMES[f.proto]
    for _ in range(rng.choice((1, 1, 1, 2, 3, 7, 8, 9, 20))):
        kind = rng.choice((HOPOPTS, DSTOPTS, DSTOPTS, ROUTING, FRAGMENT, AUTH, NONE) if
                          rng.random() < 0.5 else (DSTOPTS,))
        if kind == ROUTING:
            body = ext(nexthdr, rng.choice(ROUTES)) + body
        elif kind == FRAGMENT:
            body = frag6(nexthdr, 0, 0, rng.randrange(1 << 32)) + body
        elif kind == AUTH:
            body = struct.pack("!BBHII", nexthdr, 1, 0, 1, 1) + body
        else:
            body = ext(nexthdr, rng.choice((b"", b"\1\4\0\0\0\0", b"\1\6" + bytes(12),
                                            b"\xc2\4\0\1\0\0", b"\5\2\0\0"))) + body
        nexthdr = kind
    if rng.random() < 0.3:
        body = ext(nexthdr) + body
        nexthdr = HOPOPTS
    return [wrap(rng, way, f, body, protocol=nexthdr)]


IP_OPTIONS = (
    b"\1" * 4, b"\1" * 40, b"\0", b"\x44\x0c\x05\x00" + bytes(8), b"\x94\4\0\0", b"\7\7\4\0\0\0\0",
    b"\x83\7\4\xc0\0\2\x19", b"\x83\7\x08\xc0\0\2\x19", b"\x89\7\4\xc0\0\2\x19",
    b"\x89\x0b\x0c" + bytes(8), b"\x83\3\4", b"\x83\2", b"\x88\4\0\1", b"\x44\x24\5\1" + bytes(32),
)


def ip_options(rng, way):
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    if way == "6to4":
        return ext_headers(rng, way)
    return [wrap(rng, way, f, l4_of(rng, way, f), options=rng.choice(IP_OPTIONS))]


def other_protocol(rng, way):
    f = flow(rng, "udp")
    return [wrap(rng, way, f, payload(rng), protocol=rng.choice((132, 33, 136, 47, 41, 4, 50, 51,
                                                                 2, 103, 0, 59, 255)))]


# --- fragments ----------------------------------------------------------------------

def fragmented(rng, way):
    """Any packet in pieces: in order or not, twice, or not all of them."""
    name = rng.choice(("tcp", "udp", "icmp", "udp"))
    f = flow(rng, name)
    if rng.random() < 0.15:
        whole = icmp_error(rng, way)[0]
    else:
        length = rng.choice((16, 64, 200, 1280, 1400, 2600))
        if name == "tcp":
            l4 = tcp(*ports(way, f), 24, payload(rng, length))
        elif name == "udp":
            l4 = udp(*ports(way, f), payload(rng, length), 1 if rng.random() < 0.9 else 0)
        else:
            l4 = echo(rng, way, f)
        whole = wrap(rng, way, f, l4)
        if way == "4to6" and rng.random() < 0.5:
            whole[6] &= 0xbf
    fix(whole)
    cuts = [rng.choice((8, 16, 24, 1232, rng.randrange(len(whole))))
            for _ in range(rng.choice((1, 1, 2, 3, 5)))]
    # Few ids, so that pieces of different packets meet now and then.
    ident = rng.randrange(1 << 32) if rng.random() < 0.9 else rng.randrange(4)
    out = fragments(whole, cuts, ident)
    n = rng.random()
    if n < 0.3:
        rng.shuffle(out)
    elif n < 0.4:
        out.reverse()
    elif n < 0.5:
        out.insert(rng.randrange(len(out)), rng.choice(out))
    elif n < 0.6:
        del out[rng.randrange(len(out))]
    elif n < 0.7:
        out += fragments(whole, [rng.randrange(len(whole))], ident)
    return out


def huge(rng, way):
    """As large as a packet can be, or by a header larger than the other family's
    can; in pieces that a link takes."""
    f = flow(rng, "udp")
    most = 65535 if way == "6to4" else 65515
    length = rng.choice((most, most - 20, most - 21, most - 19, rng.randrange(60000, most)))
    whole = wrap(rng, way, f, udp(*ports(way, f), rng.randbytes(length - 8), 1))
    if way == "4to6":
        whole[6] &= 0xbf
    fix(whole)
    piece = rng.choice((8800, 8000, 5000))
    return fragments(whole, range(piece, length, piece), rng.randrange(1 << 32))


def atomic(rng, way):
    """RFC 6946: a Fragment Header, and it is the only fragment."""
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    p = wrap(rng, "6to4", f, l4_of(rng, "6to4", f))
    return fragments(p, [], rng.randrange(1 << 32))


# --- what is nobody's, or not allowed -----------------------------------------------

def source_in_pool6(rng, way):
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    f = f._replace(x6=embed(rng.choice(PREFIXES), rng.choice(SERVERS + DENIED + [ROUTER4])))
    return [wrap(rng, "6to4", f, l4_of(rng, "6to4", f))]


SOURCES6 = [a6(a) for a in ("::", "::1", "fe80::8", "ff02::1", "::ffff:192.0.2.24", "2001:db8::1",
                            "64:ff9b:1::1")]
SOURCES4 = DENIED + [ROUTER4, a4("203.0.113.1"), a4("203.0.113.2"), a4("192.0.2.255")]


def strange_source(rng, way):
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    f = f._replace(x6=rng.choice(SOURCES6), z4=rng.choice(SOURCES4))
    return [wrap(rng, way, f, l4_of(rng, way, f))]


def strange_port(rng, way):
    """To a port that nobody has, on an address of pool4 or near one."""
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    f = f._replace(t4=a4(rng.choice(("203.0.113.1", "203.0.113.2", "203.0.113.3", "192.0.2.1"))),
                   tp=rng.randrange(65536))
    return [wrap(rng, "4to6", f, l4_of(rng, "4to6", f))]


def not_ours(rng, way):
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    f = f._replace(z6=rng.choice((ROUTER6, *CLIENTS, rng.randbytes(16))),
                   t4=rng.choice((ROUTER4, *SERVERS, rng.randbytes(4))))
    return [wrap(rng, way, f, l4_of(rng, way, f))]


def tiny(rng, way):
    """A header, or less than that, and next to nothing behind it."""
    f = flow(rng, rng.choice(("tcp", "udp", "icmp")))
    p = wrap(rng, way, f, rng.randbytes(rng.randrange(22)))
    return [p[:rng.randrange(1, len(p))] if rng.random() < 0.3 else p]


# (builder, weight)
BUILDERS = [
    (plain("tcp"), 24), (plain("udp"), 18), (plain("icmp"), 12), (train, 3),
    (udp_no_checksum, 3), (udp_options, 2), (icmp_error, 22), (icmp_other, 2),
    (ext_headers, 5), (ip_options, 4), (other_protocol, 2), (fragmented, 8), (atomic, 1), (huge, 0.1),
    (source_in_pool6, 1), (strange_source, 2), (strange_port, 2), (not_ours, 1), (tiny, 2),
]
_CHOICES = [b for b, weight in BUILDERS for _ in range(int(weight * 10))]


def make(rng, way, only=None):
    """The name of a kind of packet, and packets of it. only: mostly of one kind; the
    others open the sessions that it needs."""
    build = rng.choice(_CHOICES)
    if only and rng.random() < 0.8:
        build = next(b for b, _ in BUILDERS if b.__name__ == only)
    packets = build(rng, way)
    if build not in (fragmented, huge, icmp_error) or rng.random() < 0.98:
        for p in packets:
            if p and (build is not tiny or len(p) > 40):
                fix(p)
    return build.__name__, packets
