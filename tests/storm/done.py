# SPDX-License-Identifier: GPL-3.0-or-later
"""What a status and a summary claim.  Part of the Oracle."""

import fnmatch
import json
import os
import re
import time

from command import alike, is_part
from snapshot import Entry, below, files

# What keeps times and modes from being carried over.
TIMELESS = ('lies', 'useless', 'without', 'hidden', 'family', 'denied',
            'facts-off', 'names', 'listing', 'elsewhere', 'slashes')
SUMMARY = re.compile(r'(\d+) transferred(?: \([^)]*\))?(?:, (\d+) unchanged)?'
                     r'(?:, (\d+) deleted)?(?:, (\d+) failed)?')


class Done:
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
            if self.newer_there(path, source) or self.unlisted(source) or \
                    self.follows_link(path) or \
                    self.was_moved_before(path, source):
                continue
            self.bad('status 0, and %s is not there', path)
        if c.moves and not self.falsely_deleted():
            for path, source in self.wanted.items():
                if source in self.source1 and source not in vanished and \
                        not self.newer_there(path, source) and \
                        not self.unlisted(source):
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

    def falsely_deleted(self):
        """Whether the server said that it had deleted something, only."""
        return any(rule.event == 'DELE' and
                   str(rule.actions.get('reply', '')).startswith('2')
                   for rule in self.outcome.rules)

    def unlisted(self, source):
        """Whether a listing may lack it, without a word."""
        above = [os.path.dirname(source[:i] + 'x')
                 for i, c in enumerate(source, 1) if c == '/' or
                 i == len(source)]
        return not self.command.upload and (
            any(map(self.is_shown_empty, above)) or
            not self.announced() and any(map(self.overflows, above)))

    def is_shown_empty(self, directory):
        """Whether the server denies what is in it by showing nothing."""
        glob, _, how = self.option('denied').partition(' ')
        return how == 'list empty' and fnmatch.fnmatchcase(directory, glob)

    def follows_link(self, path):
        """Without part files what is sent goes where a link there leads."""
        then = self.target0.get(path)
        return self.player.case.settings.get('temp-names') == 'no' and \
            then is not None and then.kind == 'link'

    def was_moved_before(self, path, source):
        """A server for which two names of the command line are one: what the
        first moved is not there any more for the second."""
        return self.command.moves and bool(self.spellings) and \
            source not in self.source1 and any(
                other != path and self.wanted[other] == source
                and self.arrived(other) for other in self.wanted)

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
            if 'empty' in self.option('denied') or \
                    self.option('shown') and not path.isascii() or \
                    self.is_link_in_source(path):
                continue
            if self.is_behind_link(c.target_top() + '/' + path):
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
        above = {'/'.join(parts[:i]) for i in range(2, len(parts) + 1)}
        links = [p for p, e in self.source0.items() if e.kind == 'link']
        return not above.isdisjoint(links) or self.spellings and \
            not {*map(alike, above)}.isdisjoint(map(alike, links))

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
        if told['transferred'] > len(self.wanted) + len(self.grown) + \
                len(links) + self.links_there():
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
        is one of another kind.  What stepped aside for a file that then did
        not get its name is not deleted, and has no other name any more."""
        entries = {p: e for p, e in self.target0.items() if not is_part(p)
                   and not (p in self.wanted and p not in self.target1
                            and self.saved(p, self.parts_of(e)))}
        return (sum(p not in self.target1 for p in entries),
                sum(p not in self.target1 or self.target1[p].kind != e.kind
                    for p, e in entries.items()))

    def parts_of(self, entry):
        return [p for p, now in files(self.target1).items()
                if is_part(p) and now.data == entry.data]

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
                                 'failed'), (int(n or 0) for n in found.groups())))
        return None

    def nothing_again(self):
        """The same once more sends nothing of what the server can hold."""
        c = self.command
        if c.moves or c.dry_run or self.status or self.hard() or \
                c.verb != 'mirror' or 'MDTM' in self.option('lies') or \
                self.option('elsewhere') and self.links_there():
            return
        moved = [text for where, text in self.outcome.dialogue
                 if where == 'tls' and text.split(' ')[0] in (
                     'STOR', 'RETR', 'APPE', 'DELE', 'RMD', 'MKD', 'RNTO')]
        if c.has('manifest'):
            moved = [text for text in moved if '.ftps-manifest' not in text]
        moved = [text for text in moved if not self.is_sized_as_link(text)]
        there = {os.path.basename(p) for p, e in self.target0.items()
                 if e.kind == 'dir'}
        moved = [text for text in moved if not (
            text.startswith('MKD') and os.path.basename(text[4:]) in there)]
        moved = [text for text in moved if not self.relinked(text)]
        if any(self.ahead(text) for text in moved):
            moved = [text for text in moved if not self.ahead(text)
                     and 'bak' not in text]
        if moved and not self.sorry():
            self.bad('again, and without a change: %s', ', '.join(moved[:3]))

    def is_sized_as_link(self, text):
        """Some listings show a link as a file, with its own size, which is
        not that of the file that it leads to and that was fetched."""
        return not self.command.upload and text.startswith('RETR ') and \
            re.match('dos|eplf', self.option('listing')) and \
            any(where == 'tls' and listed.startswith('LIST')
                for where, listed in self.outcome.dialogue) and \
            self.source0.get(text[5:], Entry('')).kind == 'link'

    def relinked(self, text):
        """Whether it is about what a link takes the place of: a listing that
        shows links as files does not tell that the same link is there."""
        c = self.command
        aside = re.match(r'(?:RNTO|DELE) (.*)\.[0-9a-f]{8}\.ftps-part$', text)
        source = aside and self.source0.get(self.source_of(aside[1]))
        listed = self.player.case.settings.get('listing') in ('stat', 'list') \
            or any('MLSD' in self.option(how)
                   for how in ('without', 'hidden', 'useless'))
        return c.upload and listed and bool(source) and \
            source.kind == 'link' and \
            bool(re.match('dos|eplf', self.option('listing')))

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
