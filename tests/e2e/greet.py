#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""greet.py PORT TEXT: a relay before the server on PORT of this host, which
says TEXT in the place of its greeting.  Prints its own port."""

import socket
import sys
import threading


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def greet(client, port, text):
    server = socket.create_connection(('127.0.0.1', port))
    greeting = b''
    while not any(line[:4] == b'220 ' for line in greeting.split(b'\r\n')[:-1]):
        greeting += server.recv(1)
    client.sendall(b'220 ' + text.encode() + b'\r\n')
    threading.Thread(target=pump, args=(client, server), daemon=True).start()
    pump(server, client)


listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=greet, daemon=True, args=(
        listener.accept()[0], int(sys.argv[1]), sys.argv[2])).start()
