#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Runs tables of packets against a translator; packets.sh makes its surroundings.

usage: packets.py [-k PATTERN] --instance DIR --stats DIR --router NS [TABLE...]

Prints one KTAP line a row. -k: only rows with PATTERN (of a shell) in their name.
-l lists the rows' names without running them, which needs no translator.
"""

import argparse
import fnmatch
import sys

sys.dont_write_bytecode = True

# pylint: disable=wrong-import-position
import packets_lab as lab_module                # noqa: E402
import packets_headers                          # noqa: E402,F401
import packets_icmp                             # noqa: E402,F401
import packets_icmp_sizes                       # noqa: E402,F401
import packets_icmp_refused                     # noqa: E402,F401
import packets_fragments                        # noqa: E402,F401
import packets_hairpin                          # noqa: E402,F401
import packets_refusals                         # noqa: E402,F401
import packets_attributes                       # noqa: E402,F401
import packets_filtering                        # noqa: E402,F401


class Report:
    def __init__(self, pattern):
        self.pattern = f"*{pattern}*"
        self.seen = set()
        self.passed = self.failed = 0

    def wants(self, name):
        if name in self.seen:
            raise ValueError(f"two rows are called {name}")
        self.seen.add(name)
        return fnmatch.fnmatch(name, self.pattern)

    def result(self, name, wrong):
        number = self.passed + self.failed + 1
        if wrong:
            self.failed += 1
            print(f"not ok {number} {name}")
            for line in wrong:
                print(f"# {line}")
        else:
            self.passed += 1
            print(f"ok {number} {name}")
        sys.stdout.flush()


def run_table(lab, name, report):
    rows = lab_module.TABLES[name](lab)
    try:
        for row in rows:
            title = f"{name}: {row.name}"
            if report.wants(title):
                report.result(title, lab.run(row))
    except lab_module.Lost as error:
        # Whatever made the translator mute, the rest of the table would tell nothing.
        report.result(f"{name}: its end is reached", [str(error)])
    finally:
        rows.close()


class Paper:
    """Stands for a laboratory where only names are wanted."""

    listing = True

    def __getattr__(self, name):
        return lambda *args, **kwargs: self

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False

    def __iter__(self):
        return iter(())

    def __sub__(self, other):
        return 0


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("-k", dest="pattern", default="")
    parser.add_argument("-l", dest="list", action="store_true")
    parser.add_argument("--instance")
    parser.add_argument("--stats")
    parser.add_argument("--router")
    parser.add_argument("table", nargs="*")
    return parser.parse_args()


def main():
    args = arguments()
    names = args.table or list(lab_module.TABLES)
    report = Report(args.pattern)
    if args.list:
        for name in names:
            for row in lab_module.TABLES[name](Paper()):
                if report.wants(f"{name}: {row.name}"):
                    print(f"{name}: {row.name}")
        return 0
    lab = lab_module.Lab(args.instance, args.stats, args.router)
    lab.flush()
    for name in names:
        run_table(lab, name, report)
    print(f"1..{report.passed + report.failed}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
