# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server of a run is, and what others did meanwhile: the case's
options and rules as data.  Part of the Oracle.
"""

import fnmatch
import os
import re

from command import alike

# Contents that an event makes of another.
EVENTS = ('grow', 'rewrite', 'exchange')
# What a server may have or lack without a reason to fail, see hard().
HARD = ('room', 'denied', 'name-max', 'refuses')


class Traits:
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
                                                       'hidden'))
                or self.option('family') == 'vsftpd')

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

    def is_below_unseen(self, path):
        """Whether a directory above it that was sent is not there by its
        name, and stands in one that a listing shows a part of, and says so:
        what the server made of that name nobody can see."""
        above = os.path.dirname(path)
        while above not in ('', '/', self.command.target_top()):
            beside = os.path.dirname(above)
            if above not in self.target1 and self.announced() and \
                    self.is_short(beside, self.target1):
                return True
            above = beside
        return False

    def is_short(self, directory, snapshot):
        """Whether this directory itself has too much to be shown ("." and
        ".." may count)."""
        limit = int(self.option('limit') or 0)
        return bool(limit) and sum(
            os.path.dirname(path) == directory for path in snapshot) > \
            limit - 2

    def may_be_link(self, path):
        """Whether the listing that would tell a directory from a link to one
        may lack it: what is in it is not to be deleted then."""
        entry = self.remote0.get(path)
        return entry is not None and entry.kind != 'file' and \
            self.is_short(os.path.dirname(path), self.remote0)

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

    def is_clockless(self):
        """Whether times of the server may not be what they seem."""
        return self.option('clock') or self.option('lies') or any(
            self.option(name) not in ('', '0', '1')
            for name in ('list-zone', 'mdtm-zone', 'mlsd-zone', 'grain'))

    def announced(self):
        return self.server.options['limit-said'] == 'yes' and \
            self.option('final') != 'early' and not self.option('limit-of')

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
            came = [path for _, path, _ in self.server.history[self.past:]]
            found |= {path for path in (*self.remote0, *self.remote1, *came)
                      if alike(path) in names}
        return found
