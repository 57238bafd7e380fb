# SPDX-License-Identifier: GPL-3.0-or-later
"""The clients to compare: how each is told to do a thing.

    client = CLIENTS['lftp'](program, directory)
    command = client.get(server, 'big', '/dev/shm/x/big', 8)
    client.environment(server)

A verb returns a command line or raises Unfit, with the reason.  Files that a
command needs are written into the client's own directory, where it also has
its HOME.  All verify the server's certificate, all take the password from a
file or the environment.  Remote paths count from the login directory.
"""
import os
import subprocess


class Unfit(Exception):
    """This client cannot do that, or not in a reasonable time."""


class Client:
    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        os.mkdir(directory)

    def environment(self, server):
        """Without a server: of a command that needs none."""
        own = {'HOME': self.directory, 'LC_ALL': 'C.UTF-8',
               'PATH': os.environ['PATH']}
        return {**own, **self.extra(server)} if server else own

    def extra(self, server):
        return {}

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(fd, 'w') as file:
            file.write(text)
        return path

    def version(self):
        return [self.program, '--version']


class Ftps(Client):
    def site(self, server, *words):
        config = self.write('config', f'''site bench
    host {server.address}
    port {server.port}
    user {server.user}
    ca-file {server.ca}
''')
        return [self.program, '-q', '-F', config, 'bench', *words]

    def extra(self, server):
        return {'FTPS_PASSWORD': server.password}

    def get(self, server, remote, local, connections):
        several = ['-n', str(connections)] if connections > 1 else []
        return self.site(server, 'get', *several, '-o', local, remote)

    def put(self, server, local, remote):
        return self.site(server, 'put', '-o', remote, local)

    def down(self, server, remote, local, connections):
        return self.site(server, 'mirror', '-P', str(connections), remote,
                         local)

    def up(self, server, local, remote, connections):
        return self.site(server, 'mirror', '-R', '-P', str(connections),
                         local, remote)

    def listing(self, server, remote):
        return self.site(server, 'ls', '-l', remote)

    def pwd(self, server):
        return self.site(server, 'pwd')


class FtpsSizes(Ftps):
    """Compares as little as those do who take no time from a listing."""
    def site(self, server, *words):
        sizes = ['--ignore-time'] if words[0] == 'mirror' else []
        return super().site(server, words[0], *sizes, *words[1:])


class Lftp(Client):
    settings = ''

    def script(self, server, line):
        return [self.program, '-f', self.write('script', f'''\
set cmd:fail-exit true
set ftp:ssl-force true
set ftp:ssl-protect-data true
set ssl:ca-file {server.ca}
{self.settings}
open -u {server.user},{server.password} -p {server.port} {server.address}
{line}
''')]

    def get(self, server, remote, local, connections):
        verb = f'pget -n {connections}' if connections > 1 else 'get'
        return self.script(server, f'{verb} {remote} -o {local}')

    def put(self, server, local, remote):
        return self.script(server, f'put {local} -o {remote}')

    # -p: it would else send a SITE CHMOD for each file.
    def down(self, server, remote, local, connections):
        return self.script(server,
                           f'mirror -p -P {connections} {remote} {local}')

    def up(self, server, local, remote, connections):
        return self.script(server,
                           f'mirror -R -p -P {connections} {local} {remote}')

    def listing(self, server, remote):
        return self.script(server, f'ls {remote}')

    def pwd(self, server):
        return self.script(server, 'quote PWD')


class LftpNoSync(Lftp):
    """Sends commands without waiting for the replies to those before."""
    settings = 'set ftp:sync-mode off'


class LftpNoDelay(LftpNoSync):
    """Preloaded with TCP_NODELAY, which it lacks: no real peer, but fast."""
    def __init__(self, program, directory):
        super().__init__(program, directory)
        self.shim = os.path.join(directory, 'nodelay.so')
        here = os.path.dirname(os.path.abspath(__file__))
        subprocess.run(['cc', '-O2', '-shared', '-fPIC', '-o', self.shim,
                        os.path.join(here, 'nodelay.c')], check=True)

    def extra(self, server):
        return {'LD_PRELOAD': self.shim}


class Curl(Client):
    # Each data connection waits 200 ms for a timer before the command is
    # sent, and few servers take its session for parallel ones.
    one_by_one = Unfit('200 ms a file and more')

    def url(self, server, path, *options):
        netrc = self.write('netrc', f'machine {server.address} '
                           f'login {server.user} password {server.password}\n')
        return [self.program, '-sS', '--ssl-reqd', '--cacert', server.ca,
                '--netrc-file', netrc, '--ftp-method', 'nocwd', *options,
                f'ftp://{server.address}:{server.port}/{path}']

    def get(self, server, remote, local, connections):
        return self.url(server, remote, '-o', local)

    def put(self, server, local, remote):
        return self.url(server, remote, '-T', local)

    def down(self, server, remote, local, connections):
        raise self.one_by_one

    def up(self, server, local, remote, connections):
        raise self.one_by_one

    def listing(self, server, remote):
        return self.url(server, remote + '/')

    def pwd(self, server):
        return self.url(server, '', '--head')


class Rclone(Client):
    def extra(self, server):
        password = subprocess.run(
            [self.program, 'obscure', '-'], input=server.password, text=True,
            env=self.environment(None), capture_output=True,
            check=True).stdout.strip()
        env = {'SSL_CERT_FILE': server.ca,
               'RCLONE_CONFIG': self.write('config', ''),
               'RCLONE_CONFIG_B_TYPE': 'ftp',
               'RCLONE_CONFIG_B_HOST': server.address,
               'RCLONE_CONFIG_B_PORT': str(server.port),
               'RCLONE_CONFIG_B_USER': server.user,
               'RCLONE_CONFIG_B_PASS': password,
               'RCLONE_CONFIG_B_EXPLICIT_TLS': 'true'}
        # It cannot resume a TLS 1.3 session there, which vsftpd requires.
        if server.kind == 'vsftpd':
            env['RCLONE_CONFIG_B_DISABLE_TLS13'] = 'true'
        return env

    def version(self):
        return [self.program, 'version']

    # Its default for large files, ranged readers that close early, ends in
    # "426 aborted" on vsftpd and ProFTPD.
    def one(self, source, target):
        return [self.program, 'copyto', '--multi-thread-streams', '0', source,
                target]

    def get(self, server, remote, local, connections):
        return self.one('b:' + remote, local)

    def put(self, server, local, remote):
        return self.one(local, 'b:' + remote)

    def tree(self, source, target, connections):
        return [self.program, 'copy', '--transfers', str(connections),
                '--checkers', str(connections), source, target]

    def down(self, server, remote, local, connections):
        return self.tree('b:' + remote, local, connections)

    def up(self, server, local, remote, connections):
        return self.tree(local, 'b:' + remote, connections)

    def listing(self, server, remote):
        return [self.program, 'lsl', 'b:' + remote]

    # It has no such command; this lists one empty directory.
    def pwd(self, server):
        return [self.program, 'lsf', 'b:empty']


CLIENTS = {'ftps': Ftps, 'ftps-before': Ftps, 'ftps-sizes': FtpsSizes,
           'lftp': Lftp, 'lftp-nosync': LftpNoSync,
           'lftp-nodelay': LftpNoDelay, 'curl': Curl, 'rclone': Rclone}


def program_of(name):
    return name.partition('-')[0]
