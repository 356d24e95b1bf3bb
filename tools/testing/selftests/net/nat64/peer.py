#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The programs at both ends of the tests. Endpoints are written ADDRESS#PORT.

serve tcp|udp ENDPOINT...
	Prints "ready", then answers for ever: to a connection and to each datagram
	with the line "<peer> <own>", the two endpoints as it sees them, and echoes
	what is sent on a connection afterwards.

ask tcp|udp [-s SOURCE] [-a] [-n COUNT] [-t SECONDS] ENDPOINT
	COUNT sockets at once, the source port counting up if it is given, or with -a
	the last number of the IPv6 address, written with ::. Prints for each
	"<own> <seen> <at>": its own endpoint, what the server took it for, and the
	server's own endpoint; or the name of the error. Fails if one failed.

hold tcp|udp [-s SOURCE] [-a] [-n COUNT] [-t SECONDS] ENDPOINT
	The same, but then prints how many were answered, and keeps the sockets: for
	each line read from its input it asks again and prints how many answered.

flood [-s SOURCE] [-n COUNT] [-a] [-w SECONDS] ENDPOINT
	Datagrams from COUNT sockets until it is killed, whatever becomes of them, as
	fast as they go or with a pause after each round.

race tcp|udp|icmp [-s SOURCE] [-n COUNT] [-p PROCESSES] [-o] ENDPOINT
	Packets that begin COUNT flows, each sent by all PROCESSES at the same moment,
	which are spread over the CPUs. The source port counts up, or with -o the
	destination port does, so that the flows share one binding.

attempt mkdir|rmdir|write PATH [DATA]
	Prints the errno, see attempt.py.

agent
	Does all this for a test, in any namespace, by forking: to start Python anew
	takes a second on an emulated machine. See Agent.
"""

import argparse
import contextlib
import ctypes
import errno
import mmap
import os
import selectors
import signal
import socket
import struct
import sys
import time
import traceback

# Which Python does not name.
IPV6_RECVERR = 25
KIND = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1


def parse(endpoint):
    address, port = endpoint.split("#")
    return address, int(port)


def source(args, number):
    """The end that the number-th of a verb's sockets has; None: any."""
    if not args.source:
        return None
    address, port = parse(args.source)
    if args.addresses:
        net, last = address.rsplit("::")
        return f"{net}::{int(last, 16) + number:x}", port
    return address, port + number if port else 0


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


def tell(text):
    """To whoever waits for this program to get so far."""
    print(text, file=Agent.listener or sys.stdout, flush=True)


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
    tell("ready")
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
        self.near = source(args, number)
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

    def finish(self, seconds):
        """Until the other side has closed, too: no packet is under way afterwards."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            self.socket.shutdown(socket.SHUT_WR)
            while self.socket.recv(65536):
                pass
        except OSError:
            pass


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
    flows = begin(args)
    failed = ask_all(args, flows)
    left = patience(args)
    for flow in flows:
        if args.protocol == "tcp" and not flow.error:
            flow.finish(left())
    return 1 if failed else 0


def hold(args):
    flows = begin(args)
    tell(len(flows) - ask_all(args, flows))
    for _ in sys.stdin:
        for flow in flows:
            flow.error = None
            flow.send()
        left = patience(args)
        tell(sum(1 for flow in flows if flow.receive(left())))
    return 0


# --- senders --------------------------------------------------------------------

def flood(args):
    flows = []
    far = parse(args.endpoint)
    for i in range(args.count):
        flows.append(sock("udp", source(args, i), far))
    tell("ready")
    while True:
        for s in flows:
            try:
                s.sendto(b"x" * 100, far)
            except OSError:
                pass
        if args.pause:
            time.sleep(args.pause)


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


def race_one(args, flows, number, progress):
    cpus = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cpus[number % len(cpus)]})
    for i, send in enumerate(list(senders(args, flows)), 1):
        # The last to arrive fires the shot; the others spin, for that is nearest.
        progress[number] = i
        while min(progress) < i:
            if args.processes > len(cpus):
                os.sched_yield()
        send()


def race(args):
    near, far = parse(args.source), parse(args.endpoint)
    if args.other:
        flows = [(near, (far[0], far[1] + i)) for i in range(args.count)]
    else:
        flows = [((near[0], near[1] + i), far) for i in range(args.count)]
    with mmap.mmap(-1, 4 * args.processes) as shared, memoryview(shared).cast("I") as progress:
        workers = [fork(race_one, args, flows, i, progress) for i in range(args.processes)]
        statuses = [end_of(worker) for worker in workers]
    return 1 if any(statuses) else 0


def attempt(args):
    import attempt as attempts      # few want it

    print(attempts.attempt(*args.words))


# --- agent ----------------------------------------------------------------------

def fork(work, *args):
    """A child that does the work and ends with us."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        status = work(*args) or 0
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def end_of(pid):
    """As a shell gives it."""
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


def close(files):
    for f in files:
        f.close()


def setns(fd):
    if LIBC.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


def enter(namespace):
    with open(f"/run/netns/{namespace}", encoding="ascii") as f:
        setns(f.fileno())


@contextlib.contextmanager
def inside(namespace, home):
    enter(namespace)
    try:
        yield
    finally:
        setns(home)


class Agent:
    """Reads requests, lines of words that are parted by tabs; answers each with a line.

    run NAMESPACE FILE VERB...      the exit status of the verb, whose output is in FILE
    begin NAMESPACE FILE VERB...    its pid and what it told first, or "failed"; its
                                    output is in FILE.<pid>
    again PID                       what it told next, asked by a line to its input
    wait PID                        its exit status
    end PID                         the same, after a signal that ends it
    read NAMESPACE FILE PATH        0, and what PATH has is in FILE
    write NAMESPACE PATH DATA...    0: all is written
    """

    listener = None     # in a child: the file to tell something

    def __init__(self):
        self.ends = {}
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)

    def child(self, namespace, out, words, ends=(None, None)):
        """What a child does: a verb in a namespace, with its output in a file."""
        for other in self.ends.values():
            close(other)
        with open(out if ends[0] is None else f"{out}.{os.getpid()}", "w", encoding="utf-8") as f:
            os.dup2(f.fileno(), 1)
            os.dup2(f.fileno(), 2)
        sys.stdin, Agent.listener = ends
        enter(namespace)
        args = PARSER.parse_args(words)
        return args.run(args)

    def run(self, namespace, out, *words):
        return end_of(fork(self.child, namespace, out, words))

    def begin(self, namespace, out, *words):
        to_us, from_it = os.pipe()
        to_it, from_us = os.pipe()
        ends = os.fdopen(to_it), os.fdopen(from_it, "w")
        pid = fork(self.child, namespace, out, words, ends)
        close(ends)
        self.ends[pid] = os.fdopen(to_us), os.fdopen(from_us, "w")
        text = self.ends[pid][0].readline().strip()
        if not text:
            self.wait(str(pid))
        return f"{pid} {text or 'failed'}"

    def again(self, pid):
        from_it, to_it = self.ends[int(pid)]
        print(file=to_it, flush=True)
        return from_it.readline().strip()

    def wait(self, pid):
        close(self.ends.pop(int(pid)))
        return end_of(int(pid))

    def end(self, pid):
        os.kill(int(pid), signal.SIGTERM)
        return self.wait(pid)

    def read(self, namespace, out, path):
        with inside(namespace, self.home), open(path, "rb") as source, open(out, "wb") as copy:
            copy.write(source.read())
        return 0

    def write(self, namespace, *words):
        with inside(namespace, self.home):
            for path, data in zip(words[::2], words[1::2]):
                with open(path, "w", encoding="ascii") as f:
                    f.write(data)
        return 0


def agent(_args):
    agency = Agent()
    for line in sys.stdin:
        verb, *words = line.rstrip("\n").split("\t")
        print(getattr(agency, verb)(*words), flush=True)


def arguments():
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb in ("serve", "ask", "hold", "flood", "race", "attempt", "agent"):
        p = verbs.add_parser(verb)
        p.set_defaults(run=globals()[verb])
        if verb == "agent":
            continue
        if verb == "attempt":
            p.add_argument("words", nargs="+")
            continue
        if verb in ("serve", "ask", "hold", "race"):
            p.add_argument("protocol", choices=("tcp", "udp", "icmp"))
        if verb == "serve":
            p.add_argument("endpoint", nargs="+")
            continue
        p.add_argument("endpoint")
        p.add_argument("-s", dest="source")
        p.add_argument("-n", dest="count", type=int, default=1)
        p.add_argument("-t", dest="seconds", type=float, default=20)
        p.add_argument("-w", dest="pause", type=float, default=0)
        p.add_argument("-p", dest="processes", type=int, default=2)
        p.add_argument("-o", dest="other", action="store_true")
        p.add_argument("-a", dest="addresses", action="store_true")
    return parser


LIBC = ctypes.CDLL(None, use_errno=True)
PARSER = arguments()

if __name__ == "__main__":
    ARGS = PARSER.parse_args()
    try:
        sys.exit(ARGS.run(ARGS))
    except KeyboardInterrupt:
        sys.exit(130)
