# SPDX-License-Identifier: GPL-3.0-or-later
"""inetd.py ADDRESS PORT PROGRAM [ARG]...: run PROGRAM for each connection.

The connection is its standard input and output.
"""
import signal
import socket
import subprocess
import sys

address, port = sys.argv[1], int(sys.argv[2])
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
family = socket.AF_INET6 if ':' in address else socket.AF_INET
with socket.create_server((address, port), family=family, backlog=64) as s:
    while True:
        connection, _ = s.accept()
        with connection:
            subprocess.Popen(sys.argv[3:], stdin=connection, stdout=connection,
                             stderr=subprocess.DEVNULL)
