# SPDX-License-Identifier: GPL-3.0-or-later
"""What is on either side, by path.

    local_snapshot(top), remote_snapshot(tree)      {path: Entry}
    below(snapshot, top), files(snapshot)           parts of it
"""

import dataclasses
import os
import stat
import unicodedata

TOPS = ('there', 'other', 'bak')


@dataclasses.dataclass(frozen=True)
class Entry:
    kind: str                   # file, dir, link, other
    data: bytes = b''
    target: str = ''
    mtime: float = 0
    mode: int = 0


def local_snapshot(top):
    """path: Entry of all below TOP."""
    found = {}
    for path, dirs, files in os.walk(os.fsencode(top)):
        for name in dirs + files:
            full = os.path.join(path, name)
            try:
                found[os.fsdecode(os.path.relpath(full, os.fsencode(top)))] \
                    = local_entry(full)
            except FileNotFoundError:
                pass
    return found


def local_entry(path):
    what = os.lstat(path)
    mode = stat.S_IMODE(what.st_mode)
    if stat.S_ISLNK(what.st_mode):
        return Entry('link', target=os.fsdecode(os.readlink(path)))
    if stat.S_ISDIR(what.st_mode):
        return Entry('dir', mode=mode)
    if not stat.S_ISREG(what.st_mode):
        return Entry('other')
    with open(path, 'rb') as f:
        return Entry('file', f.read(), mtime=what.st_mtime_ns / 1e9,
                     mode=mode)


def remote_snapshot(tree):
    """path: Entry of all that the server has; the tops as we name them."""
    with tree.lock:
        nodes = dict(tree.nodes)
    return {top_named(path): Entry(node.kind, bytes(node.data), node.target,
                                   node.mtime, node.mode)
            for path, node in nodes.items()}


def composed(path):
    return unicodedata.normalize('NFC', path)


def in_ascii(path):
    return ''.join(c if c.isascii() else '?' for c in path)


def top_named(path):
    top, slash, rest = path[1:].partition('/')
    return '/' + (top.lower() if top.lower() in TOPS else top) + slash + rest


def below(snapshot, top):
    """What is below TOP, by paths from there."""
    return {path[len(top) + 1:]: entry for path, entry in snapshot.items()
            if path.startswith(top + '/')}


def files(snapshot):
    return {path: entry for path, entry in snapshot.items()
            if entry.kind == 'file'}
