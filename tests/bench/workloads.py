# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured.

    for case in WORKLOADS['w3'](given):     files, mib, connections, or None
        case.prepare(lab, server)           once, server may be None
        case.before()                       before each run
        case.command(client)                what to run
        case.problem(result)                None or what is wrong

A case says what it needs: `far` (behind a round-trip time of 50 ms), `loss`
(percent), `options` of the server, `needs_server`; how many times a run is to
be `repeated`; and among how many `units` its round trips are to be divided
(None: they say nothing).
"""
import os
import time

import data

KIB4 = 4096
MIB = 1 << 20
TARGET = 'target'


class Case:
    far = False
    loss = 0
    options = ()
    needs_server = True
    repeated = 1
    units = None
    rtt = 0.05		# seconds, if it is far
    title = ''

    def __init__(self, **needs):
        self.__dict__.update(needs)

    def prepare(self, lab, server):
        self.lab = lab
        self.server = server

    def before(self):
        pass

    def problem(self, result):
        return None

    def place(self):
        if not self.needs_server:
            return ''
        if self.loss:
            return f'50 ms, {self.loss} % loss'
        return '50 ms' if self.far else 'loopback'


def in_words(size):
    return f'{size // MIB} MiB' if size >= MIB else f'{size} bytes'


class Transfer(Case):
    """From self.source; to self.arrived, which a run makes anew."""
    def prepare(self, lab, server):
        super().prepare(lab, server)
        self.source = lab.path(self.name)
        if not os.path.exists(self.source):
            self.make()
        if self.down:
            self.arrived = lab.path(TARGET)
            self.lend()
        else:
            self.arrived = server.local(TARGET)

    def lend(self):
        lent = self.server.local(self.name)
        if not os.path.exists(lent):
            data.lend(self.source, lent, self.server.owner)

    def before(self):
        data.remove(self.arrived)

    def problem(self, result):
        return data.difference(self.source, self.arrived)


class File(Transfer):
    def __init__(self, mib, down, connections=1, **needs):
        super().__init__(**needs)
        self.mib, self.down, self.connections = mib, down, connections
        self.name = f'file-{mib}'
        self.title = f'one file of {mib} MiB {"down" if down else "up"}'
        if connections > 1:
            self.title += f', {connections} connections where it can'

    def make(self):
        data.big_file(self.source, self.mib)

    def command(self, client):
        if self.down:
            return client.get(self.server, self.server.remote(self.name),
                              self.arrived, self.connections)
        return client.put(self.server, self.source,
                          self.server.remote(TARGET))


class Tree(Transfer):
    def __init__(self, files, directories, size, down, connections, **needs):
        super().__init__(**needs)
        self.files, self.directories, self.size = files, directories, size
        self.down, self.connections = down, connections
        self.name = f'tree-{files}-{directories}-{size}'
        where = 'directory' if directories == 1 else 'directories'
        many = 'connections' if connections > 1 else 'connection'
        self.title = (f'{files} files of {in_words(size)} in {directories} '
                      f'{where} {"down" if down else "up"}, '
                      f'{connections} {many}')
        if self.far and not self.loss:
            self.units = files / connections

    def make(self):
        data.tree(self.source, self.directories, self.files, self.size)

    def command(self, client):
        if self.down:
            return client.down(self.server, self.server.remote(self.name),
                               self.arrived, self.connections)
        return client.up(self.server, self.source,
                         self.server.remote(TARGET), self.connections)


class Unchanged(Tree):
    def __init__(self, *arguments, **needs):
        super().__init__(*arguments, **needs)
        self.title = 'nothing changed: ' + self.title
        self.units = None

    def prepare(self, lab, server):
        super().prepare(lab, server)
        self.stamp = None

    def before(self):
        if self.stamp is None:
            super().before()
            owner = (os.geteuid(), os.getegid()) if self.down else \
                self.server.owner
            data.copy(self.source, self.arrived, owner)
            self.stamp = data.stamp(self.arrived)

    def problem(self, result):
        before, self.stamp = self.stamp, data.stamp(self.arrived)
        written = [name for name in before.keys() | self.stamp.keys()
                   if before.get(name) != self.stamp.get(name)]
        if not written:
            return None
        self.stamp = None
        return super().problem(result) or \
            f'wrote {len(written)} that were the same, as {written[0]}'


class Listing(Tree):
    def __init__(self, files):
        super().__init__(files, 1, 16, True, 1, far=True)
        self.title = f'from start to listing of {files} files'
        self.units = 1

    def before(self):
        super().before()
        # ProFTPD greets late for a while after a session has ended.
        time.sleep(1)

    def command(self, client):
        return client.listing(self.server,
                              self.server.remote(self.name) + '/d0000')

    def problem(self, result):
        with open(result.out, errors='replace') as file:
            text = file.read()
        missing = sum(os.path.basename(name) not in text
                      for name in data.names(self.source))
        return f'{missing} names are missing' if missing else None


class Version(Case):
    needs_server = False
    repeated = 10
    title = 'start, --version'

    def command(self, client):
        return client.version()


class Pwd(Case):
    repeated = 5
    title = 'start, login, pwd'

    def prepare(self, lab, server):
        super().prepare(lab, server)
        os.makedirs(server.local('empty'), exist_ok=True)

    def command(self, client):
        return client.pwd(self.server)


BOTH = (True, False)


def trees(kind, ways, files, each, size, connections, **needs):
    """`each` files in a directory."""
    directories = max(1, files // each)
    return [kind(files, directories, size, down, n, **needs)
            for down in ways for n in connections]


def w1(given):
    return [File(given.mib or 1024, True, n)
            for n in given.connections or (1,)]


def w2(given):
    return [File(given.mib or 1024, False)]


def w3(given):
    return trees(Tree, (True,), given.files or 1000, 100, KIB4,
                 given.connections or (4, 8))


def w4(given):
    return trees(Tree, (False,), given.files or 1000, 100, KIB4,
                 given.connections or (4, 8))


def w5(given):
    return [Listing(given.files or 100)]


def w6(given):
    return trees(Tree, BOTH, given.files or 500, 25, KIB4,
                 given.connections or (4,), far=True)


def w7(given):
    return trees(Unchanged, BOTH, given.files or 100_000, 100, 16,
                 given.connections or (4,))


def w8(given):
    return trees(Unchanged, BOTH, given.files or 10_000, 10, 16,
                 given.connections or (4,), far=True)


def w9(given):
    return [File(given.mib or 512, True, n, far=True,
                 options=('slow=20000000',))
            for n in given.connections or (8,)]


def w10(given):
    mib = given.mib or 256
    return [case for n in given.connections or (4,) for case in
            (File(mib, True, n, far=True, loss=1),
             Tree(4, 1, mib * MIB // 4, False, n, far=True, loss=1))]


def w11(given):
    return [Version(), Pwd()]


def w12(given):
    files = given.files or 50_000
    return [case for kind in (Tree, Unchanged)
            for case in trees(kind, BOTH, files, files, 16,
                              given.connections or (4,))]


def w13(given):
    files = given.files or 1500
    return trees(Unchanged, BOTH, files, max(1, files // 150), 16,
                 given.connections or (4,))


WORKLOADS = {f.__name__: f for f in (w1, w2, w3, w4, w5, w6, w7, w8, w9, w10,
                                     w11, w12, w13)}
