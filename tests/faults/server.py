#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small correct FTPS server that misbehaves where it is told to.

    server = Server(certs, log)
    server.set('tls', 'implicit')       options.py
    server.rules.rules.append(Rule(words))
    server.tree.put('/a', Node('file', b'...'))
    server.start()                      server.port
    server.stop()

Commands are taken one after another, as vsftpd does: what arrives during a
transfer waits for its end (option `busy').  log(connection, where, text) gets
the dialogue: where is `clear' or `tls' for commands, `reply', or `data'.
Bytes that came outside TLS are in server.clear.

For an oracle there are: accepted and most, how many control connections there
were, in all and at once; alive(), those that are not over; troubles, mistakes
of the server itself; and history, what became of files, in order, as (what,
path, content):
    named               by RNTO, or an upload under its name is through
    deleted, replaced   by DELE, or by RNTO of another onto it
    vanish, grow, rewrite, exchange, copy       by `on', or by a case's `lack'

By hand:  ./server.py CASE   serves what the case file describes.
"""

import socket
import sys
import threading
import time
import traceback

sys.dont_write_bytecode = True

import contexts                                          # noqa: E402
from files import Denial                                 # noqa: E402
from options import CHOICES, OPTIONS                     # noqa: E402
from rules import Rules                                  # noqa: E402
from session import Session                              # noqa: E402
from stream import Stream                                # noqa: E402
from tree import Tree                                    # noqa: E402


class Server:
    def __init__(self, certs, log):
        self.certs = certs
        self.log = log
        self.options = dict(OPTIONS)
        self.denials = []       # of `denied', each line one
        self.useless, self.elsewhere = {}, {}
        self.rules = Rules()
        self.tree = Tree()
        self.clear = bytearray()
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
        # What is told about it afterwards.
        self.accepted = 0       # control connections
        self.most = 0           # of them at once
        self.troubles = []      # mistakes of its own

    def set(self, name, value):
        if name not in self.options:
            raise KeyError(name)
        if name in CHOICES and value not in CHOICES[name].split():
            raise KeyError(name + ' ' + value)
        self.options[name] = value
        if name == 'names':
            self.tree.spelling = value.split()
        elif name == 'room':
            self.tree.room = int(value.split()[0]) if value else None
        elif name == 'denied':
            self.denials = [*self.denials, Denial(value)] if value else []
        elif name in ('useless', 'elsewhere'):
            setattr(self, name, {
                verb: of or '/' for verb, _, of in (
                    word.partition('=') for word in value.split())})

    def option_list(self, name):
        return self.options[name].upper().split()

    def present(self, number, logged_in=False, ghosts=0):
        """How many sessions there are when NUMBER asks, with those that were
        cut by up to so many connects before; hold the lock."""
        return sum(not other.parted and other.number != number and
                   (other.admitted or not logged_in) and
                   (not other.is_gone() or
                    other.cut_at(self.accepted) < number <=
                    other.cut_at(self.accepted) + ghosts)
                   for other in self.sessions)

    def refusal(self, session, when):
        """What a session is told that is one too many at WHEN, or None."""
        most, at, *reply = (self.options['sessions'] or '0 never').split(
            None, 2)
        if at != when:
            return None
        with self.lock:
            others = session.others if when == 'greet' else self.present(
                session.number, True, int(self.options['ghosts']))
            session.admitted = others < int(most)
        return None if session.admitted else reply[0] if reply else \
            '%s too many connections' % ('421' if when == 'greet' else '530')

    def trouble(self, number, error):
        """A mistake of this server, not of its client."""
        self.troubles.append('%s: %s' % (type(error).__name__, error))
        self.log(number, 'data', 'server failed: ' + ' '.join(
            traceback.format_exception(error)).replace('\n', ' '))

    @property
    def history(self):
        return self.tree.history

    def alive(self):
        """Sessions that are not over; after settle() there should be none."""
        with self.lock:
            return sum(session.thread.is_alive() for session in self.sessions)

    def start(self):
        if self.options['ipv6'] != 'no':
            self.listener6 = socket.create_server(
                ('::1', self.port), family=socket.AF_INET6)
            threading.Thread(target=self._serve, args=(self.listener6,),
                             daemon=True).start()
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

    def context(self, cert, fresh):
        """The same one for the same certificate, so that data connections
        can resume; FRESH: none that did anything before."""
        library = self.options['library']
        if self.cancels():
            library = 'gnutls'
        return contexts.get(self.certs, cert, {
            **self.options, 'library': library}, fresh)

    def cancels(self):
        """Whether anything ends by user_canceled, which OpenSSL cannot."""
        return 'user-canceled' in [
            self.options['data-end'], self.options['control-end'],
            *(rule.actions.get('end') for rule in self.rules.rules)]

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
            try:
                self._admit(sock)
            except Exception as e:  # pylint: disable=broad-except
                sock.close()
                self.trouble(0, e)

    def _admit(self, sock):
        with self.lock:
            session = Session(self, sock, self.accepted + 1)
            session.thread = threading.Thread(target=session.run,
                                              daemon=True)
            session.others = self.present(
                session.number, False, int(self.options['ghosts']))
            self.most = max(self.most, 1 + self.present(session.number))
            self.accepted += 1
            self.sessions.append(session)
            session.thread.start()


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
