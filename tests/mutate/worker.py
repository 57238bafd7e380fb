# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tests against what is broken; mutate.py starts it and tells it what to
do, a line of JSON a job, on standard input.

    worker.py HOME TREE     HOME: a Build's; TREE: the copy with the tests

Nothing outside a file system of its own can be written: who breaks a program
that deletes files should not see it delete others.
"""

import base64
import concurrent.futures
import itertools
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from build import Build, optimised                              # noqa: E402
from suite import Suite                                         # noqa: E402

AT_ONCE = 6             # clients, which mostly wait
FILE_MAX = 1 << 31
STATEMENTS_MAX = 1 << 16    # as in watch.c
OPEN = 'open at the end: '


class Stage:
    """What is tested, and what is noted of it while it runs."""

    def __init__(self, build, kind, home):
        self.kind, self.home = kind, home
        self.build = os.path.join(build.home, kind)

    def program(self, name):
        return os.path.join(self.build, name)

    def notes(self, directory):
        found = {'MUTATE_OPEN': directory + '/open'}
        log = 'log_path=%s/sanitizer' % directory
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS'):
            found[name] = os.environ[name] + ':' + log
        if self.kind == 'trace':
            found['MUTATE_RAN'] = directory + '/ran'
            with open(directory + '/ran', 'wb') as f:
                f.truncate(STATEMENTS_MAX)
        return found

    def noted(self, directory):
        complaints = []
        for name in os.listdir(directory):
            if name.startswith('sanitizer'):
                with open(os.path.join(directory, name),
                          errors='replace') as f:
                    lines = [line for line in f if 'SUMMARY' in line or
                             'ERROR' in line or 'runtime error' in line]
                complaints += [lines[-1].strip() if lines else name]
        try:
            with open(directory + '/open') as f:
                complaints += [OPEN + line.strip()
                               for line in f]
        except FileNotFoundError:
            pass
        return complaints


class Broken(Stage):
    """One mutant: its objects and programs, linked when they are wanted."""

    def __init__(self, build, kind, home, path):
        super().__init__(build, kind, home)
        self.made, self.path = build, path
        self.object = os.path.join(home, kind + '.o')
        self.programs = set()
        self.compiled = False

    def compile(self, source):
        words = self.made.compile(self.kind, self.path, source, self.object)
        subprocess.run(words, cwd=self.build, check=True,
                       capture_output=True)

    def program(self, name):
        target = os.path.join(self.home, self.kind, name)
        if name not in self.programs:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            subprocess.run(self.made.link(self.kind, name, self.object,
                                          target), cwd=self.build,
                           check=True, capture_output=True)
            self.programs.add(name)
        return target


class Worker:
    def __init__(self, home, tree):
        self.build = Build(home)
        self.suite = Suite(tree)
        if os.environ.get('MUTATE_SECLUDED'):
            seclude(home, tree)
        self.work = tempfile.mkdtemp(prefix='mutate.')
        self.suite.certs = self.suite.player.Certs(self.work + '/certs')
        self.sound = set()      # tests that passed with nothing broken
        self.forgetful = set()  # that then left something open
        self.numbers = itertools.count()
        self.plain = {}

    def directory(self):
        return os.path.join(self.work, '%d' % next(self.numbers))

    def play(self, test, stage, limit):
        """Complaints, what was noted, and the directory."""
        directory = self.directory()
        try:
            found = self.suite.play(test, stage, directory, limit)
        except Exception:
            found = traceback.format_exc().splitlines()[::-1]
        return found, stage.noted(directory), directory

    def trace(self, job):
        stage = Stage(self.build, 'trace', self.work)
        os.environ['FTPS'] = stage.program('ftps')
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(pool.map(lambda test: self.trace_one(test, stage),
                                 job['tests']))

    def trace_one(self, test, stage):
        for _ in range(3):
            started = time.monotonic()
            complaints, notes, directory = self.play(test, stage, 300)
            seconds = time.monotonic() - started
            ran = self.read_ran(directory)
            shutil.rmtree(directory, ignore_errors=True)
            if not complaints:
                break
        return test, {
            'seconds': round(seconds, 2), 'skipped': complaints is None,
            'notes': notes, 'fails': complaints,
            'ran': base64.b64encode(pack(ran)).decode()}

    def read_ran(self, directory):
        try:
            with open(directory + '/ran', 'rb') as f:
                return f.read()[:self.build.statements]
        except FileNotFoundError:       # it did not come so far
            return bytes(self.build.statements)

    def mutant(self, job):
        """What becomes of a broken source."""
        home = self.directory()
        path = os.path.join(home, job['path'])
        os.makedirs(os.path.dirname(path))
        try:
            reason = self.compare(path, job)
            if reason is not None:
                return {'invalid': reason}
            stage = Broken(self.build, job['kind'], home, job['path'])
            stage.compile(path)
            os.environ['FTPS'] = stage.program('ftps')
            return self.test(stage, job)
        finally:
            shutil.rmtree(home, ignore_errors=True)

    def compare(self, path, job):
        """Why a mutant does not count."""
        old = self.plain.get(job['path'])
        if old is None:
            old = self.plain[job['path']] = self.compile_optimised(
                path, job, self.build.source[job['path']].whole)
        new = self.compile_optimised(path, job, job['text'])
        if new is None:
            return 'does not compile'
        return 'same code' if new == old else None

    def compile_optimised(self, path, job, text):
        with open(path, 'w') as f:
            f.write(text)
        words = optimised(self.build.compile('asan', job['path'], path,
                                             path + '.o'))
        words += job['more']
        if subprocess.run(words, cwd=self.build.home + '/asan', check=False,
                          capture_output=True).returncode:
            return None
        with open(path + '.o', 'rb') as f:
            return f.read()

    def test(self, stage, job):
        started = time.monotonic()
        programs, clients = [[t for t in job['tests'] if whether ==
                              self.suite.is_of_client(t[0])]
                             for whether in (False, True)]
        found = (self.test_each(stage, programs) or
                 self.test_at_once(stage, clients))
        result = {'seconds': round(time.monotonic() - started, 1),
                  'tests': len(job['tests'])}
        if found:
            result['by'], result['why'] = found
        return result

    def test_each(self, stage, tests):
        for test in tests:
            found = self.notices(stage, test)
            if found:
                return found
        return None

    def test_at_once(self, stage, tests):
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            waiting, left = set(), iter(tests)
            while True:
                for test in itertools.islice(left, AT_ONCE + 1 -
                                             len(waiting)):
                    waiting.add(pool.submit(self.suspects, stage, test))
                if not waiting:
                    return None
                done, waiting = concurrent.futures.wait(
                    waiting, return_when='FIRST_COMPLETED')
                for one in done:
                    test, why = one.result()
                    found = why and self.confirm(stage, test, why)
                    if found:
                        concurrent.futures.wait(waiting)
                        return found

    def suspects(self, stage, test):
        name, limit, noted = test
        complaints, notes, directory = self.play(name, stage, limit)
        shutil.rmtree(directory, ignore_errors=True)
        # What is noted of it also if nothing is broken says nothing.
        if name in self.forgetful:
            notes = [note for note in notes if not note.startswith(OPEN)]
        if complaints is not None and not noted:
            complaints = notes + complaints
        return test, complaints[0] if complaints else None

    def notices(self, stage, test):
        _, why = self.suspects(stage, test)
        return self.confirm(stage, test, why) if why else None

    def confirm(self, stage, test, why):
        """A failure that comes again, and not if nothing is broken."""
        name, limit, noted = test
        for _ in range(3):
            # A busy machine is no reason to have noticed something.
            if self.suspects(stage, (name, 3 * limit, noted))[1]:
                if not self.is_sound(stage.kind, test):
                    return None
                if why.startswith(OPEN) and self.forgets(stage.kind, test):
                    return self.notices(stage, test)
                return name, why
        return None

    def is_sound(self, kind, test):
        if (kind, test[0]) not in self.sound:
            why = self.unbroken(kind, test)
            if why and why.startswith(OPEN):
                self.forgetful.add(test[0])
                why = self.unbroken(kind, test)
            if why is None:
                self.sound.add((kind, test[0]))
            else:
                print('mutate: not used, fails of itself: %s: %s' % (
                    test[0], why), file=sys.stderr)
        return (kind, test[0]) in self.sound

    def forgets(self, kind, test):
        """Whether it leaves something open now and then with nothing broken."""
        if test[0] not in self.forgetful and any(
                self.unbroken(kind, test) for _ in range(4)):
            self.forgetful.add(test[0])
        return test[0] in self.forgetful

    def unbroken(self, kind, test):
        """What a test says with nothing broken: None is all's well."""
        whole = Stage(self.build, kind, self.work)
        os.environ['FTPS'], broken = whole.program('ftps'), (
            os.environ['FTPS'])
        why = self.suspects(whole, test)[1]
        os.environ['FTPS'] = broken
        return why


def pack(ran):
    """A bit for each byte."""
    bits = bytearray((len(ran) + 7) // 8)
    for i, byte in enumerate(ran):
        if byte:
            bits[i >> 3] |= 1 << (i & 7)
    return bytes(bits)


def seclude(*kept):
    """In a mount namespace of our own: only a new /tmp can be written.  What
    was kept in the old one is there again."""
    there = {path: os.open(path, os.O_PATH) for path in kept
             if path.startswith(('/tmp/', '/var/tmp/'))}
    for words in (['mount', '--make-rprivate', '/'],
                  ['mount', '-t', 'tmpfs', 'tmpfs', '/tmp'],
                  ['mount', '-t', 'tmpfs', 'tmpfs', '/var/tmp'],
                  ['mount', '-o', 'remount,bind,ro', '/']):
        subprocess.run(words, check=True)
    for path, fd in there.items():
        os.makedirs(path)
        subprocess.run(['mount', '-c', '--bind', '/proc/%d/fd/%d' % (
            os.getpid(), fd), path], check=True)
    os.environ['TMPDIR'] = '/tmp'


def main():
    home, tree = sys.argv[1:3]
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    # A run in the background may have been told to ignore them.
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_MAX, FILE_MAX))
    os.environ.update(
        ASAN_OPTIONS='detect_stack_use_after_return=1',
        LSAN_OPTIONS='suppressions=%s/tests/lsan.supp:print_suppressions=0'
        % tree, UBSAN_OPTIONS='print_stacktrace=1',
        TSAN_OPTIONS='halt_on_error=1')
    worker = Worker(home, tree)
    for line in sys.stdin:
        job = json.loads(line)
        answer = getattr(worker, job['do'])(job)
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    main()
