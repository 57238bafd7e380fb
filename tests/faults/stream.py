# SPDX-License-Identifier: GPL-3.0-or-later
"""A socket, and TLS on top of it once asked for, with every way to end badly.

    s = Stream(sock, clear)      clear: bytearray, gets what came unprotected
    s.handshake(context)
    data = s.read()              b'' at the end; s.ended says which end it was
    s.write(data, piece=0)       piece: bytes a record and a segment
    s.utter('rekey', act)        TLS messages that are no data (gnutls.py)
    s.finish('notify')           ends our direction (ENDS)
    s.close()

TLS runs over memory buffers, so that bytes can be put into the socket beside
it.  Reading and writing may happen in two threads.
"""

import select
import socket
import ssl
import struct
import threading
import time

ENDS = ('notify', 'fin', 'rst', 'stall', 'user-canceled')
USER_CANCELED = 'warning-90'     # and then as usual, as some libraries do
PATIENCE = 30
NOTIFY_PATIENCE = 0.3


class Stream:
    def __init__(self, sock, clear):
        self.sock = sock
        self.clear = clear
        self.tls = None
        self.ended = None
        self.hellos = 0             # of the client, in one handshake
        self.lock = threading.Lock()
        sock.settimeout(PATIENCE)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handshake(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush()
                self._feed()
            except ssl.SSLError:
                self._flush()
                raise
        self.tls = tls
        self._flush()

    def read(self):
        while self.tls and not self.ended:
            with self.lock:
                try:
                    data = self.tls.read(65536)
                except ssl.SSLWantReadError:
                    data = None
                except ssl.SSLZeroReturnError:
                    data = b''
                except ssl.SSLEOFError:
                    self.ended = 'fin'
                    return b''
                self._flush()
            if data == b'':
                self.ended = 'notify'
            if data is not None:
                return data
            self._feed()
        if self.ended:
            return b''
        data = self._receive()
        self.clear += data
        if not data:
            self.ended = self.ended or 'fin'
        return data

    def has_more(self):
        """Whether more has come than was read."""
        return bool(self.tls and (self.incoming.pending or self.tls.pending())
                    or select.select([self.sock], [], [], 0)[0])

    def write(self, data, piece=0):
        step = piece or 16384
        for at in range(0, len(data), step):
            with self.lock:
                if self.tls:
                    self.tls.write(data[at:at + step])
                    self._flush()
                else:
                    self.sock.sendall(data[at:at + step])

    def utter(self, what, act):
        """WHAT as often as ACT says, whole or byte by byte."""
        for _ in range(act.get('times', 1) if what else 0):
            with self.lock:
                self.tls.utter(what)
                data = self.outgoing.read()
                step = 1 if act.get('split') else len(data) or 1
                for at in range(0, len(data), step):
                    self.sock.sendall(data[at:at + step])
            if act.get('every'):
                time.sleep(act['every'])

    def write_raw(self, data):
        """Beside TLS, where there is any."""
        with self.lock:
            self.sock.sendall(data)

    def write_torn(self, data):
        """The first half of one record."""
        with self.lock:
            self.tls.write(data)
            record = self.outgoing.read()
            self.sock.sendall(record[:len(record) // 2])

    def write_corrupt(self, data):
        """One record whose last byte was changed on its way."""
        with self.lock:
            self.tls.write(data)
            record = bytearray(self.outgoing.read())
            record[-1:] = bytes(b ^ 1 for b in record[-1:])
            self.sock.sendall(record)

    def await_end(self):
        """A moment for what the client has to say."""
        self.sock.settimeout(NOTIFY_PATIENCE)
        try:
            self.read()
        except OSError:
            pass
        self.sock.settimeout(PATIENCE)

    def finish(self, how):
        try:
            if how == 'rst':
                self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                     struct.pack('ii', 1, 0))
                self.sock.close()
            elif how == 'stall':
                while self._receive():
                    pass
            else:
                if how == 'user-canceled' and self.tls:
                    self.utter(USER_CANCELED, {})
                if how in ('notify', 'user-canceled') and self.tls:
                    self._notify()
                self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def _notify(self):
        with self.lock:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass
            self._flush()

    def _flush(self):
        data = self.outgoing.read()
        if data:
            self.sock.sendall(data)

    def _receive(self):
        try:
            return self.sock.recv(65536)
        except ConnectionError:
            self.ended = 'rst'
            return b''

    def _feed(self):
        data = self._receive()
        with self.lock:
            if not data:
                self.incoming.write_eof()
                return
            if self.tls is None:
                self.clear += data
                self.hellos += is_hello(data)
            self.incoming.write(data)


def is_hello(data):
    """A ClientHello, perhaps behind the ChangeCipherSpec of TLS 1.3."""
    data = data.removeprefix(b'\x14\x03\x03\0\1\1')
    return data[:1] == b'\x16' and data[5:6] == b'\1'
