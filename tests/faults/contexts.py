# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS contexts: one for all servers of this process that are alike."""

import importlib
import ssl
import threading

KEYS = ('library', 'tls-min', 'tls-max', 'ciphers', 'group', 'dh', 'alpn',
        'tickets', 'ticket-lifetime', 'record-size')
VERSIONS = {'1.0': ssl.TLSVersion.TLSv1, '1.1': ssl.TLSVersion.TLSv1_1,
            '1.2': ssl.TLSVersion.TLSv1_2, '1.3': ssl.TLSVersion.TLSv1_3}
KNOWN = {}
LOCK = threading.Lock()


def get(certs, cert, options, fresh):
    """For the certificate CERT; FRESH: one that knows no session."""
    if fresh:
        return make(certs, cert, options)
    key = (certs.pem(cert), *(options[name] for name in KEYS))
    with LOCK:
        if key not in KNOWN:
            KNOWN[key] = make(certs, cert, options)
        return KNOWN[key]


def make(certs, cert, options):
    if options['library'] == 'gnutls':
        return importlib.import_module('gnutls').Context(
            certs.pem(cert), options)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(options['ciphers'] + ':@SECLEVEL=0')
    if options['group']:
        context.set_ecdh_curve(options['group'])
    if options['dh'] == '1024':
        context.load_dh_params(certs.small_group)
    context.load_cert_chain(certs.pem(cert))
    context.minimum_version = VERSIONS[options['tls-min']]
    context.maximum_version = VERSIONS[options['tls-max']]
    context.num_tickets = int(options['tickets'])
    if context.num_tickets == 0:
        context.options |= ssl.OP_NO_TICKET
    return context
