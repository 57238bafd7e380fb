# SPDX-License-Identifier: GPL-3.0-or-later
"""Files to transfer, and whether they arrived.

    big_file(path, mib)
    tree(path, directories, files, size)
    lend(path, target, owner), copy(path, target, owner)
    difference(path, other)       None or what is wrong
    stamp(path)                   a dictionary; what is written to changes

An owner is a pair of user and group, whose the copy is to be.  All is dated 2023, so that no server shows a time of day in its listing.
"""
import os
import random
import shutil

DATED = 1_700_000_000
CHUNK = 16 << 20


def big_file(path, mib):
    with open(path, 'wb') as file:
        for _ in range(mib):
            file.write(os.urandom(1 << 20))
    os.utime(path, (DATED, DATED))


def tree(path, directories, files, size):
    """The files are spread evenly; no two are alike."""
    rng = random.Random(path)
    count = 0
    for d in range(directories):
        directory = os.path.join(path, f'd{d:04}')
        os.makedirs(directory)
        last = files * (d + 1) // directories
        for f in range(count, last):
            name = os.path.join(directory, f'f{f:06}.bin')
            with open(name, 'wb') as file:
                file.write(rng.randbytes(size))
            when = DATED + f * 60
            os.utime(name, (when, when))
        count = last


def own(path, owner):
    """Give it to owner, a pair of user and group."""
    if os.geteuid() != 0:
        return
    os.chown(path, *owner)
    for at, directories, files in os.walk(path):
        for name in directories + files:
            os.chown(os.path.join(at, name), *owner)


def duplicate(path, target, owner, how):
    if os.path.isdir(path):
        shutil.copytree(path, target, copy_function=how)
    else:
        how(path, target)
    own(target, owner)


def lend(path, target, owner):
    """Hard links: the same files, for those who only read them."""
    duplicate(path, target, owner, os.link)


def copy(path, target, owner):
    duplicate(path, target, owner, shutil.copy2)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def same_bytes(path, other):
    with open(path, 'rb', buffering=0) as a, \
         open(other, 'rb', buffering=0) as b:
        while True:
            x, y = a.read(CHUNK), b.read(CHUNK)
            if x != y:
                return False
            if not x:
                return True


def names(path):
    found = set()
    for at, _, files in os.walk(path):
        for name in files:
            found.add(os.path.relpath(os.path.join(at, name), path))
    return found


def difference(path, other):
    if not os.path.isdir(path):
        if not os.path.isfile(other):
            return 'nothing arrived'
        return None if same_bytes(path, other) else 'other bytes arrived'
    want, have = names(path), names(other)
    if want - have:
        return f'{len(want - have)} of {len(want)} files are missing'
    if have - want:
        return f'{len(have - want)} files too many'
    bad = sum(not same_bytes(os.path.join(path, name),
                             os.path.join(other, name)) for name in want)
    return f'{bad} files differ' if bad else None


def stamp(path):
    found = {}
    for at, directories, files in os.walk(path):
        for name in directories + files:
            full = os.path.join(at, name)
            status = os.lstat(full)
            found[full] = (status.st_ino, status.st_size,
                           name in files and status.st_mtime_ns)
    return found
