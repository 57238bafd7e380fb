# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings: which lines, and how they look."""

import os
import time

from replies import Wire
from rules import encode
from tree import stamp

FACTS = ('type', 'size', 'modify', 'perm', 'unique', 'unix.mode')
MONTHS = ('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec').split()


class Listings:
    """Part of a Session."""

    def list_data(self, verb, arg, act, line):
        if arg.startswith('-') and verb in ('LIST', 'NLST'):
            arg = arg.partition(' ')[2]
        node = self.node(arg)
        if not node and 'content' not in act:
            return '550 no such directory'
        lines = self.lines(self.path(arg), node, line) if node else []
        kept = self.limited(lines)
        data = encode(''.join(text + '\r\n' for text in kept))
        answer = '226 sent' if kept == lines else \
            '226 Output truncated to %d matches' % len(kept)
        return self.transfer(verb, arg, act, lambda s: self.send_data(
            s, data, act, answer))

    def limited(self, lines):
        limit = self.server.options['limit']
        return lines[:int(limit)] if limit else lines

    def lines(self, path, node, line):
        if node.kind != 'dir':
            return [line(os.path.basename(path), node)]
        real = self.tree.resolve(path)
        return [line(name, child) for name, child in
                self.tree.children(real)
                if self.server.options['hides'] != 'dots'
                or not name.startswith('.')]

    def do_MLSD(self, arg, act):
        node = self.node(arg)
        if node and node.kind != 'dir' and 'content' not in act:
            return '501 not a directory'
        return self.list_data('MLSD', arg, act, self.mlst_line)

    def do_LIST(self, arg, act):
        return self.list_data('LIST', arg, act, self.list_line())

    def list_below(self, arg, act):
        """What is in the directories of a directory, as ProFTPD has it."""
        top = arg.partition(' ')[2][:-2]
        lines = []
        for name, child in self.tree.children(self.tree.resolve(
                self.path(top))):
            path = f'{top}/{name}'
            below = ['']
            if child.kind == 'dir':
                real = self.tree.resolve(self.path(path))
                below = ['/.', '/..', *('/' + name for name, _ in
                                        self.tree.children(real))]
            lines += [path + name + '\r\n' for name in below]
        data = encode(''.join(lines))
        return self.transfer('NLST', arg, act,
                             lambda s: self.send_data(s, data, act))

    def do_NLST(self, arg, act):
        if arg.startswith('-aR ') and arg.endswith('/*'):
            return self.list_below(arg, act)
        return self.list_data('NLST', arg, act, lambda name, node: name)

    def do_STAT(self, arg, act):
        if not arg:
            return '211-status\n scripted server\n211 end'
        if arg.startswith('-'):
            arg = arg.partition(' ')[2]
        node = self.node(arg)
        line = self.list_line()
        lines = self.lines(self.path(arg), node, line) if node else []
        end = 'end'
        if self.limited(lines) != lines:
            lines = self.limited(lines)
            end = 'Output truncated to %d matches' % len(lines)
        if node and node.kind == 'dir':
            lines = [line('.', node), line('..', node)] + lines
        text = act.get('content', ''.join(line + '\r\n' for line in lines))
        return Wire('213-status follows\r\n%s213 %s\r\n' % (
            text + act.get('add', ''), end))

    def now(self):
        return int(time.time()) + int(self.server.options['clock'])

    def list_line(self):
        options = self.server.options
        zone, now = int(options['list-zone']), self.now()
        if options['listing'] == 'dos':
            return lambda name, node: dos_line(name, node, zone)
        return lambda name, node: unix_line(name, node, zone, now)

    def mlst_line(self, name, node):
        kind = node.kind
        if kind == 'link':
            kind = 'OS.unix=slink:' + node.target
        values = {'type': kind, 'size': len(node.data),
                  'modify': stamp(node.mtime + int(
                      self.server.options['mlsd-zone']))
                  + self.server.options['fraction'],
                  'perm': 'flcdmpe' if node.kind == 'dir' else 'adfrw',
                  'unique': node.unique,
                  'unix.mode': '0%o' % node.mode}
        if node.kind == 'dir':
            del values['size']
        return '%s %s' % (''.join('%s=%s;' % (fact, values[fact])
                                  for fact in FACTS
                                  if fact in self.facts and fact in values),
                          name)


def unix_line(name, node, zone, now):
    when = time.gmtime(node.mtime + zone)
    recent = 0 <= now - node.mtime < 180 * 86400
    letter = {'dir': 'd', 'link': 'l', 'file': '-'}[node.kind]
    bits = ''.join(c if node.mode >> 8 - i & 1 else '-'
                   for i, c in enumerate('rwxrwxrwx'))
    if node.kind == 'link':
        name += ' -> ' + node.target
    return '%s%s    1 ftp      ftp      %12d %s %2d %s %s' % (
        letter, bits, len(node.data), MONTHS[when.tm_mon - 1], when.tm_mday,
        time.strftime('%H:%M', when) if recent else ' %d' % when.tm_year,
        name)


def dos_line(name, node, zone):
    size = '      <DIR>         ' if node.kind == 'dir' \
        else '%20d' % len(node.data)
    return time.strftime('%m-%d-%y  %I:%M%p',
                         time.gmtime(node.mtime + zone)) + size + ' ' + name
