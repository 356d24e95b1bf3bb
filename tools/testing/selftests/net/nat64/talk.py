#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Many short conversations, whose every answer must be the one to what was asked.

mirror ENDPOINT...
	Prints "ready", then sends back whatever comes, over TCP and UDP.

talk tcp|udp COUNT ROUNDS ENDPOINT...
	In each round COUNT new sockets, spread over the endpoints, ask each what no
	other does, until it is answered, from another port if it is refused.
	They stay open until the round ends. Prints how many were answered, and how
	many got what was not for them.
"""

import os
import selectors
import socket
import sys
import time

from peer import KIND, echo, family, parse

PATIENCE = 60       # seconds for a round, which ends when all are answered
AGAIN = 0.5         # seconds after it was refused, or of UDP without an answer
SILENT = 15         # seconds of TCP without: it sends again by itself
DEAF = 5            # seconds of UDP: its port may be another's for as long as that lives


def new_socket(protocol, address):
    s = socket.socket(family(address), KIND[protocol])
    s.setblocking(False)
    return s


# --- mirror -------------------------------------------------------------------

def accept(s, selector):
    client, _ = s.accept()
    selector.register(client, selectors.EVENT_READ, echo)


def reflect_datagram(s, _selector):
    try:
        data, name = s.recvfrom(4096)
        s.sendto(data, name)
    except OSError:
        pass


def mirror(endpoints):
    selector = selectors.DefaultSelector()
    for endpoint in endpoints:
        for protocol in KIND:
            s = new_socket(protocol, endpoint)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(parse(endpoint))
            if protocol == "tcp":
                s.listen(1024)
            selector.register(s, selectors.EVENT_READ,
                              accept if protocol == "tcp" else reflect_datagram)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            key.data(key.fileobj, selector)


# --- talk ---------------------------------------------------------------------

class Talker:
    """One that asks one server until it is answered."""

    def __init__(self, protocol, far, selector):
        self.protocol, self.far, self.selector = protocol, far, selector
        self.token = os.urandom(16)
        self.answered = self.crossed = False
        self.socket = None
        self.begun = 0
        self.ask()

    def ask(self):
        """Once more; a connection that is not there yet is begun anew."""
        self.heard = b""
        self.asked = time.monotonic()
        try:
            if self.socket is None or self.protocol == "tcp" or self.asked - self.begun > DEAF:
                self.begun = self.asked
                self.close()
                self.socket = new_socket(self.protocol, self.far[0])
                self.selector.register(self.socket, selectors.EVENT_READ if
                                       self.protocol == "udp" else selectors.EVENT_WRITE, self)
                self.socket.connect(self.far)
            if self.protocol == "udp":
                self.socket.send(self.token)
        except OSError:
            pass        # refused, or under way

    def event(self, mask):
        try:
            if mask & selectors.EVENT_WRITE:
                self.socket.send(self.token)
                self.selector.modify(self.socket, selectors.EVENT_READ, self)
                return
            self.hear(self.socket.recv(4096))
        except BlockingIOError:
            pass
        except OSError:
            if self.protocol == "tcp":
                self.selector.unregister(self.socket)
                self.socket.close()
                self.socket = None

    def hear(self, data):
        if self.protocol == "udp":
            self.heard = b""        # an answer each, as often as it was asked
        elif not data:
            raise ConnectionResetError
        self.heard += data
        if not self.token.startswith(self.heard[:16]) or len(self.heard) > 16:
            self.crossed = True
        elif len(self.heard) == 16:
            self.answered = True

    def is_due(self):
        waits = self.protocol == "tcp" and self.socket is not None
        return not self.answered and time.monotonic() - self.asked > (SILENT if waits else AGAIN)

    def close(self):
        if self.socket is not None:
            self.selector.unregister(self.socket)
            self.socket.close()
        self.socket = None


def one_round(protocol, count, servers):
    with selectors.DefaultSelector() as selector:
        talkers = [Talker(protocol, servers[i % len(servers)], selector) for i in range(count)]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not all(t.answered for t in talkers):
            for key, mask in selector.select(0.1):
                key.data.event(mask)
            for t in talkers:
                if t.is_due():
                    t.ask()
        for key, mask in selector.select(0):
            key.data.event(mask)
        for t in talkers:
            t.close()
    return sum(t.answered for t in talkers), sum(t.crossed for t in talkers)


def talk(protocol, count, rounds, *endpoints):
    servers = [parse(endpoint) for endpoint in endpoints]
    results = [one_round(protocol, int(count), servers) for _ in range(int(rounds))]
    print(*(sum(column) for column in zip(*results)))


if __name__ == "__main__":
    if sys.argv[1] == "mirror":
        mirror(sys.argv[2:])
    else:
        talk(*sys.argv[2:])
