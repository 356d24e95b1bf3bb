#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What each attribute and each name of a directory takes and refuses: errors.sh.

errors.py attributes|names|dead INSTANCE

A table has a row for each attribute that is found below INSTANCE. What is taken
reads back, and takes what it reads. What is refused has its errno, changes nothing, and
adds one line to error_log: the path, what was written, what is wrong, and an
example, which is tried: it must be taken. Prints "ok NAME", or "not ok NAME" and
"# WHY", for each attribute and each kind of input.
"""

import errno
import os
import re
import sys

LONGEST = 4093

# What can be in any attribute and is wrong everywhere.
BINARY = [b"\0", b"\0\0\0\0", b"\xff", b"\xff\xfe", b"\x7f", b"\x1b[31m", b"\xd9\xa1", b"\x01",
          b"\\", b'"', b"'1'", b"%s%n%p", b"\\x31", b"1\r\n", b"\x85", bytes(range(256))]
NO_NUMBERS = ["-1", "+1", "1.5", "1e3", "0x10", "01", "1,000", "1 2", "1\n2", "1;", "one", "_",
              "4294967295", "4294967296", "18446744073709551616", "9" * 100]


class Row:
    """taken: (text, what it reads) or text; refused: text, with EINVAL."""

    def __init__(self, taken, refused, wants=1):
        self.taken = [t if isinstance(t, tuple) else (t, t) for t in taken]
        self.refused = refused + ([] if wants == 0 else ["\n", "  \t\n", " "])


def number(low, high):
    refused = [n for n in NO_NUMBERS if not (n.isdigit() and n[0] != "0" and low <= int(n) <= high)]
    return Row([str(low), str(low + 1), str(high - 1), str(high)],
               refused + [str(low - 1), str(high + 1)])


def words(*taken):
    some = taken[-1]
    return Row(list(taken), [some + "x", "x" + some, f"{some} {some}", f"{some}\n{some}", some + ",",
                             "yes", "no", "on", "true", "-1", "2", "01", "00",
                             *(w.upper() for w in taken if w.islower()),
                             *(w[:-1] for w in taken if len(w) > 1)])


def settings(tcp, udp, icmp, mark):
    return f"tcp={tcp} udp={udp} icmp={icmp} mark={mark} force=0"


# Ports that no other entry has; errors.sh makes them so.
PORTS = Row(
    ["1", "65535", "1-65535", "5000-6000", "1-2,4-5,65535", ("7001-7500,4000", "4000,7001-7500"),
     ("5003,5001,5002,5000-5001", "5000-5003"), ("100-200,201-300", "100-300"),
     (" 5000-5010 , 5020 \n", "5000-5010,5020"), ("5000 5020", "5000,5020"),
     (",5000,,6000", "5000,6000"), ("5000\n5002", "5000,5002"), ("65535-65535", "65535"),
     ("\n", ""), (",", ""), (",".join(map(str, range(1, 1600, 2))),) * 2,
     ",".join(map(str, [1, *range(10001, 11365, 2)]))],
    ["0", "0-100", "0-0", "65536", "1-65536", "70000", "6000-5000", "5000-", "-5000", "-", "x", "5000-x",
     "5000;6000", "5000--6000", "5000-6000-7000", "05000", "0x10", "4294967296", "5000-5001,x",
     "x,5000", "5000:6000", "2001:db8::1", "1" * 3000], wants=0)

PREFIX = [f"2001:db8::/{n}" for n in (32, 40, 48, 56, 64, 96)]

ROWS = {
    "enabled": words("0", "drain", "1"),
    "staged": words("1", "0"),
    "pool6": Row(
        PREFIX + ["64:ff9b::/96 2001:db8:1::/96", "64:ff9b:1:abcd::/96", "2001:db8:ff00::/40",
                  ("64:ff9b::/96\n2001:db8:1::/48\n", "64:ff9b::/96 2001:db8:1::/48"),
                  (" 64:ff9b:1:abcd::/96\t 2001:db8:2::/96 \n", "64:ff9b:1:abcd::/96 2001:db8:2::/96"),
                  ("2001:DB8:0:0:0::/96", "2001:db8::/96"),
                  (" ".join(f"2001:db8:{n:x}::/48" for n in range(1, 65)),) * 2, "64:ff9b::/96"],
        ["64:ff9b::/97", "64:ff9b::/95", "64:ff9b::/33", "64:ff9b::/31", "64:ff9b::/0", "64:ff9b::/128",
         "64:ff9b::/129", "64:ff9b::", "64:ff9b::/", "/96", "64:ff9b::1/96", "2001:db8:1::/32", "ff00::/96",
         "ff02::/32", "::/96", "::1/96", "fe80::/64", "2001:db8:0:0:100::/96", "2001:db8:0:0:ff00::/96",
         "192.0.2.0/24", "::ffff:192.0.2.0/96", "garbage", "64:ff9b::/96 64:ff9b::/97", "64:ff9b::/-96",
         "64:ff9b::/96x", "64:ff9b::/9 6", "64:ff9b::/096", "64:ff9b::/96,2001:db8::/96", "2001:db8::5#80",
         "64:ff9b::/96 64:ff9b::/96", "2001:db8::/32 2001:db8:1::/48", "2001:db8:1::/96 2001:db8::/32",
         " ".join(f"2001:db8:{n:x}::/48" for n in range(1, 66))]),
    "denied_ipv4": Row(
        ["10.0.0.0/8", "0.0.0.0/0", "10.0.0.0/8 192.168.0.0/16", "198.51.100.7", "10.0.0.0/31",
         ("10.0.0.0/8\n192.168.0.0/16\n", "10.0.0.0/8 192.168.0.0/16"), ("198.51.100.7/32", "198.51.100.7"),
         ("\n", ""), (" ".join(f"198.18.{n}.1" for n in range(256)),) * 2],
        ["10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "/8", "10.0.0.1/8", "300.0.0.0/8", "10.0.0/8", "10/8",
         "010.0.0.0/8", "10.0.0.0/08", "10.0.0.0/8,11.0.0.0/8", "10.0.0.0_8", "64:ff9b::/96", "2001:db8::5",
         "x", "10.0.0.0/8 x", "10.0.0.0-10.0.0.9"], wants=0),
    "timeouts/allow_below_rfc": words("0", "1"),
    "allocation/pairing": words("soft", "hard"),
    "allocation/hold_down": number(0, 31536000),
    "allocation/hold_down_max": number(0, 100),
    "limits/client_prefix_len": number(1, 128),
    "translation/lowest_ipv6_mtu": number(1280, 65535),
    "translation/tos": Row(["0", "1", "184", "254", "255", "inherit"],
                           ["256", "-1", "0x10", "01", "inheri", "inherits", "Inherit", "1 2", "inherit 1",
                            *NO_NUMBERS]),
    "translation/traffic_class": words("zero", "inherit"),
    "translation/udp_zero_checksum": words("drop", "compute"),
    "translation/icmp_errors": words("send", "off", "ratelimit"),
    "translation/icmp_error_source": words("destination", "router"),
    "translation/wkp_global_only": words("1", "0"),
    "translation/mtu_plateaus": Row(
        ["68", "65535", "65535 68", ("68 1500  1492 1500", "1500 1492 68"), ("1492\n1500", "1500 1492"),
         ("\n", ""), (" ".join(map(str, range(100, 132))), " ".join(map(str, range(131, 99, -1))))],
        ["67", "65536", "0", "x", "1500,1492", "1500 x", "01500", "-1", " ".join(map(str, range(100, 133)))],
        wants=0),
    "pool4/*/mark": Row(
        [("1/1", "0x1/0x1"), ("7", "0x7/0xffffffff"), "0x10/0xf0", ("0XaB/0xFF", "0xab/0xff"), "0/0",
         "0x0/0xff", ("0/255", "0x0/0xff"),
         ("4294967295/4294967295", "0xffffffff/0xffffffff"), ("0", "0x0/0xffffffff")],
        ["x", "1/", "/1", "1/1/1", "4294967296/1", "1/4294967296", "0x100000000", "-1/1", "0x/0x", "1//1",
         "2/1", "0xff/0xf", "1/0", "01/1", "1 /1", "1,1"]),
    "pool4/*/force": words("1", "0"),
    "pool4/*/config": Row(
        [settings("5000-6000", "5000", "5000-5001", "0x1/0xf"), settings("", "", "", "0/0"),
         ("force=0 mark=4 icmp=3 udp=2 tcp=1", settings("1", "2", "3", "0x4/0xffffffff")),
         (" \n\ttcp=5000, 7000 ,8000\nudp=\n icmp= 7 \nmark= 0/0\nforce=\n0",
          settings("5000,7000,8000", "", "7", "0/0")), settings("1-65535", "1-65535", "1-65535", "0/0")],
        ["5000", "5000 tcp=6000", "tcp", "tcp = 5000", "tcp =5000", "tcp 5000", "TCP=5000", "xtcp=5000", "=5000",
         "ports=5000", "tcp==5000", "tcp=5000,udp=5000", "tcp=5000;udp=5000", "tcp=5000 tcp=5000",
         "udp=5000\ntcp=5000\nudp=5000", "tcp=5000-70000", "tcp=5000 udp=x", "icmp=7 mark=", "tcp=5000 mark=2/1",
         "tcp=5000 force=2", "udp=5000 force=", "force=", "mark=", "tcp=0", "ipv6=2001:db8::5", "tcp=2001:db8::5"]),
    "bib/*/*/ipv6": Row(
        ["2001:db8:7::5#80", "2001:db8:7::5#1", "2001:db8:7::5#65535", ("2001:DB8:7:0::5#81\n", "2001:db8:7::5#81"),
         ("\n", "")],
        ["2001:db8:7::5", "2001:db8:7::5#", "2001:db8:7::5#65536", "2001:db8:7::5#0", "192.0.2.1#80", "::#80",
         "::1#80", "fe80::1#80", "ff02::1#80", "64:ff9b::1#80", "::ffff:192.0.2.1#80", "#80", "x",
         "2001:db8:7::5#x", "2001:db8:7::5#080", "2001:db8:7::5#80-81", "2001:db8:7::5#-1",
         "2001:db8:7::5#80 2001:db8:7::6#80", "[2001:db8:7::5]:80", "2001:db8:7::5/128#80"], wants=0),
}
for _name in "tcp", "udp", "icmp":
    ROWS[f"pool4/*/{_name}"] = PORTS
for _name in "address_dependent", "drop_external_tcp", "drop_icmp_info":
    ROWS[f"filtering/{_name}"] = words("1", "0")
for _name in ("sessions", "stored_syns", "sessions_per_client", "bindings_per_client",
              "binding_rate_per_client"):
    ROWS[f"limits/{_name}"] = number(0, 2147483647)
for _name, _floor in (("udp", 120), ("icmp", 60), ("tcp_est", 7200), ("tcp_trans_open", 240),
                      ("tcp_trans_close", 240), ("tcp_in_syn", 6)):
    ROWS[f"timeouts/{_name}"] = number(_floor, 31536000)

READ_ONLY = {"netns", "error_log"}

# Of a fresh instance, but for timeouts: lib.sh changes some.
DEFAULTS = {
    "enabled": "1", "staged": "0", "pool6": "64:ff9b::/96",
    "denied_ipv4": "0.0.0.0/8 127.0.0.0/8 169.254.0.0/16 224.0.0.0/4 240.0.0.0/4",
    "timeouts/udp": "300", "timeouts/tcp_est": "7200", "timeouts/allow_below_rfc": "0",
    "allocation/pairing": "hard", "allocation/hold_down": "120", "allocation/hold_down_max": "25",
    "filtering/address_dependent": "0", "filtering/drop_external_tcp": "0", "filtering/drop_icmp_info": "0",
    "limits/sessions_per_client": "0", "limits/bindings_per_client": "0",
    "limits/binding_rate_per_client": "0", "limits/client_prefix_len": "128", "limits/stored_syns": "16384",
    "translation/lowest_ipv6_mtu": "1280", "translation/tos": "inherit",
    "translation/mtu_plateaus": "65535 32000 17914 8166 4352 2002 1492 1006 508 296 68",
    "translation/traffic_class": "inherit", "translation/udp_zero_checksum": "compute",
    "translation/icmp_errors": "ratelimit", "translation/icmp_error_source": "router",
    "translation/wkp_global_only": "0", "pool4/*/mark": "0/0", "pool4/*/force": "0", "bib/*/*/ipv6": "",
}

# Names, and the ports that they begin with.
LENT = "61001-65535"
POOL4 = Row(
    [("203.0.113.1", LENT), ("203.0.113.1#5000-6000", "5000-6000"), ("203.0.113.1#5000", "5000"),
     ("203.0.113.1#5000-5000", "5000"), ("203.0.113.1#1-65535", "1-65535"), ("203.0.113.1#1", "1"),
     ("203.0.113.1#65535", "65535"), ("203.0.113.0_28", LENT), ("203.0.113.0_28#1024-65535", "1024-65535"),
     ("203.0.113.7_32", LENT), ("203.0.113.6_31", LENT), ("198.18.0.0_15", LENT), ("dev:ppp0", LENT),
     ("dev:ppp0#5000-6000", "5000-6000"), ("dev:br-lan.7@x#5000", "5000"), ("dev:a#b#61001", "61001"),
     ("dev:fifteen-letters#10000-20000", "10000-20000"), ("203.0.113.1#", ""), ("203.0.113.0_28#", ""),
     ("dev:ppp0#", ""), ("dev:a#b#", "")],
    ["300.1.1.1", "203.0.113", "203.0.113.1.1", "203.0.113.01", "0203.0.113.1", "0x7f.1.1.1", "203.0.113.1-",
     "203.0.113.1#0", "203.0.113.1#0-5", "203.0.113.1#6000-5000", "203.0.113.1#65536",
     "203.0.113.1#70000", "203.0.113.1#5000-70000", "203.0.113.1#5000-", "203.0.113.1#-5000", "203.0.113.1#x",
     "203.0.113.1#5000-6000-7000", "203.0.113.1#05000", "203.0.113.1##5000", "203.0.113.1#5000,6000",
     "203.0.113.1#5000#6000", "203.0.113.0_33", "203.0.113.0_-1", "203.0.113.0_", "203.0.113.0_x",
     "203.0.113.1_28", "203.0.113.1_28#5000", "203.0.113.0_24x", "203.0.113.0_024", "224.0.0.1",
     "239.255.255.255", "255.255.255.255", "0.0.0.0", "0.0.0.0_0", "127.0.0.1", "169.254.1.1", "240.0.0.1",
     "garbage", "2001:db8::1", "2001:db8::1#5000", "203.0.113.1 ", " 203.0.113.1", "203.0.113.1\n",
     "203.0.113.1 #5000", "_28", "#5000-6000", "4294967295", "203.0.113.1:5000", "dev:", "dev", "dev:#5000",
     "dev:#", "dev:ppp0#0", "dev:ppp0#x", "dev:ppp 0", "dev:ppp0:1", "dev:.", "dev:..", "dev:sixteen-letters-",
     "dev:ppp0#6000-5000", "dev:ppp0#5000,6000", "Dev:ppp0", "x" * 100, "x" * 255], wants=0)

BIB = Row(
    [(name, None) for name in ("203.0.113.1#1", "203.0.113.1#80", "203.0.113.1#65535", "198.51.100.1#5000")],
    ["203.0.113.1", "203.0.113.1#", "203.0.113.1#0", "203.0.113.1#65536", "203.0.113.1#080", "203.0.113.1#80-81",
     "203.0.113.1#x", "300.0.0.1#80", "203.0.113.0_28#80", "224.0.0.1#80", "127.0.0.1#80", "169.254.1.1#80",
     "2001:db8:7::5#80", "dev:ppp0#80", "x", "203.0.113.1:80", "#80", "x" * 255], wants=0)


def data_of(text):
    return text if isinstance(text, bytes) else text.encode()


def shown(data):
    text = repr(data)[2:-1]
    return text if len(text) < 50 else f"{len(data)} bytes, {text[:20]}..."


def escaped(data, most):
    cut = "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in data[:most])
    return cut + ("..." if len(data) > most else "")


def error_of(function, *arguments):
    try:
        function(*arguments)
        return "OK"
    except OSError as error:
        return errno.errorcode[error.errno]


class Instance:
    def __init__(self, path):
        self.path = os.fsencode(path)
        self.problems = []
        self.tried = set()
        self.log = self.read("error_log")

    def join(self, name):
        return self.path + b"/" + data_of(name)

    def read(self, name):
        with open(self.join(name), "rb", buffering=0) as file:
            return file.read()

    def write(self, name, data):
        fd = os.open(self.join(name), os.O_WRONLY)
        try:
            os.write(fd, data)
        finally:
            os.close(fd)

    def attributes(self):
        for place, _, files in os.walk(self.path):
            for name in files:
                yield os.fsdecode(os.path.join(place, name.replace(b"\0", b"")))[len(self.path) + 1:]

    def state(self):
        return {name: self.read(name) for name in self.attributes() if name != "error_log"}

    def problem(self, what):
        self.problems.append(what)

    def result(self, name):
        print(f"{'not ok' if self.problems else 'ok'}\t{name}\t{' | '.join(self.problems[:4])}", flush=True)
        self.problems = []

    def new_line(self, what):
        """The one line that was added to the log."""
        old, self.log = self.log, self.read("error_log")
        lines = self.log.decode("ascii").splitlines(True)
        # Full of one line, it stays as it is by one more.
        same = self.log == old and (len(set(lines)) > 1 or len(old) < 3800)
        if not lines or not old.decode().endswith("".join(lines[:-1])) or same:
            self.problem(f"{what}: not one new line")
            return ""
        return lines[-1].rstrip("\n")

    def no_line(self, what):
        old, self.log = self.log, self.read("error_log")
        if old != self.log:
            self.problem(f"{what}: in the log: {self.log.splitlines()[-1].decode()}")

    def check_line(self, what, path, value, error):
        """Sets the example that a line has, once it is as it should be."""
        line = self.new_line(what)
        match = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (.*?) ([A-Z0-9]+): (.*)", line)
        wanted = path + (f' "{value}"' if value is not None else "")
        if not match or match[1] != wanted or match[2] != error:
            self.problem(f"{what}: wanted {wanted} {error}, has {line}")
            return None
        if "2001:db8:7" in line or (re.search(r"2001:db8:7", what) and path + what in line):
            self.problem(f"{what}: an address of a client: {line}")
        return match[3]

    def example(self, what, reason):
        match = re.fullmatch(r".{3,}; .{5,}, e\.g\. (.+)", reason or "")
        if reason and not match:
            self.problem(f"{what}: not 'wrong; expected, e.g. EXAMPLE': {reason}")
        return match and match[1]

    # --- attributes

    def take(self, name, data, reads):
        what = shown(data)
        error = error_of(self.write, name, data)
        if error != "OK":
            self.problem(f"{what}: {error}: {self.log_end()}")
            self.log = self.read("error_log")
            return
        got = self.read(name)
        if reads is not None and b" ".join(got.split()).decode() != reads:
            self.problem(f"{what}: reads {shown(got)}")
        error = error_of(self.write, name, got)
        if error != "OK" or self.read(name) != got:
            self.problem(f"{what}: does not take what it reads, {shown(got)}: {error}")
        self.no_line(what)

    def log_end(self):
        return self.read("error_log").decode().splitlines()[-1:]

    def refuse(self, name, data, error="EINVAL"):
        what = shown(data)
        before = self.read(name)
        got = error_of(self.write, name, data)
        if got != error:
            self.problem(f"{what}: {got}, not {error}")
        if self.read(name) != before:
            self.problem(f"{what}: now reads {shown(self.read(name))}")
        if got == "OK":
            self.write(name, before)
            return
        written = data[:4095]
        if written.endswith(b"\n"):
            written = written[:-1]
        value = escaped(written, 64)
        addr6 = written.count(b":") > 1 or data[:4095].count(b":") > 1
        if addr6 or re.fullmatch("bib/.*/ipv6", name):
            value = None
        reason = self.check_line(what, name, value, error)
        if error in ("EINVAL", "E2BIG"):
            self.try_example(name, what, self.example(what, reason), before)

    def try_example(self, name, what, example, before):
        if not example or (name, example) in self.tried:
            return
        self.tried.add((name, example))
        error = error_of(self.write, name, example.encode())
        if error != "OK":
            self.problem(f"{what}: its example {example}: {error}")
        self.write(name, before)
        self.no_line(f"{what}: its example {example}")

    def attribute(self, name, pattern):
        row = ROWS[pattern]
        before = self.state()
        some = data_of(row.taken[0][0])
        default = DEFAULTS.get(pattern)
        if default is not None and before[name].decode().strip() != default:
            self.problem(f"is {shown(before[name])}, not {default}")
        for text, reads in row.taken:
            self.take(name, data_of(text), reads)
            if len(text) + 6 <= LONGEST:
                self.take(name, b" \t " + data_of(text) + b"  \n", reads)
            self.take(name, data_of(text) + b"\n", reads)
        self.write(name, some)
        state = self.state()
        self.result(f"{name} takes what is good")
        for text in row.refused:
            self.refuse(name, data_of(text))
        self.result(f"{name} refuses what is bad, and the log says why")
        for data in BINARY:
            self.refuse(name, data)
            self.refuse(name, some + data)
        self.result(f"{name} refuses binary input, and the log shows it escaped")
        self.take(name, some + b" " * (LONGEST - len(some)), row.taken[0][1])
        self.take(name, b" " * (LONGEST - len(some)) + some, row.taken[0][1])
        self.take(name, some + b"\n" * (LONGEST + 1 - len(some)), row.taken[0][1])
        self.refuse(name, b"x" * LONGEST)
        for size in (LONGEST + 1, LONGEST + 2, LONGEST + 3, 10000):
            self.refuse(name, b"x" * size, "E2BIG")
            self.refuse(name, some + b"\n" * (size + 1 - len(some)), "E2BIG")
        self.result(f"{name} takes {LONGEST} bytes and a newline, and no more")
        after = self.state()
        for other in after:
            if after[other] != state[other]:
                self.problem(f"{other} reads {shown(after[other])}")
        self.write(name, before[name])
        self.result(f"{name} refuses without any change")

    def attributes_all(self):
        unused = set(ROWS)
        for name in sorted(self.attributes()):
            mode = os.stat(self.join(name)).st_mode & 0o777
            wanted = 0o600 if name.endswith("/ipv6") else 0o444 if name in READ_ONLY else 0o644
            if mode != wanted:
                self.problem(f"mode {mode:o}")
            pattern = re.sub("^pool4/[^/]*", "pool4/*", re.sub("^bib/[^/]*/[^/]*", "bib/*/*", name))
            if name in READ_ONLY:
                for data in (b"1", b"\n"):
                    error = error_of(self.write, name, data)
                    if error != "EACCES":
                        self.problem(f"{shown(data)}: {error}")
                self.no_line("a write")
                self.result(f"{name} cannot be written, not even by root")
            elif pattern not in ROWS:
                self.problem("no row in errors.py")
                self.result(f"{name} has a row")
            else:
                unused.discard(pattern)
                self.attribute(name, pattern)
        for pattern in sorted(unused):
            self.problem("not there")
            self.result(f"{pattern} is there")

    # --- names

    def make(self, name, ports=None):
        error = error_of(os.mkdir, self.join(name))
        if error != "OK":
            self.problem(f"{name}: {error}: {self.log_end()}")
            self.log = self.read("error_log")
            return
        for protocol in ("tcp", "udp", "icmp") if ports is not None else ():
            got = self.read(f"{name}/{protocol}").decode().strip()
            if got != ports:
                self.problem(f"{name}/{protocol} reads {got}")
        os.rmdir(self.join(name))
        self.no_line(name)

    def no_make(self, place, name, error="EINVAL"):
        path = data_of(f"{place}/") + name
        what = shown(name)
        got = error_of(os.mkdir, self.join(path))
        if got != error:
            self.problem(f"{what}: {got}, not {error}")
        if got == "OK":
            os.rmdir(self.join(path))
            return
        hidden = name.removeprefix(b"dev:").count(b":") > 1
        in_log = f"{place}/(an IPv6 address)" if hidden else "".join(
            c if c != "\\x22" else '"' for c in re.split(r"(\\x22)", escaped(path, 128)))
        reason = self.check_line(what, in_log, None, error)
        example = self.example(what, reason) if error == "EINVAL" else None
        if example and (place, example) not in self.tried:
            self.tried.add((place, example))
            # A name that was mended may still be none for hosts.
            if not re.search(r"clear them|host", reason):
                self.make(f"{place}/{example}")

    def names_of(self, place, row):
        before = self.state()
        for text, ports in row.taken:
            self.make(f"{place}/{text}", ports)
        self.result(f"{place}: good names")
        for text in row.refused:
            self.no_make(place, data_of(text))
        self.result(f"{place}: bad names, and the log says why")
        for data in BINARY:
            if b"\0" not in data and b"/" not in data:
                self.no_make(place, data)
                self.no_make(place, data_of(row.taken[0][0]) + data)
        self.result(f"{place}: binary names, and the log shows them escaped")
        error = error_of(os.mkdir, self.join(f"{place}/{'x' * 256}"))
        if error != "ENAMETOOLONG":
            self.problem(f"256 bytes: {error}")
        self.no_line("256 bytes")
        if self.state() != before:
            self.problem("something has changed")
        self.result(f"{place}: names of 256 bytes are the VFS's to refuse; nothing has changed")

    def names_all(self):
        self.names_of("pool4", POOL4)
        for protocol in ("tcp", "udp", "icmp"):
            self.names_of(f"bib/{protocol}", BIB)
        for place in (".", "bib", "timeouts", "allocation", "filtering", "limits", "translation"):
            error = error_of(os.mkdir, self.join(f"{place}/x"))
            if error != "EPERM":
                self.problem(f"mkdir {place}/x: {error}")
        for place in ("pool4", "bib", "bib/tcp", "timeouts", "limits"):
            error = error_of(os.rmdir, self.join(place))
            if error != "EPERM":
                self.problem(f"rmdir {place}: {error}")
        self.no_line("mkdir")
        self.result("nothing else can be made, nor removed")

    # --- the namespace is gone

    def dead(self):
        names = sorted(n for n in self.attributes() if n not in READ_ONLY)
        for name in names:
            pattern = re.sub("^pool4/[^/]*", "pool4/*", re.sub("^bib/[^/]*/[^/]*", "bib/*/*", name))
            if pattern in ROWS:
                text = ROWS[pattern].taken[0][0]
                self.refuse(name, data_of(text), "ENODEV")
            else:
                self.problem(f"{name}: no row in errors.py")
        self.result("a dead namespace: nothing can be written, and the log says why")
        for place, row in (("pool4", POOL4), ("bib/tcp", BIB)):
            self.no_make(place, data_of(row.taken[0][0]), "ENODEV")
        self.result("nor can anything be made")
        if self.read("netns") != b"-\n":
            self.problem(shown(self.read("netns")))
        self.result("netns is -")


if __name__ == "__main__":
    os.umask(0o022)
    {"attributes": Instance.attributes_all, "names": Instance.names_all,
     "dead": Instance.dead}[sys.argv[1]](Instance(sys.argv[2]))
