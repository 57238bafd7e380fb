# SPDX-License-Identifier: GPL-3.0-or-later
"""A seed becomes a case: a server, trees, faults, and commands.

    text = compose(seed)

All chance is in here.  The text is a case as ../faults/README describes it,
and plays the same each time it is played.
"""

import random
import re
import unicodedata

TRAIT = 0.085                   # that a server has one of these, each
LASTING = 0.06                  # that this is the matter with it, each
BLIND = 0.2
OFTEN = {'names': 0.2, 'grain': 0.15, 'hides': 0.12, 'limit': 0.12}
NAMES = ['readme', 'README', 'plain', 'other', 'a b', 'end ', 'dot.', 'docs',
         'tab\tx', '.hid', '.Hid', 'ünï', unicodedata.normalize('NFD', 'ünï'),
         'ÜNÏ', 'x:y', 'Docs', 'sub', '-dash', ' lead', 'a->b', 'q?x', 'st*r',
         'br[a]', "it's", 'do"uble', 'back\\', '100%', '#x', 'a;b', '~', '-',
         'x.tmp', 'y.log', 'a.tar.gz', 'b.bak', 'ab', 'n' * 60, 'plain.1',
         '$HOME', '日本', 'a -> b', 'con', 'nul\x01', 'space  two', '\xa0nb',
         'bad\udcff', '...', '.ftps', 'zz.ftps-part.x', '2024', 'total 5']
# Names that some server changes.
ODD = ['tab\tx', 'end ', 'dot.', 'x:y', 'Docs', 'README', 'ünï', 'q?x',
       unicodedata.normalize('NFD', 'ünï'), 'sub', 'ÜNÏ']
STAMPS = ['20240102030405', '20200229101157', '20241231235959',
          '20010909014640', '19990101000000', 'now-60', 'now-86400',
          'now+86400', '20370101000000', '20240102030406']
MODES = ['644', '600', '755', '444', '640']
TRAITS = {
    # TLS
    'tls': ['implicit'],
    'tls-max': ['1.2'],
    'library': ['gnutls'],
    'resume': ['require', 'never'],
    'tickets': ['0', '1'],
    'cert': ['rsa'],
    'data-end': ['fin', 'user-canceled'],
    'control-end': ['fin', 'rst', 'user-canceled'],
    # listings
    'listing': ['dos', 'eplf', 'unix numeric', 'unix total self', 'unix wide',
                'unix no-group', 'unix acl', 'unix iso', 'unix day',
                'unix day-first', 'dos year', 'dos hours', 'dos iso',
                'eplf modes', 'unix german', 'unix no-links'],
    'limit': ['2', '3', '5'],
    'limit-said': ['no'],
    'limit-of': ['LIST NLST', 'MLSD', 'STAT'],
    'hides': ['dots', '*.tmp', '.* *.bak'],
    'facts-off': ['modify', 'size', 'unique', 'unix.mode', 'perm unique'],
    # time
    'list-zone': ['3600', '-18000', '20700'],
    'mdtm-zone': ['7200'],
    'mlsd-zone': ['3600', '-25200'],
    'fraction': ['.000', '.123', 'vary'],
    'mdtm-fraction': ['yes'],
    'grain': ['2', '2 up', '60'],
    # names
    'names': ['fold', 'controls', 'end', 'ends', 'upper', 'lower', 'nfc',
              'nfd', 'reserved', 'ascii', 'fold nfc', 'fold ends reserved'],
    'shown': ['nfd', 'nfc'],
    'name-max': ['20', '64', '100'],
    'refuses': ['*.tmp', '* *', '.*'],
    'slashes': ['550 no slashes', '501 no slashes'],
    # commands
    'busy': ['refuse', 'obey'],
    'overwrite': ['no'],
    'restart': ['451 Append/Restart not permitted', '501 no restart',
                '550 not so', '554 restart'],
    'truncate': ['late'],
    'family': ['vsftpd', 'proftpd', 'pyftpdlib'],
    'stuck': ['yes'],
    'without': ['MLSD MLST', 'MFMT', 'MFMT SITE-UTIME', 'HASH', 'SIZE',
                'MDTM', 'REST', 'STAT', 'SITE-SYMLINK', 'SITE-CHMOD',
                'EPSV', 'MLSD MLST MDTM', 'SIZE MDTM', 'MLST', 'NLST',
                'MFMT SITE-UTIME MDTM', 'MLSD MLST MFMT SITE-UTIME'],
    'hidden': ['MDTM SIZE', 'REST', 'MFMT', 'MLST', 'UTF8'],
    'announces': ['MFMT', 'REST', 'HASH', 'MLST'],
    'useless': ['MFMT=502', 'SITE-CHMOD=550', 'HASH=202', 'STAT=502',
                'SIZE=550', 'MDTM=550', 'EPSV=522', 'MLST=504', 'OPTS=501'],
    'also': ['XSHA256', 'XCRC', 'XMD5'],
    'lies': ['MFMT', 'SITE-UTIME', 'SITE-CHMOD', 'MDTM', 'REST', 'MLST',
             'MFMT SITE-UTIME'],
    'elsewhere': ['MLST', 'LIST=.', 'STAT'],
    # how it speaks
    'replies': ['split', 'bytes', 'lines', 'joined'],
    'long-replies': ['final', 'all'],
    'delay': ['3', '12'],
    'greeting-delay': ['30'],
    'prelim': ['first', 'late', 'none', 'twice'],
    'final': ['early', 'before-end', 'late'],
    'flights': ['drop', 'mute', 'close', '503', 'swap'],
    'flights-from': ['ready'],
    # limits
    'sessions': ['1 greet', '2 greet', '1 login', '3 login 421 too many'],
    'ghosts': ['1', '2'],
    'room': ['5000', '40000', '0', '20000 cut'],
    'room-reply': ['552 full', '451 no space', '550 quota'],
    'denied': ['*/docs* write', '*/sub* list', '*/plain RETR 550 not yours',
               '*/readme facts', '*/a* change', '*/Docs list empty',
               '/there/x* STOR', '*.log DELE,RNTO', '*/other RNFR'],
}
REFUSALS = ['550 refused', '450 not now', '553 no', '451 local error',
            '421 going down', '501 what', '500 no', '502 no', '552 no room',
            '452 no room', '530 no', '426 broken', '504 no', '350 on with it',
            '226 fine', '150 soon']
BREAKS = ['drop', 'rst', 'close', 'stall', 'reply "" drop']
# What nobody may be led by.
HOSTILE = ['type=file;size=4;modify=20240102030405; ../evil\r\n',
           'type=file;size=4;modify=20240102030405; /evil\r\n',
           'type=dir;modify=20240102030405; ..\r\n',
           'type=dir;modify=20240102030405; /\r\n',
           'type=OS.unix=slink:/other;modify=20240102030405; sub\r\n',
           '-rw-r--r-- 1 a a 4 Jan 02 2024 ../other/kept\r\n',
           'drwxr-xr-x 1 a a 4 Jan 02 2024 ../other\r\n',
           'lrwxrwxrwx 1 a a 4 Jan 02 2024 docs -> /other\r\n',
           '-rw-r--r-- 1 a a 4 Jan 02 2024 a\x1b]0;x\x07b\r\n',
           '01-02-24  03:04AM       <DIR>          ..\\evil\r\n',
           '+m1704164645,s4,r,\t../evil\r\n', '\xff\xfe\r\n', 'x' * 5000]
VERBS = ['STOR', 'RETR', 'MLSD', 'LIST', 'DELE', 'RMD', 'MKD', 'RNFR', 'RNTO',
         'MFMT', 'SIZE', 'MDTM', 'CWD', 'EPSV', 'PASV', 'MLST', 'TYPE', 'REST',
         'STAT', 'NLST', 'FEAT', 'PBSZ', 'PROT', 'PASS', 'USER', 'OPTS',
         'SITE', 'PWD', 'NOOP', 'HASH', 'AUTH', 'connect', 'QUIT']


# What a server is asked for by each kind of command.
ASKED = {
    ('mirror', True): ['STOR', 'STOR', 'RNFR', 'RNTO', 'MFMT', 'MKD', 'SIZE',
                       'MLSD', 'LIST', 'STAT', 'DELE', 'DELE', 'RMD', 'SITE'],
    ('mirror', False): ['RETR', 'RETR', 'RETR', 'MLSD', 'LIST', 'STAT',
                        'MDTM', 'DELE'],
    ('put', True): ['STOR', 'RNFR', 'RNTO', 'MKD', 'SIZE', 'MLSD'],
    ('get', False): ['RETR', 'RETR', 'MLSD', 'SIZE', 'MDTM', 'DELE'],
    ('rm', False): ['DELE', 'DELE', 'RMD', 'MLSD', 'LIST', 'CWD', 'MLST'],
    ('mv', False): ['RNFR', 'RNTO', 'MLST', 'MLSD'],
}


def quote(text):
    """A word of a case."""
    out = []
    for c in text:
        if c in '"\\':
            out.append('\\' + c)
        elif '\udc80' <= c <= '\udcff':
            out.append('\\x%02x' % (ord(c) - 0xdc00))
        elif ord(c) < 32 or ord(c) == 127:
            out.append('\\x%02x' % ord(c))
        else:
            out.append(c)
    return '"%s"' % ''.join(out)


def compose(seed, known=None):
    """The text of the case; KNOWN: the server's options, else all."""
    return Composer(seed, known).text()


class Composer:
    def __init__(self, seed, known):
        self.pick = random.Random('storm/%s' % seed)
        self.known = known
        self.seed = seed
        self.lines = []
        self.fresh = 0
        self.calm = False       # no faults from here on

    def chance(self, p):
        return self.pick.random() < p

    def line(self, *words):
        self.lines.append(' '.join(words))

    def text(self):
        self.line('title storm', str(self.seed))
        self.line('storm')
        for name, value in (('retries', self.pick.choice('2228')),
                            ('retry-delay', '10ms'),
                            ('connect-timeout', '4s'), ('timeout', '4s'),
                            ('reply-timeout', '4s')):
            self.line('set', name, value)
        self.server()
        self.ours()
        up = self.tree()
        command = self.command(up)
        self.faults(command)
        self.lasting(command)
        self.sequence(command)
        self.be_brief()
        return '\n'.join(self.lines) + '\n'

    def be_brief(self):
        """A verb that always stalls is waited for once a try, each time."""
        if any(re.search(r'^(maybe-)?on .* from \d+ .*\bstall\b', line)
               for line in self.lines):
            self.lines = [line.replace('set retries 8', 'set retries 2')
                          for line in self.lines]

    def server(self):
        self.options, self.settings = {}, {}
        for name, values in TRAITS.items():
            if self.chance(OFTEN.get(name, TRAIT)) and (
                    self.known is None or name in self.known):
                self.options[name] = self.pick.choice(values)
        if 'names' in self.options:
            self.options.pop('hides', None)
        if self.options.get('resume') == 'require':
            self.options.pop('tickets', None)   # nothing to resume
        for name, value in self.options.items():
            self.line('server', name, quote(value) if ' ' in value else value)

    def ours(self):
        """Settings of the client."""
        for name, value, p in (
                ('connections', '1', .35), ('connections', '2', .1),
                ('pipeline', 'off', .1), ('listing', 'list', .08),
                ('listing', 'mlsd', .04), ('listing', 'stat', .06),
                ('temp-names', 'no', .04), ('preserve-times', 'no', .04),
                ('passive-command', 'pasv', .05), ('mode', 'active', .08),
                ('fsync', 'yes', .1),
                ('tls-resume', 'off', .05), ('tls-eof', 'strict', .04)):
            if self.chance(p) and name not in self.settings and \
                    not self.useless(value):
                self.settings[name] = value
        # A server that ends like this is spoken to only so.
        if self.options.get('data-end') == 'fin':
            self.settings.pop('tls-eof', None)
        if self.options.get('resume') == 'require':
            self.settings.pop('tls-resume', None)
        for name, value in self.settings.items():
            self.line('set', name, value)
        if self.chance(0.5):
            self.line('options --json')
        if self.chance(.06):
            self.line('options', self.pick.choice(
                ('-u "u,p-Kx81"', '-v', '-vv')))
        elif self.chance(.04):
            self.line('site', '%s://u:p-Kx81@127.0.0.1:{port}' % (
                'ftps' if 'tls' in self.options else 'ftp'))
        elif self.chance(.04):
            self.line('wrap env FTPS_PASSWORD=p-Kx81')

    def useless(self, value):
        """A way that this server does not have."""
        if value.upper() in self.options.get('elsewhere', ''):
            return True
        return value.upper() in self.options.get('without', '').replace(
            'MLSD', 'MLSD MLST').split() + (
            ['MLSD'] if self.options.get('family') == 'vsftpd' or
            'MLST' in self.options.get('hidden', '') else [])

    # -- trees

    def content(self):
        """No other has this size."""
        self.fresh += 1
        size = self.fresh + self.pick.choice(
            (0, 40, 1000, 1000, 20000, 66000)) * self.pick.choice((1, 1, 3))
        size = size // 64 * 64 + self.fresh % 64
        return 'bytes %d of s%d' % (size, self.fresh)

    def paths(self, most=9):
        """Of files, none of which is another's directory."""
        found = set()
        names = NAMES
        if 'ascii' in self.options.get('names', ''):    # one ? a character
            names = [n for n in NAMES if n.isascii() or len(n) == len(
                unicodedata.normalize('NFC', n))]
        for _ in range(self.pick.randint(0 if self.chance(.1) else 1, most)):
            path = tuple(self.pick.choice(names) for _ in range(
                self.pick.choice((1, 1, 1, 2, 2, 3, 5))))
            if any(path[:len(f)] == f or f[:len(path)] == path
                   for f in found):
                continue
            found.add(path)
        return sorted('/'.join(path) for path in found)

    def have(self, side, path, content, when=None, mode=None):
        top = 'here/' if side == 'local' else 'there/'
        self.line('have', side, quote(top + path), content,
                  *(['mtime', when] if when else []),
                  *(['mode', mode] if mode else []))

    def tree(self):
        """Source and target, which have something in common."""
        up = self.up = self.chance(0.5)
        source, target = ('local', 'remote') if up else ('remote', 'local')
        self.source, self.target = source, target
        self.line('have', 'local', '"other/kept"', '"kept here"',
                  'mtime 20200101000000')
        self.line('have', 'remote', '"other/kept"', '"kept there"',
                  'mtime 20200101000000')
        self.line('have', source, quote('here' if up else 'there'), 'dir')
        self.line('have', target, quote('there' if up else 'here'), 'dir')
        self.names = self.paths()
        if 'names' in self.options:
            self.names = sorted({*self.names, *(
                p for p in self.pick.sample(ODD, 2) if self.free_path(p)
                and len(p) == len(unicodedata.normalize('NFC', p)))})
        self.mine = []
        for path in self.names:
            content, when = self.content(), self.pick.choice(STAMPS)
            mode = self.pick.choice(MODES) if self.chance(.3) else None
            if self.chance(.85):
                self.have(source, path, content, when, mode)
                self.mine.append(path)
            if self.chance(.45):
                other = self.alike(path)
                if not self.chance(.6):
                    content = self.content()
                if not self.chance(.7):
                    when = self.pick.choice(STAMPS)
                self.have(target, other, content, when)
        for _ in range(self.pick.choice((0, 0, 1, 2))):
            self.odd(source, target)
        return up

    def alike(self, path):
        if self.chance(.8):
            return path
        return self.pick.choice((path.swapcase(), path + '~', path + '.1'))

    def free_path(self, name):
        return not any(f == name or f.startswith(name + '/')
                       for f in self.names)

    def free(self, name):
        return not any(f.split('/')[0] == name for f in self.names)

    def odd(self, source, target):
        """Empty things, links, and what only the target has."""
        pick = self.pick
        name = pick.choice(('e1', 'e2', 'e3', 'L1', 'L2'))
        if not self.free(name):
            return
        self.names.append(name)
        if name[0] == 'L':
            side = pick.choice((source, target))
            self.have(side, name, 'link ' + quote(
                pick.choice(('plain', '../other/kept', '/other', 'nowhere',
                             '.', '..', 'sub', '../other'))))
            if self.chance(.3):
                self.have(target if side == source else source,
                          name + pick.choice(('', '/x', '/kept')),
                          self.content())
        elif name == 'e1':
            self.have(source, name, '""', pick.choice(STAMPS))
            self.mine.append(name)
        elif name == 'e2':
            self.have(pick.choice((source, target)), name + '/x/y', 'dir')
        else:
            self.have(target, name + '/x/y', self.content())

    # -- commands

    def command(self, up):
        pick = self.pick
        kind = pick.choice(('mirror',) * 6 + ('copy',) * 3 + ('rm', 'mv'))
        if not up:
            self.tops = ('/there', 'here')
        else:
            self.tops = ('here', '/there')
        return getattr(self, 'do_' + kind)(up)

    def do_mirror(self, up):
        pick, words = self.pick, ['mirror']
        if up:
            words.append('-R')
        for option, p in (
                ('-e', .6), ('--no-continue', .05), ('-n', .08),
                ('--ignore-time', .05), ('--no-perms', .1),
                ('--no-symlinks', .08), ('--no-empty-dirs', .06),
                ('--remove-source-files', .08), ('--force', .08),
                ('--delete-excluded', .04), ('--dry-run', .03),
                ('--no-recursion', .03)):
            if self.chance(p):
                words.append(option)
        if up and self.chance(.12):
            words.append('--manifest')
        if self.chance(.06) and self.options.get('without', '').find(
                'HASH') < 0:
            words.append('--checksum')
        if self.chance(.15):
            words += ['--backup-dir', pick.choice(
                ('/bak', '/there/bak') if up else ('bak', 'here/bak'))]
        if self.chance(.06):
            words += ['--max-delete', pick.choice(('0', '1', '100'))]
        if self.chance(.05):
            words += ['--verify', 'size']
        if self.chance(.2):
            words += ['-P', pick.choice('1234')]
        while self.chance(.2):
            words += list(pick.choice((
                ('-X', '*.tmp'), ('-X', 'sub/'), ('-x', '^docs/'),
                ('-X', '*.log'), ('-I', '*.log'), ('-i', 'plain'),
                ('-X', '.*'), ('--min-size', '100'), ('--max-size', '2K'),
                ('--newer-than', '2010-01-01'),
                ('--older-than', '2030-01-01'))))
        self.shard = self.chance(.06)
        return words + ['--', *self.tops] if self.chance(.2) else \
            words + list(self.tops)

    def do_copy(self, up):
        """get or put"""
        pick = self.pick
        words = ['put' if up else 'get', '-r']
        if self.chance(.25):
            words.append('-E')
        if self.chance(.2):
            words.append('-c')
        if not up and self.chance(.15):
            words += ['-n', '3']
        tops = sorted({path.split('/')[0] for path in self.mine})
        if not tops:
            return self.do_mirror(up)
        top = self.tops[0] + '/'
        if self.chance(.15):
            path = pick.choice(tops)
            if path in self.mine:
                return words + ['-o', self.tops[1] + '/' + path, top + path]
        names = pick.sample(tops, pick.randint(1, len(tops)))
        return words + ['-O', self.tops[1], *(top + name for name in names)]

    def do_rm(self, up):
        side = [path for path in self.mine]
        if up or not side:
            return self.do_mirror(up)
        tops = sorted({path.split('/')[0] for path in side})
        return ['rm', '-r', *('/there/' + name for name in self.pick.sample(
            tops, self.pick.randint(1, min(3, len(tops)))))]

    def do_mv(self, up):
        if up or not self.mine:
            return self.do_mirror(up)
        old = self.pick.choice(self.mine).split('/')[0]
        new = self.pick.choice(
            ['fresh', 'new name', *(p for p in self.mine if '/' not in p)])
        return ['mv', '-f', '/there/' + old, '/there/' + new]

    # -- faults

    def faults(self, command):
        asked = ASKED[command[0], self.up]
        for _ in range(self.pick.choice((0, 0, 1, 1, 1, 2, 3))):
            self.line('maybe-on', self.event(
                asked if self.chance(.65) else VERBS), self.deed())

    def lasting(self, command):
        """A server that dies and stays dead, lists what it then refuses, or
        changes names and tells what it has by listings only.  Drawn apart, so
        that all else of a seed is as it would be."""
        pick = random.Random('storm/lasting/%s' % self.seed)
        if pick.random() < LASTING:
            asked = ASKED[command[0], self.up]
            self.line('maybe-on', quote(pick.choice(asked)), 'from 1',
                      pick.choice(('drop', 'rst', 'close')))
            self.line('maybe-on "connect" from', pick.choice('2223'), 'drop')
        elif pick.random() < LASTING:
            self.line('maybe-on', quote('STOR' if self.up else 'RETR'),
                      'from 1 reply', quote(pick.choice(
                          ('550 no such file', '550 refused', '551 no'))))
        elif command[0] == 'mirror' and self.up and pick.random() < BLIND:
            self.lines = [line for line in self.lines if not re.match(
                'server (names|without|hides) |set listing ', line)]
            self.line('server without "MLSD MLST MDTM SIZE"')
            self.line('server names "%s"' % pick.choice(
                ('controls ends', 'ends reserved', 'controls reserved')))

    def event(self, verbs):
        pick = self.pick
        self.verb = pick.choice(verbs)
        glob = ''
        if self.verb in VERBS[:10] and self.mine and self.chance(.5):
            path = self.pick.choice(self.mine)
            glob = ':' + ''.join('?' if c in '[]*?' else c
                                 for c in '/there/' + path)
            if self.verb in ('STOR', 'MFMT', 'RNFR', 'SIZE') and self.up:
                glob += '*'
        when = pick.choice(('nth 1', 'nth 1', 'nth 2', 'nth 3', 'nth 5',
                            'from 2', 'from 1', 'from 1', 'upto 2'))
        return quote(self.verb + glob) + ' ' + when

    def deed(self):
        pick, verb = self.pick, self.verb
        path = quote('/there/' + pick.choice(self.names or ['x']))
        near = quote('here/' + pick.choice(self.names or ['x']))
        deeds = ['reply ' + quote(pick.choice(REFUSALS))] * 3 + \
            [pick.choice(BREAKS)] * 2 + ['split', 'lines', 'pause 0.02']
        deeds += [how + ' ' + path for how in ('vanish', 'grow', 'rewrite',
                                               'exchange')]
        deeds += ['local-%s %s' % (how, near) for how in (
            'vanish', 'grow', 'rewrite', 'exchange')]
        deeds.append('signal ' + pick.choice(('KILL', 'TERM', 'INT')))
        if verb in ('STOR', 'APPE', 'RETR', 'MLSD', 'LIST', 'NLST'):
            n = str(pick.choice((0, 1, 50, 600, 5000, 20000)))
            deeds += ['cut %s end %s' % (n, how) for how in
                      ('fin', 'rst', 'notify', 'stall')] * 2
            deeds += ['say ' + quote(pick.choice(REFUSALS)),
                      'end rst', 'end fin', 'late', 'early', 'prelim ""',
                      'kill-at ' + n, 'in-clear', 'fresh', 'handshake rst',
                      'handshake fin', 'cert other', 'open no',
                      'at %s %s' % (n, pick.choice((
                          'signal KILL', 'signal TERM', 'grow ' + path,
                          'rewrite ' + path, 'vanish ' + path,
                          'local-grow ' + near, 'local-rewrite ' + near,
                          'local-vanish ' + near)))]
        if verb in ('MLSD', 'LIST', 'NLST'):
            deeds += ['add ' + quote(pick.choice(HOSTILE)) for _ in '123']
        if verb == 'RETR':
            deeds += ['corrupt 100', 'torn', 'ignore-rest']
        if verb == 'STOR':
            deeds += ['keep 10', 'deaf 100', 'keep 3000']
        return pick.choice(deeds)

    # -- what follows what

    def sequence(self, command):
        self.run(command)
        if self.chance(.35):
            if self.chance(.6):
                self.change()
            self.run(command)
        self.line('calm')
        self.calm = True
        if self.chance(.2):
            self.change()
        self.run(command)
        if command[0] not in ('rm', 'mv'):
            self.run(command)
            if command[0] == 'mirror':
                self.run(command)

    def run(self, command):
        if self.chance(.06) and not self.calm:
            self.line('machine', self.pick.choice(
                ('ENOSPC', 'EIO', 'EMFILE', 'EACCES', 'KILL')),
                str(self.pick.randint(1, 40)))
        if command[0] == 'mirror' and self.shard:
            for i in ('1/2', '2/2'):
                self.say([command[0], '--shard', i, *command[1:]])
        else:
            self.say(command)

    def say(self, command):
        self.line('run --no-glob', *(quote(word) for word in command))

    def change(self):
        for path in self.paths(3):
            self.have(self.pick.choice((self.source, self.target)),
                      path, self.content(), self.pick.choice(STAMPS))
        if self.mine and self.chance(.5):
            path = self.pick.choice(self.mine)
            self.line('lack', self.source, quote(
                ('here/' if self.up else 'there/') + path))
