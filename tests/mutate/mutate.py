#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Break the sources in many places and see which tests notice.

    scripts/mutate [-j N] [--list] [--again] [N [SEED]] [FILE...]

Draws N mutants (20) from SEED (1): each function of FILEs (or only the one of
FILE:FUNCTION), or of the layers config, local, net, listing, ftp and transfer,
is as likely as any other.  What does not compile, or gives the same code, does
not count.  Each meets the tests that run the broken statement, until one fails:
those of its module first, then fault cases, first those that few others are
like, 600 at most (after the first 60 without the address sanitizer, which
takes twice the time).  A line for each mutant that was killed; of those that
survived also the difference.

--list: the mutants only.  --again: the survivors of the last run only.
-j: so many at a time (2).

tests/mutate/reasons names survivors that change nothing, and why.  What is
built and known of the tests stays in the cache directory.  Status 0: nine in
ten were killed, 1: not so many, or more than three in a hundred have but a
reason.
"""

import argparse
import base64
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, HERE)

from build import copy_tree, prepare                            # noqa: E402
from operators import mutations                                 # noqa: E402
from suite import Suite                                         # noqa: E402

LAYERS = ['src/config', 'src/local', 'src/net', 'src/listing', 'src/ftp',
          'src/transfer']
ENOUGH, EXCUSED = 90, 3     # per cent
PATIENCE, AT_LEAST = 5, 10  # times the usual, seconds
# What takes so many seconds, the storms, and of many tests all but the
# likeliest come when the other mutants have met theirs; beyond the most, none.
LATE, MANY, MOST = 20, 60, 600
DEAR = {'storm': 40, 'machine': 6}      # the most of these, which take longest
# Where two arguments are exchanged their types must fit.
FITTING = ['-Werror=incompatible-pointer-types', '-Werror=int-conversion',
           '-Werror=discarded-qualifiers']


def say(text):
    print(''.join(c if c.isprintable() or c in '\t\n' else '?' for c in text),
          flush=True)


class Map:
    """Which tests run which statements, kept from run to run.

    A test is looked at again when it changes, or when there are files that
    were not there; not when the sources change: of a function that is as it
    was it runs what it ran, of one that has changed perhaps all.
    """

    def __init__(self, build, cache, suite):
        self.path = os.path.join(cache, 'map.json')
        self.suite = suite
        self.known, self.layouts = {}, []
        if os.path.exists(self.path):
            with open(self.path) as f:
                self.known, self.layouts = json.load(f)
        layout = build.layout()
        if layout not in self.layouts:
            self.layouts.append(layout)
        self.now = self.layouts.index(layout)

    def missing(self):
        files = [{path for path, *_ in layout} for layout in self.layouts]
        return [test for test in self.suite.tests
                if test not in self.known or
                self.known[test]['hash'] != self.suite.hash(test) or
                files[self.now] - files[self.known[test]['layout']]]

    def add(self, found):
        for test, what in found.items():
            self.known[test] = {**what, 'hash': self.suite.hash(test),
                                'layout': self.now}

    def save(self):
        with open(self.path + '.new', 'w') as f:
            json.dump([self.known, self.layouts], f)
        os.replace(self.path + '.new', self.path)

    def read(self):
        """Which tests can be used, and what they ran."""
        self.ran, self.failing = {}, []
        for test in self.suite.tests:
            one = self.known[test]
            if one['fails']:
                self.failing.append(test)
            elif not one['skipped']:
                self.ran[test] = (one['layout'],
                                  base64.b64decode(one['ran']))
        self.starts = [starts(layout) for layout in self.layouts]

    def of(self, function):
        """Of each of its statements, the tests."""
        path, name = function.source.path, function.name
        _, digest, count = self.starts[self.now][path, name]
        found = [[] for _ in range(count)]
        for test, (layout, ran) in self.ran.items():
            first, then, length = self.starts[layout].get(
                (path, name), self.starts[layout].get((path, None), (0, 0, 0)))
            which = [i for i in range(length) if
                     ran[(first + i) >> 3] >> ((first + i) & 7) & 1]
            if which and then != digest:
                which = range(count)
            for i in which:
                found[i].append(test)
        return found


def starts(layout):
    """{(path, function): (number of its first statement, digest, count)}, and
    of each path as a whole, which is (path, None)."""
    found, number = {}, 0
    for path, function, digest, count in layout:
        found[path, function] = number, digest, count
        first, _, total = found.get((path, None), (number, '', 0))
        found[path, None] = first, '', total + count
        number += count
    return found


class Workers:
    """Processes that do jobs, each in a world of its own."""

    def __init__(self):
        self.processes = []

    def start(self, number, home, tree):
        words = [sys.executable, os.path.join(HERE, 'worker.py'), home, tree]
        environment = dict(os.environ)
        secluded = ['unshare', '--mount', '--pid', '--fork', '--mount-proc',
                    '--kill-child']
        if subprocess.run([*secluded, 'true'], capture_output=True,
                          check=False).returncode == 0:
            # The shell is there to bury orphans.
            words = [*secluded, 'sh', '-c', '"$@"; exit $?', 'sh', *words]
            environment['MUTATE_SECLUDED'] = '1'
        if subprocess.run(['setarch', '-R', 'true'], capture_output=True,
                          check=False).returncode == 0:
            # For the thread sanitizer, as in .ci/run.
            words = ['setarch', '-R', *words]
        for _ in range(number):
            self.processes.append(subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env=environment, text=True))

    def ask(self, i, job):
        process = self.processes[i]
        print(json.dumps(job), file=process.stdin, flush=True)
        answer = process.stdout.readline()
        if not answer:
            raise SystemExit('mutate: a worker is gone')
        return json.loads(answer)

    def each(self, next_job, take):
        """Until there is no next; jobs are handed out and results taken by
        one at a time."""
        lock = threading.Lock()
        failures = []

        def loop(i):
            try:
                work(i)
            except BaseException as e:
                failures.append(e)

        def work(i):
            while not failures:
                with lock:
                    job = next_job()
                if job is None:
                    return
                answer = self.ask(i, job)
                with lock:
                    take(job, answer)

        threads = [threading.Thread(target=loop, args=(i,), daemon=True)
                   for i in range(len(self.processes))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def draw(functions, seed):
    """Mutations, until there seem to be no more."""
    rng = random.Random(seed)
    kinds = {}
    seen = set()
    misses = 0
    while functions and misses < 1000:
        function = rng.choice(functions)
        if function not in kinds:
            by_kind = collections.defaultdict(list)
            for mutation in mutations(function):
                by_kind[mutation.kind].append(mutation)
            kinds[function] = by_kind
        if not kinds[function]:
            misses += 1
            continue
        kind = rng.choice(sorted(kinds[function]))
        mutation = rng.choice(kinds[function][kind])
        identity = (mutation.source.path, mutation.edits)
        misses += 1
        if identity not in seen:
            misses = 0
            seen.add(identity)
            yield mutation


def affordable(tests):
    """The first ones, of those that take longest but a few, these at last."""
    cheap = [test for test in tests if test[0].split('/')[0] not in DEAR]
    dear = [test for kind, n in DEAR.items() for test in
            [test for test in tests if test[0].split('/')[0] == kind][:n]]
    return cheap[:MOST - len(dear)] + dear


def found_again(build, keys):
    """Those with these keys, where they stand now."""
    left = collections.Counter(tuple(key) for key in keys)
    for path in sorted({key[0] for key in keys}):
        for function in build.source[path].functions:
            if not any(key[:2] == (path, function.name) for key in left):
                continue
            for mutation in mutations(function):
                if left[mutation.key()]:
                    left[mutation.key()] -= 1
                    yield mutation


def read_reasons():
    """{(file, function, before, after): reason}; see the file."""
    found, words = {}, []
    with open(os.path.join(HERE, 'reasons')) as f:
        for line in f:
            line = line.strip()
            if line.startswith('#'):
                continue
            if line:
                words.append(line)
            elif words:
                found[tuple(words[:2] + [words[2][2:], words[3][2:]])] = (
                    ' '.join(words[4:]))
                words = []
    if words:
        found[tuple(words[:2] + [words[2][2:], words[3][2:]])] = (
            ' '.join(words[4:]))
    return found


class Mutate:
    def __init__(self, options, cache, tree):
        self.options, self.cache = options, cache
        self.build = prepare(tree, cache)
        self.reasons = read_reasons()
        self.results = []
        self.counted = self.pending = 0
        self.kills = collections.Counter()
        self.killers = self.read_killers()
        self.mutations = iter(self.chosen())
        self.jobs, self.late = {}, []
        self.workers = Workers()
        self.tree = tree

    def chosen(self):
        if self.options.again:
            with open(os.path.join(self.cache, 'survivors.json')) as f:
                return found_again(self.build, json.load(f))
        chosen = self.options.files or [
            path for path in self.build.source
            if os.path.dirname(path) in LAYERS]
        functions = [function for path, source in self.build.source.items()
                     for function in source.functions if path in chosen or
                     path + ':' + function.name in chosen]
        return draw(functions, self.options.seed)

    def start(self):
        began = time.monotonic()
        for kind in ('asan', 'plain', 'trace'):
            self.build.make(kind)
        self.suite = Suite(self.tree)
        self.map = Map(self.build, self.cache, self.suite)
        self.workers.start(self.options.j, self.build.home, self.tree)
        missing = self.map.missing()
        if missing:
            self.trace(missing)
        self.map.read()
        for test in self.map.failing:
            say('not used, fails of itself: %s: %s' % (
                test, self.map.known[test]['fails'][0]))
        say('ready after %d s' % (time.monotonic() - began))

    def trace(self, tests):
        parts = [tests[i:i + 30] for i in range(0, len(tests), 30)]

        def take(_, answer):
            self.map.add(answer)
            self.map.save()

        say('%d tests are looked at first' % len(tests))
        self.workers.each(lambda: {'do': 'trace', 'tests': parts.pop()}
                          if parts else None, take)

    def order(self, mutation):
        """The tests that run the statement, the likeliest first."""
        function = mutation.function
        those = self.map.of(function)
        special = collections.Counter()
        for tests in those:
            for test in tests:
                special[test] += 1 / len(tests)
        tests = those[mutation.statement]
        # Declarations are not noted, but what comes behind them is.
        if function.statements[mutation.statement].kind == 'declaration':
            tests = list(special)
        own = 'unit/test_' + os.path.basename(function.source.path)[:-2]
        history = {test: self.kills[test, function] for test in tests}

        before = self.killers.get(' '.join(mutation.key()))

        def rank(test):
            return (test != before, test != own,
                    self.suite.is_of_client(test), -history[test],
                    -special[test], self.map.known[test]['seconds'])

        return [(test, max(AT_LEAST, PATIENCE *
                           self.map.known[test]['seconds']),
                 bool(self.map.known[test]['notes']))
                for test in sorted(tests, key=rank)]

    def next_job(self):
        if not self.options.again and (
                self.counted + self.pending >= self.options.n):
            return None
        mutation = next(self.mutations, None)
        if mutation is None:
            return None
        self.pending += 1
        return self.job(mutation, self.phases(mutation))

    def phases(self, mutation):
        """[(what it is built for, tests)], one after the other."""
        tests = affordable(self.order(mutation))
        first = [t for t in tests if not self.is_late(t)][:MANY]
        rest = [t for t in tests if t not in first]
        found = [('asan', first)]
        if rest:
            found.append(('plain', rest))
        if mutation.is_of_locks():
            found.append(('tsan', tests[:3 * MANY]))
        return found

    def is_late(self, test):
        return self.map.known[test[0]]['seconds'] > LATE or (
            test[0].startswith(('storm/', 'machine/')))

    def job(self, mutation, phases):
        (kind, tests), *later = phases
        self.build.make(kind)
        job = {'do': 'mutant', 'kind': kind, 'path': mutation.source.path,
               'text': mutation.text(), 'tests': tests,
               'more': FITTING if mutation.kind == 'arguments exchanged'
               else []}
        self.jobs[id(job)] = mutation, later
        return job

    def next_late(self):
        return self.job(*self.late.pop(0)) if self.late else None

    def take_first(self, job, answer):
        self.pending -= 1
        self.counted += 'invalid' not in answer
        self.take(job, answer)

    def take(self, job, answer):
        mutation, later = self.jobs.pop(id(job))
        if later and not answer.keys() & {'by', 'invalid'}:
            self.late.append((mutation, later))
            say('not yet %s: %s (%d tests, %.1f s; %d to come)' % (
                mutation.place(), mutation.kind, answer['tests'],
                answer['seconds'], sum(len(tests) for _, tests in later)))
            for line in mutation.diff():
                say('    ' + line)
            return
        if 'invalid' in answer:
            if self.options.again:
                say('no longer counts: %s: %s' % (mutation.place(),
                                                  answer['invalid']))
            return
        path, function, _, before, after = mutation.key()
        reason = self.reasons.get((path, function, before, after))
        layer = os.path.dirname(path).split('/')[1]
        if 'by' in answer:
            self.kills[answer['by'], mutation.function] += 1
            self.killers[' '.join(mutation.key())] = answer['by']
            self.results.append((layer, 'killed', mutation))
            say('killed %s: %s (by %s, %.1f s: %s)' % (
                mutation.place(), mutation.kind, answer['by'],
                answer['seconds'], answer['why'][:80]))
        else:
            self.results.append((layer, 'excused' if reason else 'survived',
                                 mutation))
            say('%s %s: %s (%d tests, %.1f s)' % (
                'EXCUSED' if reason else 'SURVIVED', mutation.place(),
                mutation.kind, answer['tests'], answer['seconds']))
            for line in mutation.diff():
                say('    ' + line)
            if reason:
                say('    ' + reason)
        self.save()

    def save(self):
        with open(os.path.join(self.cache, 'survivors.json'), 'w') as f:
            json.dump([mutation.key() for _, what, mutation in self.results
                       if what != 'killed'], f, indent=1)
        with open(self.path_of_killers(), 'w') as f:
            json.dump(self.killers, f, indent=0)

    def path_of_killers(self):
        return os.path.join(self.cache, 'killers.json')

    def read_killers(self):
        """What noticed a mutant in an earlier run is asked first."""
        if not os.path.exists(self.path_of_killers()):
            return {}
        with open(self.path_of_killers()) as f:
            return json.load(f)

    def show(self):
        say('%-12s %7s %9s %8s %7s' % ('', 'killed', 'survived', 'excused',
                                       'score'))
        layers = sorted({layer for layer, _, _ in self.results})
        for layer in layers + ['all']:
            count = collections.Counter(
                what for one, what, _ in self.results
                if layer in (one, 'all'))
            total = count['killed'] + count['survived'] + count['excused']
            say('%-12s %7d %9d %8d %6.1f%%' % (
                layer, count['killed'], count['survived'], count['excused'],
                100 * count['killed'] / max(total, 1)))
        return (100 * count['killed'] >= ENOUGH * total and
                100 * count['excused'] <= EXCUSED * total)

    def run(self):
        if self.options.list:
            for _ in range(self.options.n):
                mutation = next(self.mutations, None)
                if mutation is None:
                    break
                say('%s: %s' % (mutation.place(), mutation.kind))
                for line in mutation.diff():
                    say('    ' + line)
            return True
        try:
            self.start()
            self.workers.each(self.next_job, self.take_first)
            self.workers.each(self.next_late, self.take)
        finally:
            self.workers.stop()
        return self.show()


def arguments():
    usage = 'mutate [-j N] [--list] [--again] [N [SEED]] [FILE...]'
    parser = argparse.ArgumentParser(usage=usage)
    parser.add_argument('-j', type=int, default=2)
    parser.add_argument('--list', action='store_true')
    parser.add_argument('--again', action='store_true')
    parser.add_argument('words', nargs='*')
    options = parser.parse_args()
    numbers = []
    while len(numbers) < 2 and options.words and options.words[0].isdigit():
        numbers.append(int(options.words.pop(0)))
    options.n, options.seed = (numbers + [20, 1][len(numbers):])
    options.files = [os.path.relpath(os.path.abspath(path), TOP)
                     for path in options.words]
    for path in [name.split(':')[0] for name in options.files]:
        if not path.startswith('src/') or path.count('/') != 2 or (
                not os.path.exists(os.path.join(TOP, path))):
            parser.error('no such source: ' + path)
    return options


def main():
    options = arguments()
    cache = os.path.join(os.environ.get('XDG_CACHE_HOME') or
                         os.path.expanduser('~/.cache'), 'ftps-mutate')
    os.makedirs(cache, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    tree = tempfile.mkdtemp(prefix='tree-', dir=cache)
    try:
        copy_tree(TOP, tree)
        return 0 if Mutate(options, cache, tree).run() else 1
    finally:
        shutil.rmtree(tree, ignore_errors=True)


if __name__ == '__main__':
    sys.exit(main())
