# SPDX-License-Identifier: GPL-2.0
"""What the outside may begin: stored SYNs and filtering/, RFC 6146 3.5.1 to 3.5.3."""

import contextlib

from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6TimeExceeded

from packets_headers import ping4, ping6, pong4, pong6, tcp4, tcp4_back, tcp6, tcp6_back
from packets_icmp import (ToServer, cut, error4, error6, open_sessions, received4, received6,
                          sent4, sent6, to_client)
from packets_lab import *

RANGE = "pool4/203.0.113.1#5000-5999/tcp"
FREE = 5500             # a port of pool4 that nobody has
STRANGER = "192.0.2.25"
SECONDS = 3600
KEPT = 128              # of a stored SYN


def syn4(sport=SERVICE, dport=FREE, flags="S"):
    return tcp4_back(b"", sport=sport, dport=dport, flags=flags)


def gauge(lab):
    """How many are stored, which no row watches by itself."""
    with open(f"{lab.stats}/stored_syns", encoding="ascii") as f:
        return int(f.read())


def stored(lab, number):
    found = gauge(lab)
    return None if found == number else f"{found} stored, not {number}"


def only(lab, number):
    return {"silent": True, "check": lambda: stored(lab, number)}


@table
def stored_syns(lab):
    """RFC 6146, 3.5.2.2; no server here has got a session of its own yet."""
    with lab.attribute("timeouts/allow_below_rfc", 1):
        yield from unmet(lab)
        with lab.attribute("timeouts/tcp_in_syn", SECONDS):
            yield from met(lab)
            yield from limited(lab)


def unmet(lab):
    """Answered when its time is over, and that is made to be so for all at once."""
    packet, large = back4(syn4()), back4(syn4(sport=88) / Raw(bytes(1000)))
    before = lab.counter("drop_unanswered_syn")
    with lab.attribute("timeouts/tcp_in_syn", SECONDS):
        yield Row("a SYN that nobody waits for is stored", packet, **only(lab, 1))
        yield Row("the same again is not", packet, drop="repeated_syn",
                  check=lambda: stored(lab, 1))
        yield Row("one with data is stored, too", large, **only(lab, 2))
        yield Row("no SYN is not", back4(syn4(sport=81, flags="A")), drop="no_binding",
                  check=lambda: stored(lab, 2))
        yield Row("nor is the answer to one", back4(syn4(sport=81, flags="SA")),
                  drop="no_binding", check=lambda: stored(lab, 2))
        yield Row("outside the ranges it is given back", back4(syn4(dport=7777)), given_back=1)
    with lab.attribute("timeouts/tcp_in_syn", 1):
        told = lab.listing or comes_true(
            lambda: lab.counter("drop_unanswered_syn") == before + 2, "they are not counted")
        yield Row("in the end its sender is told 3/3, quoting what is kept", back4(udp4_back()),
                  *(Want(answer4(ICMP(type=3, code=3), bytes(p)[:KEPT], dst=p.src).packet,
                         ("tos", "id", "flags", "ttl")) for p in (packet, large)),
                  back6(udp6_back()), check=lambda: told or stored(lab, 0))


def met(lab):
    """A client opens the same connection from its side."""
    with lab.attribute(RANGE, FREE):
        yield Row("a second one is stored", back4(syn4(sport=82)), **only(lab, 1))
        yield Row("a client's SYN for another port of the server does not meet it",
                  out6(tcp6(b"", sport=4100, dport=83, flags="S")),
                  out4(tcp4(b"", sport=FREE, dport=83, flags="S")),
                  check=lambda: stored(lab, 1))
        yield Row("a client's SYN meets it",
                  out6(tcp6(b"", sport=4100, dport=82, flags="S")),
                  out4(tcp4(b"", sport=FREE, dport=82, flags="S")), drop="simultaneous_open",
                  check=lambda: stored(lab, 0) or state(lab, 4100, 82, "established"))
        yield Row("then the server's passes", back4(syn4(sport=82)),
                  back6(tcp6_back(b"", sport=82, dport=4100, flags="S")))
        yield Row("both answer", back4(syn4(sport=82, flags="SA")),
                  back6(tcp6_back(b"", sport=82, dport=4100, flags="SA")))
        yield Row("udp does not come through the binding of tcp",
                  back4(udp4_back(sport=82, dport=FREE)), drop="no_binding")
        yield Row("nor does an echo", back4(ping4(id=FREE)), drop="no_binding")


def state(lab, port, service, wanted):
    for (_, local, remote, *_), (found, _) in lab.sessions().items():
        if local.endswith(f"#{port}") and remote.endswith(f"#{service}"):
            return None if found == wanted else f"the session is {found}, not {wanted}"
    return "there is no session"


def limited(lab):
    with lab.attribute("limits/stored_syns", 1):
        yield Row("as many as allowed", back4(syn4(dport=FREE + 1, sport=84)), **only(lab, 1))
        yield Row("one more is dropped", back4(syn4(dport=FREE + 1, sport=85)), drop="syn_limit",
                  check=lambda: stored(lab, 1))
    with lab.attribute("limits/stored_syns", 0):
        yield Row("no limit", back4(syn4(dport=FREE + 1, sport=86)), **only(lab, 2))
    with lab.attribute("enabled", "drain"):
        yield Row("draining: none is stored", back4(syn4(dport=FREE + 1, sport=87)), drop="draining",
                  check=lambda: stored(lab, 2))
    yield Row("from a denied address none is stored", back4(syn4(dport=FREE + 1), src="169.254.0.1"),
              drop="denied_ipv4", check=lambda: stored(lab, 2))


@table
def choice(lab):
    """RFC 6146, 5.3: who stores SYNs neither has a client lent that port, nor keeps it."""
    ports = {FREE, FREE + 1}
    drawn = set()

    def client(sport, wanted):
        """It calls the server whose SYNs are stored, and is lent one of the ports."""
        got = [IP(data) for side, data in
               lab.exchange(out6(tcp6(b"", sport=sport, dport=91, flags="S"))) if side == 4]
        drawn.update(packet[TCP].sport for packet in got)
        return None if len(got) == 1 and got[0][TCP].sport in wanted else \
            f"{[packet.summary() for packet in got]}, wanted one of {wanted}"

    def round_of(number):
        with lab.attribute(RANGE, f"{FREE}-{FREE + 1}"):
            lab.put(back4(syn4(sport=91)))
            return listed(client(4200 + number, ports))

    with lab.attribute("timeouts/tcp_in_syn", SECONDS), lab.attribute(RANGE, ""):
        yield Row("a port for which one is stored is lent as any other, and no more often",
                  back4(udp4_back()), back6(udp6_back()), free=("drop_*",),
                  check=lambda: [line for n in range(20) for line in round_of(n)] or
                  (None if drawn == ports else f"of {ports} only {drawn} were lent"))


class Timers:
    """What is left of a session tells by which timer, and whether it began anew: each
    timer has a length of its own, and a shorter one after each step."""

    NAMES = ("udp", "icmp", "tcp_trans_open", "tcp_trans_close", "tcp_est")
    STEP = 100

    def __init__(self, lab):
        self.lab = lab
        self.step = 0
        self.left = {}

    def length(self, timer):
        return 10000 * (1 + self.NAMES.index(timer)) + 9900 - self.STEP * self.step

    def shorter(self):
        """What all of them are set to, for the next step."""
        self.step += 1
        stack = contextlib.ExitStack()
        for timer in self.NAMES:
            stack.enter_context(self.lab.attribute(f"timeouts/{timer}", self.length(timer)))
        return stack

    def wrong(self, session, state, timer):
        """session: (protocol, client's port, server's); timer None: it has not begun anew."""
        if timer:
            self.left[session] = self.length(timer)
        wanted = self.left[session]
        for (proto, local, remote, *_), (found, left) in self.lab.sessions().items():
            if (proto, local.rpartition("#")[2], remote.rpartition("#")[2]) == session:
                return None if found == state and wanted - self.STEP < left <= wanted else \
                    f"{found}, {left} s left; wanted {state}, {wanted}"
        return "there is no session"


@table
def refresh(lab):
    """RFC 7857, 2.2, 7 and 7.1: what starts which timer anew, and what does not."""
    timers = Timers(lab)
    session = ("udp", f"{PORT6}", "70")
    packets = [
        ("the client's", out6(udp6(dport=70)), out4(udp4(dport=70)), "udp", {}),
        ("the server's", back4(udp4_back(sport=70)), back6(udp6_back(sport=70)), "udp", {}),
        ("an error from IPv6", error6(ICMPv6DestUnreach(code=4), received6(udp6_back(sport=70))),
         ToServer(ICMP(type=3, code=3), received4(udp4_back(sport=70))), None, {}),
        ("an error from IPv4", error4(ICMP(type=3, code=3), cut(sent4(udp4(dport=70)))),
         to_client(ICMPv6DestUnreach(code=4), cut(sent6(udp6(dport=70)))), None, {}),
        ("a stranger's that is filtered", stranger := back4(udp4_back(sport=70), src=STRANGER),
         answer4(ICMP(type=3, code=13), stranger), None, {"drop": "filtered"}),
    ]
    with lab.attribute("filtering/address_dependent", 1):
        for name, packet, want, timer, counts in packets:
            with timers.shorter():
                yield Row(f"udp: {name}: {'anew' if timer else 'nothing'}", packet, want, **counts,
                          check=lambda t=timer: timers.wrong(session, "-", t))
    session = ("tcp", f"{PORT6}", "71")
    for number, (flags, state, timer) in enumerate((
            ("6 S", "v6_init", "tcp_trans_open"), ("6 R", "v6_init", None),
            ("4 R", "v6_init", None), ("6 S", "v6_init", "tcp_trans_open"),
            ("4 SA", "established", "tcp_est"), ("6 A", "established", "tcp_est"),
            ("4 A", "established", "tcp_est"), ("6 R", "trans", "tcp_trans_close"),
            ("6 RA", "trans", None), ("4 R", "trans", None), ("4 A", "established", "tcp_est"),
            ("4 R", "trans", "tcp_trans_close"), ("6 A", "established", "tcp_est"),
            ("6 FA", "v6_fin_rcv", None), ("4 A", "v6_fin_rcv", "tcp_est"),
            ("6 R", "v6_fin_rcv", "tcp_trans_close"), ("4 A", "v6_fin_rcv", "tcp_est"),
            ("4 R", "v6_fin_rcv", "tcp_trans_close"), ("6 A", "v6_fin_rcv", "tcp_est"),
            ("4 FA", "v4_v6_fin_rcv", "tcp_trans_close"), ("6 A", "v4_v6_fin_rcv", None),
            ("6 R", "v4_v6_fin_rcv", None), ("4 R", "v4_v6_fin_rcv", None),
            ("6 S", "v6_init", "tcp_trans_open"), ("4 SA", "established", "tcp_est"),
            ("4 FA", "v4_fin_rcv", None), ("6 R", "v4_fin_rcv", "tcp_trans_close"),
            ("6 FA", "v4_v6_fin_rcv", "tcp_trans_close"), ("4 S", "v4_init", "tcp_trans_open"),
            ("6 R", "v4_init", None), ("6 SA", "established", "tcp_est")), 1):
        way, letters = flags.split()
        pair = (out6(tcp6(b"", dport=71, flags=letters)), out4(tcp4(b"", dport=71, flags=letters)))
        if way == "4":
            pair = (back4(tcp4_back(b"", sport=71, flags=letters)),
                    back6(tcp6_back(b"", sport=71, flags=letters)))
        with timers.shorter():
            yield Row(f"tcp: segment {number}: {letters} from IPv{way}: {state}, "
                      f"{timer or 'no timer'}", *pair,
                      check=lambda s=state, t=timer: timers.wrong(session, s, t))


@table
def next_connection(lab):
    """A SYN when both have closed: it asks as if there were no session."""
    for packets in ((out6(tcp6(b"", flags="S", dport=72)), back4(tcp4_back(flags="SA", sport=72))),
                    (out6(tcp6(b"", flags="FA", dport=72)), back4(tcp4_back(flags="FA", sport=72)))):
        lab.exchange(*packets)
    with lab.attribute("filtering/drop_external_tcp", 1):
        yield Row("drop_external_tcp: the server may not begin it", back4(syn4(72, PORT4)),
                  drop="external_tcp", check=lambda: state(lab, PORT6, 72, "v4_v6_fin_rcv"))
        yield Row("drop_external_tcp: the rest of the old one passes",
                  back4(tcp4_back(b"", sport=72)), back6(tcp6_back(b"", sport=72)))
    yield Row("off: it may", back4(syn4(72, PORT4)), back6(tcp6_back(b"", sport=72, flags="S")),
              check=lambda: state(lab, PORT6, 72, "v4_init"))


@table
def address_dependent(lab):
    open_sessions(lab)
    packet = back4(udp4_back(), src=STRANGER)
    with lab.attribute("filtering/address_dependent", 1), \
            lab.attribute("timeouts/tcp_in_syn", SECONDS):
        yield Row("udp: a stranger is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="filtered")
        yield Row("udp: whom the client talks to passes, from any port",
                  back4(udp4_back(sport=8888)), back6(udp6_back(sport=8888)))
        yield Row("udp: the client calls", out6(udp6(), dst=STRANGER), out4(udp4(), dst=STRANGER))
        yield Row("udp: then it is no stranger", packet, back6(udp6_back(), src=STRANGER))
        packet = back4(ping4(id=5000), src=STRANGER, dst=POOL)
        yield Row("echo: a stranger is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="filtered")
        yield Row("echo: the client calls", out6(ping6(), dst=STRANGER),
                  out4(ping4(), dst=STRANGER))
        yield Row("echo: then it is no stranger", back4(pong4(), src=STRANGER),
                  back6(pong6(), src=STRANGER))
        number = 0 if lab.listing else gauge(lab)
        yield Row("tcp: a stranger's SYN is stored",
                  back4(syn4(dport=PORT4), src=STRANGER), **only(lab, number + 1))
        packet = back4(syn4(sport=90, dport=PORT4, flags="A"), src=STRANGER)
        yield Row("tcp: anything else of a stranger's is answered 3/13", packet,
                  answer4(ICMP(type=3, code=13), packet), drop="filtered")
        yield Row("tcp: the client meets it", out6(tcp6(b"", flags="S"), dst=STRANGER),
                  out4(tcp4(b"", flags="S"), dst=STRANGER), drop="simultaneous_open",
                  check=lambda: stored(lab, number))
        yield Row("tcp: then it passes", back4(syn4(dport=PORT4), src=STRANGER),
                  back6(tcp6_back(b"", flags="S"), src=STRANGER))
    yield Row("off: a stranger passes", back4(udp4_back(), src="192.0.2.99"),
              back6(udp6_back(), src="192.0.2.99"))


@table
def drop_external_tcp(lab):
    open_sessions(lab)
    with lab.attribute("filtering/drop_external_tcp", 1):
        yield Row("a SYN to a binding is dropped",
                  back4(syn4(sport=8888, dport=PORT4)), drop="external_tcp")
        yield Row("anything else, too", back4(syn4(sport=8888, dport=PORT4, flags="A")),
                  drop="external_tcp")
        yield Row("a SYN to no binding is not stored", back4(syn4()), drop="external_tcp")
        yield Row("a client's connections go on", back4(tcp4_back()), back6(tcp6_back()))
        yield Row("it may begin others", out6(tcp6(b"", dport=8889, flags="S")),
                  out4(tcp4(b"", dport=8889, flags="S")))
        yield Row("udp passes", back4(udp4_back(sport=8890)), back6(udp6_back(sport=8890)))
    yield Row("off: a SYN to a binding passes", back4(syn4(sport=8888, dport=PORT4)),
              back6(tcp6_back(b"", sport=8888, flags="S")))


@table
def drop_icmp_info(lab):
    open_sessions(lab)
    with lab.attribute("filtering/drop_icmp_info", 1):
        yield Row("no echo to IPv4", out6(ping6()), drop="icmp_info")
        yield Row("none from IPv4", back4(ping4(id=5000), dst=POOL), drop="icmp_info")
        yield Row("the rest passes", out6(udp6()), out4(udp4()))
        packet = out6(udp6(), hlim=1)
        yield Row("errors are no echoes", packet,
                  answer6(ICMPv6TimeExceeded(), packet), drop="hop_limit")
    yield Row("off: an echo to IPv4 passes", out6(ping6()), out4(ping4()))
