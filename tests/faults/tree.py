# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the scripted server: a dictionary in memory."""

import calendar
import os
import itertools
import posixpath
import re
import threading
import time
import unicodedata

MAX_LINKS = 20

# What a file system may make of a name, and of all that ask for it.
SPELLINGS = {
    'upper': lambda name: name.upper(),
    'lower': lambda name: name.lower(),
    'nfc': lambda name: unicodedata.normalize('NFC', name),
    'nfd': lambda name: unicodedata.normalize('NFD', name),
    'controls': lambda name: re.sub(r'[\x00-\x1f\x7f]', '_', name),
    'reserved': lambda name: re.sub(r'[:*?"<>|\\]', '_', name),
    'ascii': lambda name: re.sub(r'[^\x00-\x7f]', '?', name),
    'ascii-bytes': lambda name: os.fsencode(name).decode(
        'ascii', 'replace').replace('\ufffd', '?'),
    'end': lambda name: re.sub(r'[ .]$', '_', name),
    'ends': lambda name: name.rstrip(' .') or name,
}


class Node:
    numbers = itertools.count(1)

    def __init__(self, kind, data=b'', mtime=None, target=''):
        self.unique = '1U%x' % next(Node.numbers)
        self.kind = kind                # 'file', 'dir' or 'link'
        self.data = bytearray(data)
        self.mtime = int(time.time()) if mtime is None else mtime
        self.mode = 0o755 if kind == 'dir' else 0o644
        self.target = target


class Tree:
    def __init__(self):
        self.lock = threading.RLock()
        self.nodes = {'/': Node('dir')}
        self.spelling = []              # of SPELLINGS, and 'fold'

    def get(self, path, follow=True):
        """The node at an absolute, normal path, or None."""
        path = self.resolve(path, follow)
        return self.nodes.get(path)

    def spell(self, name):
        for what in self.spelling:
            if what != 'fold':
                name = SPELLINGS[what](name)
        return name

    def stored(self, directory, name):
        """What NAME is called in DIRECTORY, or would be."""
        path = directory.rstrip('/') + '/' + self.spell(name)
        if not self.spelling or path in self.nodes:
            return path
        with self.lock:
            for old in self.nodes if 'fold' in self.spelling else ():
                if old.casefold() == path.casefold():
                    return old
        return path

    def resolve(self, path, follow=True):
        """PATH as it is stored, with the links in it followed."""
        for _ in range(MAX_LINKS):
            parts, at = path.strip('/').split('/'), ''
            for i, part in enumerate(parts):
                at = self.stored(at, part)
                node = self.nodes.get(at)
                last = i == len(parts) - 1
                if node and node.kind == 'link' and (follow or not last):
                    rest = '/'.join(parts[i + 1:])
                    path = join(posixpath.dirname(at),
                                posixpath.join(node.target, rest))
                    break
            else:
                return at
        return path

    def put(self, path, node):
        """Insert NODE, and the directories that lead to it."""
        with self.lock:
            parent = posixpath.dirname(path)
            if parent not in self.nodes:
                self.put(parent, Node('dir'))
            self.nodes[path] = node

    def remove(self, path):
        with self.lock:
            del self.nodes[path]

    def discard(self, path):
        """PATH and what is below it, if it is there at all."""
        with self.lock:
            for old in [p for p in self.nodes
                        if p == path or p.startswith(path + '/')]:
                del self.nodes[old]

    def rename(self, old, new):
        with self.lock:
            for path in [p for p in self.nodes
                         if p == old or p.startswith(old + '/')]:
                self.nodes[new + path[len(old):]] = self.nodes.pop(path)

    def grow(self, path):
        """Its sender goes on writing."""
        node = self.get(path)
        node.data += b'more'

    def rewrite(self, path):
        """Other bytes, as many, in the same file."""
        node = self.get(path)
        node.data[:] = bytes(b ^ 1 for b in node.data)
        node.mtime += 1

    def exchange(self, path):
        """Another file in its place, as large and as old."""
        old = self.get(path)
        self.put(path, Node(old.kind, bytes(b ^ 1 for b in old.data),
                            old.mtime))

    def copy(self, words):
        """FROM=TO: the same bytes in a file of its own."""
        old, new = words.split('=')
        node = self.get(old)
        self.put(new, Node(node.kind, node.data, node.mtime))

    def children(self, path):
        """Names and nodes in directory PATH, sorted."""
        start = path.rstrip('/') + '/'
        with self.lock:
            return sorted((p[len(start):], n) for p, n in self.nodes.items()
                          if p.startswith(start) and p != '/'
                          and '/' not in p[len(start):])


def join(base, name):
    """Absolute, normal path of NAME as seen from BASE."""
    path = posixpath.normpath(posixpath.join(base, name))
    return '/' + path.lstrip('/')


def stamp(mtime):
    return time.strftime('%Y%m%d%H%M%S', time.gmtime(mtime))


def parse_stamp(text):
    """YYYYMMDDHHMMSS, or now+SECONDS, now-SECONDS."""
    if text.startswith('now'):
        return int(time.time()) + int(text[3:])
    if not re.fullmatch(r'\d{14}(\.\d+)?', text):
        return 0
    return calendar.timegm(time.strptime(text[:14], '%Y%m%d%H%M%S'))
