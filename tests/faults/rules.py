# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server does otherwise than a correct one: the `on' lines of a case.

    on EVENT[:ARG] [first | nth N | from N | upto N] ACTION [VALUE]...

EVENT is a command (or a glob for it), or `connect' (before the greeting),
`tls' (the handshake of the control connection), `data' (every data
connection).  ARG is a glob for the command's argument, or for the absolute
path it names.  All rules that match are merged; the first to name an action
wins.  The README lists the actions.
"""

import fnmatch
import os
import re
import threading

FLAG, TEXT, RAW, NUMBER, WORD = range(5)

ACTIONS = {
    # replies and the control connection
    'reply': TEXT, 'say': TEXT, 'raw': RAW, 'lead': RAW, 'trail': RAW,
    'split': FLAG, 'pause': NUMBER, 'drop': FLAG, 'close': FLAG,
    'rst': FLAG, 'stall': FLAG, 'login': FLAG, 'clear-reply': RAW,
    'lines': FLAG, 'slow': NUMBER, 'endless': FLAG,
    'before': WORD, 'behind': WORD, 'times': NUMBER, 'every': NUMBER,
    # the data connection
    'prelim': TEXT, 'late': FLAG, 'gone': FLAG, 'early': FLAG, 'cut': NUMBER,
    'end': WORD, 'keep': NUMBER, 'content': RAW, 'add': RAW,
    'in-clear': FLAG, 'cert': WORD, 'fresh': FLAG, 'corrupt': NUMBER,
    'piece': NUMBER, 'open': WORD, 'ignore-rest': FLAG, 'kill-at': NUMBER,
    'garbage': RAW, 'pause-end': NUMBER, 'handshake': WORD, 'refuse': TEXT,
    'junk': RAW, 'torn': FLAG, 'deaf': NUMBER, 'source': WORD,
    'stranger': WORD, 'until-notify': FLAG, 'between': WORD, 'last': WORD,
    # the client and what is around it
    'at': NUMBER, 'await': NUMBER, 'exec': TEXT, 'vanish': WORD,
    'signal': WORD, 'grow': WORD, 'rewrite': WORD, 'exchange': WORD,
    'copy': WORD, 'local-vanish': WORD, 'local-grow': WORD,
    'local-rewrite': WORD, 'local-exchange': WORD,
}


REPEAT = re.compile(r'\{([^{}]+?)\*(\d+)\}')


class RuleError(Exception):
    pass


class Rule:
    def __init__(self, words, optional=False):
        words = list(words)
        self.text = ' '.join(words)
        self.optional = optional
        self.event, _, self.glob = words.pop(0).partition(':')
        self.low, self.high = 1, 1 << 62
        self.count = self.applied = 0
        if words and words[0] == 'first':
            words.pop(0)
            self.high = 1
        elif words and words[0] in ('nth', 'from', 'upto'):
            how, n = words.pop(0), int(words.pop(0))
            self.low = 1 if how == 'upto' else n
            self.high = self.high if how == 'from' else n
        self.actions = {}
        while words:
            name = words.pop(0)
            if name not in ACTIONS:
                raise RuleError('no such action: ' + name)
            self.actions[name] = self._value(ACTIONS[name], words)

    @staticmethod
    def _value(kind, words):
        if kind == FLAG:
            return True
        if not words:
            raise RuleError('a value is missing at the end')
        word = words.pop(0)
        if kind == NUMBER:
            return float(word) if '.' in word else int(word)
        return repeat(word)

    def hit(self, event, names):
        if not fnmatch.fnmatchcase(event, self.event):
            return False
        if self.glob and not any(fnmatch.fnmatchcase(name, self.glob)
                                 for name in names):
            return False
        self.count += 1
        applies = self.low <= self.count <= self.high
        self.applied += applies
        return applies

    def unused(self):
        return not self.optional and self.count < self.low


class Rules:
    def __init__(self, rules=()):
        self.lock = threading.Lock()
        self.rules = list(rules)

    def look(self, event, *names):
        """Count one EVENT, of which NAMES can be asked for in ARG; the
        actions that apply to it."""
        merged = {}
        with self.lock:
            for rule in self.rules:
                if rule.hit(event, names):
                    merged = {**rule.actions, **merged}
        return merged


def repeat(text):
    """{TEXT*N} is N times TEXT."""
    return REPEAT.sub(lambda m: m[1] * int(m[2]), text)


def encode(text):
    """The bytes that a case means: UTF-8, and \\xNN as it stands."""
    return os.fsencode(text)
