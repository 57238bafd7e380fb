# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command line asks for, as the manual has it.

    command = Command.parse(words)
    command.pairs(source, target)       what goes where
    command.selects(path, entry)        whether the filters take it

Local paths are relative, remote ones absolute; names are literal.
"""

import calendar
import fnmatch
import os
import re
import time
import unicodedata

PART = '.ftps-part'
VALUES = {'-O', '-o', '-n', '-x', '-i', '-X', '-I', '-P', '--exclude',
          '--include', '--exclude-glob', '--include-glob', '--newer-than',
          '--older-than', '--min-size', '--max-size', '--shard',
          '--max-delete', '--require', '--backup-dir', '--parallel',
          '--verify', '--lock', '--directory', '--output', '--connections'}
LONG = {'-R': '--reverse', '-e': '--delete', '-E': '--delete-source',
        '-O': '--directory', '-o': '--output', '-r': '--recursive',
        '-c': '--continue', '-x': '--exclude', '-i': '--include',
        '-X': '--exclude-glob', '-I': '--include-glob', '-f': '--force',
        '-P': '--parallel'}
FILTERS = ('exclude', 'include', 'exclude-glob', 'include-glob')
UNITS = {'K': 1 << 10, 'M': 1 << 20, '': 1}


def is_part(path):
    return path.lower().endswith(PART)


def alike(path):
    """What all names become that may be one at some server."""
    path = unicodedata.normalize('NFC', path).casefold()
    return '/'.join(alike_part(unicodedata.normalize('NFC', part))
                    for part in path.split('/'))


def alike_part(name):
    name = ''.join('_' if c in ':*?"<>|\\' or not c.isprintable()
                   or not c.isascii() else c for c in name)
    return name.rstrip(' ._') or '_' * len(name)


class Command:
    def __init__(self, verb):
        self.verb = verb
        self.options = []               # (long name without dashes, value)
        self.operands = []

    @classmethod
    def parse(cls, words):
        words = [w for w in words if w != '--no-glob']
        command = cls(words[0])
        at, ended = 1, False
        while at < len(words):
            word = words[at]
            at += 1
            if ended or word[:1] != '-' or word == '-':
                command.operands.append(word)
            elif word == '--':
                ended = True
            else:
                value = ''
                if word in VALUES and not (
                        word == '-n' and command.verb == 'mirror'):
                    value = words[at]
                    at += 1
                name = LONG.get(word, word).lstrip('-')
                if word == '-n':
                    name = 'only-newer' if command.verb == 'mirror' \
                        else 'connections'
                command.options.append((name, value))
        return command

    def has(self, name):
        return any(n == name for n, _ in self.options)

    def value(self, name):
        return next((v for n, v in self.options if n == name), '')

    @property
    def upload(self):
        return self.verb == 'put' or self.has('reverse')

    @property
    def delete(self):
        return self.verb == 'mirror' and (
            self.has('delete') or self.has('delete-excluded'))

    @property
    def moves(self):
        return self.has('delete-source') or self.has('remove-source-files')

    @property
    def dry_run(self):
        return self.has('dry-run')

    def shards(self):
        return int(self.value('shard').partition('/')[2] or 1)

    # -- what goes where

    def source_tops(self):
        return self.operands[:1] if self.verb == 'mirror' else self.operands

    def source_top(self):
        return self.source_tops()[0]

    def target_tops(self):
        if self.verb == 'mirror':
            return self.operands[1:]
        return [self.value('directory') or ('/' if self.upload else '.')]

    def target_top(self):
        return self.target_tops()[0]

    def pairs(self, source, target):
        """(source, target) of each operand."""
        if self.verb == 'mirror':
            return [tuple(self.operands)]
        if self.has('output'):
            return [(self.operands[0], self.value('output'))]
        top = self.target_top().rstrip('/')
        return [(path, top + '/' + os.path.basename(path))
                for path in self.operands]

    def missing(self, source):
        return [top for top in self.source_tops() if top not in source
                or source[top].kind == 'dir' and self.verb != 'mirror'
                and not self.has('recursive')]

    def named(self):
        """Paths below which the command may change something."""
        if self.verb in ('rm', 'mv'):
            return self.operands
        if self.verb == 'mirror':
            found = list(self.operands if self.moves else self.operands[1:])
        else:
            found = [into for _, into in self.pairs(None, None)]
            if self.moves:
                found += self.operands
        if self.backup_top():
            found.append(self.backup_top())
        if self.verb != 'mirror':       # parts, and what is put aside
            found.append(os.path.dirname(self.value('output'))
                         or self.target_top())
        return found

    def backup_top(self):
        return self.value('backup-dir').rstrip('/')

    # -- filters: the last that matches decides

    def selects(self, path, entry):
        if not self.selects_name(path):
            return False
        if self.has('no-recursion') and '/' in path:
            return False
        if entry.kind != 'file':
            return True
        for name, fits in (
                ('newer-than', lambda v: entry.mtime >= day(v)),
                ('older-than', lambda v: entry.mtime < day(v)),
                ('min-size', lambda v: len(entry.data) >= size(v)),
                ('max-size', lambda v: len(entry.data) <= size(v))):
            if self.has(name) and not fits(self.value(name)):
                return False
        return True

    def selects_name(self, path):
        """Also none of the directories above it is left out.  PATH is taken
        for a file, those above it for directories."""
        rules = [(n, v) for n, v in self.options if n in FILTERS]
        if self.verb != 'mirror' or not rules:
            return True
        parts = path.split('/')
        tops = ['/'.join(parts[:i]) + '/' for i in range(1, len(parts))]
        return all(self.takes(rules, p) for p in [*tops, path])

    @staticmethod
    def takes(rules, path):
        taken = path.endswith('/') or not rules[0][0].startswith('include')
        for name, pattern in rules:
            if fits(name, pattern, path):
                taken = name.startswith('include')
        return taken


def fits(name, pattern, path):
    if not name.endswith('glob'):
        return re.search(pattern, path) is not None
    if pattern.endswith('/') and not path.endswith('/'):
        return False
    pattern, path = pattern.strip('/'), path.rstrip('/')
    parts, globs = path.split('/'), pattern.split('/')
    parts = parts[-len(globs):]
    return len(parts) == len(globs) and all(
        fnmatch.fnmatchcase(p, g) for p, g in zip(parts, globs))


def day(text):
    return calendar.timegm(time.strptime(text, '%Y-%m-%d'))


def size(text):
    unit = text[-1:] if text[-1:] in 'KM' else ''
    return int(text.removesuffix(unit)) * UNITS[unit]
