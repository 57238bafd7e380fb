# SPDX-License-Identifier: GPL-3.0-or-later
"""terminal.py PROGRAM [ARG]...: run PROGRAM on a terminal, as standard input says.

Its lines, one step each:
    send TEXT       type it; escapes as in Python ("\\r" is the return key)
    see TEXT        wait until the terminal has shown it since the last step
    filled GLOB     wait until there is such a file with something in it
    end             wait until the program has ended
What the terminal showed goes to standard output.  Exit status: the program's
(128 and the signal's number if that ended it); 124 if a step took over 20
seconds or the program ended before its step came, with a word on it.
"""
import glob
import os
import pty
import select
import sys
import time

steps = [line.rstrip('\n').partition(' ') for line in sys.stdin if line.strip()]
os.environ['TERM'] = 'dumb'
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], sys.argv[1:])

shown = b''


def give_up(step):
    os.write(1, shown + ('\nterminal: not so: %s %s\n' % step).encode())
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
    return True


seen = 0
for verb, _, text in steps:
    text = text.encode().decode('unicode_escape').encode('latin-1')
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
    elif verb == 'end':
        read_until(lambda: False, step)
    else:
        sys.exit('terminal: no such step: ' + verb)
os.close(terminal)
status = os.waitpid(child, 0)[1]
os.write(1, shown)
sys.exit(128 + os.WTERMSIG(status) if os.WIFSIGNALED(status)
         else os.WEXITSTATUS(status))
