# SPDX-License-Identifier: GPL-3.0-or-later
"""pyftpd.py HOST PORT FIRST LAST DIR PEM CLIENTS MODE...: serve DIR by pyftpdlib.

FIRST-LAST are the passive ports, PEM holds key and certificate, CLIENTS is how
many may come from one address.  A MODE is "implicit", "tls12" or "bench".  The
user is test, the password comes in $PASSWORD.
"""
import logging
import os
import sys

from OpenSSL import SSL
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer

host = sys.argv[1]
port, first, last = map(int, sys.argv[2:5])
directory, pem = sys.argv[5:7]
clients = int(sys.argv[7])
modes = sys.argv[8:]


class Handler(TLS_FTPHandler):
    authorizer = DummyAuthorizer()
    certfile = pem
    tls_control_required = True
    tls_data_required = True
    passive_ports = range(first, last + 1)
    if 'tls12' in modes:
        ssl_options = TLS_FTPHandler.ssl_options | SSL.OP_NO_TLSv1_3


class ImplicitHandler(Handler):
    def handle(self):
        self.secure_connection(self.ssl_context)

    def handle_ssl_established(self):
        super().handle()


logging.basicConfig(level=logging.ERROR if 'bench' in modes else logging.DEBUG)
Handler.authorizer.add_user('test', os.environ.pop('PASSWORD'), directory,
                            perm='elradfmwMT')
server = FTPServer((host, port),
                   ImplicitHandler if 'implicit' in modes else Handler)
server.max_cons = 200
server.max_cons_per_ip = clients
server.serve_forever()
