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
    def __init__(self, kind, data=b'', mtime=None, target=''):
        self.serial = 0                 # in the tree that it is put in
        self.kind = kind                # 'file', 'dir' or 'link'
        self.data = bytearray(data)
        self.mtime = int(time.time()) if mtime is None else mtime
        self.mode = 0o755 if kind == 'dir' else 0o644
        self.target = target
        self.fraction = None            # milliseconds of mtime, once set
        self.linked = True              # it has a name

    @property
    def unique(self):
        return '1U%x' % self.serial

    @property
    def millisecond(self):
        """Of its time: any, but the same whenever this is played."""
        if self.fraction is None:
            return (self.serial * 619 + len(self.data) * 7 + 137) % 1000
        return self.fraction


class Tree:
    def __init__(self):
        self.lock = threading.RLock()   # hold it to do several things at once
        self.nodes = {'/': Node('dir')}
        self.names = {}                 # directory: names in it, in order
        self.serials = itertools.count(1)
        self.spelling = []              # of SPELLINGS, and 'fold'
        self.room = None                # bytes that still fit, if it is full
                                        # one day
        self.history = []               # (what, path, content), see server.py

    def get(self, path, follow=True):
        """The node at an absolute, normal path, or None."""
        path = self.resolve(path, follow)
        return self.nodes.get(path)

    def spell(self, name):
        return spell(name, self.spelling)

    def stored(self, directory, name):
        """What NAME is called in DIRECTORY, or would be."""
        name = self.spell(name)
        top = directory.rstrip('/') + '/'
        if 'fold' not in self.spelling or top + name in self.nodes:
            return top + name
        with self.lock:
            for old in self.names.get(directory or '/', ()):
                if old.casefold() == name.casefold():
                    return top + old
        return top + name

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
            parent, name = posixpath.split(path)
            if parent not in self.nodes:
                self.put(parent, Node('dir'))
            node.serial = node.serial or next(self.serials)
            self.nodes[path] = node
            self.names.setdefault(parent, {})[name] = True

    def remove(self, path, why='deleted'):
        """The node that was at PATH, if there is one."""
        with self.lock:
            node = self._take(path)
            if node and node.kind == 'file':
                self.history.append((why, path, bytes(node.data)))
                self._free(len(node.data))
            if node:
                node.linked = False
            return node

    def _take(self, path):
        parent, name = posixpath.split(path)
        self.names.get(parent, {}).pop(name, None)
        return self.nodes.pop(path, None)

    def family(self, path):
        """PATH and all paths below it."""
        found = [path]
        for at in found:
            top = at.rstrip('/') + '/'
            found += [top + name for name in sorted(self.names.get(at, ()))]
        return found

    def discard(self, path):
        """PATH and what is below it, if it is there at all."""
        with self.lock:
            for old in reversed(self.family(path)):
                self.remove(old, 'vanish')

    def rename(self, old, new):
        with self.lock:
            if old == new or old not in self.nodes:
                return
            self.remove(new, 'replaced')
            for path in self.family(old):
                self.put(new + path[len(old):], self.nodes[path])
            for path in reversed(self.family(old)):
                self._take(path)
            self.name(new)

    def name(self, path):
        """A file has got its name, or its content below it."""
        node = self.nodes.get(path)
        if node and node.kind == 'file':
            self.history.append(('named', path, bytes(node.data)))

    # -- a disk that may be full

    def append(self, node, data):
        """As much of DATA as fits; how much that was."""
        with self.lock:
            if self.room is not None and node.linked:
                data = data[:self.room]
                self.room -= len(data)
            node.data += data
            return len(data)

    def truncate(self, node, size):
        with self.lock:
            if node.linked:
                self._free(max(0, len(node.data) - size))
            del node.data[size:]

    def _free(self, size):
        if self.room is not None:
            self.room += size

    # -- what happens to files by others; those that are not there are no fault

    def happen(self, how, words):
        """HOW: vanish, grow, rewrite, exchange, or copy (FROM=TO)."""
        path, _, new = words.partition('=') if how == 'copy' else (
            words, '', '')
        with self.lock:
            path = self.resolve(path, False)
            node = self.nodes.get(path)
            if node and how == 'vanish':
                self.discard(path)
            elif node and node.kind == 'file':
                self.history.append((how, path, bytes(node.data)))
                getattr(self, '_' + how)(path, node, new)

    def _grow(self, path, node, new):
        """Its sender goes on writing."""
        self.append(node, b'more')

    def _rewrite(self, path, node, new):
        """Other bytes, as many, in the same file."""
        node.data[:] = bytes(b ^ 1 for b in node.data)
        node.mtime += 1

    def _exchange(self, path, node, new):
        """Another file in its place, as large and as old."""
        self.put(path, Node('file', bytes(b ^ 1 for b in node.data),
                            node.mtime))

    def _copy(self, path, node, new):
        """The same bytes in a file of its own."""
        self.put(new, Node('file', node.data, node.mtime))

    def children(self, path):
        """Names and nodes in directory PATH, sorted."""
        top = path.rstrip('/') + '/'
        with self.lock:
            return [(name, self.nodes[top + name])
                    for name in sorted(self.names.get(path, ()))]


def spell(name, spelling):
    for what in spelling:
        if what != 'fold':
            name = SPELLINGS[what](name)
    return name


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
