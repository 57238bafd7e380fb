# SPDX-License-Identifier: GPL-3.0-or-later
"""Where measurements take place: networks, servers, and one client's run.

    lab = Lab()
    network = lab.network(rtt=50, loss=0)
    server = network.server('vsftpd', 'slow=20000000')
    result = lab.measure(command, environment, network.prefix(far=True))
    lab.close()

As root, clients and servers have network namespaces of their own, in which
one network emulator (tests/wan) stands for a wide area network, or is gone
round for loopback.  Else there is only the machine's loopback.  All files
are on tmpfs.  As root, what is measured goes before what else runs here.
"""
import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass

TOP = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
SERVER = os.path.join(TOP, 'tests/servers/server')
WAN = os.path.join(TOP, 'tests/wan/wan')
LIMIT = 1800		# seconds for one run
PORTS = 4000		# of a server
SKIPPED = 77


class Skip(Exception):
    """It cannot run here, for this reason."""


@dataclass
class Result:
    wall: float
    user: float
    system: float
    rss_kib: int
    status: int
    out: str		# name of a file
    err: str		# text

    @property
    def cpu(self):
        return self.user + self.system


def assignments(command, environment):
    """Run a command that prints shell assignments; a dictionary of them."""
    done = subprocess.run(command, env={**os.environ, **environment},
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, start_new_session=True)
    if done.returncode == SKIPPED:
        raise Skip(done.stderr.strip().removeprefix('skip: '))
    if done.returncode != 0:
        raise RuntimeError(f'{shlex.join(command)}: {done.stderr.strip()}')
    return dict(word.split('=', 1) for word in shlex.split(done.stdout))


def favour(pid):
    """Also by the scheduling group that each session has."""
    if os.geteuid() != 0:
        return
    try:
        os.setpriority(os.PRIO_PROCESS, pid, -19)
        with open(f'/proc/{pid}/autogroup', 'w') as file:
            file.write('-19')
    except OSError:
        pass


class Server:
    def __init__(self, network, kind, options):
        if network.server_namespace:
            place = {'FTPS_SERVER_ADDRESS': network.address,
                     'FTPS_SERVER_PORTS': str(PORTS)}
        else:
            place = {}
        found = assignments(network.prefix(far=False) +
                            [SERVER, 'start', kind, 'bench', *options],
                            {'TMPDIR': network.lab.directory, **place})
        self.kind = kind
        self.address = network.address
        self.port = int(found['SRV_PORT'])
        self.ca = found['SRV_CA']
        self.user = found['SRV_USER']
        self.password = found['SRV_PASSWORD']
        self.base = found['SRV_BASE']
        self.data = found['SRV_DATA']
        status = os.stat(self.data)
        self.owner = status.st_uid, status.st_gid
        with open(os.path.join(found['SRV_DIR'], 'pid')) as file:
            favour(int(file.read()))

    def local(self, name):
        """Where the server's file of that name is on this machine."""
        return os.path.join(self.data, name)

    def remote(self, name):
        """What a client calls it."""
        return os.path.normpath(os.path.join(self.base, name))


class Network:
    def __init__(self, lab, rtt, loss):
        self.lab = lab
        self.servers = {}
        self.client_namespace = self.server_namespace = None
        self.address = '127.0.0.1'
        if rtt is None:
            return
        found = assignments([WAN, 'up', str(rtt), '0', str(loss)],
                            {'TMPDIR': lab.directory})
        self.client_namespace = found['WAN_CLIENT']
        self.server_namespace = found['WAN_SERVER']
        self.address = found['WAN_ADDRESS']

    def prefix(self, far):
        namespace = self.client_namespace if far else self.server_namespace
        return ['ip', 'netns', 'exec', namespace] if namespace else []

    def server(self, kind, *options):
        key = kind, *options
        if key not in self.servers:
            self.servers[key] = Server(self, kind, options)
        return self.servers[key]


class Lab:
    def __init__(self):
        place = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
        self.directory = tempfile.mkdtemp(prefix='ftps-bench.', dir=place)
        os.chmod(self.directory, 0o711)  # a server has another user
        self.networks = {}
        self.running = None
        self.meter = self.path('measure')
        source = os.path.join(TOP, 'tests/bench/measure.c')
        subprocess.run([os.environ.get('CC', 'cc'), '-std=gnu11', '-O2', '-o',
                        self.meter, source], check=True)

    def path(self, name):
        return os.path.join(self.directory, name)

    def network(self, rtt=50, loss=0):
        """Without round-trip time: for loopback, wherever that is."""
        key = rtt, loss
        if key not in self.networks:
            self.networks[key] = Network(self, rtt, loss)
        return self.networks[key]

    def loopback(self):
        try:
            return self.network()
        except Skip:
            return self.network(None)

    def measure(self, command, environment, prefix):
        figures, out, err = map(self.path, ('figures', 'out', 'err'))
        with open(out, 'wb') as out_file, open(err, 'wb') as err_file:
            self.running = subprocess.Popen(
                [*prefix, self.meter, figures, *command], env=environment,
                stdin=subprocess.DEVNULL, stdout=out_file, stderr=err_file,
                cwd=self.directory, start_new_session=True)
            favour(self.running.pid)
            try:
                self.running.wait(LIMIT)
            except subprocess.TimeoutExpired:
                self.end_run()
                return Result(LIMIT, 0, 0, 0, 124, out, 'took too long')
        self.running = None
        with open(figures) as file:
            wall, user, system, rss, status = file.read().split()
        with open(err, errors='replace') as file:
            said = file.read().strip()
        return Result(float(wall), float(user), float(system), int(rss),
                      int(status), out, said)

    def end_run(self):
        if self.running is not None:
            os.killpg(self.running.pid, signal.SIGKILL)
            self.running.wait()
            self.running = None

    def close(self):
        """Also of what was about to start: all have directories here."""
        self.end_run()
        for name in os.listdir(self.directory):
            if name.startswith('ftps-server.'):
                subprocess.run([SERVER, 'stop', self.path(name)])
        for name in os.listdir(self.directory):
            if name.startswith('ftps-wan.'):
                subprocess.run([WAN, 'down', self.path(name)])
        shutil.rmtree(self.directory, ignore_errors=True)
