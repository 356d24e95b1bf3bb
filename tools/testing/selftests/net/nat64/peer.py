#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The programs at both ends of the tests. Endpoints are written ADDRESS#PORT.

serve tcp|udp ENDPOINT...
	Prints "ready", then answers for ever: to a connection and to each datagram
	with the line "<peer> <own>", the two endpoints as it sees them, and echoes
	what is sent on a connection afterwards.

ask tcp|udp [-s SOURCE] [-n COUNT] [-t SECONDS] ENDPOINT
	COUNT sockets at once, the source port counting up if it is given. Prints for
	each "<own> <seen> <at>": its own endpoint, what the server took it for, and
	the server's own endpoint; or the name of the error. Fails if one failed.

hold tcp|udp [-s SOURCE] [-n COUNT] [-t SECONDS] ENDPOINT
	The same, but keeps the sockets, and for each line read from its input asks
	again and prints how many answered.

flood [-s SOURCE] [-n COUNT] ENDPOINT
	Datagrams as fast as they go from COUNT sockets until it is killed, whatever
	becomes of them.

race tcp|udp|icmp [-s SOURCE] [-n COUNT] [-p PROCESSES] [-o] ENDPOINT
	Packets that begin COUNT flows, each sent by all PROCESSES at the same moment,
	which are spread over the CPUs. The source port counts up, or with -o the
	destination port does, so that the flows share one binding.
"""

import argparse
import errno
import multiprocessing
import os
import selectors
import socket
import struct
import sys
import time

# Which Python does not name.
IPV6_RECVERR = 25
KIND = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}


def parse(endpoint):
    address, port = endpoint.split("#")
    return address, int(port)


def show(name):
    return f"{name[0]}#{name[1]}"


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def sock(protocol, near, far=None):
    s = socket.socket(family((near or far)[0]), KIND[protocol])
    if protocol == "tcp":
        # Not for UDP: two sockets that want just any port might then get the same.
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if s.family == socket.AF_INET6:
        # Without it a UDP socket is not told of what might pass, as "address unreachable".
        s.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    if near:
        s.bind(near)
    return s


def reason(error):
    return errno.errorcode.get(error.errno, "ETIMEDOUT") if error.errno else "ETIMEDOUT"


# --- serve --------------------------------------------------------------------

def greet(listener, selector):
    s, name = listener.accept()
    s.sendall(f"{show(name)} {show(s.getsockname())}\n".encode())
    selector.register(s, selectors.EVENT_READ, echo)


def echo(s, selector):
    try:
        data = s.recv(65536)
        if data:
            s.sendall(data)
            return
    except OSError:
        pass
    selector.unregister(s)
    s.close()


def answer(s, _selector):
    _data, name = s.recvfrom(65536)
    try:
        s.sendto(f"{show(name)} {show(s.getsockname())}\n".encode(), name)
    except OSError:
        pass


def serve(args):
    selector = selectors.DefaultSelector()
    for endpoint in args.endpoint:
        s = sock(args.protocol, parse(endpoint))
        if args.protocol == "tcp":
            s.listen(4096)
        selector.register(s, selectors.EVENT_READ, greet if args.protocol == "tcp" else answer)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                key.data(key.fileobj, selector)
            except OSError:
                pass    # an ICMP error to an earlier answer


# --- ask, hold ------------------------------------------------------------------

class Flow:
    """One socket that asks one server."""

    def __init__(self, args, number):
        self.args = args
        self.far = parse(args.endpoint)
        self.near = parse(args.source) if args.source else None
        if self.near and self.near[1]:
            self.near = (self.near[0], self.near[1] + number)
        self.socket = None
        self.error = None

    def begin(self):
        try:
            self.socket = sock(self.args.protocol, self.near, self.far)
            self.socket.setblocking(False)
            self.socket.connect(self.far)
        except BlockingIOError:
            pass
        except OSError as error:
            self.error = error
        if not self.error and self.args.protocol == "udp":
            self.send()

    def send(self):
        try:
            self.socket.send(b"hello\n")
        except OSError as error:
            self.error = error

    def receive(self, seconds):
        if self.error:
            return None
        self.socket.settimeout(max(seconds, 0.001))
        try:
            data = self.socket.recv(65536)
            if data:
                return data.decode().strip()
            self.error = ConnectionResetError(errno.ECONNRESET, "closed")
        except OSError as error:
            self.error = error
        return None


def begin(args):
    flows = [Flow(args, i) for i in range(args.count)]
    for flow in flows:
        flow.begin()
    return flows


def patience(args):
    end = time.monotonic() + args.seconds
    return lambda: end - time.monotonic()


def ask_all(args, flows):
    left = patience(args)
    failed = 0
    for flow in flows:
        reply = flow.receive(left())
        if reply:
            print(show(flow.socket.getsockname()), reply)
        else:
            print(reason(flow.error))
            failed += 1
    sys.stdout.flush()
    return failed


def ask(args):
    return 1 if ask_all(args, begin(args)) else 0


def hold(args):
    flows = begin(args)
    ask_all(args, flows)
    print("ready", flush=True)
    for _ in sys.stdin:
        for flow in flows:
            flow.error = None
            flow.send()
        left = patience(args)
        print(sum(1 for flow in flows if flow.receive(left())), flush=True)
    return 0


# --- senders --------------------------------------------------------------------

def flood(args):
    flows = []
    far = parse(args.endpoint)
    for i in range(args.count):
        near = parse(args.source) if args.source else None
        if near and near[1]:
            near = (near[0], near[1] + i)
        flows.append(sock("udp", near, far))
    print("ready", flush=True)
    while True:
        for s in flows:
            try:
                s.sendto(b"x" * 100, far)
            except OSError:
                pass


def first_packet(protocol, near, far):
    if protocol == "icmp":      # echo request; the kernel fills the checksum in
        return struct.pack("!BBHHH", 128, 0, 0, near[1], 1) + b"nat64"
    return struct.pack("!HHIIBBHHH", near[1], far[1], near[1] << 8, 0, 5 << 4, 2, 65535, 0, 0)


def raw_socket(protocol, near):
    if protocol == "icmp":
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    else:
        s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_TCP)
        s.setsockopt(socket.IPPROTO_IPV6, 7, 16)    # IPV6_CHECKSUM, where it stands
    s.bind((near[0], 0))
    return s


def senders(args, flows):
    """Yields for each flow a function that sends its first packet."""
    if args.protocol == "udp":
        for near, far in flows:
            s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            s.bind(near)
            yield lambda s=s, far=far: s.sendto(b"nat64", far)
        return
    s = raw_socket(args.protocol, parse(args.source))
    for near, far in flows:
        packet = first_packet(args.protocol, near, far)
        yield lambda packet=packet, far=far: s.sendto(packet, (far[0], 0))


def race_one(args, flows, number, turn, arrived):
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[number % len(cpus)]})
    for i, send in enumerate(list(senders(args, flows))):
        # The last to arrive fires the shot; the others spin, for that is nearest.
        with arrived.get_lock():
            arrived.value += 1
            if arrived.value == args.processes:
                arrived.value = 0
                turn.value = i + 1
        while turn.value <= i:
            if args.processes > len(cpus):
                os.sched_yield()
        send()


def race(args):
    near, far = parse(args.source), parse(args.endpoint)
    if args.other:
        flows = [(near, (far[0], far[1] + i)) for i in range(args.count)]
    else:
        flows = [((near[0], near[1] + i), far) for i in range(args.count)]
    turn = multiprocessing.Value("i", 0, lock=False)
    arrived = multiprocessing.Value("i", 0)
    workers = [multiprocessing.Process(target=race_one, args=(args, flows, i, turn, arrived))
               for i in range(args.processes)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return max(worker.exitcode for worker in workers)


def arguments():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("serve", "ask", "hold", "flood", "race"):
        p = verbs.add_parser(verb)
        p.set_defaults(run=globals()[verb])
        if verb in ("serve", "ask", "hold", "race"):
            p.add_argument("protocol", choices=("tcp", "udp", "icmp"))
        if verb == "serve":
            p.add_argument("endpoint", nargs="+")
            continue
        p.add_argument("endpoint")
        p.add_argument("-s", dest="source")
        p.add_argument("-n", dest="count", type=int, default=1)
        p.add_argument("-t", dest="seconds", type=float, default=20)
        p.add_argument("-p", dest="processes", type=int, default=2)
        p.add_argument("-o", dest="other", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    ARGS = arguments()
    try:
        sys.exit(ARGS.run(ARGS))
    except KeyboardInterrupt:
        sys.exit(130)
