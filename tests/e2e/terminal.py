# SPDX-License-Identifier: GPL-3.0-or-later
"""terminal.py PROGRAM [ARG]...: run PROGRAM on a terminal, as standard input says.

Its lines, one step each:
    send TEXT       type it; escapes as in Python ("\\r" is the return key)
    see TEXT        wait until the terminal has shown it since the last step
    filled GLOB     wait until there is such a file with something in it
    make FILE       which is empty
    size COLUMNS LINES  the terminal has this size from now on, and can do what
                    screen.py can, if this is the first step
    screen REGEX    wait until that is found on it, top to bottom
    signal NAME     send it SIGNAME
    end             wait until the program has ended
What the terminal showed goes to standard output, at last what its screen holds
if it has a size.  Exit status: the program's (128 and the signal's number if
that ended it); 124 if a step took over 20 seconds or the program ended before
its step came, with a word on it.
"""
import fcntl
import glob
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

steps = [line.rstrip('\n').partition(' ') for line in sys.stdin if line.strip()]
sized = steps[0][0] == 'size'
os.environ['TERM'] = 'vt100' if sized else 'dumb'
if sized:
    os.environ['LC_ALL'] = 'C.UTF-8'
start = os.pipe()
child, terminal = pty.fork()
if child == 0:
    os.read(start[0], 1)
    os.close(start[0])
    os.close(start[1])
    os.execv(sys.argv[1], sys.argv[1:])

shown = b''
screen = None


def resize(columns, lines):
    """Also tells whoever is in the foreground."""
    global screen
    if screen is None:
        from screen import Screen
        screen = Screen(columns, lines)
    else:
        screen.resize(columns, lines)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ,
                struct.pack('HHHH', lines, columns, 0, 0))


def give_up(step):
    os.write(1, shown + ('\nterminal: not so: %s %s\n' % step).encode())
    if screen is not None:
        os.write(1, screen.text().encode())
    os.kill(child, 9)
    os.waitpid(child, 0)
    sys.exit(124)


def size_of(path):
    """Of a file that may be gone by now."""
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def read_until(done, step):
    """Collect what is shown until done(); False at the program's end."""
    global shown
    end = time.monotonic() + 20
    while not done():
        if time.monotonic() > end:
            give_up(step)
        if not select.select([terminal], [], [], 0.02)[0]:
            continue
        try:
            data = os.read(terminal, 65536)
        except OSError:
            data = b''
        if not data:
            return False
        shown += data
        if screen is not None:
            screen.feed(data)
    return True


if sized:
    resize(*map(int, steps.pop(0)[2].split()))
os.write(start[1], b'!')
seen = 0
for verb, _, raw in steps:
    text = raw.encode()
    if verb in ('send', 'see'):
        text = text.decode('unicode_escape').encode('latin-1')
    step = verb, text.decode('utf-8', 'replace')
    if verb == 'send':
        os.write(terminal, text)
    elif verb == 'see':
        if not read_until(lambda: text in shown[seen:], step):
            give_up(step)
        seen = shown.index(text, seen) + len(text)
    elif verb == 'filled':
        if not read_until(lambda: any(map(size_of, glob.glob(text))), step):
            give_up(step)
    elif verb == 'make':
        with open(text, 'x'):
            pass
    elif verb == 'size':
        read_until(lambda: not select.select([terminal], [], [], 0)[0], step)
        resize(*map(int, text.split()))
    elif verb == 'screen':
        pattern = re.compile(raw)
        if not read_until(lambda: pattern.search(screen.text()), step):
            give_up(step)
    elif verb == 'signal':
        os.kill(child, getattr(signal, 'SIG' + raw))
    elif verb == 'end':
        read_until(lambda: False, step)
    else:
        sys.exit('terminal: no such step: ' + verb)
os.close(terminal)
status = os.waitpid(child, 0)[1]
os.write(1, shown)
if screen is not None:
    os.write(1, ('\nat last:\n%s\n' % screen.text()).encode())
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status)
         else os.WEXITSTATUS(status))
