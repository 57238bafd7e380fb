# SPDX-License-Identifier: GPL-3.0-or-later
"""Listings: which lines, and how they look."""

import os
import time

from files import like
from replies import Wire
from rules import encode
from tree import spell, stamp

FACTS = ('type', 'size', 'modify', 'perm', 'unique', 'unix.mode')
LANGUAGES = {
    '': 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec',
    'german': 'Jan Feb Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez',
    'french': 'janv. févr. mars avril mai juin juil. août sept. oct. nov. '
              'déc.',
    'chinese': '1月 2月 3月 4月 5月 6月 7月 8月 9月 10月 11月 12月',
}
# Further words of the option `listing', in any order.
FORMS = {
    'unix': (
        'total',                # a line with the sum before the others
        'self',                 # lines for `.' and `..'
        'numeric',              # owner and group are numbers
        'wide',                 # the group has a blank in it
        'no-group', 'no-links',         # these columns are not there
        'acl',                  # a `+' behind the permissions
        'iso',                  # 2026-11-20 13:24
        'day',                  # the day only, with its year
        'german', 'french', 'chinese',  # names of months
        'day-first'),           # 20 Nov
    'dos': ('year',             # of four digits
            'hours',            # 13:24
            'iso'),             # 2026-11-20
    'eplf': ('modes',),
}


class Listings:
    """Part of a Session."""

    def list_data(self, verb, arg, act, line):
        with self.tree.lock:
            denied = self.denied(verb, arg)
            if arg.startswith('-') and verb in ('LIST', 'NLST'):
                arg = arg.partition(' ')[2]
            node = self.node(arg)
            if not node and 'content' not in act:
                return '550 no such directory'
            lines = self.lines(self.path(arg), node, line) \
                if node and not denied else []
        kept, answer = self.limited(verb, lines, '226 sent', '226 ')
        if verb == 'LIST':
            kept = self.head(node) + kept
        data = encode(''.join(text + '\r\n' for text in kept))
        return self.transfer(verb, arg, act, lambda s: self.send_data(
            s, data, act, answer))

    def limited(self, verb, lines, answer, code):
        """The lines of a listing that may be seen, and what is said then:
        ANSWER, or, behind CODE, that it is cut short."""
        options = self.server.options
        of = options['limit-of'].replace(',', ' ').split()
        kept = lines[:int(options['limit'])] \
            if options['limit'] and (not of or verb in of) else lines
        if kept != lines and options['limit-said'] == 'yes':
            answer = '%sOutput truncated to %d matches' % (code, len(kept))
        return kept, answer

    def head(self, node):
        """What stands before the entries."""
        forms, line = self.forms(), self.list_line()
        if forms[0] != 'unix' or not node or node.kind != 'dir':
            return []
        return ['total 8'] * ('total' in forms) + [
            line(name, node) for name in ('.', '..') if 'self' in forms]

    def lines(self, path, node, line):
        if node.kind != 'dir':
            return [line(os.path.basename(path), node)]
        options = self.server.options
        hides, shown = options['hides'], options['shown'].split()
        return [line(spell(name, shown), child) for name, child in
                self.tree.children(self.tree.resolve(path))
                if not hides or not like(name, hides.replace('dots', '.*'))]

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
        lines = self.lines(self.path(arg), node, line) \
            if node and not self.denied('STAT', arg) else []
        lines, end = self.limited('STAT', lines, 'end', '')
        if node and node.kind == 'dir':
            lines = [line('.', node), line('..', node)] + lines
        text = act.get('content', ''.join(line + '\r\n' for line in lines))
        return Wire('213-status follows\r\n%s213 %s\r\n' % (
            text + act.get('add', ''), end))

    def now(self):
        return int(time.time()) + int(self.server.options['clock'])

    def forms(self):
        return self.server.options['listing'].split()

    def list_line(self):
        zone, now = int(self.server.options['list-zone']), self.now()
        kind, *forms = self.forms()
        if kind == 'unix':
            return lambda name, node: unix_line(name, node, zone, now, forms)
        one = {'dos': dos_line, 'eplf': eplf_line}[kind]
        return lambda name, node: one(name, node, zone, forms)

    def mlst_line(self, name, node):
        kind = node.kind
        if kind == 'link':
            kind = 'OS.unix=slink:' + node.target
        values = {'type': kind, 'size': len(node.data),
                  'modify': stamp(node.mtime + int(
                      self.server.options['mlsd-zone']))
                  + self.fraction(node),
                  'perm': 'flcdmpe' if node.kind == 'dir' else 'adfrw',
                  'unique': node.unique,
                  'unix.mode': '0%o' % node.mode}
        if node.kind == 'dir':
            del values['size']
        return '%s %s' % (''.join('%s=%s;' % (fact, values[fact])
                                  for fact in FACTS
                                  if fact in self.facts and fact in values),
                          name)


def unix_line(name, node, zone, now, forms):
    letter = {'dir': 'd', 'link': 'l', 'file': '-'}[node.kind]
    bits = ''.join(c if node.mode >> 8 - i & 1 else '-'
                   for i, c in enumerate('rwxrwxrwx'))
    owner, group = ('1000', '100') if 'numeric' in forms else ('ftp', 'ftp')
    columns = [letter + bits + '+' * ('acl' in forms)]
    if 'no-links' not in forms:
        columns.append('   1')
    columns.append('%-8s' % owner)
    if 'no-group' not in forms:
        columns.append('domain users' if 'wide' in forms else '%-8s' % group)
    columns += ['%12d' % len(node.data),
                unix_date(node.mtime, zone, now, forms), name]
    if node.kind == 'link':
        columns += ['->', node.target]
    return ' '.join(columns)


def unix_date(mtime, zone, now, forms):
    when = time.gmtime(mtime + zone)
    if 'iso' in forms:
        return time.strftime('%Y-%m-%d %H:%M', when)
    recent = 0 <= now - mtime < 180 * 86400 and 'day' not in forms
    last = time.strftime('%H:%M', when) if recent else ' %d' % when.tm_year
    language = [form for form in forms if form in LANGUAGES]
    month = LANGUAGES[language[0] if language else ''].split()[
        when.tm_mon - 1]
    day = '%2d' % when.tm_mday
    return ' '.join([day, month, last] if 'day-first' in forms else
                    [month, day, last])


def dos_line(name, node, zone, forms):
    date = '%Y-%m-%d' if 'iso' in forms else \
        '%m-%d-%Y' if 'year' in forms else '%m-%d-%y'
    hour = '%H:%M' if 'hours' in forms else '%I:%M%p'
    size = '      <DIR>         ' if node.kind == 'dir' \
        else '%20d' % len(node.data)
    return time.strftime(date + '  ' + hour,
                         time.gmtime(node.mtime + zone)) + size + ' ' + name


def eplf_line(name, node, zone, forms):
    facts = ['i' + node.unique, 'm%d' % (node.mtime + zone)]
    facts += ['/'] if node.kind == 'dir' else ['r', 's%d' % len(node.data)]
    if 'modes' in forms:
        facts.append('up%o' % node.mode)
    return '+%s,\t%s' % (','.join(facts), name)
