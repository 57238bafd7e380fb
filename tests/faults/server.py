#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small correct FTPS server that misbehaves where it is told to.

    server = Server(certs, log)
    server.set('tls', 'implicit')       OPTIONS below
    server.rules.rules.append(Rule(words))
    server.tree.put('/a', Node('file', b'...'))
    server.start()                      server.port
    server.stop()

Commands are taken one after another, as vsftpd does: what arrives during a
transfer waits for its end (option `busy').  log(connection, where, text) gets
the dialogue: where is `clear' or `tls' for commands, `reply', or `data'.
Bytes that came outside TLS are in server.clear.

By hand:  ./server.py CASE   serves what the case file describes.
"""

import hashlib
import importlib
import itertools
import os
import select
import socket
import ssl
import sys
import threading
import time
import zlib

sys.dont_write_bytecode = True

from rules import Rules, encode                     # noqa: E402
from stream import PATIENCE, Stream                           # noqa: E402
from tree import Node, Tree, join, parse_stamp, stamp  # noqa: E402

OPTIONS = {
    'tls': 'explicit',          # explicit, implicit
    'tls-min': '1.2',
    'tls-max': '1.3',
    'library': 'openssl',       # gnutls: needed for what is marked +
    'ciphers': 'ALL',           # as OpenSSL names them
    'group': '',                # the only one for the key exchange
    'dh': '2048',               # bits of the Diffie-Hellman group
    'alpn': '',                 # + the only protocol name taken
    'cert': 'good',
    'resume': 'accept',         # accept, require, never
    'tickets': '2',             # TLS 1.3: tickets a connection
    'ticket-lifetime': '3600',  # + seconds
    'record-size': '16384',     # + bytes a record, 512 or more
    'listing': 'unix',          # unix, dos
    'clock': '0',               # seconds that its clock is ahead
    'list-zone': '0',           # seconds that listings are ahead of UTC
    'mdtm-zone': '0',           # and MDTM, MFMT and SITE UTIME
    'mlsd-zone': '0',           # and MLSD and MLST
    'fraction': '',             # of a second, in MLSD and MLST: .123
    'grain': '1',               # its file system keeps times so, "2 up"
    'busy': 'queue',            # queue, refuse, obey
    'overwrite': 'yes',         # may RNTO replace a file
    'autorename': '',           # STOR onto a file makes another: %s.1
    'restart': '',              # what STOR behind REST is answered
    'truncate': 'early',        # STOR empties the file: early, late
    'user': 'u',
    'password': 'p',
    'without': '',              # commands it does not know
    'hidden': '',               # commands it knows, but not in FEAT
    'also': '',                 # more commands: XSHA256, XCRC, ...
    'family': '',               # whose words it uses: FAMILIES
    'banner': '',               # instead of theirs
    'ipv6': 'no',               # control: listens there too, but all passive
                                # ports are open on IPv4 only; yes
    'flights': 'take',          # commands that came with another: take, drop,
                                # mute (obey without an answer), close, 503,
                                # swap (take the second one first)
    'flights-from': 'login',    # or ready: when PWD has been asked for once
    'bottomless': 'no',         # each directory holds whatever is named
    'limit': '',                # entries of a listing, and then it says so
    'hides': '',                # dots: names with one, from listings
    'names': '',                # how it stores them: fold (case means
                                # nothing), or SPELLINGS of tree.py
    'facts-off': '',            # of MLSD and MLST
    'slashes': '',              # what a path is answered, but to CWD
    'directories': 'paths',     # or mvs: PWD says 'U.A.B.' for /a/b
    'stuck': 'no',              # where a session is, nothing is moved
}
FEATURES = ['EPRT', 'EPSV', 'HASH', 'MDTM', 'MFMT', 'MLST', 'PASV', 'PBSZ',
            'PROT', 'REST', 'SIZE', 'TVFS', 'UTF8', 'AUTH']
# What servers are known by; only `TYPE I' and the form of FEAT count.
FAMILIES = {
    '': {'banner': 'scripted server', 'first': 'features', 'last': 'end',
         'TYPE': 'type set', 'hides': '', 'shows': ()},
    'vsftpd': {'banner': '(vsFTPd 3.0.3)', 'first': 'Features:',
               'last': 'End', 'TYPE': 'Switching to Binary mode.',
               'hides': 'MLST MFMT HASH UTF8', 'shows': ()},
    'proftpd': {'banner': 'ProFTPD Server ready.', 'first': 'Features:',
                'last': 'End', 'TYPE': 'Type set to I', 'hides': '',
                'shows': ('MFF modify;UNIX.group;UNIX.mode;',)},
    'pyftpdlib': {'banner': 'pyftpdlib 1.5.7 ready.', 'last': 'End FEAT.',
                  'first': 'Features supported:', 'hides': '', 'shows': (),
                  'TYPE': 'Type set to: Binary.'},
}
BEFORE_LOGIN = ('AUTH', 'USER', 'PASS', 'ACCT', 'PBSZ', 'PROT', 'FEAT',
                'OPTS', 'QUIT', 'NOOP', 'SYST', 'HELP', 'CLNT', 'HOST')
MOVES_DATA = (b'RETR', b'STOR', b'APPE', b'LIST', b'NLST', b'MLSD')
FACTS = ('type', 'size', 'modify', 'perm', 'unique', 'unix.mode')
MONTHS = ('Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec').split()
ACCEPT_PATIENCE = 5
FILL = 4                        # more than a queue of none takes


class Stop(Exception):
    """This control connection ends."""


class Wire(str):
    """An answer with its line ends as they are to be sent."""


class Server:
    def __init__(self, certs, log):
        self.certs = certs
        self.log = log
        self.options = dict(OPTIONS)
        self.rules = Rules()
        self.tree = Tree()
        self.clear = bytearray()
        self.contexts = {}
        self.lock = threading.Lock()
        self.sessions = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.listener6 = None
        self.port = self.listener.getsockname()[1]
        # The same service once more.
        self.second = socket.create_server(('127.0.0.1', 0))
        # Another service on this host, which greets and says no more.
        self.decoy = socket.create_server(('127.0.0.1', 0))
        self.client = None      # who can reach the client, see run
        self.stopped = False

    def set(self, name, value):
        if name not in self.options:
            raise KeyError(name)
        self.options[name] = value
        if name == 'names':
            self.tree.spelling = value.split()

    def option_list(self, name):
        return self.options[name].upper().split()

    def start(self):
        if self.options['ipv6'] != 'no':
            self.listener6 = socket.create_server(
                ('::1', self.port), family=socket.AF_INET6)
            threading.Thread(target=self._serve, args=(self.listener6,),
                             daemon=True).start()
        self.numbers = itertools.count(1)
        for listener in (self.listener, self.second):
            threading.Thread(target=self._serve, args=(listener,),
                             daemon=True).start()
        threading.Thread(target=self._greet, daemon=True).start()

    def stop(self):
        self.stopped = True
        for listener in filter(None, (self.listener, self.listener6,
                                      self.second, self.decoy)):
            try:
                listener.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            listener.close()
        with self.lock:
            sessions = list(self.sessions)
        for session in sessions:
            session.release()

    def settle(self, seconds):
        """Wait until the sessions of a client that has gone are over."""
        deadline = time.monotonic() + seconds
        with self.lock:
            sessions = list(self.sessions)
        for session in sessions:
            session.thread.join(max(0, deadline - time.monotonic()))

    def context(self, cert, use):
        """The same context for the same certificate, so that data
        connections can resume; USE keeps one apart."""
        with self.lock:
            if (cert, use) not in self.contexts:
                self.contexts[cert, use] = self._context(cert)
            return self.contexts[cert, use]

    def _context(self, cert):
        if self.options['library'] == 'gnutls':
            return importlib.import_module('gnutls').Context(
                self.certs.pem(cert), self.options)
        versions = {'1.0': ssl.TLSVersion.TLSv1, '1.1': ssl.TLSVersion.TLSv1_1,
                    '1.2': ssl.TLSVersion.TLSv1_2,
                    '1.3': ssl.TLSVersion.TLSv1_3}
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers(self.options['ciphers'] + ':@SECLEVEL=0')
        if self.options['group']:
            context.set_ecdh_curve(self.options['group'])
        if self.options['dh'] == '1024':
            context.load_dh_params(self.certs.small_group)
        context.load_cert_chain(self.certs.pem(cert))
        context.minimum_version = versions[self.options['tls-min']]
        context.maximum_version = versions[self.options['tls-max']]
        context.num_tickets = int(self.options['tickets'])
        if context.num_tickets == 0:
            context.options |= ssl.OP_NO_TICKET
        return context

    def _greet(self):
        while not self.stopped:
            try:
                sock, _ = self.decoy.accept()
                sock.sendall(b'* OK IMAP4rev1 ready\r\n')
                stream = Stream(sock, self.clear)
                stream.finish('stall')
                stream.close()
            except OSError:
                pass

    def _serve(self, listener):
        while not self.stopped:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            session = Session(self, sock, next(self.numbers))
            session.thread = threading.Thread(target=session.run, daemon=True)
            with self.lock:
                session.thread.start()
                self.sessions.append(session)


class Session:
    """One control connection and its data connections."""

    def __init__(self, server, sock, number):
        self.server = server
        self.tree = server.tree
        self.number = number
        self.control = Stream(sock, server.clear)
        self.pending = b''
        self.behind = 0                 # lines that came with an earlier one
        self.muted = self.ready = False
        self.user = self.name = None
        self.cwd = '/'
        self.ascii = True
        self.private = server.options['tls'] == 'implicit'
        self.buffered = False           # PBSZ was sent
        self.restart = 0
        self.rename_from = None
        self.passive = self.active = None
        self.streams = []               # data connections, all of them
        self.queue = []                 # what keeps others out of passive
        self.worker = None
        self.data = None
        self.aborted = False
        self.facts = set(FACTS) - set(server.options['facts-off'].split())
        self.hash_name = 'SHA-256'

    # -- the dialogue

    def run(self):
        try:
            if self.server.options['tls'] == 'implicit':
                self.secure()
            self.obey_event('connect', '220 ' +
                            (self.server.options['banner'] or
                             self.words('banner')))
            while True:
                line = self.read_line()
                if not self.in_flight(line):
                    self.command(line)
        except (Stop, OSError, ssl.SSLError) as e:
            self.log_heard(self.control)
            self.log('data', 'session ended %s' % (e or type(e).__name__))
        finally:
            self.release()

    def words(self, what):
        return FAMILIES[self.server.options['family']][what]

    def release(self):
        for stream in [self.control, *self.streams]:
            stream.close()
        for sock in [self.passive, *self.queue]:
            if sock:
                sock.close()

    def log(self, where, text):
        self.server.log(self.number, where, text)

    def log_heard(self, stream):
        """Warnings; only GnuTLS tells of them."""
        for alert in getattr(stream.tls, 'heard', ()):
            self.log('data', 'warned ' + alert)

    def secure(self):
        act = self.server.rules.look('tls')
        if act:
            # A client that has read the 234 has sent its ClientHello.
            select.select([self.control.sock], [], [], ACCEPT_PATIENCE)
        if act.get('raw'):
            self.control.write_raw(encode(act['raw']))
        self.end_control(act)
        cert = act.get('cert', self.server.options['cert'])
        self.control.handshake(self.server.context(cert, 'shared'))
        self.log('data', 'secured %s%s' % (
            self.control.tls.version(),
            ', asked twice' if self.control.hellos > 1 else ''))

    def read_more(self):
        data = self.control.read()
        if not data:
            raise Stop(self.control.ended)
        self.pending += data

    def read_line(self):
        while b'\n' not in self.pending:
            self.read_more()
        if self.choosy():
            while self.control.has_more():
                self.read_more()
        line, _, self.pending = self.pending.partition(b'\n')
        return line.removesuffix(b'\r')

    def choosy(self):
        options = self.server.options
        return self.control.tls and options['flights'] != 'take' and (
            options['flights-from'] == 'login' or self.ready)

    def in_flight(self, line):
        """A line and what came with it; True if it was seen to."""
        how = self.server.options['flights']
        if not self.choosy():
            return False
        if self.behind > 0:
            self.behind -= 1
            if how == '503':
                self.log('tls', 'refused ' + os.fsdecode(line))
                self.send('503 one at a time')
                return True
            self.muted = how == 'mute'
            return self.muted and line[:4] in MOVES_DATA
        self.muted = False
        self.behind = self.pending.count(b'\n')
        if self.behind and how == 'drop':
            self.pending, self.behind = b'', 0
        elif self.behind and how == 'swap':
            second, _, rest = self.pending.partition(b'\n')
            self.pending, self.behind = line + b'\r\n' + rest, 0
            self.command(second.removesuffix(b'\r'))
            return True
        elif self.behind and how == 'close':
            self.command(line)
            self.end_control({'close': True})
        return False

    def command(self, line):
        where = 'tls' if self.control.tls else 'clear'
        text = os.fsdecode(line)
        self.log(where, text)
        verb, _, arg = text.partition(' ')
        verb = verb.upper()
        if self.worker and self.worker.is_alive():
            if self.during_transfer(verb):
                return
        act = self.server.rules.look(verb, arg, self.named(arg))
        if 'at' not in act:
            self.intervene(act)
        if act.get('pause'):
            time.sleep(act['pause'])
        if 'reply' in act or 'raw' in act:
            self.send(act.get('reply', ''), act)
            self.end_control(act)
            return
        moves_data = {'cut', 'end', 'keep', 'content', 'add'} & set(act)
        if not moves_data and 'say' not in act:
            self.end_control(act)
        answer = self.obey(verb, arg, act)
        if act.get('login'):
            self.user = self.name
        if answer is not None:
            self.send(act.get('say', answer), act)
        if verb != 'RNFR':
            self.rename_from = None
        if verb not in ('REST', 'RETR', 'STOR', 'APPE'):
            self.restart = 0
        if answer is not None:
            self.end_control(act)

    def obey(self, verb, arg, act):
        method = getattr(self, 'do_' + verb, None)
        options = self.server
        if not method and verb in options.option_list('also'):
            method = getattr(self, 'also_' + verb, None)
        if not method or verb in options.option_list('without'):
            return '500 unknown command'
        if not self.user and verb not in BEFORE_LOGIN:
            return '530 log in first'
        if not self.control.tls and verb not in ('AUTH', 'FEAT', 'QUIT'):
            return '530 TLS first'
        if '/' in arg and options.options['slashes'] and verb not in (
                'CWD', 'USER', 'PASS', 'OPTS', 'SITE', 'MFMT'):
            return options.options['slashes']
        return method(arg, act)

    def intervene(self, act):
        """What is done to the client, its directory and our files."""
        client = self.server.client
        if client and 'await' in act:
            client.wait_for_part(act['await'])
        if 'vanish' in act:
            self.tree.remove(act['vanish'])
        for how in ('grow', 'rewrite', 'exchange', 'copy'):
            if how in act:
                getattr(self.tree, how)(act[how])
        if client and 'exec' in act:
            client.execute(act['exec'])
        if client and 'signal' in act:
            client.signal(act['signal'])

    def obey_event(self, event, answer):
        act = self.server.rules.look(event)
        self.intervene(act)
        if act.get('pause'):
            time.sleep(act['pause'])
        if 'reply' not in act and 'raw' not in act:
            self.end_control(act)
        self.send(act.get('reply', answer), act)
        self.end_control(act)

    def send(self, answer, act=None):
        act = act or {}
        data = b''
        if 'raw' in act:
            data = encode(act['raw'])
        elif isinstance(answer, Wire):
            data = encode(answer)
        elif answer:
            data = encode(self.expand(answer).replace('\n', '\r\n')) + b'\r\n'
        if self.muted:
            data = b''
        data = encode(act.get('lead', '')) + data
        data += encode(act.get('trail', ''))
        if act.get('clear-reply'):
            self.control.write_raw(encode(act['clear-reply']))
        if data:
            self.log('reply', os.fsdecode(data.rstrip()))
        self.control.utter(act.get('before'), act)
        while data:
            self.send_pieces(data, act)
            if not act.get('endless'):
                break
        self.control.utter(act.get('behind'), act)

    def send_pieces(self, data, act):
        pieces = [data]
        if act.get('lines'):
            pieces = data.splitlines(keepends=True)
        elif act.get('split'):
            pieces = [data[i:i + 1] for i in range(len(data))]
        for piece in pieces:
            self.control.write(piece)
            if act.get('slow'):
                time.sleep(act['slow'])

    def expand(self, answer):
        """{p1},{p2} and {port} of the passive socket."""
        if self.passive:
            port = self.passive.getsockname()[1]
            for name, value in (('p1', port >> 8), ('p2', port & 255),
                                ('dataport', port)):
                answer = answer.replace('{%s}' % name, str(value))
        return answer

    def end_control(self, act):
        for how, end in (('drop', 'fin'), ('close', 'notify'),
                         ('rst', 'rst'), ('stall', 'stall')):
            if act.get(how):
                self.control.finish(end)
                if how != 'rst' and how != 'stall':
                    self.control.finish('stall')
                raise Stop(how)

    def during_transfer(self, verb):
        """True if the command was answered here."""
        busy = self.server.options['busy']
        if busy == 'queue':
            self.worker.join()
        elif verb == 'ABOR':
            self.aborted = True
            self.data and self.data.close()
            self.worker.join()
            self.send('226 abort successful')
            return True
        elif busy == 'refuse':
            self.send('200 still busy' if verb == 'NOOP' else
                      '450 %s: data transfer in progress' % verb)
            return True
        elif verb in ('EPSV', 'PASV', 'EPRT', 'PORT') and self.data:
            self.data.finish('rst')
        return False

    # -- login and protection

    def do_AUTH(self, arg, act):
        if self.control.tls:
            return '503 already secured'
        if arg.upper() not in ('TLS', 'SSL', 'TLS-C'):
            return '504 unknown mechanism'
        self.send(act.get('say', '234 go ahead'), act)
        self.end_control(act)
        self.pending = b''
        self.secure()
        return None

    def do_USER(self, arg, act):
        self.name, self.user = arg, None
        return '331 password'

    def do_PASS(self, arg, act):
        options = self.server.options
        if self.name is None:
            return '503 USER first'
        if (self.name, arg) != (options['user'], options['password']):
            return '530 login incorrect'
        self.user = self.name
        return '230 welcome'

    def do_ACCT(self, arg, act):
        self.user = self.name
        return '230 welcome'

    def do_PBSZ(self, arg, act):
        self.buffered = True
        return '200 PBSZ=0'

    def do_PROT(self, arg, act):
        if not self.buffered:
            return '503 PBSZ first'
        if arg.upper() != 'P':
            return '536 only P'
        self.private = True
        return '200 private'

    def do_FEAT(self, arg, act):
        options = self.server
        gone = (options.option_list('without') + options.option_list('hidden')
                + self.words('hides').split())
        lines = {name: name for name in FEATURES
                 + options.option_list('also')}
        lines['AUTH'] = 'AUTH TLS'
        lines['REST'] = 'REST STREAM'
        lines['HASH'] = 'HASH SHA-1;SHA-256*;SHA-512;MD5'
        lines['MLST'] = 'MLST ' + ''.join(
            '%s%s;' % (fact, '*' if fact in self.facts else '')
            for fact in FACTS)
        if 'MLSD' in gone:
            gone.append('MLST')
        shown = [line for name, line in lines.items() if name not in gone]
        return '211-%s\n%s\n211 %s' % (self.words('first'), ''.join(
            ' ' + line + '\n' for line in [*shown, *self.words('shows')])
            .rstrip('\n'), self.words('last'))

    def do_OPTS(self, arg, act):
        what, _, value = arg.partition(' ')
        if what.upper() == 'UTF8':
            return '200 always'
        if what.upper() == 'MLST':
            self.facts = set(value.lower().split(';')) & set(FACTS)
            return '200 MLST OPTS ' + ''.join(
                f + ';' for f in FACTS if f in self.facts)
        if what.upper() == 'HASH' and hasher(value):
            self.hash_name = value.upper()
            return '200 ' + value.upper()
        return '501 no such option'

    def do_SYST(self, arg, act):
        dos = self.server.options['listing'] == 'dos'
        return '215 ' + ('Windows_NT' if dos else 'UNIX Type: L8')

    def do_CLNT(self, arg, act):
        return '200 noted'

    def do_NOOP(self, arg, act):
        return '200 ok'

    def do_QUIT(self, arg, act):
        self.send(act.get('say', '221 bye'), act)
        self.control.finish('notify')
        raise Stop('quit')

    def do_ABOR(self, arg, act):
        return '225 nothing to abort'

    def do_TYPE(self, arg, act):
        if arg.upper()[:1] not in ('A', 'I', 'L'):
            return '504 no such type'
        self.ascii = arg.upper()[:1] == 'A'
        return '200 ' + self.words('TYPE')

    def do_MODE(self, arg, act):
        return '200 stream' if arg.upper() == 'S' else '504 only S'

    def do_STRU(self, arg, act):
        return '200 file' if arg.upper() == 'F' else '504 only F'

    def do_ALLO(self, arg, act):
        return '202 not needed'

    # -- names

    def named(self, arg):
        """The path that ARG names, options of ls before it left out."""
        if arg.startswith('-'):
            arg = arg.partition(' ')[2]
        return self.path(arg)

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
        if self.tree.get(path):
            return '550 exists'
        if not self.tree.get(join(path, '..')):
            return '550 no such directory'
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
        if not self.tree.get(join(target, '..')):
            return '550 no such directory'
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
        zone = int(self.server.options['mdtm-zone'])
        return '213 ' + stamp(node.mtime + zone) if node \
            else '550 no such file'

    def time_meant(self, when):
        return self.kept_time(parse_stamp(when) -
                              int(self.server.options['mdtm-zone']))

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
        node.mtime = self.time_meant(when)
        return '213 Modify=%s; %s' % (when, name)

    def do_MLST(self, arg, act):
        node = self.node(arg)
        if not node:
            return '550 no such file'
        return '250-facts\n %s\n250 end' % self.mlst_line(
            self.path(arg), node)

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
        node.mode = int(mode, 8)
        return '200 changed'

    def site_UTIME(self, rest):
        when, _, name = rest.partition(' ')
        node = self.node(name)
        if not node:
            return '550 no such file'
        node.mtime = self.time_meant(when)
        return '200 changed'

    def site_SYMLINK(self, rest):
        target, _, name = rest.partition(' ')
        self.tree.put(self.tree.resolve(self.path(name), False),
                      Node('link', target=target))
        return '200 linked'

    # -- data connections

    def listen(self):
        if self.passive:
            self.passive.close()
        self.active = None
        host = self.control.sock.getsockname()[0]
        if ':' in host and self.server.options['ipv6'] == 'control':
            host = '127.0.0.1'
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        self.passive = socket.create_server((host, 0), family=family)
        self.passive.settimeout(ACCEPT_PATIENCE)
        return self.passive.getsockname()[1]

    def do_EPSV(self, arg, act):
        if arg.upper() == 'ALL':
            return '200 ok'
        port = self.listen()
        self.close_port(act)
        return '229 extended (|||%d|)' % port

    def do_PASV(self, arg, act):
        port = self.listen()
        self.close_port(act)
        return '227 passive (127,0,0,1,%d,%d)' % (port >> 8, port & 255)

    def close_port(self, act):
        """`open no': a port where nothing listens; `open full': one whose
        queue is full, so that nobody is answered."""
        if act.get('open') == 'no':
            self.passive.close()
            self.passive = None
        elif act.get('open') == 'full':
            self.passive.listen(0)
            for _ in range(FILL):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(self.passive.getsockname())
                self.queue.append(sock)

    def do_EPRT(self, arg, act):
        part = arg.split(arg[:1]) if arg else []
        if len(part) != 5:
            return '501 not understood'
        return self.remember_port(part[2], int(part[3]))

    def do_PORT(self, arg, act):
        n = arg.split(',')
        return self.remember_port('.'.join(n[:4]),
                                  int(n[4]) * 256 + int(n[5]))

    def remember_port(self, host, port):
        if self.passive:
            self.passive.close()
            self.passive = None
        self.active = (host, port)
        return '200 noted'

    def strange(self, address, source):
        """Somebody else comes first, and gets nothing."""
        sock = socket.create_connection(address, ACCEPT_PATIENCE,
                                        (source, 0))
        sock.settimeout(ACCEPT_PATIENCE)
        try:
            data = sock.recv(100)
        except OSError:
            data = b''
        self.server.clear += data
        self.log('data', 'stranger got %d bytes' % len(data))
        sock.close()

    def connect_data(self, act):
        if self.active:
            address, self.active = self.active, None
            if 'stranger' in act:
                self.strange(address, act['stranger'])
            sock = socket.create_connection(
                address, ACCEPT_PATIENCE, (act.get('source', ''), 0))
        elif self.passive:
            listener, self.passive = self.passive, None
            try:
                self.await_client(listener)
                sock, _ = listener.accept()
            finally:
                listener.close()
        else:
            raise OSError('no port')
        for old in self.streams:
            old.close()
        stream = Stream(sock, self.server.clear)
        self.streams = [stream]
        return stream

    def await_client(self, listener):
        """Until it connects, or closes its control connection."""
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        poll.register(self.control.sock, select.POLLRDHUP)
        ready = poll.poll(ACCEPT_PATIENCE * 1000)
        if not ready:
            raise OSError('nobody connected')
        if all(fd != listener.fileno() for fd, _ in ready):
            raise Stop('gone')

    def protect(self, stream, act):
        """The data connection's handshake; what to answer if refused."""
        garbage = encode(act.get('garbage', ''))
        size = 1 if act.get('slow') else len(garbage)
        for at in range(0, len(garbage), size or 1):
            stream.write_raw(garbage[at:at + size])
            time.sleep(act.get('slow', 0))
        if act.get('handshake'):
            stream.finish(act['handshake'])
            raise OSError('handshake cut')
        if act.get('in-clear'):
            self.log('data', 'clear')
            return None
        if not self.private:
            return '522 protection required'
        options = self.server.options
        cert = act.get('cert', options['cert'])
        fresh = act.get('fresh') or options['resume'] == 'never'
        stream.handshake(self.server.context(
            cert, stream if fresh else 'shared'))
        resumed = stream.tls.session_reused
        self.log('data', 'resumed' if resumed else 'fresh')
        if not resumed and options['resume'] == 'require':
            return '522 session reuse required'
        return act.get('refuse')

    def transfer(self, verb, arg, act, move):
        """Run one transfer; MOVE(stream) gives the final reply."""
        act = {**self.server.rules.look('data'), **act}
        if self.server.options['busy'] == 'queue':
            self.move_data(verb, act, move)
        else:
            self.aborted = False
            self.worker = threading.Thread(target=self.move_quietly,
                                           args=(verb, act, move), daemon=True)
            self.worker.start()

    def move_quietly(self, *args):
        try:
            self.move_data(*args)
        except (Stop, OSError, ssl.SSLError):
            pass

    def move_data(self, verb, act, move):
        prelim = act.get('prelim', '150 here it comes')
        try:
            stream = self.data = self.connect_data(act)
            if not act.get('late'):
                self.send(prelim)
            refusal = self.protect(stream, act)
            if act.get('gone'):
                stream.await_end()
                if stream.ended:
                    raise OSError('gone')
            if act.get('late'):
                self.send(prelim)
        except (OSError, ssl.SSLError) as e:
            self.log('data', 'failed %s' % e)
            self.send(act.get('say', '425 no data connection'))
            return
        if refusal:
            stream.finish('fin')
            self.send(refusal)
            return
        early = act.get('early')
        if early:
            self.finish_transfer('226 done', act)
        try:
            answer = move(stream)
        except (OSError, ssl.SSLError) as e:
            self.log('data', 'broken %s' % e)
            answer = '426 broken off'
        self.log_heard(stream)
        self.log('data', '%s done, %s' % (verb, stream.ended or 'open'))
        if not early:
            self.finish_transfer('426 aborted' if self.aborted else answer,
                                 act)

    def finish_transfer(self, answer, act):
        if act.get('pause-end'):
            time.sleep(act['pause-end'])
        if 'say' in act or not {'drop', 'close', 'rst', 'stall'} & set(act):
            self.send(act.get('say', answer), act)
        self.end_control(act)

    # -- data out

    def send_data(self, stream, data, act, answer='226 sent'):
        if 'content' in act:
            data = encode(act['content'])
        data = bytes(data) + encode(act.get('add', ''))
        whole = len(data)
        if 'cut' in act:
            data = data[:act['cut']]
        if 'at' in act:
            stream.write(data[:act['at']])
            self.intervene(act)
            data = data[act['at']:]
        if 'kill-at' in act:
            stream.write(data[:act['kill-at']])
            self.control.finish('rst')
            data = data[act['kill-at']:]
        if act.get('until-notify'):
            stream.await_end()
            if stream.ended:
                return '426 you have closed'
        if 'corrupt' in act:
            stream.write(data[:act['corrupt']])
            stream.write_corrupt(data[act['corrupt']:][:1000])
        else:
            self.write_data(stream, data, act)
        if act.get('torn'):
            stream.write_torn(bytes(1000))
        if 'junk' in act:
            stream.write_raw(encode(act['junk']))
        self.log('data', 'sent %d of %d' % (len(data), whole))
        stream.utter(act.get('last'), act)
        stream.finish(act.get('end', 'notify'))
        return answer

    def write_data(self, stream, data, act):
        piece = act.get('piece', 16384)
        for at in range(0, len(data), piece):
            stream.utter(act.get('between'), act)
            stream.write(data[at:at + piece])
            if act.get('slow'):
                time.sleep(act['slow'])
        stream.utter(act.get('between'), act)
        while act.get('endless'):
            stream.write(data)

    def do_RETR(self, arg, act):
        node = self.file(arg)
        if not node:
            return '550 no such file'
        at = 0 if act.get('ignore-rest') else self.restart
        self.restart = 0
        data = bytes(node.data[at:])
        return self.transfer('RETR', arg, act,
                             lambda s: self.send_data(s, data, act))

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

    # -- data in

    def do_STOR(self, arg, act):
        at, self.restart = self.restart, 0
        if at and self.server.options['restart']:
            return self.server.options['restart']
        return self.store('STOR', arg, act, at)

    def do_APPE(self, arg, act):
        node = self.file(arg)
        return self.store('APPE', arg, act, len(node.data) if node else 0)

    def store(self, verb, arg, act, at):
        path = self.tree.resolve(self.path(arg))
        node = self.tree.get(path)
        if node and self.server.options['autorename'] and verb == 'STOR':
            path = join(path, '../' + self.server.options[
                'autorename'].replace('%s', os.path.basename(path)))
            node = self.tree.get(path)
        if node and node.kind == 'dir' or not self.tree.get(join(path, '..')):
            return '553 cannot create'
        if not node:
            node = Node('file')
            self.tree.put(path, node)
        # Like vsftpd and ProFTPD: gone even if the handshake then fails.
        if self.server.options['truncate'] == 'early':
            del node.data[at:]
        return self.transfer(verb, arg, act,
                             lambda s: self.receive(s, node, at, act))

    def receive(self, stream, node, at, act):
        room = act.get('cut', act.get('keep', 1 << 62))
        del node.data[at:]
        node.mtime = self.kept_time(self.now())
        waits = 'at' in act
        while True:
            stream.utter(act.get('between'), act)
            data = stream.read()
            taken = data[:max(0, room - (len(node.data) - at))]
            node.data += taken
            if waits and len(node.data) - at >= act['at']:
                self.intervene(act)
                waits = False
            if len(node.data) - at >= act.get('deaf', 1 << 62):
                self.await_end()
            if not data or ('cut' in act and len(node.data) - at >= room):
                break
        self.log('data', 'received %d, %s' % (len(node.data) - at,
                                              stream.ended or 'more to come'))
        if 'cut' in act and not stream.ended:
            stream.finish(act.get('end', 'fin'))
            return '226 stored'
        stream.finish(act.get('end', 'notify'))
        if stream.ended != 'notify' and stream.tls:
            return '426 ended without close_notify'
        return '226 stored'

    def await_end(self):
        """Reads nothing more until the client gives up."""
        select.select([self.control.sock], [], [], PATIENCE)
        raise OSError('not read')

    def do_REST(self, arg, act):
        if self.ascii:
            return '501 not in ASCII'
        self.restart = int(arg)
        return '350 restarting at ' + arg


def hasher(name):
    return {'SHA-1': hashlib.sha1, 'SHA-256': hashlib.sha256,
            'SHA-512': hashlib.sha512, 'MD5': hashlib.md5}.get(name.upper())


def digest(name, data):
    if name == 'CRC32':
        return '%08x' % zlib.crc32(data)
    return hasher(name)(data).hexdigest()


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


def main():
    import tempfile
    from case import Case
    from certs import Certs

    if len(sys.argv) != 2:
        sys.exit('usage: server.py CASE')
    with tempfile.TemporaryDirectory() as directory:
        server = Server(Certs(directory), lambda n, where, text: print(
            n, where, text.encode(errors='backslashreplace').decode(),
            flush=True))
        case = Case.read(sys.argv[1])[0]
        case.prepare(server)
        case.runs[0].lay_out(server.tree, directory, directory)
        print('port %d, CA %s' % (server.port, server.certs.ca), flush=True)
        server.start()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            server.stop()


if __name__ == '__main__':
    main()
