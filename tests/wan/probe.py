# SPDX-License-Identifier: GPL-3.0-or-later
"""probe.py CLIENT SERVER ADDRESS KIB: measure the network between them.

CLIENT and SERVER are network namespaces, ADDRESS is the server's.  Prints
three whole numbers: the time a TCP connection takes (ms, least of five), the
rate at which KIB come down (Mbit/s), and how many of 2,000 datagrams arrive
at the server.
"""
import ctypes
import os
import socket
import sys
import threading
import time

DATAGRAMS = 2000
CLONE_NEWNET = 0x40000000


def enter(namespace):
    """From now on this thread's new sockets are there."""
    fd = os.open('/run/netns/' + namespace, os.O_RDONLY)
    if ctypes.CDLL(None, use_errno=True).setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'setns')
    os.close(fd)


def connect_ms(address, listener):
    least = None
    for _ in range(5):
        start = time.monotonic()
        client = socket.create_connection(address)
        took = time.monotonic() - start
        listener.accept()[0].close()
        client.close()
        least = took if least is None else min(least, took)
    return round(least * 1000)


def rate_mbit(address, listener, size):
    client = socket.create_connection(address)
    server = listener.accept()[0]
    sender = threading.Thread(target=server.sendall, args=(bytes(size),))
    start = time.monotonic()
    sender.start()
    left = size
    while left > 0:
        left -= len(client.recv(1 << 20))
    took = time.monotonic() - start
    sender.join()
    return round(size * 8 / took / 1e6)


def datagrams(client, server):
    """The server's address is known from the listener's; none waits long."""
    for _ in range(DATAGRAMS):
        client.send(b'x' * 100)
    count = 0
    try:
        while count < DATAGRAMS:
            server.recv(200)
            count += 1
    except socket.timeout:
        pass
    return count


def main():
    client, server, host, kib = sys.argv[1:]
    enter(server)
    listener = socket.create_server((host, 0))
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind((host, 0))
    receiver.setsockopt(socket.SOL_SOCKET, 33, 1 << 24)  # SO_RCVBUFFORCE
    receiver.settimeout(0.5)
    enter(client)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.connect(receiver.getsockname())
    address = listener.getsockname()
    print(connect_ms(address, listener),
          rate_mbit(address, listener, int(kib) << 10),
          datagrams(sender, receiver))


main()
