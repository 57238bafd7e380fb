#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What gcovr --json found, as a table.

    table.py [-l] FILE

A line for each layer, and below it for each of its files that has less than
90 % of lines: lines and branches run, of how many.  -l: for every file that is
not whole also the lines that never ran.  Status 1 if a layer that talks to
servers or writes files has less than that.
"""

import argparse
import collections
import json
import os
import sys

ENOUGH = 90
WATCHED = ['src/ftp', 'src/listing', 'src/local', 'src/net',
           'src/transfer']


class Count:
    """How many lines and branches there are, and how many were run."""

    def __init__(self):
        self.lines = self.lines_run = self.branches = self.branches_run = 0
        self.missing = []

    def add(self, line):
        self.lines += 1
        self.lines_run += line['count'] > 0
        if not line['count']:
            self.missing.append(line['line_number'])
        self.branches += len(line['branches'])
        self.branches_run += sum(b['count'] > 0 for b in line['branches'])

    def merge(self, other):
        self.lines += other.lines
        self.lines_run += other.lines_run
        self.branches += other.branches
        self.branches_run += other.branches_run

    def enough(self):
        return 100 * self.lines_run >= ENOUGH * self.lines


def percent(run, total):
    return '%6.1f%% of %5d' % (100 * run / total if total else 100, total)


def show(name, count):
    print('%-28s %s %s' % (name, percent(count.lines_run, count.lines),
                           percent(count.branches_run, count.branches)))


def ranges(lines):
    """[1, 2, 3, 7] is 1-3 7."""
    found = []
    for line in sorted(lines):
        if found and line - found[-1][1] == 1:
            found[-1][1] = line
        else:
            found.append([line, line])
    return ' '.join('%d' % a if a == b else '%d-%d' % (a, b)
                    for a, b in found)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('-l', action='store_true')
    parser.add_argument('file')
    options = parser.parse_args()
    with open(options.file, encoding='utf-8') as f:
        found = json.load(f)['files']
    files = collections.defaultdict(Count)
    layers = collections.defaultdict(Count)
    for one in found:
        for line in one['lines']:
            if not line.get('gcovr/noncode'):
                files[one['file']].add(line)
    for name, count in files.items():
        layers[os.path.dirname(name)].merge(count)
        layers['all'].merge(count)
    print('%-28s %16s %16s' % ('', 'lines', 'branches'))
    for layer in sorted(layers, key=lambda name: (name == 'all', name)):
        show(layer, layers[layer])
        for name in sorted(files):
            count = files[name]
            if os.path.dirname(name) != layer:
                continue
            if not count.enough() or options.l and count.missing:
                show('  ' + os.path.basename(name), count)
            if options.l and count.missing:
                print('    ' + ranges(count.missing))
    return 0 if all(layers[name].enough() for name in WATCHED) else 1


if __name__ == '__main__':
    sys.exit(main())
