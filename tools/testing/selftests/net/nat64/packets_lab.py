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
from scapy.packet import Raw

from packets_compare import (ANY_ID, DEV, Either, On, Pieces, Row, Want, compare, listed, some_of,
                             summary, version)

conf.verb = 0
logging.getLogger("scapy.runtime").setLevel(logging.ERROR)

# Addresses, see packets.sh, which gives the same to the router.
MAC = {"eth6": "02:00:00:00:06:02", "eth4": "02:00:00:00:04:02"}
ROUTER_MAC = {"eth6": "02:00:00:00:06:01", "eth4": "02:00:00:00:04:01"}

SEEN_BY_ALL = 3             # ETH_P_ALL
PACKET_HOST = 0
PATIENCE = 30               # seconds, for what comes at once on an idle machine
ROUNDS = 3                  # of sentinels, before a packet is given up

# What moves when a packet does not simply go through; a row names what it wants.
WATCHED = ("drop_*", "given_back", "hairpinned", "probes_sent", "icmp_errors_sent",
           "*_icmp_error_packets")


class Lost(Exception):
    """The sentinel did not come: nothing can be said of what was sent before."""


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
        self.stats = stats
        self.serial = 0
        self.broken = []
        # One CPU has one queue.
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})

    def put(self, *packets):
        frames = [(version(packet), bytes(packet), packet.mac if isinstance(packet, On) else None)
                  for packet in packets]
        for side, data, mac in frames:
            self.wire[side].send(data, mac)

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
        wrong = compare(some_of(row.want, got) if row.some else row.want, got)
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
    def without(self, reason):
        """What the rows need is not to be had: they fail."""
        self.broken.append(reason)
        try:
            yield
        finally:
            self.broken.pop()

    @contextlib.contextmanager
    def attribute(self, name, value):
        path = os.path.join(self.instance, name)
        try:
            with open(path, encoding="ascii") as f:
                old = f.read()
            write(path, value)
        except OSError as error:
            with self.without(f"{name}: {error.strerror}"):
                yield
            return
        try:
            yield
        finally:
            write(path, old)

    @contextlib.contextmanager
    def pool4(self, name):
        path = os.path.join(self.instance, "pool4", name)
        os.mkdir(path)
        try:
            yield
        finally:
            os.rmdir(path)

    @contextlib.contextmanager
    def route(self, route):
        """One more route."""
        family = "-6" if ":" in route else "-4"
        ip(self.router, family, "route", "add", *route.split())
        try:
            yield
        finally:
            ip(self.router, family, "route", "del", *route.split())

    @contextlib.contextmanager
    def sysctl(self, name, value):
        old = on(self.router, "sysctl", "-n", name).strip()
        on(self.router, "sysctl", "-qw", f"{name}={value}")
        try:
            yield
        finally:
            on(self.router, "sysctl", "-qw", f"{name}={old}")

    @contextlib.contextmanager
    def mtu(self, dev, value):
        """Of the router's link."""
        ip(self.router, "link", "set", "dev", dev, "mtu", str(value))
        try:
            yield
        finally:
            ip(self.router, "link", "set", "dev", dev, "mtu", "1500")

    @contextlib.contextmanager
    def rules(self, text):
        """nft rules in the router."""
        try:
            on(self.router, "nft", "-f", "-", text=text)
        except (OSError, subprocess.CalledProcessError) as error:
            with self.without(f"nft: {getattr(error, 'stderr', error)}"):
                yield
            return
        try:
            yield
        finally:
            on(self.router, "nft", "flush", "ruleset")

    def counter(self, name):
        return self.counters.read()[name]

    def mib(self, name):
        """The router's IpName or Ip6Name, and FragMemory."""
        if name == "FragMemory":
            text = on(self.router, "cat", "/proc/net/sockstat")
            return int(text.split("FRAG:")[1].split()[3])
        if name.startswith("Ip6"):
            lines = on(self.router, "cat", "/proc/net/snmp6").splitlines()
            return int(dict(line.split() for line in lines)[name])
        names, values = (line.split()[1:] for line in
                         on(self.router, "cat", "/proc/net/snmp").splitlines()
                         if line.startswith("Ip:"))
        return int(dict(zip(names, values))[name.removeprefix("Ip")])

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


def comes_true(condition, what):
    """What is wrong: nothing, if it comes true."""
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return what
        time.sleep(0.05)
    return None


def write(path, value):
    with open(path, "w", encoding="ascii") as f:
        f.write(f"{value}\n" if not str(value).endswith("\n") else value)


def on(ns, *command, text=None):
    """What the command prints in that namespace."""
    return subprocess.run(["nsenter", f"--net=/run/netns/{ns}", *command], input=text, text=True,
                          capture_output=True, check=True).stdout


def ip(ns, *args):
    subprocess.run(["ip", "-n", ns, *args], check=True)


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


# A table needs nearly all of it.
__all__ = ["ANY_ID", "DEV", "Either", "On", "Pieces", "Row", "Want", "listed", "version",
           "ICMP", "IP", "TCP", "UDP", "IPv6", "Raw", "PATIENCE",
           "CLIENT", "CLIENT2", "ROUTER6", "ROUTER4", "SERVER", "SERVER2", "POOL", "HOP4", "HOP6",
           "PORT6", "PORT4", "SERVICE", "PORT6_2", "PORT4_2",
           "in6", "out6", "out4", "back4", "back6", "udp6", "udp4", "udp4_back", "udp6_back",
           "answer6", "answer4", "comes_true", "table"]
