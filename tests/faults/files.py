# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands about names, and about what is known of a file."""

import fnmatch
import hashlib
import os
import zlib

from replies import full
from rules import encode
from tree import Node, join, parse_stamp, stamp

# Verbs of `denied' that stand for several.
DENIALS = {
    'write': ('STOR', 'APPE', 'MKD', 'RMD', 'DELE', 'RNFR', 'RNTO'),
    'list': ('LIST', 'NLST', 'MLSD', 'STAT'),
    'facts': ('SIZE', 'MDTM', 'MLST', 'HASH'),
    'change': ('MFMT', 'SITE-CHMOD', 'SITE-UTIME'),
}
EMPTY = 'empty'                 # as the reply of one: an empty listing
# How many words stand before the name.
WORDS_BEFORE = {'MFMT': 1, 'SITE-CHMOD': 2, 'SITE-UTIME': 2}


class Denial:
    """One line of `denied': GLOB VERB,VERB [REPLY]; the globs are of absolute
    paths as they are stored, and `*' stands for slashes, too."""

    def __init__(self, line):
        self.glob, verbs, *reply = line.split(None, 2)
        self.glob = unescaped(self.glob)
        self.verbs = {verb for word in verbs.split(',')
                      for verb in DENIALS.get(word, (word,))}
        self.reply = reply[0] if reply else '550 permission denied'

    def fits(self, verb, path):
        return verb in self.verbs and fnmatch.fnmatchcase(path, self.glob)


class Files:
    """Part of a Session."""

    def named(self, verb, arg):
        """The paths by which a rule can ask for ARG."""
        bare = arg.partition(' ')[2] if arg.startswith('-') else arg
        return {self.path(bare), self.operand(verb, arg)}

    def operand(self, verb, arg):
        """The path that ARG names, options of ls before it left out."""
        before = WORDS_BEFORE.get(full(verb, arg), 0)
        if before:
            arg = arg.split(' ', before)[-1]
        elif arg.startswith('-') and verb in ('LIST', 'NLST', 'STAT'):
            arg = arg.partition(' ')[2]
        return self.path(arg.strip('"') if verb[:1] == 'X' else arg)

    def denied(self, verb, arg):
        """What is answered instead of obeying, or None."""
        denials = self.server.denials
        if not denials:
            return None
        path = self.tree.resolve(self.operand(verb, arg), False)
        for denial in denials:
            if denial.fits(full(verb, arg), path):
                return denial.reply
        return None

    def has_place(self, path):
        """Whether the directory of PATH is one."""
        above = self.tree.get(join(path, '..'))
        return bool(above and above.kind == 'dir')

    def not_made(self, path):
        """Why there can be no new file or directory PATH, or None."""
        options, name = self.server.options, os.path.basename(path)
        if self.tree.get(path, False):
            return None
        most = options['name-max']
        if most and len(encode(name)) > int(most) or like(
                name, options['refuses']):
            return options['name-reply']
        return None

    def path(self, name):
        return join(self.cwd, name) if name else self.cwd

    def node(self, name, follow=True):
        node = self.tree.get(self.path(name), follow)
        if not node and self.server.options['bottomless'] == 'yes':
            return Node('dir')
        return node

    def do_PWD(self, arg, act):
        self.ready = True
        if self.server.options['directories'] == 'mvs':
            return '257 "\'U%s.\'" is the working directory' % (
                self.cwd.rstrip('/').replace('/', '.'))
        return '257 "%s" is here' % self.cwd.replace('"', '""')

    def do_CWD(self, arg, act):
        if self.server.options['directories'] == 'mvs':
            if '/' in arg:
                return '501 no qualifier'
            if arg.startswith("'U."):
                arg = '/' + arg[3:].strip("'").rstrip('.').replace('.', '/')
        node = self.node(arg)
        if not node or node.kind != 'dir':
            return '550 no such directory'
        self.cwd = self.path(arg)
        return '250 changed'

    def do_CDUP(self, arg, act):
        return self.do_CWD('..', act)

    def do_MKD(self, arg, act):
        path = self.path(arg)
        if self.tree.get(path, False):
            return '550 exists'
        if not self.has_place(path):
            return '550 no such directory'
        if self.not_made(path):
            return self.not_made(path)
        if self.tree.room == 0:
            return self.server.options['room-reply']
        self.tree.put(self.tree.resolve(path), Node('dir'))
        return '257 "%s" made' % path.replace('"', '""')

    def is_held(self, path):
        """Whether this session keeps a directory where it is."""
        return self.server.options['stuck'] == 'yes' and \
            (self.cwd + '/').startswith(path + '/')

    def do_RMD(self, arg, act):
        node, path = self.node(arg, False), self.path(arg)
        if not node or node.kind != 'dir':
            return '550 no such directory'
        if self.tree.children(self.tree.resolve(path, False)):
            return '550 not empty'
        if self.is_held(path):
            return '550 in use'
        self.tree.remove(self.tree.resolve(path, False))
        return '250 removed'

    def do_DELE(self, arg, act):
        node = self.node(arg, False)
        if not node or node.kind == 'dir':
            return '550 no such file'
        self.tree.remove(self.tree.resolve(self.path(arg), False))
        return '250 deleted'

    def do_RNFR(self, arg, act):
        if not self.node(arg, False):
            return '550 no such file'
        if self.is_held(self.path(arg)):
            return '550 in use'
        self.rename_from = self.tree.resolve(self.path(arg), False)
        return '350 and to'

    def do_RNTO(self, arg, act):
        if not self.rename_from:
            return '503 RNFR first'
        target = self.tree.resolve(self.path(arg), False)
        there = self.tree.get(target, False)
        if not self.has_place(target):
            return '550 no such directory'
        if self.rename_from not in self.tree.nodes:
            return '550 it is gone'
        if target.startswith(self.rename_from + '/'):
            return '550 cannot move it into itself'
        if self.not_made(target):
            return self.not_made(target)
        if there and target != self.rename_from and (
                there.kind == 'dir'
                or self.server.options['overwrite'] == 'no'):
            return '550 exists'
        if target == self.rename_from:
            target = join(target, '../' + self.tree.spell(
                os.path.basename(arg)))
        self.tree.rename(self.rename_from, target)
        return '250 renamed'

    # -- facts about a file

    def file(self, name):
        node = self.node(name)
        return node if node and node.kind == 'file' else None

    def do_SIZE(self, arg, act):
        node = self.file(arg)
        if self.ascii:
            return '550 not in ASCII'
        return '213 %d' % len(node.data) if node else '550 no such file'

    def do_MDTM(self, arg, act):
        node = self.file(arg)
        if not node:
            return '550 no such file'
        options = self.server.options
        when = self.now() if self.lies('MDTM') else node.mtime
        return '213 ' + stamp(when + int(options['mdtm-zone'])) + (
            self.fraction(node) if options['mdtm-fraction'] == 'yes' else '')

    def fraction(self, node):
        how = self.server.options['fraction']
        return '.%03d' % node.millisecond if how == 'vary' else how

    def lies(self, verb):
        return verb in self.server.option_list('lies')

    def time_meant(self, when):
        return self.kept_time(parse_stamp(when) -
                              int(self.server.options['mdtm-zone']))

    def set_time(self, node, when, verb):
        if not self.lies(verb):
            node.mtime = self.time_meant(when)
            node.fraction = 0

    def kept_time(self, when):
        grain, *up = self.server.options['grain'].split()
        if up:
            when += int(grain) - 1
        return when - when % int(grain)

    def do_MFMT(self, arg, act):
        when, _, name = arg.partition(' ')
        node = self.node(name)
        if not node:
            return '550 no such file'
        self.set_time(node, when, 'MFMT')
        return '213 Modify=%s; %s' % (when, name)

    def do_MLST(self, arg, act):
        node = self.node(arg)
        if not node:
            return '550 no such file'
        about = self.tree.get('/') if self.lies('MLST') else node
        return '250-facts\n %s\n250 end' % self.mlst_line(
            self.path(arg), about)

    def do_HASH(self, arg, act):
        node = self.file(arg)
        if not node:
            return '550 no such file'
        return '213 %s 0-%d %s %s' % (self.hash_name, len(node.data),
                                      digest(self.hash_name, node.data), arg)

    def other_hash(name):
        def also(self, arg, act):
            node = self.file(arg.strip('"'))
            if not node:
                return '550 no such file'
            return '250 ' + digest(name, node.data).upper()
        return also

    also_XCRC = other_hash('CRC32')
    also_XMD5 = other_hash('MD5')
    also_XSHA1 = other_hash('SHA-1')
    also_XSHA256 = other_hash('SHA-256')
    also_XSHA512 = other_hash('SHA-512')

    def do_SITE(self, arg, act):
        what, _, rest = arg.partition(' ')
        method = getattr(self, 'site_' + what.upper(), None)
        if not method or 'SITE-' + what.upper() in self.server.option_list(
                'without'):
            return '500 unknown SITE command'
        return method(rest)

    def site_CHMOD(self, rest):
        mode, _, name = rest.partition(' ')
        node = self.node(name)
        if not node:
            return '550 no such file'
        if not self.lies('SITE-CHMOD'):
            node.mode = int(mode, 8)
        return '200 changed'

    def site_UTIME(self, rest):
        when, _, name = rest.partition(' ')
        node = self.node(name)
        if not node:
            return '550 no such file'
        self.set_time(node, when, 'SITE-UTIME')
        return '200 changed'

    def also_AVBL(self, arg, act):
        node = self.node(arg)
        if not node or node.kind != 'dir':
            return '550 no such directory'
        return '213 ' + (self.server.options['room'] or '1048576000')

    def site_CPFR(self, rest):
        self.copied = None
        if 'COPY' not in self.server.option_list('also'):
            return '500 unknown SITE command'
        node = self.file(rest)
        if not node or self.denied('RETR', rest):
            return '550 no such file'
        self.copied = node
        return '350 and to'

    def site_CPTO(self, rest):
        target = self.tree.resolve(self.path(rest), False)
        if not getattr(self, 'copied', None):
            return '503 CPFR first'
        if not self.has_place(target) or self.denied('STOR', rest):
            return '550 cannot be made'
        cut = 2 if self.lies('SITE-CPTO') else len(self.copied.data)
        self.tree.put(target, Node('file', self.copied.data[:cut]))
        return '250 copied'

    def site_SYMLINK(self, rest):
        target, _, name = rest.partition(' ')
        path = self.tree.resolve(self.path(name), False)
        if self.tree.get(path, False):
            return '550 exists'
        self.tree.put(path, Node('link', target=target))
        return '200 linked'


def unescaped(glob):
    """A blank in a glob is written as \\s."""
    return glob.replace('\\s', ' ')


def like(name, globs):
    return any(fnmatch.fnmatchcase(name, unescaped(glob))
               for glob in globs.split())


def hasher(name):
    return {'SHA-1': hashlib.sha1, 'SHA-256': hashlib.sha256,
            'SHA-512': hashlib.sha512, 'MD5': hashlib.md5}.get(name.upper())


def digest(name, data):
    if name == 'CRC32':
        return '%08x' % zlib.crc32(data)
    return hasher(name)(data).hexdigest()
