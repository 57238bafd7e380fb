# SPDX-License-Identifier: GPL-3.0-or-later
"""aioftpd.py HOST PORT FIRST LAST DIR PEM CLIENTS MODE...: serve DIR by aioftp.

Arguments and environment as for pyftpd.py; TLS is implicit, it knows no other.
"""
import asyncio
import logging
import os
import ssl
import sys

import aioftp

host = sys.argv[1]
port, first, last = map(int, sys.argv[2:5])
directory, pem = sys.argv[5:7]
clients = int(sys.argv[7])
modes = sys.argv[8:]


async def serve():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    if 'tls12' in modes:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    # The handshake is to be done within this time from the command.
    server = aioftp.Server(
        [aioftp.User('test', os.environ.pop('PASSWORD'), base_path=directory)],
        data_ports=range(first, last + 1), maximum_connections=clients,
        wait_future_timeout=20, ssl=context)
    await server.run(host, port)


logging.basicConfig(level=logging.DEBUG)
os.umask(0o022)
asyncio.run(serve())
