#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Checks Documentation/conformance.rst.

	conformance.py [RESULTS...]

Each row must name a test or a reason. With RESULTS (lines "pass|fail|skip TAB
KERNEL: TEST ...", as check.sh writes them) each test that is named must be the
beginning of one that passed on UML, and of none that failed. KTAP comes out.
"""

import pathlib
import re
import sys

PATH = pathlib.Path(__file__).resolve().parent.parent / "Documentation" / "conformance.rst"
ROW = re.compile(r"^([A-Z]\d+(?:R\d+)?)\b")

# What is listed, and how far; RFC 6888's REQ-1 and REQ-10 are about other texts.
COUNTS = {"A": 17, "B": 17, "C": 10, "D": 3, "E4787R": 14, "E5382R": 10, "E5508R": 11,
          "F": 15, "G": 12}
WANTED = {f"{section}{n}" for section, last in COUNTS.items() for n in range(1, last + 1)} - \
         {"F1", "F10"}


def rows():
    """Yields (row, [tests], has a reason)."""
    row, tests, reason = None, [], False
    for line in PATH.read_text().splitlines():
        match = ROW.match(line)
        if match or (line and not line.startswith(" ")):
            if row:
                yield row, tests, reason
            row, tests, reason = match and match.group(1), [], False
        elif row:
            names = re.findall(r"^ +``(.*)``", line)
            reason |= "not:" in names
            tests += [name for name in names if name != "not:"]
    if row:
        yield row, tests, reason


def read(paths):
    """The names of tests by status, without the kernel's."""
    names = {"pass": [], "fail": [], "skip": []}
    for path in paths:
        for line in pathlib.Path(path).read_text().splitlines():
            status, name = line.split("\t")[:2]
            if name.startswith("uml"):
                names[status].append(name.partition(": ")[2])
    return names


def problems(tests, reason, names):
    if not tests and not reason:
        yield "names neither a test nor a reason"
    for test in tests if names else []:
        if not any(name.startswith(test) for name in names["pass"]):
            yield f"no test that passed begins with {test!r}"
        for name in names["fail"]:
            if name.startswith(test):
                yield f"failed: {name}"


def main():
    names = read(sys.argv[1:]) if len(sys.argv) > 1 else None
    found, failed = set(), False
    print("KTAP version 1")
    n = 0
    for n, (row, tests, reason) in enumerate(rows(), 1):
        wrong = list(problems(tests, reason, names))
        if row in found:
            wrong.append("is there twice")
        found.add(row)
        print("not ok" if wrong else "ok", n, "conformance:", row)
        for text in wrong:
            print("#", text)
        failed |= bool(wrong)
    lacking = WANTED - found
    print("not ok" if lacking else "ok", n + 1, "conformance: all rows are there")
    if lacking:
        print("# lacking:", *sorted(lacking))
    print(f"1..{n + 1}")
    return failed or bool(lacking)


if __name__ == "__main__":
    sys.exit(main())
