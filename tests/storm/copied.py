# SPDX-License-Identifier: GPL-3.0-or-later
"""What get, put and mirror may have changed.  Part of the Oracle."""

import os
import re

from command import alike, is_part
from snapshot import Entry, below, composed, files, in_ascii

GROWTHS = 40                    # more are not told apart


class Copied:
    def copied(self):
        c = self.command
        up = c.upload
        self.source0, self.source1 = (self.local0, self.local1) if up else (
            self.remote0, self.remote1)
        self.target0, self.target1 = (self.remote0, self.remote1) if up else (
            self.local0, self.local1)
        self.spoilt |= self.touched('/' if up else '')
        self.wanted = self.wishes()
        self.grown = self.grown_into()
        self.versions = {path: self.made_of(path) for path in
                         (*self.wanted.values(), *self.grown.values())}
        self.whole = set().union(*self.versions.values()) \
            if self.versions else set()
        if up:
            self.sent |= self.whole & {
                e.data for e in files(self.target1).values()}
        self.source_stays()
        self.nothing_half()
        self.nothing_lost()
        self.nothing_sent_is_gone()
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

    def grown_into(self):
        """The same, of what the filters left out by its size or time until
        somebody changed it meanwhile: it may come, and need not."""
        c, found = self.command, {}
        touched = self.touched('' if c.upload else '/')
        for top, into in c.pairs(self.source0, self.target0):
            for path in files(below(self.source0, top)):
                now = self.source1.get(top + '/' + path)
                if top + '/' + path in touched and now and \
                        c.selects(path, now) and not is_part(path) and \
                        (c.upload or not self.hidden(path)) and \
                        into + '/' + path not in self.wanted:
                    found[into + '/' + path] = top + '/' + path
        return found

    def source_path(self, path):
        """PATH as it is spelt there."""
        if path in self.source0 or self.command.upload or not self.spellings:
            return path
        for same in (composed, in_ascii, str.casefold, alike):
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
        if self.option('shown'):
            return [e for other, e in self.target1.items()
                    if composed(other) == composed(path)]
        if self.command.upload and self.spellings and (self.cut_short(
                os.path.dirname(path), self.target1, 2)
                or self.is_below_unseen(path)):
            # What the server made of the name is in no listing.
            return [e for other, e in self.target1.items()
                    if alike(other) == alike(path)]
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

    def in_target(self, path):
        return self.inside(path, [into for _, into in self.command.pairs(
            self.source0, self.target0)])

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
            elif self.is_plain_name(now) or self.is_link_there(path) or \
                    self.is_behind_link(path):
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

    def is_behind_link(self, path):
        return any(self.follows_link(p) and e.target == os.path.basename(path)
                   for p, e in self.target0.items() if e.kind == 'link')

    def is_plain_name(self, now):
        """Without part files a failure leaves half a file."""
        return self.player.case.settings.get('temp-names') == 'no' and \
            self.command.upload and self.status != 0 and any(
                data.startswith(now.data) for data in self.whole)

    def belongs(self, path, now):
        """Whether it is what a source of that name became."""
        for target, source in {**self.wanted, **self.grown}.items():
            if now.data in self.versions[source] and (
                    target == path or self.spellings
                    and alike(target) == alike(path)):
                return True
        return False

    def is_backup(self, path, now):
        """What was in the target, moved below the backup directory."""
        return self.is_below_backup(path) and (bool(self.spoilt) or any(
            now.data == e.data for e in files(self.target0).values()))

    def is_below_backup(self, path):
        top = self.command.backup_top()
        return bool(top) and (path.startswith(top + '/') or bool(
            self.spellings) and alike(path).startswith(alike(top) + '/'))

    def is_manifest(self, path):
        return self.command.has('manifest') and \
            os.path.basename(path).lower().startswith('.ftps-manifest')

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
        return any({'content', 'add', 'corrupt', 'in-clear'} &
                   set(rule.actions) for rule in self.outcome.rules)

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
            if any(map(self.is_below_backup, kept)) or kept and (
                    self.saved(path, kept) or self.renamed(path, kept)):
                continue
            if self.replaced(path) or now and self.is_plain_name(now):
                self.may_replace(path, then)
                continue
            self.may_delete(path, then)

    def nothing_sent_is_gone(self):
        """What was given its name in this run, whatever name it became."""
        now = {e.data for e in files(self.remote1).values()}
        for what, path, data in self.server.history[self.past:]:
            if what == 'named' and not is_part(path) and \
                    data in self.whole and data not in now and not (
                        self.spellings and self.cut_short(
                            self.command.target_top(), self.remote1, 2)) and \
                    path not in self.touched('/'):
                self.bad('%s was sent, and deleted', path)

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
                   for target, source in {**self.wanted, **self.grown}.items()
                   if target == path or self.spellings
                   and alike(target) == alike(path)
                   for e in self.there(target) + self.now_at(path))

    def now_at(self, path):
        """Entries of the target that may have come in PATH's place: renamed,
        what was sent has its own case in what the server made of its name."""
        return [e for p, e in self.target1.items() if p == path or
                self.spellings and alike(p) == alike(path)]

    def may_replace(self, path, then):
        c = self.command
        source = self.source0.get(self.wanted.get(path))
        # A move transfers what seems to be the same once more, as the same.
        if c.backup_top() and 'empty' not in self.option('denied') and not \
                self.cut_short(c.target_top(), self.target0, 2) and not (
                c.moves and source and len(source.data) == len(then.data)) \
                and not (self.spellings and self.tells_of_no_file()):
            self.bad('%s was replaced without a backup', path)
        if c.has('only-newer') and source and \
                then.mtime > source.mtime + 86400 and not self.is_clockless():
            self.bad('%s was replaced by something older', path)

    def tells_of_no_file(self):
        """Whether no command asks for a file by its name: what it is called
        in the server's listing is all that is known of it."""
        return {'SIZE', 'MDTM', 'MLST'} <= {*self.option('without').split()}

    def may_delete(self, path, then):
        """PATH is gone from the target."""
        c = self.command
        where = 'deleted: %s ' % repr(path)
        rel = path[len(c.target_top()) + 1:]
        if c.verb == 'mirror' and self.is_link_in_source(rel) and \
                not c.dry_run and not c.has('no-symlinks'):
            return                  # replaced
        if c.verb != 'mirror' or not c.delete or c.dry_run:
            self.bad(where + 'without -e')
            return
        vanished = self.touched('' if c.upload else '/')
        source_side = {
            p: e for p, e in files(below(self.source0, c.source_top())).items()
            if c.source_top() + '/' + p not in vanished
            or c.source_top() + '/' + p in self.source1}
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

    def unread(self):
        """Sources that a fault kept from being read."""
        return [path for path, source in self.wanted.items()
                if not self.arrived(path) and source in self.source1
                and path not in self.spoilt and self.refused(source)]

    def refused(self, path):
        return any(denial.fits('RETR', path)
                   for denial in self.server.denials) or any(
            rule.event == 'RETR' and rule.glob in ('', path)
            for rule in self.outcome.rules)
