# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as it is, built to be broken.

    build = prepare(top, cache) from the tree at top, in a directory below the
                                cache, where it stays for the next time
    build = Build(home)         what was prepared there
    build.make('asan')          or 'tsan', 'plain', without a sanitizer, or
                                'trace': noting what is run
    build.number[path]          of the first statement of that source

The work directories of the workers take their commands from the logs of make:

    build.compile(kind, path)   words that compile a source, as a dictionary
    build.link(kind, program)
"""

import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import time

from source import Source

HERE = os.path.dirname(os.path.abspath(__file__))
BUILT = ('src', 'configure.ac', 'Makefile.am', 'm4', 'tests/unit',
         'tests/fuzz', 'tests/model', 'tests/trust/meet.c',
         'tests/mutate/watch')
PROGRAMS = re.compile(r' -o (ftps|tests/(?:unit|fuzz|model|trust)/\w+) ')
OBJECTS = re.compile(r' -c -o (\S+)\.o ')
KINDS = {
    'asan': ['--enable-asan'],
    'trace': ['--enable-asan', 'CPPFLAGS=-include {home}/traced/tests/mutate/'
              'watch.h'],
    'tsan': ['--enable-tsan'],
    'plain': [],
}
KEPT = 3            # builds of other sources
DAY = 24 * 3600     # in which another run may still need its build


def tree_files(top):
    out = subprocess.run(['git', '-C', top, 'ls-files', '-coz',
                          '--exclude-standard'], check=True,
                         capture_output=True).stdout
    return sorted({os.fsdecode(name) for name in out.split(b'\0') if name and
                   os.path.lexists(os.path.join(os.fsdecode(top),
                                                os.fsdecode(name)))})


def copy_tree(top, to):
    for name in tree_files(top):
        target = os.path.join(to, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(os.path.join(top, name), target, follow_symlinks=False)


def digest(top, names):
    total = hashlib.sha256()
    for name in names:
        path = os.path.join(top, name)
        total.update(name.encode() + b'\0')
        with open(path, 'rb') as f:
            total.update(hashlib.sha256(f.read()).digest())
    return total.hexdigest()[:16]


def run(log, *words, **more):
    with open(log, 'a') as f:
        if subprocess.run(words, stdin=subprocess.DEVNULL, stdout=f,
                          stderr=f, check=False, **more).returncode:
            raise SystemExit('mutate: %s failed, see %s' % (words[0], log))


def prepare(top, cache):
    """top: a copy already, in which is nothing but the tree.  One at a time:
    others may want the same."""
    with open(cache + '/lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return prepare_alone(top, cache)


def prepare_alone(top, cache):
    names = sorted(os.path.relpath(os.path.join(where, name), top)
                   for where, _, files in os.walk(top) for name in files)
    names = [name for name in names if name.startswith(BUILT)]
    home = os.path.join(cache, 'build-' + digest(top, names))
    if not os.path.exists(home + '/copied'):
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(top, home + '/source', symlinks=True)
        run(home + '/autoreconf.log', 'autoreconf', '-i', home + '/source')
        open(home + '/copied', 'w').close()
    os.utime(home)
    homes = sorted(glob.glob(cache + '/build-*'), key=os.path.getmtime)
    for old in homes[:-KEPT]:
        if os.path.getmtime(old) < time.time() - DAY:
            shutil.rmtree(old)
    return Build(home)


class Build:
    def __init__(self, home):
        self.home, self.tree = home, home + '/source'
        self.commands = {}
        self.read_sources()

    def read_sources(self):
        self.source, self.number = {}, {}
        self.statements = 0
        for path in sorted(glob.glob(self.tree + '/src/*/*.c')):
            with open(path) as f:
                name = os.path.relpath(path, self.tree)
                self.source[name] = Source(name, f.read())
            self.number[name] = self.statements
            self.statements += sum(len(function.statements) for function in
                                   self.source[name].functions)

    def layout(self):
        """[path, function, digest of its text, its statements], in the order
        of their numbers."""
        return [[name, function.name, hashlib.sha256(source.span(
            function.first, function.last).encode()).hexdigest()[:8],
            len(function.statements)]
            for name, source in self.source.items()
            for function in source.functions]

    def write_traced(self):
        to = self.home + '/traced'
        shutil.copytree(self.tree, to, symlinks=True, dirs_exist_ok=True)
        for name, source in self.source.items():
            with open(os.path.join(to, name), 'w') as f:
                f.write(source.traced(self.number[name])[0])

    def make(self, kind, jobs=2):
        home = self.home + '/' + kind
        if not os.path.exists(home + '/made'):
            self.make_new(kind, home, jobs)

    def read_log(self, kind):
        with open(self.home + '/' + kind + '/make.log') as f:
            log = f.read().replace('\\\n', '')
        self.commands[kind] = found = {}
        for line in log.splitlines():
            match = PROGRAMS.search(line) or OBJECTS.search(line)
            if match:
                # Not the compiler's cache: each is compiled once.
                found[match[1]] = re.sub(r'^.*?\bccache ', '', line).split()

    def make_new(self, kind, home, jobs):
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        if kind == 'trace':
            self.write_traced()
        tree = self.tree if kind != 'trace' else self.home + '/traced'
        log = home + '/configure.log'
        run(log, 'gcc', '-O1', '-c', '-o', home + '/watch.o',
            self.tree + '/tests/mutate/watch.c')
        words = [word.format(home=self.home) for word in KINDS[kind]]
        if shutil.which('mold'):
            words.append('LDFLAGS=-fuse-ld=mold')
        cc = 'ccache gcc' if shutil.which('ccache') else 'gcc'
        environment = {**os.environ, 'CCACHE_BASEDIR': self.home,
                       'CCACHE_NOHASHDIR': '1'}
        run(log, tree + '/configure', '-q', '--disable-dependency-tracking',
            'CC=' + cc, 'CFLAGS=-O1 -g1', 'LIBS=' + home + '/watch.o',
            *words, cwd=home, env=environment)
        for goal in ('all', 'check'):
            run(home + '/make.log', 'make', '-j%d' % jobs, 'V=1', goal,
                'TESTS=', cwd=home, env=environment)
        open(home + '/made', 'w').close()

    def compile(self, kind, path, source, target):
        """The words that compile that source of this path."""
        if kind not in self.commands:
            self.read_log(kind)
        words = list(self.commands[kind][path[:-2]])
        words[words.index('-o') + 1] = target
        words[-1] = source
        if kind in ('asan', 'plain'):
            # So that what is not set anywhere is the same each time.
            words.insert(-1, '-ftrivial-auto-var-init=pattern')
        return words

    def link(self, kind, program, broken, target):
        words = list(self.commands[kind][program])
        words[words.index('-o') + 1] = target
        # What is defined twice is taken from where it is found first.
        words.insert(words.index('libftps.a'), broken)
        return words


def optimised(words):
    """The same, optimised and without checks, so that what changes nothing
    gives the same object."""
    return [word for word in words if not re.match('-f(no-)?sanit|-O|-g|-W',
                                                   word)] + ['-O2']
