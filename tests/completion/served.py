# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripted server of ../faults, and a configuration with sites on it.

    served = Served(directory)          XDG_CONFIG_HOME=directory
    served.put('/name', 'dir')
    served.block('nas', 'user u')       adds a site; trusted unless trust=None
    served.connections()                how many there were
    served.logins()
    served.end()
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '../faults'))

from certs import Certs                                  # noqa: E402
from rules import Rule                                   # noqa: E402
from server import Server                                # noqa: E402
from tree import Node                                    # noqa: E402

PASSWORD = 'correct horse'


class Served:
    def __init__(self, directory):
        self.directory = directory
        self.config = os.path.join(directory, 'ftps/config')
        os.makedirs(os.path.dirname(self.config), exist_ok=True)
        os.makedirs(os.path.join(directory, 'certs'))
        self.certs = Certs(os.path.join(directory, 'certs'))
        self.said = []
        self.server = Server(self.certs, self.log)
        self.server.set('password', PASSWORD)
        self.server.start()
        self.secret = os.path.join(directory, 'secret')
        with open(os.open(self.secret, os.O_WRONLY | os.O_CREAT, 0o600),
                  'w') as f:
            f.write(PASSWORD + '\n')

    def log(self, number, where, text):
        self.said.append(text)

    def put(self, path, kind='file'):
        self.server.tree.put(path, Node(kind))

    def rule(self, *words):
        self.server.rules.rules.append(Rule(list(words)))

    def no_rules(self):
        del self.server.rules.rules[:]

    def block(self, name, *lines, trust='good'):
        lines = ['host 127.0.0.1', 'port %d' % self.server.port, *lines]
        if trust:
            lines.append('pin ' + self.certs.pin(trust))
        with open(self.config, 'a', encoding='utf-8') as f:
            f.write('site %s\n%s' % (name, ''.join(
                '\t%s\n' % line for line in lines)))

    def connections(self):
        return self.server.accepted

    def logins(self):
        return sum(text.startswith('PASS ') for text in self.said)

    def end(self):
        self.server.stop()
