# SPDX-License-Identifier: GPL-3.0-or-later
"""One control connection: its dialogue, login and protection."""

import os
import select
import ssl
import time

from files import EMPTY, Files, hasher
from listing import FACTS, Listings
from options import FAMILIES, FEATURES
from replies import Replies, Stop
from rules import encode
from stream import Stream
from transfer import ACCEPT_PATIENCE, Transfers

BEFORE_LOGIN = ('AUTH', 'USER', 'PASS', 'ACCT', 'PBSZ', 'PROT', 'FEAT',
                'OPTS', 'QUIT', 'NOOP', 'SYST', 'HELP', 'CLNT', 'HOST')
# Those that last: no lock is held while they do.
WAITS = ('AUTH', 'QUIT', 'RETR', 'STOR', 'APPE', 'LIST', 'NLST', 'MLSD')
EVENTS = {'vanish', 'grow', 'rewrite', 'exchange', 'copy'}
LOCAL_EVENTS = {'local-vanish', 'local-grow', 'local-rewrite',
                'local-exchange'}
MOVES_DATA = (b'RETR', b'STOR', b'APPE', b'LIST', b'NLST', b'MLSD')


class Session(Replies, Files, Listings, Transfers):
    """One control connection and its data connections."""

    def __init__(self, server, sock, number):
        self.server = server
        self.tree = server.tree
        self.number = number
        self.control = Stream(sock, server.clear)
        self.delay = int(server.options['delay'])
        self.over = False               # ended by us
        self.parted = False             # by QUIT, or never let in
        self.admitted = False           # where `sessions' counts at login
        self.others = 0                 # when it came
        self.cut = None                 # see cut_at()
        self.pending = self.held = b''
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
            self.greet()
            while True:
                line = self.read_line()
                if not self.in_flight(line):
                    self.command(line)
        except (Stop, OSError, ssl.SSLError) as e:
            self.log_heard(self.control)
            self.log('data', 'session ended %s' % (e or type(e).__name__))
        except Exception as e:  # pylint: disable=broad-except
            self.server.trouble(self.number, e)
        finally:
            self.release()
            if self.worker:
                self.worker.join(ACCEPT_PATIENCE)

    def greet(self):
        options = self.server.options
        time.sleep(int(options['greeting-delay']) / 1000)
        refusal = self.server.refusal(self, 'greet')
        if refusal:
            self.parted = True
            self.send(refusal)
            self.end_control({'close': True})
        self.obey_event('connect', '220 ' + (options['banner'] or
                                             self.words('banner')))

    def is_gone(self):
        """Whether this connection has ended, from either side."""
        poll = select.poll()
        try:
            poll.register(self.control.sock, select.POLLRDHUP)
            return self.over or bool(poll.poll(0))
        except (OSError, ValueError):
            return True

    def cut_at(self, accepted):
        """How many had come when this one was seen to be gone."""
        if self.cut is None:
            self.cut = accepted
        return self.cut

    def words(self, what):
        return FAMILIES[self.server.options['family']][what]

    def release(self):
        self.over = True
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
        self.flush()
        act = self.server.rules.look('tls')
        if act:
            # A client that has read the 234 has sent its ClientHello.
            select.select([self.control.sock], [], [], ACCEPT_PATIENCE)
        if act.get('raw'):
            self.control.write_raw(encode(act['raw']))
        self.end_control(act)
        cert = act.get('cert', self.server.options['cert'])
        self.control.handshake(self.server.context(cert, False))
        self.log('data', 'secured %s%s' % (
            self.control.tls.version(),
            ', asked twice' if self.control.hellos > 1 else ''))

    def read_more(self):
        if self.held and not self.control.has_more():
            self.flush()
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
        rules = self.server.rules
        act = rules.look(verb, arg, *self.named(verb, arg)) \
            if rules.rules else {}
        if act:
            self.flush()
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
        server, slashes = self.server, self.server.options['slashes']
        if not method and verb in server.option_list('also'):
            method = getattr(self, 'also_' + verb, None)
        if not method or verb in server.option_list('without'):
            return '500 unknown command'
        if not self.user and verb not in BEFORE_LOGIN:
            return '530 log in first'
        if not self.control.tls and verb not in ('AUTH', 'FEAT', 'QUIT'):
            return '530 TLS first'
        if '/' in arg and slashes and verb not in (
                'CWD', 'USER', 'PASS', 'OPTS', 'SITE'):
            return slashes
        arg = server.elsewhere.get(verb, arg)
        refusal = self.useless(verb, arg) or self.denied(verb, arg)
        if refusal and refusal != EMPTY:
            return refusal
        if verb in WAITS:
            return method(arg, act)
        with self.tree.lock:    # two may be after the same file
            return method(arg, act)

    def intervene(self, act):
        """What is done to the client, its directory and our files."""
        if not act:
            return
        client = self.server.client
        if client and 'await' in act:
            client.wait_for_part(act['await'])
        for how in EVENTS & set(act):
            self.tree.happen(how, act[how])
        for how in LOCAL_EVENTS & set(act) if client else ():
            client.change_local(how.removeprefix('local-'), act[how])
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
        refusal = self.server.refusal(self, 'login')
        if refusal:
            return refusal
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
        announced = options.option_list('announces')
        lines = {name: name for name in FEATURES
                 + options.option_list('also') + announced}
        lines['AUTH'] = 'AUTH TLS'
        lines['REST'] = 'REST STREAM'
        lines['HASH'] = 'HASH SHA-1;SHA-256*;SHA-512;MD5'
        lines['MLST'] = 'MLST ' + ''.join(
            '%s%s;' % (fact, '*' if fact in self.facts else '')
            for fact in FACTS)
        if 'MLSD' in gone:
            gone.append('MLST')
        shown = [line for name, line in lines.items()
                 if name not in gone or name in announced]
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
        dos = self.server.options['listing'].startswith('dos')
        return '215 ' + ('Windows_NT' if dos else 'UNIX Type: L8')

    def do_CLNT(self, arg, act):
        return '200 noted'

    def do_NOOP(self, arg, act):
        return '200 ok'

    def do_QUIT(self, arg, act):
        self.over = self.parted = True
        self.send(act.get('say', '221 bye'), act)
        self.flush()
        self.control.finish(self.server.options['control-end'])
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
