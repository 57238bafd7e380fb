# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the scripted server, made by openssl when first asked for.

    certs = Certs(directory)
    certs.ca                  PEM file of the authority the client trusts
    certs.pem('expired')      PEM file with key and certificate
    certs.pin('good')         sha256//BASE64 of its public key
    certs.small_group         PEM file of a Diffie-Hellman group of 1024 bits
"""

import base64
import hashlib
import os
import subprocess
import threading
import time

HOST = 'DNS:localhost,IP:127.0.0.1,IP:::1'
LONG_AGO, PAST = '20200101000000Z', '20210101000000Z'
FUTURE, FAR_FUTURE = '20900101000000Z', '20910101000000Z'
SOON = time.strftime('%Y%m%d%H%M%SZ', time.gmtime(time.time() + 5 * 86400))
P256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']

# name: (issuer, alternative names, first and last day, key, digest)
KINDS = {
    'good': ('ca', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    'other': ('ca', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    'wrong-name': ('ca', 'DNS:wrong.example', LONG_AGO, FUTURE, P256,
                   'sha256'),
    'name-only': ('ca', 'DNS:localhost', LONG_AGO, FUTURE, P256, 'sha256'),
    'expired': ('ca', HOST, LONG_AGO, PAST, P256, 'sha256'),
    'soon-expired': ('ca', HOST, LONG_AGO, SOON, P256, 'sha256'),
    'not-yet': ('ca', HOST, FUTURE, FAR_FUTURE, P256, 'sha256'),
    'unknown-ca': ('stranger', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    'weak-key': ('ca', HOST, LONG_AGO, FUTURE, ['-newkey', 'rsa:1024'],
                 'sha256'),
    'sha1': ('ca', HOST, LONG_AGO, FUTURE, P256, 'sha1'),
    'self-signed': (None, HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    'self-expired': (None, HOST, LONG_AGO, PAST, P256, 'sha256'),
    'self-weak': (None, HOST, LONG_AGO, FUTURE, ['-newkey', 'rsa:1024'],
                  'sha256'),
    # What printers and boxes of all kinds make for themselves.
    'self-sha1': (None, 'DNS:printer', LONG_AGO, FUTURE, P256, 'sha1'),
    'self-sha1-rsa': (None, 'DNS:printer', LONG_AGO, FUTURE,
                      ['-newkey', 'rsa:2048'], 'sha1'),
    'self-client': (None, 'DNS:printer', LONG_AGO, FUTURE, P256, 'sha256'),
    'self-code': (None, 'DNS:printer', LONG_AGO, FUTURE,
                  ['-newkey', 'rsa:2048'], 'sha1'),
    'unknown-client': ('stranger', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    'unknown-sha1': ('stranger', HOST, LONG_AGO, FUTURE, P256, 'sha1'),
    # May sign certificates, but no handshake.
    'self-signer': (None, HOST, LONG_AGO, FUTURE, ['-newkey', 'rsa:2048'],
                    'sha256'),
    'serial': ('ca', 'DNS:VNB3K01234', LONG_AGO, FUTURE, P256, 'sha256'),
    'address': ('ca', 'IP:192.0.2.7', LONG_AGO, FUTURE, P256, 'sha256'),
    'wildcard': ('ca', 'DNS:*.wrong.example', LONG_AGO, FUTURE, P256,
                 'sha256'),
    'rsa': ('ca', HOST, LONG_AGO, FUTURE, ['-newkey', 'rsa:2048'], 'sha256'),
    'must-staple': ('ca', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    # By an authority that the trusted one allows another network only.
    'not-permitted': ('narrow', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    # A terminal escape in the subject.
    'escape': (None, 'DNS:wrong.example', LONG_AGO, FUTURE, P256, 'sha256'),
    # A subject that would look like lines of the client's question.
    'padded': (None, HOST, LONG_AGO, FUTURE, P256, 'sha256'),
    # An authority whose name has advice in it.
    'adviser': ('x -o tls=off', HOST, LONG_AGO, FUTURE, P256, 'sha256'),
}

EXTENSIONS = {'must-staple': 'tlsfeature = status_request',
              'self-client': 'extendedKeyUsage = clientAuth',
              'unknown-client': 'extendedKeyUsage = clientAuth',
              'self-code': 'extendedKeyUsage = critical,codeSigning',
              'self-signer': 'keyUsage = critical,keyCertSign,cRLSign'}
# Authorities below the trusted one.
NARROW = {'narrow': 'nameConstraints=critical,permitted;DNS:other.example,'
                    'permitted;IP:192.0.2.0/255.255.255.0'}

CA_CONFIG = '''
[ca]
default_ca = it
[it]
database = {d}/{n}.index
new_certs_dir = {d}
rand_serial = yes
policy = any
unique_subject = no
[any]
commonName = supplied
[ext]
subjectAltName = {san}
basicConstraints = CA:FALSE
{more}
'''


class Certs:
    def __init__(self, directory):
        self.dir = directory
        self.lock = threading.Lock()
        os.makedirs(directory, exist_ok=True)

    @property
    def ca(self):
        with self.lock:
            return self._authority('ca')

    @property
    def small_group(self):
        with self.lock:
            path = self._path('dh-1024.pem')
            if not os.path.exists(path):
                self._write_small_group(path)
            return path

    @staticmethod
    def _write_small_group(path):
        # RFC 2409, 6.2: Oakley group 2.
        prime = int(
            'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74'
            '020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437'
            '4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed'
            'ee386bfb5a899fa5ae9f24117c4b1fe649286651ece65381ffffffffffffffff',
            16)
        der = (b'\x30\x81\x87\x02\x81\x81\0' + prime.to_bytes(128, 'big') +
               b'\x02\x01\x02')
        text = base64.encodebytes(der).decode()
        with open(path, 'w') as out:
            out.write('-----BEGIN DH PARAMETERS-----\n' + text +
                      '-----END DH PARAMETERS-----\n')

    def pem(self, name):
        with self.lock:
            path = self._path(name + '.pem')
            if not os.path.exists(path):
                self._make(name, path)
            return path

    def pin(self, name):
        spki = self._openssl('x509', '-in', self.pem(name), '-noout',
                             '-pubkey').decode()
        der = base64.b64decode(''.join(spki.strip().split('\n')[1:-1]))
        digest = hashlib.sha256(der).digest()
        return 'sha256//' + base64.b64encode(digest).decode()

    def _path(self, name):
        return os.path.join(self.dir, name)

    def _openssl(self, *args):
        done = subprocess.run(['openssl', *args], stdin=subprocess.DEVNULL,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError('openssl %s: %s' % (
                args[0], done.stderr.decode(errors='replace')))
        return done.stdout

    def _authority(self, name):
        path = self._path(name + '.crt')
        if not os.path.exists(path):
            above = []
            if name in NARROW:
                above = ['-CA', self._authority('ca'), '-CAkey',
                         self._path('ca.key'), '-addext', NARROW[name]]
            self._openssl('req', '-x509', *P256, '-nodes', '-days', '3650',
                          '-subj', '/CN=ftps test ' + name, '-keyout',
                          self._path(name + '.key'), '-out', path, *above)
            open(self._path(name + '.index'), 'w').close()
        return path

    def _make(self, name, path):
        issuer, san, first, last, key, digest = KINDS[name]
        keyfile, request = self._path(name + '.key'), self._path(name + '.csr')
        config, cert = self._path(name + '.cnf'), self._path(name + '.crt')
        subject = '/CN=ftps test server'
        if name == 'escape':
            subject = '/CN=\x1b]0;owned\x07'
        elif name == 'padded':
            subject = '/CN=x' + ' ' * 44 + 'pin  sha256:AAAA'
        with open(config, 'w') as f:
            f.write(CA_CONFIG.format(d=self.dir, n=issuer, san=san,
                                     more=EXTENSIONS.get(name, '')))
        self._openssl('req', '-new', *key, '-nodes', '-subj', subject,
                      '-keyout', keyfile, '-out', request)
        if issuer is None:
            open(self._path('None.index'), 'w').close()
            sign = ['-selfsign']
        else:
            sign = ['-cert', self._authority(issuer)]
        self._openssl('ca', '-batch', '-notext', '-config', config,
                      '-extensions', 'ext', '-md', digest, '-keyfile',
                      self._path(issuer + '.key') if issuer else keyfile,
                      '-startdate', first, '-enddate', last,
                      '-in', request, '-out', cert, *sign)
        parts = [keyfile, cert]
        if issuer in NARROW:
            parts.append(self._authority(issuer))
        with open(path + '.new', 'w') as out:
            for part in parts:
                with open(part) as f:
                    out.write(f.read())
        os.rename(path + '.new', path)
