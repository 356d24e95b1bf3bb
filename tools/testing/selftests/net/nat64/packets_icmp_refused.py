# SPDX-License-Identifier: GPL-2.0
"""ICMP errors that are not translated, and that none of them alters a session:
RFC 5508; RFC 6146 3.4, 3.5."""

import time

from scapy.layers.inet6 import (ICMPv6DestUnreach, ICMPv6PacketTooBig, ICMPv6ParamProblem,
                                ICMPv6TimeExceeded, ICMPv6Unknown, IPv6ExtHdrDestOpt)

from packets_headers import BOTH_WAYS
from packets_icmp import (ToServer, cut, error4, error6, fragment_header, open_sessions,
                          received4, received6, sent4, sent6, to_client)
from packets_lab import *


OTHER = "192.0.2.77"    # whom nobody talks to


# --- what is not translated ------------------------------------------------------------------

def bad_sum(packet):
    packet.payload.setfieldval("chksum" if isinstance(packet, IP) else "cksum", 0x1234)
    return packet


@table
def refused(lab):
    open_sessions(lab)
    m4, m6 = ICMP(type=3, code=3), ICMPv6DestUnreach(code=4)

    def row4(name, inner, drop, length=None, **header):
        return Row(f"4->6: {name}", error4(m4, cut(inner, length), **header), drop=drop)

    def row6(name, inner, drop, length=None, **header):
        return Row(f"6->4: {name}", error6(m6, cut(inner, length), **header), drop=drop)

    # A packet that cannot be told, or is none of ours.
    for kind, code in ((3, 3), (3, 4), (5, 0), (11, 0), (12, 0)):
        yield row4(f"an error about an error {kind}/{code}",
                   sent4(ICMP(type=kind, code=code) / cut(received4(udp4_back()))), "icmp_type")
    for message in (ICMPv6DestUnreach(), ICMPv6PacketTooBig(), ICMPv6TimeExceeded(),
                    ICMPv6ParamProblem()):
        yield row6(f"an error about an error {message.type}/0",
                   received6(message / cut(sent6(udp6()))), "icmp_type")
    yield row4("about a timestamp request", sent4(ICMP(type=13, id=PORT4)), "icmp_type")
    yield row6("about a router solicitation",
               received6(ICMPv6Unknown(type=133, msgbody=bytes(4))), "icmp_type")
    yield row4("about sctp", sent4(Raw(bytes(32)), proto=132), "unrelated_error")
    yield row6("about sctp", received6(Raw(bytes(32)), nh=132), "unrelated_error")
    for name, l6, l4, l4_back, l6_back in BOTH_WAYS:
        other = {"id": 5999} if name == "echo" else {"sport": 5999}
        yield row4(f"about no session of {name}: the port", sent4(l4(**other)), "unrelated_error")
        yield row4(f"about no session of {name}: the server",
                   IP(src=POOL, dst=OTHER) / l4(), "unrelated_error")
        other = {"id": 3999} if name == "echo" else {"dport": 3999}
        yield row6(f"about no session of {name}: the port", received6(l6_back(**other)),
                   "unrelated_error")
        yield row6(f"about no session of {name}: the server",
                   IPv6(src=in6(OTHER), dst=CLIENT) / l6_back(), "unrelated_error",
                   dst=OTHER)
    yield Row("4->6: its own checksum is wrong",
              bad_sum(error4(m4.copy(), cut(sent4(udp4())))), drop="bad_checksum")
    yield Row("6->4: its own checksum is wrong",
              bad_sum(error6(m6.copy(), cut(received6(udp6_back())))), drop="bad_checksum")
    with lab.pool4("203.0.113.2#5000-5999"):
        yield row4("the source inside is not whom it is for", sent4(udp4()), "unrelated_error",
                   dst="203.0.113.2")
    yield row6("the source inside is not whom it is for", received6(udp6_back()),
               "unrelated_error", dst=SERVER2)
    yield row4("about a fragment that is not the first",
               IP(src=POOL, dst=SERVER, frag=10, id=7, proto=17) / Raw(bytes(udp4())),
               "unrelated_error")
    yield row6("about a fragment that is not the first",
               fragment_header(received6(udp6_back(b"x" * 64)), 7, offset=10),
               "unrelated_error")
    # Too little is left of it.
    for length in (0, 1, 19, 20, 24, 27):
        yield row4(f"{length} bytes of it", sent4(udp4()), "malformed", length)
    for length in (1, 39, 40, 44, 47):
        yield row6(f"{length} bytes of it", received6(udp6_back()), "malformed", length)
    yield Row("6->4: 0 bytes of it", error6(m6, Raw(b"")), drop="malformed")
    yield row4("an IPv4 header of 16 bytes inside", IP(src=POOL, dst=SERVER, ihl=4) / udp4(),
               "malformed")
    yield row4("an IPv4 header of 60 bytes inside, 36 are there",
               IP(src=POOL, dst=SERVER, ihl=15) / udp4(), "malformed", 36)
    yield row4("IPv6 inside", sent6(udp6()), "malformed")
    yield row6("IPv4 inside", received4(udp4_back(b"x" * 40)), "malformed")
    yield row6("an extension header inside is longer than the quote",
               received6(IPv6ExtHdrDestOpt(len=40) / udp6_back()), "malformed")
    yield Row("4->6: an error of 4 bytes", back4(Raw(bytes(m4)[:4]), proto=1), drop="malformed")
    yield Row("6->4: an error of 4 bytes", out6(Raw(bytes(4)), nh=58), drop="malformed")
    # An error is never answered.
    yield Row("4->6: with TTL 1 it is not answered", error4(m4, cut(sent4(udp4())), ttl=1),
              drop="hop_limit")
    yield Row("6->4: with hop limit 1 it is not answered",
              error6(m6, cut(received6(udp6_back())), hlim=1), drop="hop_limit")
    yield Row("6->4: from inside pool6", error6(m6, cut(received6(udp6_back())), src=in6(SERVER2)),
              drop="bad_source")
    yield row6("about no session with a denied address",
               IPv6(src=in6("127.0.0.1"), dst=CLIENT) / udp6_back(), "unrelated_error",
               dst="127.0.0.1")
    with lab.pool4(f"{ROUTER4}#61001-61010"):
        yield Row("4->6: about no session, for the box itself: given back",
                  error4(m4, cut(IP(src=ROUTER4, dst=SERVER) / udp4(sport=61005)), dst=ROUTER4),
                  given_back=1)


def others(lab):
    """All but that of the sentinels, which goes on."""
    return {s: v for s, v in lab.sessions().items() if not s[1].startswith(f"{lab.KEEPER}#")}


def aged(lab, count):
    """The sessions of the tests, once each has aged by a second."""
    if lab.listing:
        return {}
    first = others(lab)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        now = others(lab)
        if all(now[s][1] < first[s][1] for s in first if s in now) and len(now) >= count:
            return now
        time.sleep(0.05)
    return first


@table
def session_state(lab):
    """RFC 6146 3.5, RFC 5508 R6, RFC 5382 R10: errors alter no state."""
    open_sessions(lab)
    before = aged(lab, 3)

    def unmoved():
        after = others(lab)
        return [f"{' '.join(s)} was {before[s]}, is {after.get(s)}" for s in before
                if s not in after or after[s][0] != before[s][0] or after[s][1] > before[s][1]] + \
               [f"{' '.join(s)} is new" for s in after if s not in before]

    def kept(name, message, want):
        return Row(name, message, want, check=unmoved)

    for name, l6, l4, l4_back, l6_back in BOTH_WAYS:
        for m4, m6 in ((ICMP(type=3, code=3), ICMPv6DestUnreach(code=4)),
                       (ICMP(type=11, code=0), ICMPv6TimeExceeded()),
                       (ICMP(type=3, code=13), ICMPv6DestUnreach(code=1))):
            yield kept(f"{name}: {m4.type}/{m4.code} from IPv4 alters no session",
                       error4(m4, cut(sent4(l4()))), to_client(m6, cut(sent6(l6()))))
        for m6, m4 in ((ICMPv6DestUnreach(code=4), ICMP(type=3, code=3)),
                       (ICMPv6TimeExceeded(), ICMP(type=11, code=0)),
                       (ICMPv6DestUnreach(code=1), ICMP(type=3, code=10))):
            yield kept(f"{name}: {m6.type}/{m6.code} from IPv6 alters no session",
                       error6(m6, cut(received6(l6_back()))), ToServer(m4, received4(l4_back())))
    yield Row("an error about no session makes none",
              error4(ICMP(type=3, code=3), cut(sent4(udp4(sport=5500)))), check=unmoved,
              drop="unrelated_error")
