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
import fnmatch
import json
import os
import re
import stat
import time
import unicodedata

from command import Command, alike, is_part

# Contents that an event makes of another.
EVENTS = ('grow', 'rewrite', 'exchange')
# What a server may have or lack without a reason to fail, see hard().
HARD = ('room', 'denied', 'name-max', 'refuses')
# And what keeps times and modes from being carried over.
TIMELESS = ('lies', 'useless', 'without', 'hidden', 'family', 'denied',
            'facts-off', 'names', 'listing', 'elsewhere', 'slashes')
TOPS = ('there', 'other', 'bak')
# What is of no use twice.
ONCE = ('DELE', 'RMD', 'RNFR', 'RNTO', 'MKD', 'MFMT')
SUMMARY = re.compile(r'(\d+) transferred.*?(\d+) unchanged, (\d+) deleted, '
                     r'(\d+) failed')
GROWTHS = 40


@dataclasses.dataclass(frozen=True)
class Entry:
    kind: str                   # file, dir, link, other
    data: bytes = b''
    target: str = ''
    mtime: float = 0
    mode: int = 0


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
    return {top_named(path): Entry(node.kind, bytes(node.data), node.target, node.mtime,
                        node.mode) for path, node in nodes.items()}


def composed(path):
    return unicodedata.normalize('NFC', path)


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


class Oracle:
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

    # -- before and after

    def before(self, run):
        self.run = run
        self.command = Command.parse(run.words)
        self.events = {}
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

    # -- of any command

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
        self.was_killed = self.was_killed or self.status == -9
        return [os.path.relpath(os.path.join(path, name), state)
                for path, _, names in os.walk(state) for name in names
                if name != 'known_servers' and not (
                    self.was_killed or self.run.machine)]

    def beside(self):
        """What the command does not name is as it was."""
        named = self.command.named()
        for side, then, now in (('', self.local0, self.local1),
                                ('/', self.remote0, self.remote1)):
            touched = self.touched(side)
            for path in sorted(set(then) | set(now)):
                if path in touched or self.inside(path, named):
                    continue
                if then.get(path) != now.get(path) and not (
                        then.get(path) and now.get(path)
                        and then[path].kind == 'dir' == now[path].kind):
                    self.bad('%s is not what it was, and was not named',
                             path)

    def inside(self, path, named):
        return any(path == top or path.startswith(top.rstrip('/') + '/')
                   or self.respelt(path, top) for top in named)

    def respelt(self, path, top):
        """A server may have another spelling even for what was named."""
        return self.spellings and len(path) >= len(top) and \
            (alike(path) + '/').startswith(alike(top) + '/')

    def touched(self, side):
        """Paths that somebody else changed meanwhile."""
        found = set()
        for rule in self.outcome.rules:
            for how, value in rule.actions.items():
                local = how.startswith('local-')
                if how.removeprefix('local-') in (*EVENTS, 'vanish') and \
                        local == (side == ''):
                    found.add(value)
                    found |= {path for path in
                              (self.local0 if local else self.remote0)
                              if path.startswith(value + '/')}
                if how == 'copy' and side == '/':
                    found.add(value.split('=')[1])
        if side == '/' and self.spellings and found:
            names = {alike(path) for path in found}
            found |= {path for path in {**self.remote0, **self.remote1}
                      if alike(path) in names}
        return found

    # -- what servers are

    @property
    def spellings(self):
        return self.server.options['names'].split()

    def option(self, name):
        value = self.server.options.get(name, '')
        return '' if value in ('no', 'none') else value

    def hard(self):
        """A trait of the server for which it may fail without a fault."""
        return [name for name in HARD if self.option(name)] + [
            'data-end'] * (self.option('data-end') == 'fin') + [
            'lies'] * ('MLST' in self.option('lies')) + [
            'shown'] * (bool(self.option('shown')) and not all(
                path.isascii() for path in {**self.remote0, **self.local0})) \
            + ['no digest'] * (self.command.has('checksum') and any(
                'HASH' in self.option(how) for how in ('useless', 'without',
                                                       'hidden')))

    def cut_short(self, top, snapshot, near=0):
        """Whether a directory in or at TOP has more than a listing shows, or
        NEAR that many ("." and ".." may count)."""
        limit = int(self.option('limit') or 0)
        counts = {}
        for path in snapshot:
            parent = os.path.dirname(path)
            if path.startswith(top + '/'):
                counts[parent] = counts.get(parent, 0) + 1
        return bool(limit) and any(n > limit - near for n in counts.values())

    def overflows(self, directory):
        limit = int(self.option('limit') or 0)
        return bool(limit) and sum(
            os.path.dirname(path) == directory for path in self.source0) > \
            limit

    def hidden(self, path):
        """Whether a listing there leaves it out."""
        globs = self.option('hides').replace('dots', '.*').split()
        return any(fnmatch.fnmatchcase(part, glob)
                   for glob in globs for part in path.split('/'))

    def held(self, path):
        """Whether the server keeps this name as it is, as far as we know:
        False is `perhaps not'."""
        return all(self.keeps(part) for part in path.split('/'))

    def keeps(self, name):
        if re.search('[\r\n]', name):
            return False
        tests = {
            'upper': name.upper() == name, 'lower': name.lower() == name,
            'nfc': name.isascii(), 'nfd': name.isascii(),
            'controls': name.isprintable(),
            'reserved': not re.search(r'[:*?"<>|\\]', name),
            'ascii': name.isascii(), 'ascii-bytes': name.isascii(),
            'end': name[-1:] not in (' ', '.'),
            'ends': name[-1:] not in (' ', '.'),
        }
        return all(tests.get(how, True) for how in self.spellings)

    def twins(self, names):
        """Those that the server cannot hold beside another of them."""
        if not self.spellings:
            return set()
        seen, found = {}, set()
        for name in names:
            other = seen.setdefault(alike(name), name)
            if other != name:
                found |= {name, other}
        return found

    # -- get, put, mirror

    def copied(self):
        c = self.command
        up = c.upload
        self.source0, self.source1 = (self.local0, self.local1) if up else (
            self.remote0, self.remote1)
        self.target0, self.target1 = (self.remote0, self.remote1) if up else (
            self.local0, self.local1)
        self.spoilt |= self.touched('/' if up else '')
        self.wanted = self.wishes()
        self.versions = {path: self.made_of(path)
                         for path in self.wanted.values()}
        self.whole = set().union(*self.versions.values()) \
            if self.versions else set()
        if up:
            self.sent |= self.whole & {
                e.data for e in files(self.target1).values()}
        self.source_stays()
        self.nothing_half()
        self.nothing_lost()
        if self.status == 0 and not c.dry_run:
            self.all_done()
        elif self.status not in (0, None) and self.status > 0:
            self.has_reason()
        if c.verb == 'mirror' and self.status is not None \
                and self.status >= 0:
            self.counted()
        if self.quiet >= c.shards() and not self.faulty:
            self.nothing_again()

    def wishes(self):
        """Target path: source path, of files that are to be carried over."""
        c, found = self.command, {}
        for top, into in c.pairs(self.source0, self.target0):
            top = self.source_path(top)
            entry = self.source0.get(top)
            if entry and entry.kind == 'file':
                found[into] = top
                continue
            for path, e in files(below(self.source0, top)).items():
                if c.selects(path, e) and not is_part(path) and not (
                        not c.upload and self.hidden(path)):
                    found[into + '/' + path] = top + '/' + path
        return found

    def source_path(self, path):
        """PATH as it is spelt there."""
        if path in self.source0 or self.command.upload or not self.spellings:
            return path
        for same in (composed, str.casefold, alike):
            found = [p for p in self.source0 if same(p) == same(path)]
            if len(found) == 1:
                return found[0]
        return path

    def made_of(self, path):
        """What a source may have held during the run, or before a change
        that nobody can see."""
        found = self.unseen.get(path, set()) | {self.source0[path].data}
        if path in self.source1:
            found.add(self.source1[path].data)
        if path in self.touched('' if self.command.upload else '/'):
            for data in list(found):
                found.add(bytes(b ^ 1 for b in data))
            for data in list(found):
                found |= {data + b'more' * n for n in range(GROWTHS)}
            self.unseen[path] = found
        return found

    def there(self, path):
        """The target's entries that may be what was named PATH."""
        entry = self.target1.get(path)
        if entry:
            return [entry]
        if not self.command.upload or 'fold' not in self.spellings:
            return []
        return [e for other, e in self.target1.items()
                if other.casefold() == path.casefold()]

    def arrived(self, path):
        """Whether the target has a whole version under this name."""
        return any(e.kind == 'file' and e.data in
                   self.versions[self.wanted[path]] for e in self.there(path))

    def source_stays(self):
        c = self.command
        touched = self.touched('' if c.upload else '/') | {
            source for target, source in self.wanted.items()
            if target in self.touched('/' if c.upload else '')}
        for path, then in self.source0.items():
            now = self.source1.get(path)
            if then == now or path in touched or not self.in_source(path):
                continue
            if then.kind == 'dir' and now and now.kind == 'dir':
                continue
            if not c.moves:
                self.bad('the source %s has changed', path)
            elif now is not None:
                self.bad('the source %s was moved, and is another', path)
            elif then.kind == 'file' and not self.went(path):
                self.bad('the source %s was deleted, and is not there', path)

    def in_source(self, path):
        return self.inside(path, [top for top, _ in self.command.pairs(
            self.source0, self.target0)])

    def went(self, path):
        return any(source == path and self.arrived(target)
                   for target, source in self.wanted.items())

    def nothing_half(self):
        """What is new in the target is whole, or a part by its name."""
        touched = self.touched('/' if self.command.upload else '')
        for path, now in files(self.target1).items():
            then = self.target0.get(path)
            if then and then.kind == 'file' and then.data == now.data \
                    or path in touched or not self.in_target(path):
                continue
            if self.command.dry_run:
                self.bad('%s came of a dry run', path)
            elif is_part(path):
                self.part_is_ours(path, now)
            elif self.is_backup(path, now) or self.is_manifest(path):
                pass
            elif self.is_plain_name(now) or self.is_link_there(path):
                pass
            elif now.data not in self.whole:
                self.bad('%s is neither old nor whole (%d bytes)', path,
                         len(now.data))
            elif not self.belongs(path, now):
                self.bad('%s has the content of another', path)

    def is_link_there(self, path):
        """Some listings show a link as the file that it leads to."""
        if self.command.upload or not re.match(
                'dos|eplf', self.option('listing')):
            return False
        return any(self.source0.get(
            top + path[len(into):], Entry('')).kind == 'link'
            for top, into in self.command.pairs(self.source0, self.target0))

    def is_plain_name(self, now):
        """Without part files a failure leaves half a file."""
        return self.player.case.settings.get('temp-names') == 'no' and \
            self.command.upload and self.status != 0 and any(
                data.startswith(now.data) for data in self.whole)

    def in_target(self, path):
        return self.inside(path, [into for _, into in self.command.pairs(
            self.source0, self.target0)])

    def belongs(self, path, now):
        """Whether it is what a source of that name became."""
        for target, source in self.wanted.items():
            if now.data in self.versions[source] and (
                    target == path or self.spellings
                    and alike(target) == alike(path)):
                return True
        return False

    def is_backup(self, path, now):
        """What was in the target, moved below the backup directory."""
        return self.is_below_backup(path) and any(
            now.data.startswith(e.data) for e in files(self.target0).values())

    def is_below_backup(self, path):
        top = self.command.backup_top()
        return bool(top) and path.startswith(top + '/')

    def is_manifest(self, path):
        return self.command.has('manifest') and \
            os.path.basename(path).startswith('.ftps-manifest')

    def part_is_ours(self, path, now):
        """It begins like a source, or is an old file that was put aside."""
        if not any(data.startswith(now.data) for data in self.whole) and \
                not any(e.data == now.data
                        for e in files(self.target0).values()) and \
                not self.command.has('manifest') and \
                not self.garbled():
            self.bad('the part %s is of no source', path)

    def garbled(self):
        """Whether what arrived may be other than what was sent."""
        return any({'content', 'add', 'corrupt', 'in-clear'} & set(rule.actions)
                   for rule in self.outcome.rules)

    def nothing_lost(self):
        """What was in the target is there, was replaced by what is whole, or
        was to be deleted."""
        contents = {}
        for path, e in files(self.target1).items():
            contents.setdefault(e.data, []).append(path)
        touched = self.touched('/' if self.command.upload else '')
        for path, then in files(self.target0).items():
            now = self.target1.get(path)
            if now and now.kind == 'file' and now.data == then.data or \
                    path in touched or not self.in_target(path) or \
                    is_part(path) or self.is_manifest(path):
                continue
            if now and self.is_below_backup(path):
                continue            # by a later one of the same name
            kept = [p for p in contents.get(then.data, ()) if p != path]
            if kept and (self.saved(path, kept) or self.renamed(path, kept)):
                continue
            if self.replaced(path) or now and self.is_plain_name(now):
                self.may_replace(path, then)
                continue
            self.may_delete(path, then)

    def renamed(self, path, kept):
        return self.spellings and any(alike(p) == alike(path) for p in kept)

    def saved(self, path, kept):
        """In the backup, or put aside when the run failed."""
        top = self.command.backup_top()
        stem = os.path.basename(path)[:20]
        return any(top and p.startswith(top + '/') for p in kept) or (
            self.status != 0 and any(
                is_part(p) and os.path.basename(p).startswith(stem)
                for p in kept))

    def replaced(self, path):
        return any(e.kind == 'file' and e.data in self.versions[source]
                   for target, source in self.wanted.items()
                   if target == path or self.spellings
                   and alike(target) == alike(path)
                   for e in self.there(target) + ([self.target1[path]] if path
                                                  in self.target1 else []))

    def may_replace(self, path, then):
        c = self.command
        if c.backup_top():
            self.bad('%s was replaced without a backup', path)
        source = self.source0.get(self.wanted.get(path))
        if c.has('only-newer') and source and \
                then.mtime > source.mtime + 86400 and not self.is_clockless():
            self.bad('%s was replaced by something older', path)

    def is_clockless(self):
        """Whether times of the server may not be what they seem."""
        return self.option('clock') or self.option('lies') or any(
            self.option(name) not in ('', '0', '1')
            for name in ('list-zone', 'mdtm-zone', 'mlsd-zone', 'grain'))

    def may_delete(self, path, then):
        """PATH is gone from the target."""
        c = self.command
        where = 'deleted: %s ' % repr(path)
        if c.verb != 'mirror' or not c.delete or c.dry_run:
            self.bad(where + 'without -e')
            return
        rel = path[len(c.target_top()) + 1:]
        if self.is_link_in_source(rel) and not c.has('no-symlinks'):
            return                  # replaced
        source_side = files(below(self.source0, c.source_top()))
        kept = set(source_side)
        if rel in kept and c.selects(rel, source_side[rel]) or self.spellings \
                and alike(rel) in {alike(p) for p in kept
                                   if c.selects(p, source_side[p])}:
            self.bad(where + 'which the source has')
        if not c.selects(rel, then) and not c.has('delete-excluded'):
            self.bad(where + 'which the filters left out')
        if not source_side and not c.has('force') and not any(
                e.kind != 'file' for e in
                below(self.source0, c.source_top()).values()):
            self.bad(where + 'for an empty source')
        if c.has('manifest') and then.data not in self.sent:
            self.bad(where + 'which was never sent')
        if not c.upload and self.announced() and \
                self.cut_short(c.source_top(), self.source0):
            self.bad(where + 'by a listing that was cut short')
        if not c.upload and not c.has('shard') and self.unread():
            self.bad(where + 'though %s was not read' % self.unread()[0])
        if c.backup_top():
            self.bad(where + 'without a backup')
        if c.has('shard') and not self.in_one_shard(path):
            self.bad(where + 'of another shard')

    def in_one_shard(self, path):
        return True             # what is whose is not known from outside

    def unread(self):
        """Sources that a fault kept from being read."""
        return [path for path, source in self.wanted.items()
                if not self.arrived(path) and source in self.source1
                and self.refused(source)]

    def refused(self, path):
        return any(denial.fits('RETR', path)
                   for denial in self.server.denials) or any(
            rule.event == 'RETR' and rule.glob in ('', path)
            for rule in self.outcome.rules)

    # -- the status

    def all_done(self):
        """Status 0: the target has all, and with -e no more."""
        c = self.command
        vanished = self.touched('' if c.upload else '/')
        changed = self.spoilt
        if c.has('shard'):
            self.shards.add(c.value('shard'))
            if len(self.shards) < c.shards():
                return
        for path, source in self.wanted.items():
            if self.arrived(path) or path in changed or \
                    source in vanished and source not in self.source1:
                continue
            if self.newer_there(path, source) or self.unlisted(source):
                continue
            self.bad('status 0, and %s is not there', path)
        if c.moves:
            for path, source in self.wanted.items():
                if source in self.source1 and source not in vanished and \
                        not self.newer_there(path, source):
                    self.bad('status 0, and the source %s stays', source)
        if not c.upload and self.cut_short(c.source_tops()[0], self.source0) \
                and self.announced():
            self.bad('status 0 from a listing that was cut short')
        self.carried()
        if c.verb == 'mirror' and c.delete:
            self.no_more()

    def carried(self):
        """Times and modes of what came, where the server can tell and set
        them, and nothing was about."""
        c = self.command
        if self.faulty or self.hard() or self.is_clockless() or any(
                self.option(name) for name in TIMELESS) or \
                self.player.case.settings.get('preserve-times') == 'no':
            return
        for path, source in self.wanted.items():
            now, then = self.target1.get(path), self.source0[source]
            if not now or path in self.target0 or now.data != then.data:
                continue
            if int(now.mtime) != int(then.mtime):
                self.bad('%s came without its time', path)
            if c.verb == 'mirror' and not c.has('no-perms') and \
                    c.upload and now.mode != then.mode:
                self.bad('%s came without its mode', path)

    def announced(self):
        return self.server.options['limit-said'] == 'yes' and \
            self.option('final') != 'early' and not self.option('limit-of')

    def unlisted(self, source):
        """Whether a listing may lack it, without a word."""
        return not self.command.upload and not self.announced() and \
            any(self.overflows(os.path.dirname(source[:i] + 'x'))
                for i, c in enumerate(source, 1) if c == '/' or
                i == len(source))

    def newer_there(self, path, source):
        c = self.command
        there = self.target0.get(path)
        return c.has('only-newer') and there and (
            there.mtime >= self.source0[source].mtime or self.is_clockless())

    def no_more(self):
        c = self.command
        known = {}
        for path in below(self.source0, c.source_top()):
            known[path] = True
        if not known:
            return
        short = c.upload and self.cut_short(c.target_top(), self.target1)
        names = {alike(p) for p in known}
        for path in below(self.target1, c.target_top()):
            entry = self.target1[c.target_top() + '/' + path]
            if path in known or is_part(path) or short or \
                    not c.selects(path, entry) or self.in_backup(path) or \
                    self.doubtful(path, names) or \
                    c.has('manifest') or c.has('shard') or \
                    self.is_needed(path, entry):
                continue
            if self.option('shown') and not path.isascii() or \
                    self.is_link_in_source(path):
                continue
            if c.upload and self.hidden(path) or \
                    any(p.startswith('.') for p in path.split('/')):
                continue
            if path in (p[len(c.target_top()) + 1:] for p in self.touched(
                    '/' if c.upload else '')):
                continue
            self.bad('status 0, and %s was not deleted', path)

    def is_link_in_source(self, path):
        parts = (self.command.source_top() + '/' + path).split('/')
        return any(
            self.source0.get('/'.join(parts[:i]), Entry('')).kind == 'link'
            for i in range(2, len(parts) + 1))

    def is_needed(self, path, entry):
        """A directory in which something stays."""
        top = self.command.target_top() + '/' + path
        return entry.kind == 'dir' and bool(below(self.target1, top))

    def in_backup(self, path):
        top = self.command.backup_top()
        full = self.command.target_top() + '/' + path
        return bool(top) and (full + '/').startswith(top + '/')

    def doubtful(self, path, names):
        """It, or a directory above it, may be one with a name sent."""
        parts = path.split('/')
        return any(alike('/'.join(parts[:i + 1])) in names and
                   '/'.join(parts[:i + 1]) not in
                   below(self.source0, self.command.source_top())
                   for i in range(len(parts)))

    def has_reason(self):
        """A failure has a cause that the oracle can see."""
        c = self.command
        if self.faulty or self.hard() or self.sorry():
            return
        self.bad('status %d without a cause', self.status)

    def sorry(self):
        """What may fail without a fault: names, limits, other kinds."""
        c = self.command
        targets = list(self.wanted) + [
            into + '/' + p for top, into in c.pairs(self.source0, self.target0)
            for p in below(self.source0, top)]
        if c.upload and (not all(self.held(p) for p in targets)
                         or self.twins({*targets, *self.target0})):
            return 'names'
        if self.option('slashes') and c.upload and c.backup_top():
            return 'nothing can be moved from one directory to another'
        if not c.upload and c.delete and not all(
                self.held(p) for p in self.target0):
            return 'names'
        if c.moves and any('SIZE' in self.option(how).split()
                           for how in ('without', 'useless')):
            return 'nothing to verify by'
        if not all(top in self.source0 for top in c.source_tops()):
            return 'no source'
        for top, snapshot in ((c.source_tops()[0], self.source0),
                              (c.target_tops()[0], self.target0)):
            if top.startswith('/') and self.cut_short(top, snapshot, 2):
                return 'listings cut short'
        if self.kinds_clash(targets):
            return 'a file where a directory is to be'
        if c.verb == 'mirror' and (c.has('max-delete') or c.has('require')):
            return 'limits'
        if c.delete and not self.wanted:
            return 'an empty source'
        if c.missing(self.source0):
            return 'no such source'
        if self.option('hides') and (c.moves and not c.upload or c.delete):
            return 'hidden'
        return None

    def kinds_clash(self, targets):
        for path in targets:
            entry = self.target0.get(path)
            if entry and entry.kind != 'file':
                source = self.source0.get(self.source_of(path))
                if source and source.kind != entry.kind:
                    return True
            while path:
                path = os.path.dirname(path.rstrip('/'))
                if path in self.target0 and \
                        self.target0[path].kind != 'dir':
                    return True
                if path == '/':
                    break
        return False

    def source_of(self, path):
        """Where what is at PATH of the target would come from."""
        for top, into in self.command.pairs(self.source0, self.target0):
            if path == into or path.startswith(into + '/'):
                return top + path[len(into):]
        return ''

    # -- counts

    def counted(self):
        """The summary tells what came to pass."""
        told = self.told()
        if not told:
            if self.status == 0:
                self.bad('status 0 without a summary')
            return
        if self.command.dry_run:
            return
        if self.status == 0 and told['failed']:
            self.bad('status 0 and %d failed', told['failed'])
        came = [p for p, now in files(self.target1).items()
                if p in self.wanted and
                now.data in self.versions[self.wanted[p]] and
                (p not in self.target0 or self.target0[p].data != now.data)]
        links = [p for p, now in self.target1.items() if now.kind == 'link'
                 and self.target0.get(p) != now]
        if told['transferred'] + told['failed'] < len(came) and \
                not self.run.machine:
            self.bad('%d came, and %d are counted', len(came),
                     told['transferred'])
        if told['transferred'] > len(self.wanted) + len(links) + \
                self.links_there():
            self.bad('%d are counted as transferred, of %d',
                     told['transferred'], len(self.wanted))
        least, most = self.gone()
        if not self.command.backup_top() and not self.faulty and \
                not self.spellings and not self.command.has('manifest') and \
                not least <= told['deleted'] <= most:
            self.bad('%d were deleted, and %d are counted', least,
                     told['deleted'])

    def gone(self):
        """How many entries were deleted, without and with those in whose place
        is one of another kind."""
        entries = {p: e for p, e in self.target0.items() if not is_part(p)}
        return (sum(p not in self.target1 for p in entries),
                sum(p not in self.target1 or self.target1[p].kind != e.kind
                    for p, e in entries.items()))

    def links_there(self):
        return sum(e.kind == 'link' for top in self.command.source_tops()
                   for e in below(self.source0, top).values())

    def told(self):
        for line in reversed(self.outcome.out.decode(
                errors='replace').splitlines()):
            if line.startswith('{'):
                event = json.loads(line)
                if event.get('event') == 'summary':
                    return event
            found = SUMMARY.search(line)
            if found:
                return dict(zip(('transferred', 'skipped', 'deleted',
                                 'failed'), map(int, found.groups())))
        return None

    # -- again, without faults

    def nothing_again(self):
        """The same once more sends nothing of what the server can hold."""
        c = self.command
        if c.moves or c.dry_run or self.status or self.hard() or \
                c.verb != 'mirror':
            return
        moved = [text for where, text in self.outcome.dialogue
                 if where == 'tls' and text.split(' ')[0] in (
                     'STOR', 'RETR', 'APPE', 'DELE', 'RMD', 'MKD', 'RNTO')]
        if c.has('manifest'):
            moved = [text for text in moved if '.ftps-manifest' not in text]
        moved = [text for text in moved if not self.ahead(text)]
        if moved and not self.sorry():
            self.bad('again, and without a change: %s', ', '.join(moved[:3]))

    def ahead(self, text):
        """Whether it is about a file that cannot seem older than its copy:
        its time is to come, and no other can be set."""
        settings = self.player.case.settings
        if settings.get('preserve-times') != 'no' and not any(
                what in self.option(how)
                for how in ('without', 'hidden', 'lies', 'useless')
                for what in ('MFMT', 'UTIME')) and \
                self.option('family') != 'vsftpd':
            return False
        return any(os.path.basename(source) in text and
                   self.source0[source].mtime > time.time() - 3600
                   for source in self.wanted.values())

    # -- rm and mv

    def removed(self):
        c = self.command
        for path, then in self.remote0.items():
            if path not in self.remote1 and path not in self.touched('/') \
                    and not self.inside(path, c.operands):
                self.bad('rm deleted %s', path)
        if self.status == 0:
            for top in c.operands:
                if top in self.remote1:
                    self.bad('status 0, and %s is there', top)
        elif not self.faulty and not self.hard() and (self.status or 0) > 0:
            if all(top in self.remote0 for top in c.operands) and \
                    not self.option('hides') and not any(
                        self.cut_short(top, self.remote0, 2)
                        for top in c.operands):
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
