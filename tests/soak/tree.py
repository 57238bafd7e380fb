# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees that change, and whether one is like the other.

    tree = Tree(path, owner, links)	a directory; owner: (user, group)
    tree.grow(rng)			its first content
    tree.change(rng)			something appears, changes, grows,
					shrinks, vanishes, is renamed or of
					another type
    difference(source, target)		None or what is wrong, in one line
    orphans(source, target)		part files of what the source lacks

Each content of a file has a modification time of its own, to the second, so
that no client can take one for the other.  Some are of long ago, of which a
listing does not tell the time of day.
"""
import itertools
import os
import re
import shutil
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'bench'))
from data import same_bytes  # noqa: E402

FILES, LEAST_FILES, MOST_FILES = 40, 25, 90
DIRECTORIES, MOST_DIRECTORIES = 8, 20
DEPTH = 4
PART = re.compile(r'(.*)\.[0-9a-f]+\.ftps-part$', re.DOTALL)
LONG_AGO = 1_100_000_000
ODD = ('a b', 'quo"te', "apos'trophe", 'st*r', 'wh?t', 'br[ack]et',
       '#hash', ';semi', '$dollar', '-dash', 'per%20cent',
       'ünï', '日本', '~tilde', 'x=y', '213 end', '.hidden', 'n' * 200)
# ProFTPD makes no directory with a '*', and its MLSD cannot show a link to a
# name with a ';'.
ODD_DIRECTORIES = tuple(name for name in ODD if not set('*;') & set(name))
# Bytes: each as likely as the others, then any number up to it.
SIZES = 0, 10, 4000, 4000, 4000, 70_000, 70_000, 300_000, 6_000_000


def give(path, owner):
    """A path and all below it."""
    if os.geteuid() != 0:
        return
    os.lchown(path, *owner)
    for at, directories, files in os.walk(path):
        for name in directories + files:
            os.lchown(os.path.join(at, name), *owner)


class Tree:
    def __init__(self, path, owner, links):
        self.path = path
        self.owner = owner
        self.links = links
        self.numbers = itertools.count(1)
        self.recent = int(time.time()) - 40 * 86400
        os.mkdir(path)
        give(path, owner)

    def grow(self, rng):
        for _ in range(DIRECTORIES):
            self.new_directory(rng)
        for _ in range(FILES):
            self.appear(rng)

    def change(self, rng):
        """One change; what it needs may be missing, then it is another."""
        if len(self.found('file')) < LEAST_FILES:
            self.appear(rng)
        what = rng.choice((
            self.appear, self.appear, self.new_directory, self.edit,
            self.edit, self.append, self.truncate, self.replace, self.vanish,
            self.rename, self.rename_directory, self.vanish_directory,
            self.become_directory, self.become_file, self.link))
        if what(rng) is False:
            self.edit(rng)

    # What there is

    def found(self, kind):
        """Paths of one kind: file, dir or link."""
        paths = []
        for at, directories, files in os.walk(self.path):
            for name in directories + files:
                path = os.path.join(at, name)
                if kind_of(path) == kind:
                    paths.append(path)
        return sorted(paths)

    def any(self, rng, kind):
        paths = self.found(kind)
        return rng.choice(paths) if paths else None

    def place(self, rng, odd=ODD):
        """A path that is free, below a directory."""
        parents = [self.path] + [
            path for path in self.found('dir')
            if path.count('/') - self.path.count('/') < DEPTH]
        name = f'{next(self.numbers)}'
        if rng.random() < 0.2:
            name = rng.choice(odd) + name
        return os.path.join(rng.choice(parents), name)

    # Contents

    def stamp(self, path, rng):
        """Give it a time it never had, and its owner."""
        base = rng.choice((LONG_AGO, self.recent))
        when = (base + next(self.numbers)) * 10**9 + rng.randrange(10**9)
        os.utime(path, ns=(when, when))
        give(path, self.owner)

    @staticmethod
    def bytes(rng):
        return rng.randbytes(rng.randint(0, rng.choice(SIZES)))

    def write(self, path, rng):
        with open(path, 'wb') as file:
            file.write(self.bytes(rng))
        self.stamp(path, rng)

    # Changes; False: not possible now

    def appear(self, rng):
        if len(self.found('file')) >= MOST_FILES:
            return self.vanish(rng)
        return self.write(self.place(rng), rng)

    def new_directory(self, rng):
        if len(self.found('dir')) >= MOST_DIRECTORIES:
            return self.vanish_directory(rng)
        path = self.place(rng, ODD_DIRECTORIES)
        os.mkdir(path)
        return give(path, self.owner)

    def edit(self, rng):
        """In place, the size stays."""
        path = self.any(rng, 'file')
        if path is None:
            return self.appear(rng)
        size = os.path.getsize(path)
        with open(path, 'r+b') as file:
            file.seek(rng.randint(0, size))
            file.write(rng.randbytes(min(1000, size - file.tell())))
        return self.stamp(path, rng)

    def append(self, rng):
        path = self.any(rng, 'file')
        if path is None:
            return False
        with open(path, 'ab') as file:
            file.write(self.bytes(rng))
        return self.stamp(path, rng)

    def truncate(self, rng):
        path = self.any(rng, 'file')
        if path is None:
            return False
        os.truncate(path, rng.randint(0, os.path.getsize(path)))
        return self.stamp(path, rng)

    def replace(self, rng):
        """By rename, as careful programs do."""
        path = self.any(rng, 'file')
        if path is None:
            return False
        new = self.place(rng)
        self.write(new, rng)
        return os.rename(new, path)

    def vanish(self, rng):
        if len(self.found('file')) <= LEAST_FILES:
            return False
        return os.unlink(self.any(rng, 'file'))

    def rename(self, rng):
        path = self.any(rng, 'file')
        return False if path is None else os.rename(path, self.place(rng))

    def rename_directory(self, rng):
        path = self.any(rng, 'dir')
        if path is None:
            return False
        new = self.place(rng, ODD_DIRECTORIES)
        if new.startswith(path + '/'):
            return False
        return os.rename(path, new)

    def vanish_directory(self, rng):
        path = self.any(rng, 'dir')
        if path is None or len(self.found('file')) <= LEAST_FILES:
            return False
        return shutil.rmtree(path)

    def become_directory(self, rng):
        path = self.any(rng, 'file')
        if path is None or set('*;') & set(os.path.basename(path)):
            return False
        os.unlink(path)
        os.mkdir(path)
        give(path, self.owner)
        return self.write(os.path.join(path, 'inside'), rng)

    def become_file(self, rng):
        path = self.any(rng, 'dir')
        if path is None:
            return False
        shutil.rmtree(path)
        return self.write(path, rng)

    def link(self, rng):
        """To a file or directory, or to nothing."""
        if not self.links:
            return False
        path = self.any(rng, 'link')
        if path is None or rng.random() < 0.5:
            path = self.place(rng)
        else:
            os.unlink(path)
        target = self.any(rng, rng.choice(('file', 'file', 'dir', 'link')))
        if target is None or ';' in target:
            return False
        os.symlink(os.path.relpath(target, os.path.dirname(path)), path)
        return give(path, self.owner)


def kind_of(path):
    if os.path.islink(path):
        return 'link'
    if os.path.isdir(path):
        return 'dir'
    return 'file' if os.path.exists(path) else None


def names(path):
    """Of all that is in a tree, relative to it."""
    return {os.path.relpath(os.path.join(at, name), path)
            for at, directories, files in os.walk(path)
            for name in directories + files}


def aim(root, name):
    """What a link leads to, relative to the root, which may be a server's."""
    target = os.readlink(os.path.join(root, name))
    here = f'/{os.path.basename(root)}/'
    if target.startswith(here):
        return os.path.normpath(target.removeprefix(here))
    return os.path.normpath(os.path.join(os.path.dirname(name), target))


def differs(source, target, name):
    """None or how two things of one name differ."""
    a, b = os.path.join(source, name), os.path.join(target, name)
    kind = kind_of(a)
    if kind != kind_of(b):
        return f'is a {kind_of(b)}, not a {kind}'
    if kind == 'link' and not is_odd_link(source, name) and \
       aim(source, name) != aim(target, name):
        return f'leads to {aim(target, name)!r}, not {aim(source, name)!r}'
    if kind != 'file':
        return None
    if os.path.getsize(a) != os.path.getsize(b):
        return f'has {os.path.getsize(b)} bytes, not {os.path.getsize(a)}'
    if not same_bytes(a, b):
        return 'has other bytes'
    if int(os.path.getmtime(a)) != int(os.path.getmtime(b)):
        return 'has another time'
    return None


def orphans(source, target):
    """Paths."""
    return [os.path.join(target, name) for name in names(target)
            if (match := PART.match(name)) and
            kind_of(os.path.join(source, match[1])) != 'file']


def is_odd_link(root, name):
    """
    One that need not be made, which is then said: one that leads out of the
    tree, which clients distrust, or to nothing, or has a blank in it, both of
    which ProFTPD refuses, or consists of dots, which ProFTPD does not show;
    or one that leads to such a one.
    """
    path = os.path.join(root, name)
    return os.path.islink(path) and (
        aim(root, name).startswith('..') or not os.path.exists(path) or
        ' ' in path + os.readlink(path) or
        set(os.readlink(path)) <= set('./') or
        is_odd_link(root, aim(root, name)))


def difference(source, target):
    # A session of Pure-FTPd that was cut off may still have a file of its own.
    want, have = names(source), {name for name in names(target)
                                 if '.pureftpd-upload.' not in name}
    want -= {name for name in want - have
             if is_odd_link(source, name)}
    for what, some in (('is missing', want - have),
                       ('is left over', have - want)):
        if some:
            return f'{min(some)!r} {what} ({len(some)} in all)'
    for name in sorted(want):
        how = differs(source, target, name)
        if how:
            return f'{name!r} {how}'
    return None
