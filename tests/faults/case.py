# SPDX-License-Identifier: GPL-3.0-or-later
"""Case files: reading them, laying out their files, judging what was left.

    for case in Case.read(path):        several with an `each' line
        case.prepare(server)            options and rules
        for run in case.runs:           what to run and what to expect
            run.lay_out(server.tree, local, box)

The README describes the format.
"""

import copy
import fnmatch
import os
import random
import re
import shutil
import signal

from rules import Rule, RuleError, encode, repeat
from tree import Node, parse_stamp, stamp

WORD = re.compile(r'''\s*(?:(\#.*)|((?:"(?:\\.|[^"\\])*"|'[^']*'|'''
                  r'''[^\s"'\#]|(?<=\S)\#)+))''')
PIECE = re.compile(r'''"((?:\\.|[^"\\])*)"|'([^']*)'|([^"']+)''')
ESCAPE = re.compile(r'\\(x[0-9a-fA-F]{2}|.)')
ESCAPES = {'n': '\n', 'r': '\r', 't': '\t', '0': '\0', 'e': '\x1b'}
SIGNAL = re.compile(r'SIG[A-Z]+')
DEFAULT_WITHIN = 60
USUAL_SETTINGS = {'retries': '0', 'connect-timeout': '30s', 'timeout': '30s',
                  'reply-timeout': '30s', 'retry-delay': '20ms'}


class CaseError(Exception):
    pass


class Content:
    """What is, or should be, in a file.

    dir | link TARGET | fifo | any | "text" | bytes N[..M] [of SEED]
    and at the end: mtime STAMP, mode OCTAL, and for what is left also: or
    CONTENT
    """

    def __init__(self, words):
        words = list(words)
        self.other = None
        if 'or' in words[1:-1]:
            at = words.index('or', 1)
            self.other = Content(words[at + 1:])
            del words[at:]
        self.kind, self.data, self.target = 'file', b'', ''
        self.low = self.high = None
        self.mtime = self.mode = None
        if 'mode' in words[1:]:
            at = words.index('mode', 1)
            self.mode = int(words[at + 1], 8)
            del words[at:at + 2]
        if 'mtime' in words[1:]:
            at = words.index('mtime', 1)
            self.mtime = parse_stamp(words[at + 1])
            del words[at:at + 2]
        what = words.pop(0)
        if what in ('dir', 'fifo'):
            self.kind = what
        elif what == 'link':
            self.kind, self.target = 'link', words.pop(0)
        elif what == 'any':
            self.kind = 'any'
        elif what == 'bytes':
            low, _, high = words.pop(0).partition('..')
            self.low, self.high = int(low), int(high or low)
            seed = '0'
            if words[:1] == ['of']:
                seed = words[1]
                del words[:2]
            self.data = noise(seed, self.high)
        else:
            self.data = encode(what)
        if words:
            raise CaseError('too many words: ' + ' '.join(words))

    def fits(self, kind, data, target=''):
        return self._fits(kind, data, target) or (
            self.other is not None and self.other.fits(kind, data, target))

    def _fits(self, kind, data, target):
        if self.kind == 'any':
            return True
        if self.kind != kind:
            return False
        if kind == 'link':
            return self.target == target
        if kind == 'file' and self.low is not None:
            return (self.low <= len(data) <= self.high
                    and self.data.startswith(bytes(data)))
        return kind == 'dir' or self.data == bytes(data)

    def meant(self, kind, data, target):
        """The one that fits."""
        return self if self._fits(kind, data, target) else \
            self.other.meant(kind, data, target)

    def unlike(self, name, mtime, mode):
        """What is not as it is wanted, if that is."""
        return ['%s has %s %s, not %s' % (printable(name), what, show(has),
                                          show(wanted))
                for what, has, wanted, show in (
                    ('the time', mtime, self.mtime, stamp),
                    ('mode', mode, self.mode, '{:03o}'.format))
                if wanted is not None and has != wanted]


class Run:
    """One start of the client and what must come of it."""

    def __init__(self, words):
        self.words = words
        self.stdin = b''
        self.status = None
        self.within = DEFAULT_WITHIN
        self.unseen = False
        self.stdout = None
        self.patterns = []      # (stream, wanted, regular expression)
        self.dialogue = []      # (how often, regular expression)
        self.left = {'local': None, 'remote': None}
        self.files = []         # (side, name, content), laid out before;
                                # without content: removed
        self.calm = False       # rules do not hold any more
        self.machine = None     # (what fails, at which call)

    def lay_out(self, tree, local, box, spelt=False):
        """SPELT: names become what the server would make of them."""
        for side, name, content in self.files:
            name = expand(name, {'box': box})
            if side == 'remote':
                path = '/' + name.strip('/')
                lay_out_remote(tree, tree.resolve(path, False) if spelt
                               else path, content)
            else:
                lay_out_local(os.path.join(
                    local if side == 'local' else box, name), content)


class Case:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path).removesuffix('.case')
        self.title = ''
        self.settings = dict(USUAL_SETTINGS)
        self.options = []
        self.wrap = []
        self.needs = []
        self.site = None
        self.servers = []
        self.rules = []
        self.files = []         # for the next run
        self.runs = []
        self.allow_clear = False
        self.storm = False      # ../storm/oracle.py judges
        self.next = {}          # what holds for the next run
        self.broken = None
        self.costs = []         # of the last time, see run
        self.shared = False

    @property
    def patience(self):
        """How many times as long as it says a busy machine may take."""
        return 10 if self.storm else 4

    @classmethod
    def scene(cls, name, text):
        """Of a case only what is before its run, for other clients."""
        return cls(name)._parse(text.strip().split('\n')
                                + ['run nothing', 'status 0'])

    @classmethod
    def read(cls, path):
        """One case, or one for each value of its `each' line."""
        with open(path, encoding='utf-8') as f:
            text = f.read().replace('\\\n', '')
        lines = [line for line in text.split('\n')
                 if line.strip() and not line.lstrip().startswith('#')]
        each = [words(line) for line in lines if line.startswith('each ')]
        if not each:
            return [cls(path)._parse(lines)]
        _, name, *values = each[0]
        lines = [line for line in lines if not line.startswith('each ')]
        cases = []
        for value in values:
            case = cls(path)._parse([line.replace('{%s}' % name, value)
                                     for line in lines])
            case.name += '[%s]' % value
            cases.append(case)
        return cases

    def _parse(self, lines):
        for line in lines:
            key, _, rest = line.strip().partition(' ')
            rest = rest.strip()
            method = getattr(self, '_line_' + key.replace('-', '_'), None)
            try:
                if not method:
                    raise CaseError('no such line')
                method(rest)
            except (CaseError, RuleError, ValueError, IndexError,
                    re.error) as e:
                raise CaseError('%s: %s: %s' % (self.path, line, e)) from e
        if not self.runs or not self.storm and any(
                r.status is None for r in self.runs):
            raise CaseError('%s: no run, or one without status' % self.path)
        if self.files:
            raise CaseError('%s: files after the last run' % self.path)
        return self

    @property
    def run(self):
        return self.runs[-1]

    def _line_title(self, rest):
        self.title = rest

    def _line_server(self, rest):
        name, *values = words(rest)
        self.servers.append((name, ' '.join(values)))

    def _line_on(self, rest):
        self.rules.append(Rule(words(rest)))

    def _line_maybe_on(self, rest):
        self.rules.append(Rule(words(rest), optional=True))

    def _line_have(self, rest):
        side, name, *content = words(rest)
        if side not in ('local', 'remote', 'box'):
            raise CaseError('local, remote or box')
        self.files.append((side, file_name(name), Content(content)))

    def _line_lack(self, rest):
        side, name = words(rest)
        self.files.append((side, file_name(name), None))

    def _line_storm(self, rest):
        self.storm = True

    def _line_calm(self, rest):
        self.next['calm'] = True

    def _line_machine(self, rest):
        self.next['machine'] = words(rest)

    def _line_set(self, rest):
        name, value = words(rest)
        self.settings[name] = value

    def _line_options(self, rest):
        self.options += words(rest)

    def _line_wrap(self, rest):
        self.wrap = words(rest)

    def _line_needs(self, rest):
        self.needs.append(rest)

    def _line_site(self, rest):
        self.site, = words(rest)

    def _line_allow_clear(self, rest):
        self.allow_clear = True

    def _line_run(self, rest):
        self.runs.append(Run(words(rest)))
        self.run.files, self.files = self.files, []
        vars(self.run).update(self.next)
        self.next.pop('machine', None)

    def _line_stdin(self, rest):
        self.run.stdin = encode(words(rest)[0])

    def _line_status(self, rest):
        self.run.status = SIGNAL.sub(
            lambda m: '-%d' % getattr(signal, m[0]), rest)

    def _line_unseen(self, rest):
        self.run.unseen = True

    def _line_within(self, rest):
        self.run.within = float(rest)

    def _line_stderr(self, rest):
        self.run.patterns.append(('stderr', True, re.compile(rest)))

    def _line_no_stderr(self, rest):
        self.run.patterns.append(('stderr', False, re.compile(rest)))

    def _line_stdout(self, rest):
        self.run.patterns.append(('stdout', True, re.compile(rest)))

    def _line_no_stdout(self, rest):
        self.run.patterns.append(('stdout', False, re.compile(rest)))

    def _line_stdout_is(self, rest):
        self.run.stdout = Content(words(rest))

    def _line_sees(self, rest):
        self.run.dialogue.append((None, re.compile(rest)))

    def _line_never(self, rest):
        self.run.dialogue.append((0, re.compile(rest)))

    def _line_count(self, rest):
        times, _, pattern = rest.partition(' ')
        self.run.dialogue.append((int(times), re.compile(pattern)))

    def _line_left(self, rest):
        side, name, *content = words(rest)
        maybe = name == 'maybe'
        if maybe:
            name, *content = content
        if self.run.left[side] is None:
            self.run.left[side] = []
        if content:
            self.run.left[side].append((file_name(name), Content(content),
                                        maybe))
        elif name != 'nothing':
            raise CaseError('content of %s?' % name)

    def prepare(self, server):
        for name, value in self.servers:
            try:
                server.set(name, value)
            except KeyError:
                raise CaseError('%s: server has no option %s' % (
                    self.path, name)) from None
        server.rules.rules += copy.deepcopy(self.rules)


def file_name(word):
    """As the system gives it: what is UTF-8 decoded, however written."""
    return os.fsdecode(encode(repeat(word)))


def lay_out_remote(tree, path, content):
    if content is None:
        tree.discard(path)
        return
    above = path
    while above != '/':
        above = os.path.dirname(above)
        if above in tree.nodes and tree.nodes[above].kind == 'file':
            tree.discard(above)
    if content.kind == 'dir' and path in tree.nodes and \
            tree.nodes[path].kind == 'dir':
        return
    tree.discard(path)
    node = Node(content.kind, content.data, content.mtime, content.target)
    if content.mode is not None:
        node.mode = content.mode
    tree.put(path, node)


def lay_out_local(path, content):
    if content is None:
        discard_local(path)
        return
    clear_way(path, content)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if content.kind == 'dir':
        os.makedirs(path, exist_ok=True)
    elif content.kind == 'link':
        os.symlink(content.target, path)
    elif content.kind == 'fifo':
        os.mkfifo(path)
    else:
        with open(path, 'wb') as f:
            f.write(content.data)
    if content.mode is not None:
        os.chmod(path, content.mode)
    if content.mtime is not None:
        os.utime(path, (content.mtime, content.mtime), follow_symlinks=False)


def clear_way(path, content):
    """Whatever is there, or where a directory above it is to be."""
    above = os.path.dirname(path)
    while not os.path.lexists(above):
        above = os.path.dirname(above)
    if not os.path.isdir(above):
        os.unlink(above)
    if content.kind != 'dir' or not os.path.isdir(path):
        discard_local(path)


def discard_local(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def words(line):
    """Split like a shell, with \\n \\r \\t \\0 \\e \\xNN in double quotes."""
    found, at = [], 0
    line = line.rstrip()
    while at < len(line):
        match = WORD.match(line, at)
        if not match:
            raise CaseError('cannot split: ' + line[at:])
        at = match.end()
        if match[1]:
            break
        found.append(''.join(
            ESCAPE.sub(unescape, m[1]) if m[1] is not None
            else m[2] if m[2] is not None else m[3]
            for m in PIECE.finditer(match[2])))
    return found


def unescape(match):
    what = match[1]
    if what[0] == 'x' and len(what) == 3:
        code = int(what[1:], 16)
        return chr(code) if code < 128 else chr(0xdc00 + code)
    return ESCAPES.get(what, what)


def noise(seed, length):
    """The same bytes for the same seed; a shorter length is a prefix."""
    blocks = -(-length // 65536)
    return b''.join(random.Random('%s/%d' % (seed, i)).randbytes(65536)
                    for i in range(blocks))[:length]


def local_files(top):
    """name: (kind, data, target); directories only if empty."""
    found = {}
    for path, dirs, files in os.walk(top):
        for name in files + [d for d in dirs
                             if os.path.islink(os.path.join(path, d))]:
            full = os.path.join(path, name)
            if os.path.islink(full):
                entry = ('link', b'', os.readlink(full))
            elif os.path.isfile(full):
                with open(full, 'rb') as f:
                    entry = ('file', f.read(), '')
            else:
                entry = ('other', b'', '')
            found[os.path.relpath(full, top)] = entry
        if not files and not dirs and path != top:
            found[os.path.relpath(path, top)] = ('dir', b'', '')
    return found


def remote_files(tree):
    with tree.lock:
        nodes = dict(tree.nodes)
    return {path[1:]: (n.kind, bytes(n.data), n.target)
            for path, n in nodes.items()
            if path != '/' and not (n.kind == 'dir' and tree.children(path))}


def local_about(top, name):
    """Time and mode of a file."""
    what = os.lstat(os.path.join(top, name))
    return int(what.st_mtime), what.st_mode & 0o7777


def remote_about(tree, name):
    node = tree.nodes['/' + name]
    return int(node.mtime), node.mode


def compare(expected, found, about):
    """Complaints about the files FOUND; each must fit one that is EXPECTED,
    whose names may be globs, and the other way round.  ABOUT(name): its time
    and mode."""
    complaints, used = [], set()
    for name, (kind, data, target) in sorted(found.items()):
        for i, (pattern, content, _) in enumerate(expected):
            if (pattern == name or fnmatch.fnmatchcase(name, pattern)) \
                    and content.fits(kind, data, target):
                used.add(i)
                complaints += content.meant(kind, data, target).unlike(
                    name, *about(name))
                break
        else:
            complaints.append('unexpected: %s (%s, %d bytes)' % (
                printable(name), kind, len(data)))
    complaints += ['missing: %s' % printable(pattern)
                   for i, (pattern, _, maybe) in enumerate(expected)
                   if i not in used and not maybe]
    return complaints


def printable(text):
    if text.isprintable():
        return text
    return ''.join(c if c.isprintable() else '\\x%02x' % (ord(c) & 0xff)
                   for c in text)


def expand(text, values):
    for name, value in values.items():
        text = text.replace('{%s}' % name, value)
    return text
