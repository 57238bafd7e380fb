# SPDX-License-Identifier: GPL-3.0-or-later
"""syslog.py PROGRAM [ARG]...: run PROGRAM with a /dev/log of its own.

In a mount namespace /dev is another one, whose log is a socket of ours, so
that libc's syslog() sends here what it would send to a daemon.  Each datagram
goes to standard output as `log: <PRIORITY> TEXT', without its time, when
PROGRAM has ended.  Exit status: the program's.  Where `unshare -rm true'
fails, this does.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile

DEVICES = ('null', 'zero', 'full', 'random', 'urandom', 'tty')

if os.environ.pop('SYSLOG_INSIDE', None) is None:
    os.environ['SYSLOG_INSIDE'] = '1'
    os.execvp('unshare', ['unshare', '-rm', sys.executable, *sys.argv])


def mount(*words):
    subprocess.run(['mount', *words], check=True)


with tempfile.TemporaryDirectory() as directory:
    mount('-t', 'tmpfs', 'tmpfs', directory)
    for name in DEVICES:
        with open(os.path.join(directory, name), 'w', encoding='ascii'):
            mount('--bind', '/dev/' + name, os.path.join(directory, name))
    mount('--rbind', directory, '/dev')
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind('/dev/log')
    log.setblocking(False)
    status = subprocess.run(sys.argv[1:], check=False).returncode
    while True:
        try:
            line = log.recv(65536)
        except BlockingIOError:
            break
        line = re.sub(rb'^(<\d+>)\w{3} [ \d]\d [\d:]{8} ', rb'\1 ', line)
        sys.stdout.buffer.write(b'log: ' + line.rstrip(b'\0') + b'\n')
    subprocess.run(['umount', '-R', directory], check=True)
sys.stdout.flush()
sys.exit(status if status >= 0 else 128 - status)
