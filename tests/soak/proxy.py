# SPDX-License-Identifier: GPL-3.0-or-later
"""A bad network between client and server, on loopback.

    proxy = Proxy(port, ports)	127.0.0.2:PORT leads to 127.0.0.1:PORT
    proxy.rough(key)		from now on it disturbs
    proxy.calm()		no longer
    proxy.counts		how often what happened
    proxy.story			the same in order, since the last rough()
    proxy.close()

It listens on the control port and on all passive ports of a server.  EPSV
names only a port, and a client takes the control connection's address, so
data connections come this way too.  What is inside TLS it cannot see.

The key decides what happens to which connection after how many bytes: the
same key does the same to the same connections, as far as the client opens
them in the same order.
"""
import asyncio
import collections
import random
import socket
import struct
import threading
import time

HERE, THERE = '127.0.0.2', '127.0.0.1'
CHUNK = 256 << 10
SHORT = 0.2, 2.2	# s: shorter than the client's timeouts,
LONG = 3.5, 5.0		# and longer
OUTAGE = 0.1, 1.5

# What may happen to a connection, and how often beside the others.
KINDS = {
    'refuse': 2,	# reset at once
    'cut': 6,		# both ends see an end
    'reset': 6,		# both ends see a reset
    'stall': 3,		# nothing passes for some time
    'late': 2,		# the same until the client has given up
    'swallow': 2,	# nothing passes any more, though all is taken
    'freeze': 1,	# nothing is taken any more, then a reset
    'trickle': 2,	# what comes passes in small pieces
}


class End(Exception):
    """This connection is over."""


def reset(sock):
    """An end that shows as an error; None and twice are fine."""
    if sock is not None and sock.fileno() != -1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack('ii', 1, 0))
        sock.close()


class Fate:
    """After so many bytes, which way, what."""

    def __init__(self, rng, control):
        self.kind = rng.choices(list(KINDS), KINDS.values())[0]
        self.upwards = rng.random() < 0.5
        most = 30_000 if control else rng.choice((3000, 8_000_000))
        self.after = int(most ** rng.random())
        self.short = rng.uniform(*SHORT)
        self.long = rng.uniform(*LONG)
        self.piece = rng.randint(1, 40)

    def __str__(self):
        way = 'up' if self.upwards else 'down'
        return f'{self.kind} after {self.after} bytes {way}'


class Connection:
    def __init__(self, proxy, client, name, fate):
        self.proxy = proxy
        self.loop = proxy.loop
        self.client = client
        self.server = None
        self.name = name
        self.fate = fate
        self.disturbed = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.swallows = False

    def happened(self):
        self.disturbed = True
        self.proxy.note(self.fate.kind, f'{self.name}: {self.fate}')

    async def run(self, port):
        try:
            if self.fate and self.fate.kind == 'refuse':
                self.happened()
                raise End
            self.server = socket.socket()
            self.server.setblocking(False)
            await self.loop.sock_connect(self.server, (THERE, port))
            for sock in self.client, self.server:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self.pump_both()
        except (OSError, End):
            pass
        finally:
            reset(self.client)
            reset(self.server)

    async def pump_both(self):
        pumps = [asyncio.ensure_future(pump) for pump in (
            self.pump(self.client, self.server, True),
            self.pump(self.server, self.client, False))]
        try:
            await asyncio.gather(*pumps)
            # Both have ended in order, so neither is to see a reset.
            self.client.close()
            self.server.close()
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def pump(self, source, sink, upwards):
        passed = 0
        while data := await self.loop.sock_recv(source, CHUNK):
            fate = self.fate
            if fate and not self.disturbed and upwards == fate.upwards and \
               passed + len(data) > fate.after:
                part = max(fate.after - passed, 0)
                await self.send(sink, data[:part])
                await self.befall(sink)
                data = data[part:]
            await self.send(sink, data)
            passed += len(data)
        await self.gate.wait()
        if not self.swallows:
            sink.shutdown(socket.SHUT_WR)

    async def send(self, sink, data):
        await self.gate.wait()
        if self.swallows:
            return
        fate = self.fate
        if not (fate and self.disturbed and fate.kind == 'trickle'):
            await self.loop.sock_sendall(sink, data)
            return
        for at in range(0, min(len(data), fate.piece * 50), fate.piece):
            await self.loop.sock_sendall(sink, data[at:at + fate.piece])
            await asyncio.sleep(0.002)
        await self.loop.sock_sendall(sink, data[fate.piece * 50:])

    async def befall(self, sink):
        self.happened()
        await getattr(self, self.fate.kind)()

    async def cut(self):
        """Who closes with bytes unread sends a reset: read on for a bit."""
        self.swallows = True
        for sock in self.client, self.server:
            sock.shutdown(socket.SHUT_WR)
        await asyncio.sleep(1)
        raise End

    async def reset(self):
        raise End

    async def stall(self):
        await self.hold(self.fate.short)

    async def late(self):
        await self.hold(self.fate.long)

    async def hold(self, seconds):
        self.gate.clear()
        await asyncio.sleep(seconds)
        self.gate.set()

    async def swallow(self):
        """Until long after the client is gone: the server knows nothing."""
        self.swallows = True
        await asyncio.sleep(2 * self.fate.long)
        raise End

    async def freeze(self):
        self.gate.clear()
        await asyncio.sleep(self.fate.long)
        raise End

    async def trickle(self):
        pass


class Proxy:
    def __init__(self, port, ports):
        self.port = port
        self.counts = collections.Counter()
        self.story = []
        self.key = None
        self.chance = 0, 0
        self.ordinal = collections.Counter()
        self.down_until = 0
        self.outage = None
        self.connections = {}
        self.loop = asyncio.new_event_loop()
        self.listeners = [self.listen(port + i) for i in range(ports)]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    @staticmethod
    def listen(port):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HERE, port))
        sock.listen(64)
        sock.setblocking(False)
        return sock

    def serve(self):
        asyncio.set_event_loop(self.loop)
        for sock in self.listeners:
            self.loop.create_task(self.accept(sock))
        self.loop.run_forever()

    async def accept(self, listener):
        port = listener.getsockname()[1]
        while True:
            client, _ = await self.loop.sock_accept(listener)
            if time.monotonic() < self.down_until:
                reset(client)
                continue
            connection = Connection(self, client, *self.destiny(port))
            task = self.loop.create_task(connection.run(port))
            self.connections[task] = connection
            task.add_done_callback(self.connections.pop)

    def destiny(self, port):
        """Name and fate of the next connection to a port."""
        control = port == self.port
        name = 'control' if control else 'data'
        self.ordinal[name] += 1
        name = f'{name} {self.ordinal[name]}'
        if self.key is None:
            return name, None
        rng = random.Random(f'{self.key} {name}')
        if rng.random() >= self.chance[not control]:
            return name, None
        return name, Fate(rng, control)

    def note(self, kind, text):
        self.counts[kind] += 1
        self.story.append(f'{time.time():.3f} {text}')

    def rough(self, key):
        self.within(self.begin_rough, key)

    def begin_rough(self, key):
        rng = random.Random(key)
        self.key = key
        self.ordinal.clear()
        self.story.clear()
        self.chance = rng.choice(((0.3, 0.03), (0.5, 0.1), (0.7, 0.3)))
        if rng.random() < 0.3:
            self.outage = self.loop.call_later(
                rng.uniform(0.1, 2), self.go_down, rng.uniform(*OUTAGE))

    def go_down(self, seconds):
        self.note('outage', f'outage of {seconds:.1f} s')
        self.down_until = time.monotonic() + seconds
        self.end(self.connections)

    def end(self, tasks):
        """Their sockets are reset as they end."""
        for task in list(tasks):
            task.cancel()

    def calm(self):
        self.within(self.begin_calm)

    def begin_calm(self):
        """What was disturbed ends; nothing of it comes late."""
        self.key = None
        self.down_until = 0
        if self.outage:
            self.outage.cancel()
        self.end(task for task, connection in self.connections.items()
                 if connection.disturbed)
        for connection in self.connections.values():
            connection.fate = None

    def within(self, function, *arguments):
        """Run it where the connections are, and wait for it."""
        done = threading.Event()

        def run():
            function(*arguments)
            done.set()
        self.loop.call_soon_threadsafe(run)
        done.wait()

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        for sock in self.listeners:
            sock.close()
