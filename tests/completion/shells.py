# SPDX-License-Identifier: GPL-3.0-or-later
"""Real shells that complete command lines of ftps, on a terminal.

    shell = Shell('zsh', directory)     its home
    shell.typed('ftps n\\t')            the arguments that ftps was given
    shell.offered('ftps n')             what can be there, sorted
    shell.end()

In each, ftps is a function that notes its arguments, so that what was
inserted is read by the shell itself; the completion runs the program, which
has to be the one found first.
"""
import os
import pty
import select
import shutil
import signal
import subprocess
import time

NAMES = 'bash', 'zsh', 'fish'
PATIENCE = 10

RC = {
    'bash': '''
PS1='ready> ' HISTFILE=
bind 'set bell-style none'
source "$HOME/script"
ftps() { printf '%s\\0' "$@" > "$HOME/noted"; echo NO''TED; }
''',
    'zsh': '''
PS1='ready> ' LISTMAX=1000
unsetopt beep
fpath=("$HOME/functions" $fpath)
autoload -U compinit && compinit -D -u
ftps() { printf '%s\\0' "$@" > "$HOME/noted"; echo NO''TED }
compadd() {
    local -a got
    builtin compadd -O got "$@"
    print -rl -- $got >> "$HOME/list"
    builtin compadd "$@"
}
''',
    'fish': '''
function fish_prompt; printf 'ready> '; end
function fish_greeting; end
source "$HOME/script"
function ftps
    printf '%s\\0' $argv > "$HOME/noted"; echo NO''TED
end
''',
}
COMMAND = {
    'bash': ['bash', '--noprofile', '--rcfile', '{home}/rc', '-i'],
    'zsh': ['zsh', '-d', '-i'],
    'fish': ['fish', '--no-config', '-i', '-C', 'source {home}/rc'],
}
# What bash offers, without a terminal.
ASK_BASH = '''
source "$HOME/script"
compopt() { echo "(by readline: $2)"; }
COMP_LINE=$1 COMP_POINT=${#1}
_ftps
[ ${#COMPREPLY[@]} = 0 ] || printf '%s\\n' "${COMPREPLY[@]}"
'''


def missing(name):
    return shutil.which(name) is None


class Shell:
    def __init__(self, name, home, extra=''):
        self.name, self.home, self.shown = name, home, b''
        # zsh finds it by its name.
        os.mkdir(self.path('functions'))
        script = self.path('functions/_ftps' if name == 'zsh' else 'script')
        with open(script, 'wb') as f:
            f.write(subprocess.check_output(['ftps', '--completion', name]))
        with open(self.path('.zshrc' if name == 'zsh' else 'rc'), 'w') as f:
            f.write(RC[name] + extra)
        self.env = dict(os.environ, HOME=home, ZDOTDIR=home, TERM='xterm',
                        LC_ALL='C.UTF-8', COLUMNS='80', LINES='24')
        self.begin()

    def begin(self):
        argv = [word.format(home=self.home) for word in COMMAND[self.name]]
        self.shown = b''
        self.child, self.terminal = pty.fork()
        if self.child == 0:
            os.execvpe(argv[0], argv, self.env)
        self.wait(lambda: b'ready> ' in self.shown)

    def again(self):
        """Another one, where the last got stuck."""
        self.end()
        self.begin()

    def path(self, name):
        return os.path.join(self.home, name)

    def wait(self, done):
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                raise TimeoutError('%s: %r' % (self.name, self.shown[-2000:]))
            if select.select([self.terminal], [], [], 0.02)[0]:
                self.shown += os.read(self.terminal, 65536)

    def send(self, text):
        os.write(self.terminal, text.encode())

    def typed(self, keys):
        """What ftps gets if KEYS are typed, and the return key."""
        self.shown = b''
        self.send(keys + '\r')
        # Keys that come before there is a prompt go another way.
        self.wait(lambda: b'ready> ' in self.shown.partition(b'NOTED')[2])
        with open(self.path('noted'), 'rb') as f:
            return f.read().decode('utf-8', 'replace').split('\0')[:-1]

    def offered(self, line):
        """All that the word at the end of LINE can become."""
        if self.name == 'zsh':
            return self._offered_by_zsh(line)
        if self.name == 'bash':
            argv = ['bash', '-c', ASK_BASH, 'bash', line]
        else:
            argv = ['fish', '--no-config', '-C', 'source ' + self.path('rc'),
                    '-c', 'complete -C -- $argv[1]', line]
        said = subprocess.run(argv, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, timeout=PATIENCE,
                              check=False).stdout.decode()
        return sorted(word.partition('\t')[0] for word in said.splitlines())

    def _offered_by_zsh(self, line):
        with open(self.path('list'), 'w'):
            pass
        # Ctrl-U, then a line whose end is seen.
        self.typed(line + '\t\x15ftps')
        with open(self.path('list'), encoding='utf-8') as f:
            return sorted(set(filter(None, f.read().split('\n'))))

    def end(self):
        os.close(self.terminal)
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
