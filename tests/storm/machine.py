# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of this machine, by the library machine.c.

    environment('ENOSPC:3', log)    variables for the client
    calls(log)                      what it did: [(number, name, what can
                                    befall the call, path)]

WHAT:N, WHAT:N+: see machine.c.  By default what is in `box' and `home' beside
the log counts, and the library is compiled there; library(directory) does that
once for many, and compiles other sources, too.
"""

import os
import shlex
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ERRORS = ('ENOSPC', 'EIO', 'EMFILE', 'EACCES')
WHATS = (*ERRORS, 'SHORT', 'KILL')
LOCK = threading.Lock()


def library(directory, source=os.path.join(HERE, 'machine.c')):
    name = os.path.splitext(os.path.basename(source))[0]
    so = os.path.join(directory, name + '.so')
    with LOCK:
        if not os.path.exists(so):
            compiler = shlex.split(os.environ.get('CC') or 'cc')
            made = '%s.%d' % (so, os.getpid())
            subprocess.run([*compiler, '-O1', '-fPIC', '-shared', '-o', made,
                            source, '-ldl'], check=True)
            os.rename(made, so)
    return so


def environment(spec, log, below=None, so=None):
    beside = os.path.dirname(log)
    below = below or [os.path.join(beside, name) for name in ('box', 'home')]
    return {**preloaded(so or library(beside)), 'FTPS_MACHINE': spec,
            'FTPS_MACHINE_BELOW': ':'.join(below), 'FTPS_MACHINE_LOG': log}


def preloaded(*libraries):
    # A sanitizer wants to be the first library, and can be the second.
    asan = os.environ.get('ASAN_OPTIONS', '')
    return {'LD_PRELOAD': ':'.join(libraries),
            'ASAN_OPTIONS': ':'.join(filter(None, (
                asan, 'verify_asan_link_order=0')))}


def calls(log):
    """The last may be missing, if the client was killed."""
    if not os.path.exists(log):
        return []
    with open(log, encoding='utf-8', errors='surrogateescape') as f:
        lines = [line.rstrip('\n').split(' ', 3) for line in f]
    return [(int(number), name, fits.split(','), path)
            for number, name, fits, path in lines]
