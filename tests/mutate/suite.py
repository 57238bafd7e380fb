# SPDX-License-Identifier: GPL-3.0-or-later
"""All that may notice that the program is broken.

    suite = Suite(tree)             of a copy of the tree
    suite.hash(test)                changes when the test does
    suite.tests                     their names: unit/test_buf, fuzz/fuzz_url,
                                    model/mirror_model,
                                    faults/101-name, messages/001, storm/1,
                                    machine/get3, trust
    suite.play(test, stage, directory, limit)
                                    complaints; empty is a pass, None skipped

A stage says what is tested: its program(name) is the path of ftps,
tests/unit/test_buf and so on, notes(directory) what more they find in their
environment.
"""

import glob
import hashlib
import importlib.machinery
import importlib.util
import os
import re
import signal
import subprocess
import sys

MESSAGES = 'messages/'
FAULTS = 'faults/'
STORM = 'storm/'
MACHINE = 'machine/'
SEEDS = 300             # of the storm
RUNS = 25               # of a scene, with a fault of the machine


def noting(player, notes):
    """A Player whose clients find more in their environment: notes, by the
    directory of the case."""

    class Noting(player.Player):
        def environment(self):
            return {**super().environment(), **notes[self.dir]}

    return Noting


def load(path, name):
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def hash_files(*paths):
    total = hashlib.sha256()
    for path in sorted(paths):
        with open(path, 'rb') as f:
            total.update(f.read())
    return total.hexdigest()[:16]


class Suite:
    def __init__(self, tree):
        self.tree = tree
        self.faults = tree + '/tests/faults'
        sys.path.insert(0, self.faults)
        self.player = load(self.faults + '/run', 'faults_run')
        self.notes = {}
        self.player.Player = noting(self.player, self.notes)
        self.messages = load(tree + '/tests/messages/messages.test',
                             'messages')
        self.case_of = {}       # test: its file
        self.hashes = {}
        self.certs = None       # to be made where the tests are played
        self.read_programs()
        self.read_cases()
        self.tests = sorted(self.hashes)

    def read_programs(self):
        for kind, names in (('unit', 'test_*'), ('fuzz', 'fuzz_*'),
                            ('model', '*_model')):
            shared = glob.glob(self.tree + '/tests/%s/*.h' % kind)
            if kind == 'model':
                shared = glob.glob(self.tree + '/tests/model/*.[ch]')
            for path in glob.glob(self.tree + '/tests/%s/%s.c' % (
                    kind, names)):
                name = os.path.basename(path)[:-2]
                self.hashes[kind + '/' + name] = hash_files(path, *shared)
        self.hashes['trust'] = hash_files(
            *glob.glob(self.tree + '/tests/trust/*.[pc]*'))
        machine = self.tree + '/tests/storm/machine'
        for scene in load(machine, 'scenes').SCENES:
            self.hashes[MACHINE + scene] = hash_files(
                *glob.glob(machine + '*'))

    def read_cases(self):
        self.read_storm()
        made = self.tree + '/tests/messages/cases'
        os.makedirs(made, exist_ok=True)
        for i, row in enumerate(self.messages.rows()):
            with open('%s/%03d-row.case' % (made, i + 1), 'w') as f:
                f.write(self.messages.case(*row))
        for prefix, paths in ((FAULTS, self.player.every()),
                              (MESSAGES, glob.glob(made + '/*.case'))):
            for path in paths:
                content = hash_files(path)
                for case in self.player.read(path):
                    self.case_of[prefix + case.name] = path
                    self.hashes[prefix + case.name] = content

    def read_storm(self):
        """Seeds are cases, too."""
        made = self.tree + '/tests/storm/cases'
        if not os.path.exists(made):
            compose = load(self.tree + '/tests/storm/compose.py', 'compose')
            os.makedirs(made)
            for seed in range(1, SEEDS + 1):
                with open('%s/%d.case' % (made, seed), 'w') as f:
                    f.write(compose.compose(seed, sys.modules[
                        'server'].OPTIONS))
        for seed in range(1, SEEDS + 1):
            path = '%s/%d.case' % (made, seed)
            name = STORM + '%d' % seed
            self.case_of[name] = path
            self.hashes[name] = hash_files(path)

    def hash(self, test):
        return self.hashes[test]

    def is_case(self, test):
        return test in self.case_of

    def is_of_client(self, test):
        """Whether it is the client that is run, not a test program."""
        return self.is_case(test) or test.startswith(MACHINE)

    def play(self, test, stage, directory, limit):
        os.makedirs(directory)
        if self.is_case(test):
            return self.play_case(test, stage, directory, limit)
        return self.play_program(test, stage, directory, limit)

    def play_case(self, test, stage, directory, limit):
        """Within the limit, or those of the case."""
        cases = self.player.read(self.case_of[test])
        name = test.split('/', 1)[1]
        case = next((c for c in cases if c.name == name), cases[0])
        for run in case.runs:
            run.within = min(run.within, limit / case.patience)
        self.notes[directory + '/played'] = stage.notes(directory)
        return self.player.play(case, self.certs, stage.program('ftps'),
                                directory + '/played', True)

    def play_program(self, test, stage, directory, limit):
        client = '/nonexistent'
        if test == 'trust':
            words = [sys.executable, self.tree + '/tests/trust/chains.py',
                     stage.program('tests/trust/meet')]
        elif test.startswith(MACHINE):
            words = [sys.executable, self.tree + '/tests/storm/machine',
                     '-n', str(RUNS), test[len(MACHINE):]]
            client = stage.program('ftps')
        else:
            words = [stage.program('tests/' + test)]
        environment = {**os.environ, 'srcdir': self.tree,
                       'builddir': stage.build, 'TMPDIR': directory,
                       'FTPS': client,
                       'CMOCKA_MESSAGE_OUTPUT': 'TAP',
                       **stage.notes(directory)}
        with open(directory + '/output', 'w+b') as out:
            process = subprocess.Popen(
                words, cwd=stage.build, env=environment, stdout=out,
                stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                start_new_session=True)
            try:
                status = process.wait(limit)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return ['hang of %g s' % limit]
            out.seek(0)
            text = out.read(1 << 20).decode(errors='replace')
        if status == 77:
            return None
        if status == 0:
            return []
        wrong = re.findall(r'^not ok.*', text, re.M)[:1]
        return wrong or ['status %d' % status]
