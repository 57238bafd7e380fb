# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a run may fail without a fault.  Part of the Oracle."""

import os

from snapshot import below


class Reasons:
    def has_reason(self):
        """A failure has a cause that the oracle can see."""
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
        if c.moves and 'MDTM' in self.option('lies'):
            return 'seems to change all the time'
        if c.moves and any('SIZE' in self.option(how).split()
                           for how in ('without', 'useless')):
            return 'nothing to verify by'
        if not all(top in self.source0 for top in c.source_tops()):
            return 'no source'
        for top, snapshot in ((c.source_tops()[0], self.source0),
                              (c.target_tops()[0], self.target0),
                              (c.target_tops()[0], self.target1)):
            if top.startswith('/') and self.cut_short(top, snapshot, 2):
                return 'listings cut short'
        if self.kinds_clash(targets + [into for _, into in c.pairs(
                self.source0, self.target0)]):
            return 'a file where a directory is to be'
        if c.verb == 'mirror' and (c.has('max-delete') or c.has('require')):
            return 'limits'
        if c.delete and not self.wanted:
            return 'an empty source'
        if not c.upload and self.links_there() and any(
                kind in self.option('listing') for kind in ('dos', 'eplf')):
            return 'links that look like files, and may lead to none'
        if c.missing(self.source0):
            return 'no such source'
        if self.option('hides') and (not c.upload or c.delete):
            return 'hidden'
        return None

    def kinds_clash(self, targets):
        for path in targets:
            entry = self.target0.get(path)
            source = entry and self.source0.get(self.source_of(path))
            if source and source.kind != entry.kind and (
                    entry.kind != 'file' or source.kind == 'dir'):
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
