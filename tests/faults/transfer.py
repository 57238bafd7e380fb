# SPDX-License-Identifier: GPL-3.0-or-later
"""Data connections, downloads and uploads."""

import os
import select
import socket
import ssl
import threading
import time

from replies import Stop
from rules import encode
from stream import PATIENCE, Stream
from tree import Node, join

ACCEPT_PATIENCE = 5
LATE = 0.05                     # seconds
JOINED = 16384                  # a client takes so much without a 150
UPLOADS = ('STOR', 'APPE')
FILL = 4                        # more than a queue of none takes


class Transfers:
    """Part of a Session."""

    def listen(self):
        if self.passive:
            self.passive.close()
        self.active = None
        host = self.control.sock.getsockname()[0]
        if ':' in host and self.server.options['ipv6'] == 'control':
            host = '127.0.0.1'
        family = socket.AF_INET6 if ':' in host else socket.AF_INET
        self.passive = socket.create_server((host, 0), family=family)
        self.passive.settimeout(ACCEPT_PATIENCE)
        return self.passive.getsockname()[1]

    def do_EPSV(self, arg, act):
        if arg.upper() == 'ALL':
            return '200 ok'
        port = self.listen()
        self.close_port(act)
        return '229 extended (|||%d|)' % port

    def do_PASV(self, arg, act):
        port = self.listen()
        self.close_port(act)
        return '227 passive (127,0,0,1,%d,%d)' % (port >> 8, port & 255)

    def close_port(self, act):
        """`open no': a port where nothing listens; `open full': one whose
        queue is full, so that nobody is answered."""
        self.queue.clear()
        if act.get('open') == 'no':
            address = self.passive.getsockname()
            kept = socket.socket(self.passive.family)
            self.passive.close()
            self.passive = None
            # Or it would be the next server's.
            kept.bind(address)
            self.queue.append(kept)
        if act.get('open') == 'full':
            self.passive.listen(0)
            for _ in range(FILL):
                sock = socket.socket()
                sock.setblocking(False)
                sock.connect_ex(self.passive.getsockname())
                self.queue.append(sock)

    def do_EPRT(self, arg, act):
        part = arg.split(arg[:1]) if arg else []
        if len(part) != 5:
            return '501 not understood'
        return self.remember_port(part[2], int(part[3]))

    def do_PORT(self, arg, act):
        n = arg.split(',')
        return self.remember_port('.'.join(n[:4]),
                                  int(n[4]) * 256 + int(n[5]))

    def remember_port(self, host, port):
        if self.passive:
            self.passive.close()
            self.passive = None
        self.active = (host, port)
        return '200 noted'

    def strange(self, address, source):
        """Somebody else comes first, and gets nothing."""
        sock = socket.create_connection(address, ACCEPT_PATIENCE,
                                        (source, 0))
        sock.settimeout(ACCEPT_PATIENCE)
        try:
            data = sock.recv(100)
        except OSError:
            data = b''
        self.server.clear += data
        self.log('data', 'stranger got %d bytes' % len(data))
        sock.close()

    def connect_data(self, act):
        self.flush()
        if self.active:
            address, self.active = self.active, None
            if 'stranger' in act:
                self.strange(address, act['stranger'])
            sock = socket.create_connection(
                address, ACCEPT_PATIENCE, (act.get('source', ''), 0))
        elif self.passive:
            listener, self.passive = self.passive, None
            try:
                self.await_client(listener)
                sock, _ = listener.accept()
            finally:
                listener.close()
        else:
            raise OSError('no port')
        for old in self.streams:
            old.close()
        stream = Stream(sock, self.server.clear)
        self.streams = [stream]
        return stream

    def await_client(self, listener):
        """Until it connects, or closes its control connection.  In the
        full queue of `open full' are only our own."""
        poll = select.poll()
        if not self.queue:
            poll.register(listener, select.POLLIN)
        poll.register(self.control.sock, select.POLLRDHUP)
        ready = poll.poll(ACCEPT_PATIENCE * 1000)
        if not ready:
            raise OSError('nobody connected')
        if all(fd != listener.fileno() for fd, _ in ready):
            raise Stop('gone')

    def protect(self, stream, act):
        """The data connection's handshake; what to answer if refused."""
        garbage = encode(act.get('garbage', ''))
        size = 1 if act.get('slow') else len(garbage)
        for at in range(0, len(garbage), size or 1):
            stream.write_raw(garbage[at:at + size])
            time.sleep(act.get('slow', 0))
        if act.get('handshake'):
            stream.finish(act['handshake'])
            raise OSError('handshake cut')
        if act.get('in-clear'):
            self.log('data', 'clear')
            return None
        if not self.private:
            return '522 protection required'
        options = self.server.options
        cert = act.get('cert', options['cert'])
        fresh = act.get('fresh') or options['resume'] == 'never'
        stream.handshake(self.server.context(cert, bool(fresh)))
        resumed = stream.tls.session_reused
        self.log('data', 'resumed' if resumed else 'fresh')
        if not resumed and options['resume'] == 'require':
            return '522 session reuse required'
        return act.get('refuse')

    def transfer(self, verb, arg, act, move):
        """Run one transfer; MOVE(stream) gives the final reply."""
        act = {**self.server.rules.look('data'), **act}
        if self.server.options['busy'] == 'queue':
            self.move_data(verb, act, move)
        else:
            self.aborted = False
            self.worker = threading.Thread(target=self.move_quietly,
                                           args=(verb, act, move), daemon=True)
            self.worker.start()

    def move_quietly(self, *args):
        try:
            self.move_data(*args)
        except (Stop, OSError, ssl.SSLError):
            pass
        except Exception as e:  # pylint: disable=broad-except
            self.server.trouble(self.number, e)

    def when_prelim(self, act):
        if act.get('late'):
            return 'late'
        if 'prelim' in act:
            return 'usual'
        return self.server.options['prelim']

    def open_data(self, act):
        """The data connection, and 150 where it belongs; what to answer if
        the connection was refused."""
        prelim, when = act.get('prelim', '150 here it comes'), \
            self.when_prelim(act)
        if when == 'first':
            self.send(prelim)
        stream = self.data = self.connect_data(act)
        if when in ('usual', 'twice'):
            self.send(prelim)
        refusal = self.protect(stream, act)
        if act.get('gone'):
            stream.await_end()
            if stream.ended:
                raise OSError('gone')
        if when in ('late', 'twice'):
            self.send(prelim)
        return refusal

    def move_data(self, verb, act, move):
        try:
            refusal = self.open_data(act)
        except (OSError, ssl.SSLError) as e:
            self.log('data', 'failed %s' % e)
            self.send(act.get('say', '425 no data connection'))
            return
        stream = self.data
        if refusal:
            stream.finish('fin')
            self.control.utter(act.get('before'), act)
            self.send(refusal)
            return
        self.told = act.get('early') or verb not in UPLOADS and \
            self.server.options['final'] == 'early'
        if self.told:
            self.finish_transfer('226 done', act)
        try:
            answer = move(stream)
        except (OSError, ssl.SSLError) as e:
            self.log('data', 'broken %s' % e)
            answer = '426 broken off'
        self.log_heard(stream)
        self.log('data', '%s done, %s' % (verb, stream.ended or 'open'))
        if not self.told:
            self.finish_transfer('426 aborted' if self.aborted else answer,
                                 act)

    def finish_transfer(self, answer, act):
        if self.server.options['final'] == 'late':
            time.sleep(LATE)
        if act.get('pause-end'):
            time.sleep(act['pause-end'])
        if 'say' in act or not {'drop', 'close', 'rst', 'stall'} & set(act):
            self.send(act.get('say', answer), act)
        self.end_control(act)

    def end_data(self, stream, act, answer, usual=None):
        """Close it, in its turn; ANSWER is the final reply."""
        if self.server.options['final'] == 'before-end' and not act and \
                not self.told:
            self.told = True
            self.finish_transfer(answer, act)
        stream.finish(act.get('end', usual or
                              self.server.options['data-end']))
        return answer

    # -- data out

    def send_data(self, stream, data, act, answer='226 sent'):
        if 'content' in act:
            data = encode(act['content'])
        data = bytes(data) + encode(act.get('add', ''))
        whole = len(data)
        if act or whole > JOINED:
            self.flush()
        if 'cut' in act:
            data = data[:act['cut']]
        if 'at' in act:
            stream.write(data[:act['at']])
            self.intervene(act)
            data = data[act['at']:]
        if 'kill-at' in act:
            stream.write(data[:act['kill-at']])
            self.over = True
            self.control.finish('rst')
            data = data[act['kill-at']:]
        if act.get('until-notify'):
            stream.await_end()
            if stream.ended:
                return '426 you have closed'
        if 'corrupt' in act:
            stream.write(data[:act['corrupt']])
            stream.write_corrupt(data[act['corrupt']:][:1000])
        else:
            self.write_data(stream, data, act)
        if act.get('torn'):
            stream.write_torn(bytes(1000))
        if 'junk' in act:
            stream.write_raw(encode(act['junk']))
        self.log('data', 'sent %d of %d' % (len(data), whole))
        stream.utter(act.get('last'), act)
        return self.end_data(stream, act, answer)

    def write_data(self, stream, data, act):
        piece = act.get('piece', 16384)
        for at in range(0, len(data), piece):
            stream.utter(act.get('between'), act)
            stream.write(data[at:at + piece])
            if act.get('slow'):
                time.sleep(act['slow'])
        stream.utter(act.get('between'), act)
        while act.get('endless'):
            stream.write(data)

    def do_RETR(self, arg, act):
        with self.tree.lock:
            node = self.file(arg)
            if not node:
                return '550 no such file'
            at, self.restart = self.restart, 0
            if act.get('ignore-rest') or self.lies('REST'):
                at = 0
            data = bytes(node.data[at:])
        return self.transfer('RETR', arg, act,
                             lambda s: self.send_data(s, data, act))

    # -- data in

    def do_STOR(self, arg, act):
        at, self.restart = self.restart, 0
        if at and self.server.options['restart']:
            return self.server.options['restart']
        return self.store('STOR', arg, act, 0 if self.lies('REST') else at)

    def do_APPE(self, arg, act):
        return self.store('APPE', arg, act, None)

    def store(self, verb, arg, act, at):
        """AT: where to, None for the end."""
        with self.tree.lock:
            path, refusal = self.place(verb, arg)
            if refusal:
                return refusal
            node = self.tree.get(path)
            if not node:
                node = Node('file')
                self.tree.put(path, node)
            if at is None:
                at = len(node.data)
            # Like vsftpd and ProFTPD: gone even if the handshake then fails.
            if self.server.options['truncate'] == 'early':
                self.tree.truncate(node, at)

        def move(stream):
            answer = self.receive(stream, node, at, act)
            if answer[:1] == '2':
                self.tree.name(path)
            return answer
        return self.transfer(verb, arg, act, move)

    def place(self, verb, arg):
        """The path that an upload gets, and why it gets none, or None."""
        path, other = self.tree.resolve(self.path(arg)), \
            self.server.options['autorename']
        node = self.tree.get(path)
        if node and other and verb == 'STOR':
            path = join(path, '../' + other.replace(
                '%s', os.path.basename(path)))
            node = self.tree.get(path)
        if node and node.kind == 'dir' or not self.has_place(path):
            return path, '553 cannot create'
        return path, self.not_made(path)

    def receive(self, stream, node, at, act):
        self.flush()
        self.tree.truncate(node, at)
        self.tree.append(node, bytes(at - len(node.data)))
        node.mtime, node.fraction = self.kept_time(self.now()), None
        took, full = self.take(stream, node, act)
        self.log('data', 'received %d, %s' % (took,
                                              stream.ended or 'more to come'))
        if full:
            answer = self.server.options['room-reply']
        elif 'cut' in act and not stream.ended:
            return self.end_data(stream, act, '226 stored', 'fin')
        elif stream.ended != 'notify' and stream.tls:
            answer = '426 ended without close_notify'
        else:
            answer = '226 stored'
        return self.end_data(stream, act, answer)

    def take(self, stream, node, act):
        """How much has come, and whether it was too much for the disk."""
        most, took, full = act.get('cut', act.get('keep', 1 << 62)), 0, False
        at_once = self.server.options['room'].endswith('cut')
        waits = 'at' in act
        while True:
            stream.utter(act.get('between'), act)
            data = stream.read()
            kept = data[:max(0, most - took)]
            fits = self.tree.append(node, kept)
            took += fits
            full = full or fits < len(kept)
            if waits and took >= act['at']:
                self.intervene(act)
                waits = False
            if took >= act.get('deaf', 1 << 62):
                self.await_end()
            if not data or full and at_once or 'cut' in act and took >= most:
                return took, full

    def await_end(self):
        """Reads nothing more until the client gives up."""
        select.select([self.control.sock], [], [], PATIENCE)
        raise OSError('not read')

    def do_REST(self, arg, act):
        if self.ascii:
            return '501 not in ASCII'
        self.restart = int(arg)
        return '350 restarting at ' + arg
