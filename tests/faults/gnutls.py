# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS by GnuTLS, for what Python's ssl module cannot do on order.

    context = Context(pem, options)     options of server.py
    tls = context.wrap_bio(incoming, outgoing, server_side=True)

takes the place of an ssl.SSLContext and of what its wrap_bio() returns, as
far as stream.py uses them, with the same exceptions.  Besides:

    tls.utter('rekey')              one message that is no data (UTTERANCES,
                                    alert-N for a fatal alert, or warning-N)
    tls.heard                       warnings that the client sent
"""

import ctypes
import errno
import ssl
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_char_p, c_int,
                    c_size_t, c_ssize_t, c_uint, c_void_p)

SERVER, NONBLOCK, NO_AUTO_SEND_TICKET = 1, 1 << 3, 1 << 21
WARNING_ALERT, AGAIN, INTERRUPTED, PREMATURE = -16, -28, -52, -110
CRD_CERTIFICATE, FMT_PEM, SHUT_WR, WARNING, FATAL = 1, 1, 1, 1, 2
PEER_TOO = 1
WRITE = 0
ALPN_MANDATORY = 1

UTTERANCES = {
    'rekey': lambda tls: LIB.gnutls_session_key_update(tls.session, 0),
    'rekey-both': lambda tls: LIB.gnutls_session_key_update(
        tls.session, PEER_TOO),
    'empty': lambda tls: tls.send_empty(),
    'ticket': lambda tls: LIB.gnutls_session_ticket_send(tls.session, 1, 0),
    'renegotiate': lambda tls: LIB.gnutls_rehandshake(tls.session),
}

PULL = CFUNCTYPE(c_ssize_t, c_void_p, c_void_p, c_size_t)
PUSH = CFUNCTYPE(c_ssize_t, c_void_p, c_void_p, c_size_t)


class Datum(Structure):
    _fields_ = [('data', c_void_p), ('size', c_uint)]


def declare(lib):
    """The functions that are called, and what they take."""
    handle, text, n = c_void_p, c_char_p, c_int
    for name, result, takes in (
            ('aead_cipher_deinit', None, [handle]),
            ('aead_cipher_encrypt', n, [handle, text, c_size_t, text,
                                        c_size_t, c_size_t, text, c_size_t,
                                        c_void_p, POINTER(c_size_t)]),
            ('aead_cipher_init', n, [POINTER(handle), n, POINTER(Datum)]),
            ('alert_get', n, [handle]),
            ('alert_get_name', text, [n]),
            ('alert_send', n, [handle, n, n]),
            ('alert_send_appropriate', n, [handle, n]),
            ('alpn_set_protocols', n, [handle, POINTER(Datum), c_uint,
                                       c_uint]),
            ('bye', n, [handle, n]),
            ('certificate_allocate_credentials', n, [POINTER(handle)]),
            ('certificate_set_x509_key_file', n, [handle, text, text, n]),
            ('credentials_set', n, [handle, n, handle]),
            ('db_set_cache_expiration', None, [handle, n]),
            ('deinit', None, [handle]),
            ('handshake', n, [handle]),
            ('init', n, [POINTER(handle), c_uint]),
            ('priority_set_direct', n, [handle, text, c_void_p]),
            ('protocol_get_name', text, [n]),
            ('protocol_get_version', n, [handle]),
            ('cipher_get', n, [handle]),
            ('record_check_pending', c_size_t, [handle]),
            ('record_get_state', n, [handle, c_uint, POINTER(Datum),
                                     POINTER(Datum), POINTER(Datum), text]),
            ('record_recv', c_ssize_t, [handle, c_void_p, c_size_t]),
            ('record_send', c_ssize_t, [handle, text, c_size_t]),
            ('record_send2', c_ssize_t, [handle, text, c_size_t, c_size_t,
                                         c_uint]),
            ('record_set_max_size', c_ssize_t, [handle, c_size_t]),
            ('record_set_state', n, [handle, c_uint, text]),
            ('rehandshake', n, [handle]),
            ('session_is_resumed', n, [handle]),
            ('session_key_update', n, [handle, c_uint]),
            ('session_ticket_enable_server', n, [handle, POINTER(Datum)]),
            ('session_ticket_key_generate', n, [POINTER(Datum)]),
            ('session_ticket_send', n, [handle, c_uint, c_uint]),
            ('strerror', text, [n]),
            ('transport_set_errno', None, [handle, n]),
            ('transport_set_pull_function', None, [handle, PULL]),
            ('transport_set_push_function', None, [handle, PUSH])):
        function = getattr(lib, 'gnutls_' + name)
        function.restype, function.argtypes = result, takes
    return lib


LIB = declare(ctypes.CDLL('libgnutls.so.30'))


def check(rc):
    if rc < 0:
        raise ssl.SSLError('GnuTLS: ' + LIB.gnutls_strerror(rc).decode())
    return rc


class Context:
    def __init__(self, pem, options):
        self.options = options
        self.key = Datum()
        check(LIB.gnutls_session_ticket_key_generate(byref(self.key)))
        self.credentials = c_void_p()
        check(LIB.gnutls_certificate_allocate_credentials(
            byref(self.credentials)))
        check(LIB.gnutls_certificate_set_x509_key_file(
            self.credentials, pem.encode(), pem.encode(), FMT_PEM))

    def wrap_bio(self, incoming, outgoing, server_side):
        assert server_side
        return Session(self, incoming, outgoing)


class Session:
    def __init__(self, context, incoming, outgoing):
        self.context, options = context, context.options
        self.incoming, self.outgoing = incoming, outgoing
        self.heard = []
        self.session = c_void_p()
        check(LIB.gnutls_init(byref(self.session),
                              SERVER | NONBLOCK | NO_AUTO_SEND_TICKET))
        # Kept here, since GnuTLS does not count as a user of theirs.
        self.pull, self.push = PULL(self._pull), PUSH(self._push)
        LIB.gnutls_transport_set_pull_function(self.session, self.pull)
        LIB.gnutls_transport_set_push_function(self.session, self.push)
        check(LIB.gnutls_priority_set_direct(
            self.session, priority(options).encode(), None))
        check(LIB.gnutls_credentials_set(
            self.session, CRD_CERTIFICATE, context.credentials))
        self.tickets = int(options['tickets'])
        LIB.gnutls_db_set_cache_expiration(
            self.session, int(options['ticket-lifetime']))
        check(LIB.gnutls_session_ticket_enable_server(
            self.session, byref(context.key)))
        check(LIB.gnutls_record_set_max_size(
            self.session, int(options['record-size'])))
        if options['alpn']:
            self._offer(options['alpn'].encode())

    def __del__(self):
        LIB.gnutls_deinit(self.session)

    def _offer(self, name):
        """Refuse whoever wants another protocol than NAME."""
        self.name = ctypes.create_string_buffer(name)
        datum = Datum(ctypes.addressof(self.name), len(name))
        check(LIB.gnutls_alpn_set_protocols(
            self.session, byref(datum), 1, ALPN_MANDATORY))

    def _pull(self, _, buffer, size):
        data = self.incoming.read(size)
        if not data and not self.incoming.eof:
            LIB.gnutls_transport_set_errno(self.session, errno.EAGAIN)
            return -1
        ctypes.memmove(buffer, data, len(data))
        return len(data)

    def _push(self, _, data, size):
        return self.outgoing.write(ctypes.string_at(data, size))

    def _more(self, rc):
        """Whether to go on after RC; raises what ends it."""
        if rc == WARNING_ALERT:
            self.heard.append(LIB.gnutls_alert_get_name(
                LIB.gnutls_alert_get(self.session)).decode())
        elif rc not in (AGAIN, INTERRUPTED):
            return False
        elif not self.incoming.pending and not self.incoming.eof:
            raise ssl.SSLWantReadError()
        return True

    def do_handshake(self):
        while True:
            rc = LIB.gnutls_handshake(self.session)
            if rc == 0:
                break
            if not self._more(rc):
                LIB.gnutls_alert_send_appropriate(self.session, rc)
                check(rc)
        if self.tickets and self.version() == 'TLSv1.3':
            check(LIB.gnutls_session_ticket_send(
                self.session, self.tickets, 0))

    def pending(self):
        return LIB.gnutls_record_check_pending(self.session)

    def read(self, size):
        buffer = ctypes.create_string_buffer(size)
        while True:
            rc = LIB.gnutls_record_recv(self.session, buffer, size)
            if rc > 0:
                return buffer.raw[:rc]
            if rc == 0:
                raise ssl.SSLZeroReturnError()
            if rc == PREMATURE:
                raise ssl.SSLEOFError()
            if not self._more(rc):
                check(rc)

    def write(self, data):
        data = bytes(data)
        while data:
            data = data[check(LIB.gnutls_record_send(self.session, data,
                                                     len(data))):]

    def unwrap(self):
        LIB.gnutls_bye(self.session, SHUT_WR)

    def utter(self, what):
        name, _, number = what.partition('-')
        if name in ('alert', 'warning'):
            level = FATAL if name == 'alert' else WARNING
            check(LIB.gnutls_alert_send(self.session, level, int(number)))
        else:
            check(UTTERANCES[what](self))

    def send_empty(self):
        """GnuTLS sends no empty record itself, if it has no padding."""
        if self.version() == 'TLSv1.3':
            return LIB.gnutls_record_send2(self.session, b'', 0, 1, 0)
        iv, key, number = Datum(), Datum(), ctypes.create_string_buffer(8)
        check(LIB.gnutls_record_get_state(
            self.session, WRITE, None, byref(iv), byref(key), number))
        head, number = b'\x17\x03\x03', number.raw
        self.outgoing.write(
            head + b'\0\x18' + number + self._seal(
                key, ctypes.string_at(iv.data, 4) + number,
                number + head + b'\0\0'))
        number = int.from_bytes(number, 'big') + 1
        return LIB.gnutls_record_set_state(self.session, WRITE,
                                           number.to_bytes(8, 'big'))

    def _seal(self, key, nonce, covered):
        """The tag of AES-GCM for no text, and what is COVERED beside it."""
        cipher, tag = c_void_p(), ctypes.create_string_buffer(16)
        size = c_size_t(len(tag))
        check(LIB.gnutls_aead_cipher_init(
            byref(cipher), LIB.gnutls_cipher_get(self.session), byref(key)))
        check(LIB.gnutls_aead_cipher_encrypt(
            cipher, nonce, len(nonce), covered, len(covered), len(tag), b'',
            0, tag, byref(size)))
        LIB.gnutls_aead_cipher_deinit(cipher)
        return tag.raw

    def version(self):
        return LIB.gnutls_protocol_get_name(LIB.gnutls_protocol_get_version(
            self.session)).decode().replace('TLS', 'TLSv')

    @property
    def session_reused(self):
        return LIB.gnutls_session_is_resumed(self.session) != 0


def priority(options):
    versions = [v for v in ('1.0', '1.1', '1.2', '1.3')
                if options['tls-min'] <= v <= options['tls-max']]
    return ':'.join(['NORMAL:-VERS-ALL',
                     *('+VERS-TLS' + v for v in versions)])
