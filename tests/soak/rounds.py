# SPDX-License-Identifier: GPL-3.0-or-later
"""The rounds of one server.

    soak = Soak(directory, program, kind, seed, say)
    soak.begin()
    while soak.round():		one round; False: enough has failed
        ...
    soak.close()		also judges memory and descriptors
    soak.counts			what happened, how often

The directory, which it makes, is its own.  It says its failures, and keeps
what belongs to each.

A round changes two trees, one on each side, and mirrors one up and the other
down, through a proxy that disturbs and, in some rounds, while they change
further.  The client is one that lives through all rounds, or another one that
is ended or killed meanwhile.  Then a new client, undisturbed, must finish the
work.
"""
import collections
import json
import os
import pwd
import random
import select
import shutil
import signal
import subprocess
import sys
import threading
import time

import tree
from proxy import HERE, Proxy

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, 'tests/bench'))
from lab import SERVER, assignments  # noqa: E402

PORTS = 200		# of a server, the first for control
LIMIT = 300		# s, for one mirror, however disturbed
SOON = 3		# s, in which a signal must end the client
ENOUGH = 5		# failures
JUDGED = 12		# rounds from which on growth is judged
ROUNDS = 5000		# more than there will be
SETTINGS = {
    'timeout': '3s', 'connect-timeout': '3s', 'reply-timeout': '3s',
    'retry-delay': '50ms', 'tls-server-name': 'localhost',
}
# Whose links a client can see, and make.
SHOWS_LINKS = 'proftpd', 'vsftpd', 'pureftpd', 'pyftpd'
MAKES_LINKS = 'proftpd',


class Client:
    """What all have in common: environment, options, output."""

    def __init__(self, soak, name):
        self.soak = soak
        self.out = soak.path(f'{name}.out')
        self.err = soak.path(f'{name}.err')

    def start(self, *arguments):
        soak = self.soak
        command = [*soak.become, soak.program, '--json', '-v', '--cacert',
                   soak.ca]
        for setting in SETTINGS.items():
            command += ['-o', '='.join(setting)]
        environment = {
            'PATH': os.environ['PATH'], 'HOME': soak.path('home'),
            'LC_ALL': 'C.UTF-8', 'FTPS_PASSWORD': soak.password,
            **{name: value for name, value in os.environ.items()
               if name.endswith('SAN_OPTIONS')}}
        # To append, so that the files can be emptied.
        with open(self.out, 'ab') as out, open(self.err, 'ab') as err:
            return subprocess.Popen(
                [*command, *arguments], env=environment, umask=0o022,
                stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                cwd=soak.path('home'), start_new_session=True)

    def forget(self):
        for path in self.out, self.err:
            open(path, 'wb').close()

    def events(self):
        found = []
        with open(self.out, encoding='utf-8') as file:
            for line in file:
                try:
                    found.append(json.loads(line))
                except ValueError:
                    # The last line of who was killed.
                    self.soak.counts['half lines'] += 1
        return found

    def said(self):
        """Its last own words, not the dialogue's."""
        with open(self.err, errors='replace') as file:
            lines = [line.strip() for line in file
                     if line.startswith('ftps: ')]
        return ' / '.join(lines[-2:])


class Fresh(Client):
    """One process a mirror."""

    def run(self, words, options=(), end_after=None, sig=None):
        """Exit status; -N if a signal N ended it; None if it hangs."""
        process = self.start(*options, self.soak.site, *words)
        try:
            if end_after is not None:
                try:
                    return process.wait(end_after)
                except subprocess.TimeoutExpired:
                    process.send_signal(sig)
                return process.wait(SOON)
            return process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            return None
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGABRT)
                process.wait()


class Resident(Client):
    """
    One process for all rounds: a script of mirrors, and after each a local
    command that tells us, and waits until it may go on.
    """

    def __init__(self, soak):
        super().__init__(soak, 'resident')
        self.told, self.go = soak.path('told'), soak.path('go')
        self.failed = soak.path('home/failed')
        self.sizes = []
        for fifo in self.told, self.go:
            os.mkfifo(fifo)
            os.chmod(fifo, 0o666)
        self.told_fd = os.open(self.told, os.O_RDWR)
        self.go_fd = os.open(self.go, os.O_RDWR)
        self.process = self.start('-b', self.script(), soak.site)
        self.wait()

    def script(self):
        soak = self.soak
        script = soak.path('script')
        step = f'!echo >{self.told}; read x <{self.go}\n'
        with open(script, 'w') as file:
            file.write(step)
            for _ in range(ROUNDS):
                for words in soak.up_words, soak.down_words:
                    file.write(f"{' '.join(words)} || !touch {self.failed}\n")
                    file.write(step)
        return script

    def wait(self):
        """Until it has done a step; False if it does not."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and self.process.poll() is None:
            if select.select([self.told_fd], [], [], 0.2)[0]:
                os.read(self.told_fd, 1)
                return True
        return False

    def run(self):
        """The next mirror: 0, 1, or None if it hangs or is gone."""
        if self.process.poll() is not None:
            return None
        os.write(self.go_fd, b'\n')
        if not self.wait():
            return None
        if not os.path.exists(self.failed):
            return 0
        os.unlink(self.failed)
        return 1

    def measure(self):
        proc = f'/proc/{self.process.pid}'
        with open(f'{proc}/status') as file:
            status = dict(line.split(':', 1) for line in file)
        self.sizes.append((int(status['VmRSS'].split()[0]),
                           len(os.listdir(f'{proc}/fd')),
                           int(status['Threads'])))

    def growth(self):
        """What the second half of its life had more of than the first."""
        half = len(self.sizes) // 2
        if half < JUDGED // 2:
            return []
        before, after = ([max(column) for column in zip(*part)] for part in
                         (self.sizes[2:half], self.sizes[half:]))
        # The connection between mirrors may have been lost, or not.
        return [f'{after[i]} {what} after {before[i]}'
                for i, what, most in (
                    (0, 'KiB', before[0] * 1.2 + 2048),
                    (1, 'descriptors', before[1] + 1),
                    (2, 'threads', before[2])) if after[i] > most]

    def end(self):
        self.process.kill()
        self.process.wait()
        os.close(self.told_fd)
        os.close(self.go_fd)


class Soak:
    def __init__(self, directory, program, kind, seed, say):
        self.directory = directory
        self.program = program
        self.kind = kind
        self.seed = seed
        self.number = 0
        self.counts = collections.Counter()
        self.say = say
        self.proxy = self.resident = self.server = None

    def begin(self):
        os.mkdir(self.directory)
        os.chmod(self.directory, 0o711)
        self.become, client = [], (os.getuid(), os.getgid())
        if os.geteuid() == 0:
            nobody = pwd.getpwnam('nobody')
            client = nobody.pw_uid, nobody.pw_gid
            self.become = ['setpriv', f'--reuid={client[0]}',
                           f'--regid={client[1]}', '--clear-groups']
        for name in 'home', 'local':
            os.mkdir(self.path(name))
            os.chown(self.path(name), *client)
        self.client = client
        self.serve()
        self.grow()
        self.fresh = Fresh(self, 'fresh')
        self.resident = Resident(self)

    def path(self, name):
        return os.path.join(self.directory, name)

    def serve(self):
        server = assignments([SERVER, 'start', self.kind],
                             {'TMPDIR': self.directory,
                              'FTPS_SERVER_PORTS': str(PORTS)})
        port = int(server['SRV_PORT'])
        self.server = server['SRV_DIR']
        self.data = server['SRV_DATA']
        self.password = server['SRV_PASSWORD']
        # Of the server's directory nobody may see more than that.
        self.ca = self.path('ca.pem')
        shutil.copy(server['SRV_CA'], self.ca)
        self.site = f'{server["SRV_USER"]}@{HERE}:{port}'
        self.proxy = Proxy(port, PORTS)
        base = server['SRV_BASE']
        self.up_words = ('mirror', '-R', '-e', self.path('local/up'),
                         os.path.normpath(f'{base}/up'))
        self.down_words = ('mirror', '-e', os.path.normpath(f'{base}/down'),
                           self.path('local/down'))

    def grow(self):
        """The two trees that change; their copies are made by mirrors."""
        status = os.stat(self.data)
        rng = self.random('grow')
        self.up = tree.Tree(self.path('local/up'), self.client,
                            self.kind in MAKES_LINKS)
        self.down = tree.Tree(os.path.join(self.data, 'down'),
                              (status.st_uid, status.st_gid),
                              self.kind in SHOWS_LINKS)
        for one in self.up, self.down:
            one.grow(rng)
        self.pairs = {
            'up': (self.up.path, os.path.join(self.data, 'up')),
            'down': (self.down.path, self.path('local/down'))}

    def random(self, what):
        return random.Random(f'{self.seed} {self.kind} {what}')

    # A round

    def round(self):
        self.number += 1
        rng = self.random(self.number)
        self.forget()
        for one in self.up, self.down:
            for _ in range(rng.randint(0, 15)):
                one.change(rng)
        self.proxy.rough(f'{self.seed} {self.kind} {self.number}')
        if self.number % 3 == 0:
            self.run_fresh(rng)
        else:
            self.run_resident(rng)
        self.proxy.calm()
        self.finish()
        self.counts['rounds'] += 1
        return self.counts['failures'] < ENOUGH

    def forget(self):
        self.fresh.forget()
        self.resident.forget()

    def run_resident(self, rng):
        for way, one in (('up', self.up), ('down', self.down)):
            with Changes(one, rng) as changes:
                status = self.resident.run()
            if status is None:
                self.fail(self.resident, f'{way}: hangs or is gone')
                self.restart()
                continue
            self.settle(self.resident, way, status, changes.any)
        self.resident.measure()

    def run_fresh(self, rng):
        for way, one in (('up', self.up), ('down', self.down)):
            options = ['-j', rng.choice(('1', '4', '8'))]
            if rng.random() < 0.2:
                options += ['-o', 'pipeline=off']
            after, sig = None, None
            if rng.random() < 0.6:
                after = 3 * rng.random() ** 2
                sig = rng.choice((signal.SIGKILL, signal.SIGTERM,
                                  signal.SIGINT))
            with Changes(one, rng) as changes:
                status = self.fresh.run(self.words(way), options, after, sig)
            if status is None:
                self.fail(self.fresh, f'{way}: hangs, or after signal {sig}')
            elif sig and status == -sig:
                self.counts[f'ended by {sig.name}'] += 1
            elif status < 0 or status > 8:
                self.fail(self.fresh, f'{way}: status {status}')
            else:
                self.settle(self.fresh, way, status, changes.any)

    def words(self, way):
        return self.up_words if way == 'up' else self.down_words

    def settle(self, client, way, status, changed):
        """Status 0 exactly if all is there."""
        if status != 0:
            self.counts['disturbed runs that failed'] += 1
        else:
            self.counts['disturbed runs that succeeded'] += 1
        if changed:
            return
        wrong = tree.difference(*self.pairs[way])
        if status == 0 and wrong:
            self.fail(client, f'{way}: status 0, but {wrong}')
        elif status != 0 and not wrong:
            self.counts['failed though all is there'] += 1

    def finish(self):
        """Undisturbed, and nothing changes: it must work."""
        self.count(self.resident)
        self.count(self.fresh)
        for way in 'up', 'down':
            self.sweep(way)
            status = self.fresh.run(self.words(way))
            wrong = tree.difference(*self.pairs[way])
            if status != 0:
                self.fail(self.fresh, f'{way}, undisturbed: status {status}')
            if wrong:
                self.fail(self.fresh, f'{way}, undisturbed: {wrong}')
            if status != 0 or wrong:
                shutil.rmtree(self.pairs[way][1], ignore_errors=True)

    def sweep(self, way):
        """
        Part files of what has left the source meanwhile.  That they stay is
        by design, also that they keep their directory.
        """
        for path in tree.orphans(*self.pairs[way]):
            self.counts['orphaned parts'] += 1
            os.unlink(path)

    def count(self, client):
        for event in client.events():
            if event['event'] == 'transfer' and event['status'] == 0:
                self.counts['files'] += 1
                self.counts['files resumed'] += event.get('resumed', 0) > 0
            elif event['event'] == 'warning':
                self.counts['retries'] += \
                    'trying again in' in event['message']

    # Failures

    def fail(self, client, what):
        said = client.said()
        self.counts['failures'] += 1
        keep = self.path(f'failure-{self.counts["failures"]}')
        os.mkdir(keep)
        for one in self.fresh, self.resident:
            for path in one.out, one.err:
                shutil.copy(path, keep)
        with open(os.path.join(keep, 'proxy'), 'w') as file:
            file.write('\n'.join(self.proxy.story) + '\n')
        for name in os.listdir(self.server):
            if name == 'dialogue' or name.endswith('log') or name == 'out':
                shutil.copy(os.path.join(self.server, name),
                            os.path.join(keep, f'server-{name}'))
        self.say(f'round {self.number}: {what}{said and ": " + said} ({keep})')

    def restart(self):
        self.resident.end()
        self.counts['residents lost'] += 1
        for path in self.resident.told, self.resident.go:
            os.unlink(path)
        self.resident = Resident(self)

    def close(self):
        if self.resident:
            for growth in self.resident.growth():
                self.fail(self.resident, f'grows: {growth}')
            self.resident.end()
        if self.proxy:
            self.proxy.close()
            for kind, count in self.proxy.counts.items():
                self.counts[f'proxy: {kind}'] = count
        if self.server:
            subprocess.run([SERVER, 'stop', self.server], check=True)


class Changes:
    """What a tree goes through while a mirror runs, in some rounds."""

    def __init__(self, one, rng):
        self.tree = one
        self.rng = random.Random(rng.random())
        self.any = self.rng.random() < 0.3
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while self.any and not self.over.wait(self.rng.uniform(0.01, 0.2)):
            self.tree.change(self.rng)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
