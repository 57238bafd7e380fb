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

By hand:  ./server.py CASE   serves what the case file describes.
"""

import importlib
import itertools
import socket
import ssl
import sys
import threading
import time

sys.dont_write_bytecode = True

from options import OPTIONS                              # noqa: E402
from rules import Rules                                  # noqa: E402
from session import Session                              # noqa: E402
from stream import Stream                                # noqa: E402
from tree import Tree                                    # noqa: E402


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
