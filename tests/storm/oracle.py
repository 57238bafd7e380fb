# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of a run of the client, whatever the server did.

    oracle = Oracle(player)
    oracle.before(run)                  looks at both sides
    complaints = oracle.judge(run, outcome)

It knows the command, the server's options and rules as data, and what was on
either side before and after.  It is told nothing by the client but its status
and its counts, which it doubts, and has no code in common with it.  Files have
contents of their own, each of another size: what is in one tells where it came
from.
"""

import collections
import dataclasses
import os

from command import Command, alike, is_part
from copied import Copied
from done import Done
from reasons import Reasons
from snapshot import files, local_snapshot, remote_snapshot
from traits import Traits

# What all connections begin with, and what ends them there.
ENTRY = ('connect', 'tls', 'AUTH', 'USER', 'PASS')
ENDS = {'drop', 'rst', 'close', 'stall'}
# What is of no use twice.
ONCE = ('DELE', 'RMD', 'RNFR', 'RNTO', 'MKD', 'MFMT')


@dataclasses.dataclass
class Outcome:
    status: object              # exit status, -N by signal N, None: it hangs
    out: bytes
    err: bytes
    dialogue: list              # (where, text)
    left_over: bool = False     # a process of its group is alive
    connections: int = 0
    secret: bytes = b''         # that may be nowhere
    seen: bytes = b''           # its arguments and environment, at login
    rules: tuple = ()           # that applied in this run


class Oracle(Copied, Done, Reasons, Traits):
    def __init__(self, player):
        self.player = player
        self.server = player.server
        self.sent = set()       # contents that uploads completed, ever
        self.unseen = {}        # contents before an event
        self.spoilt = set()     # of the target, by an event
        self.shards = set()     # that were done since anything changed
        self.quiet = 0          # runs in a row without a fault
        self.was_killed = False         # a run of this case, and left a lock
        self.complaints = []

    def before(self, run):
        self.run = run
        self.command = Command.parse(run.words)
        self.events = {}
        self.past = len(self.server.history)
        self.local0 = local_snapshot(self.player.local)
        self.remote0 = remote_snapshot(self.server.tree)
        if run.files:
            self.shards.clear()
            self.quiet = 0

    def judge(self, run, outcome):
        self.outcome = outcome
        self.complaints = []
        self.local1 = local_snapshot(self.player.local)
        self.remote1 = remote_snapshot(self.server.tree)
        self.faulty = bool(outcome.rules or run.machine)
        self.common()
        self.beside()
        if self.command.verb in ('mirror', 'get', 'put'):
            self.copied()
        elif self.command.verb == 'rm':
            self.removed()
        elif self.command.verb == 'mv':
            self.moved()
        self.quiet = self.quiet + 1 if self.status == 0 and not (
            self.faulty or self.hard()) else 0
        return self.complaints

    def bad(self, what, *values):
        self.complaints.append(what % tuple(
            repr(v) if isinstance(v, str) else v for v in values)
            if values else what)

    @property
    def status(self):
        return self.outcome.status

    def common(self):
        """No crash, no hang, nothing left behind, no secret told."""
        o = self.outcome
        text = (o.out + o.err).decode(errors='replace')
        if o.status is None:
            self.bad('it hangs')
        elif o.status > 8 or o.status < 0 and not self.killed():
            self.bad('it crashed: status %d', o.status)
        if 'Sanitizer' in text or 'runtime error:' in text:
            self.bad('a sanitizer reports')
        if o.left_over:
            self.bad('a process of its is alive')
        for where, data in (
                ('output', o.out + o.err),
                ('command line or environment', o.seen),
                ('files', b''.join(e.data for e in {
                    **self.local1, **self.states()}.values()))):
            if o.secret in data:
                self.bad('the password is in its ' + where)
        if isinstance(o.status, int) and o.status > 0 and \
                'ftps: ' not in text and '"error"' not in text:
            self.bad('status %d without a message', o.status)
        if o.connections > self.bound():
            self.bad('%d connections', o.connections)
        self.patience()
        for path in self.state_left():
            self.bad('%r is left in the state directory', path)

    def states(self):
        """What it keeps below its home."""
        return local_snapshot(self.player.home)

    def killed(self):
        return -self.status in (2, 9, 15) and (
            any('signal' in rule.actions for rule in self.outcome.rules)
            or self.run.machine)

    def bound(self):
        """More connections than that are endless work.  What was reached
        starts the count of retries anew, and each of the pool may ask."""
        retries = int(self.player.case.settings.get('retries', 10))
        settings = self.player.case.settings
        pool = max(int(settings.get('connections', 4)), int(
            self.command.value('parallel') or self.command.value(
                'connections') or 1))
        for rule in self.outcome.rules:     # nobody gets in any more
            if rule.event in ENTRY and rule.high > 1000 and (
                    ENDS & set(rule.actions)):
                return rule.low + (retries + 1) * (pool + 1) + 4
        things = len(self.local0) + len(self.remote0) + len(self.remote1)
        return 20 + 6 * (retries + 1) * (things + 4)

    def patience(self):
        """Nothing is asked for again and again.  What a passing refusal (4yz)
        is about the object of is tried twice more."""
        settings = self.player.case.settings
        retries = int(settings.get('retries', 10))
        asked = collections.Counter(
            text for where, text in self.outcome.dialogue
            if where == 'tls' and text.split(' ')[0] in ONCE)
        for text, n in asked.items():
            verb = text.split(' ')[0]
            passing = verb in ('DELE', 'RMD', 'RNFR') and any(
                rule.event == verb and rule.low == 1 and str(
                    rule.actions.get('reply', '')).startswith('45')
                for rule in self.outcome.rules)
            if n > (4 if passing else 2 * retries + 6):
                self.bad('%s was sent %d times', text, n)

    def state_left(self):
        state = os.path.join(self.player.home, 'state')
        self.was_killed = self.was_killed or self.status == -9 or \
            bool(self.run.machine)
        return [os.path.relpath(os.path.join(path, name), state)
                for path, _, names in os.walk(state) for name in names
                if name != 'known_servers' and not self.was_killed]

    def beside(self):
        """What the command does not name is as it was."""
        named = self.command.named()
        for side, then, now in (('', self.local0, self.local1),
                                ('/', self.remote0, self.remote1)):
            touched = self.touched(side)
            for path in sorted(set(then) | set(now)):
                if path in touched or self.inside(path, named) or \
                        self.put_aside(path):
                    continue
                if then.get(path) != now.get(path) and not (
                        then.get(path) and now.get(path)
                        and then[path].kind == 'dir' == now[path].kind):
                    self.bad('%s is not what it was, and was not named',
                             path)

    def put_aside(self, path):
        """What mv was to replace, and a server that refuses every way to its
        name kept from getting that back; where it is now is told."""
        new = self.command.operands[1] if self.command.verb == 'mv' else None
        then, now = self.remote0.get(new), self.remote1.get(path)
        return bool(new) and self.status != 0 and is_part(path) and \
            path.startswith(new + '.') and new not in self.remote1 and \
            then is not None and now is not None and now.data == then.data \
            and b'the old file is now called' in self.outcome.err

    def inside(self, path, named):
        return any(path == top or path.startswith(top.rstrip('/') + '/')
                   or self.respelt(path, top) for top in named)

    def respelt(self, path, top):
        """A server may have another spelling even for what was named."""
        return self.spellings and (alike(path) + '/').startswith(
            alike(top) + '/')

    def removed(self):
        c = self.command
        for path, then in self.remote0.items():
            if path not in self.remote1 and path not in self.touched('/') \
                    and not self.inside(path, c.operands):
                self.bad('rm deleted %s', path)
        if self.status == 0 and not self.faulty:
            for top in c.operands:
                if top in self.remote1:
                    self.bad('status 0, and %s is there', top)
        elif not self.faulty and not self.hard() and (self.status or 0) > 0:
            if all(top in self.remote0 for top in c.operands) and \
                    not self.option('hides') and not any(
                        self.cut_short(top, self.remote0, 2)
                        or self.may_be_link(top) for top in c.operands):
                self.bad('status %d without a cause', self.status)

    def moved(self):
        old, new = self.command.operands
        then = {e.data for e in files(self.remote0).values()}
        lost = then - {e.data for e in files(self.remote1).values()}
        replaced = self.remote0.get(new) or self.spellings and next(
            (e for p, e in self.remote0.items() if alike(p) == alike(new)),
            None)
        if self.status == 0 and replaced and replaced.kind == 'file':
            lost.discard(replaced.data)
        if self.status != 0 and replaced and old not in self.remote1:
            lost.discard(replaced.data)
        lost -= {self.remote0[p].data for p in self.touched('/')
                 if p in self.remote0}
        if lost:
            self.bad('mv lost %d files', len(lost))
        if self.status == 0 and old in self.remote1 and old != new \
                and not self.spellings and not self.faulty:
            self.bad('status 0, and %s is there', old)
