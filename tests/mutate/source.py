# SPDX-License-Identifier: GPL-3.0-or-later
"""C as it is written here: tokens, functions, statements.

    source = Source(path, text)
    for function in source.functions:
        for statement in function.statements:   every one, also inner ones
    source.traced(first)    the text, noting each statement that is run

No preprocessor and no types: what an `{' in the first column opens behind a
`)' is a function, and the rest follows from the style of the project.
"""

import re

TOKEN = re.compile(r'''
      (?P<space>\s+ | /\*.*?\*/ | //[^\n]*)
    | (?P<cpp>^[ \t]*\#(?:\\\n|[^\n])*)
    | (?P<string>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')
    | (?P<number>\.?\d(?:[eE][-+]|[\w.])*)
    | (?P<name>\w+)
    | (?P<mark>->|\+\+|--|<<=|>>=|<=|>=|==|!=|&&|\|\||<<|>>|[-+*/%&|^]=
              |\.\.\.|.)
    ''', re.VERBOSE | re.MULTILINE | re.DOTALL)
OPEN, CLOSE = '([{', ')]}'
TYPES = {'const', 'static', 'struct', 'enum', 'union', 'unsigned', 'signed',
         'char', 'short', 'int', 'long', 'bool', 'double', 'float', 'void',
         'volatile', 'extern', 'size_t', 'ssize_t', 'time_t', 'off_t',
         'mode_t', 'va_list'}
JUMPS = {'return', 'goto', 'break', 'continue'}


class Token:
    def __init__(self, kind, text, start):
        self.kind, self.text, self.start = kind, text, start
        self.end = start + len(text)


class Statement:
    """first and last: the indices of its tokens; condition: those between
    the parentheses, without them (start, behind the end)."""

    def __init__(self, kind, first, parent):
        self.kind, self.first, self.parent = kind, first, parent
        self.last = first
        self.condition = None
        self.body = self.other = None

    def jumps(self):
        """Whether it always leaves what is around it."""
        if self.kind == 'block':
            return bool(self.inner) and self.inner[-1].jumps()
        return self.kind in JUMPS


class Function:
    def __init__(self, source, name, returns, first, last):
        self.source, self.name, self.returns = source, name, returns
        self.first, self.last = first, last
        self.statements = []
        self.parse_block(first, None)

    def text(self, i):
        return self.source.tokens[i].text

    def parse_block(self, i, parent):
        """The block that opens at i."""
        block = Statement('block', i, parent)
        block.inner = []
        i += 1
        while self.text(i) != '}':
            block.inner.append(self.parse(i, block))
            i = block.inner[-1].last + 1
        block.last = i
        return block

    def parse(self, i, parent):
        text = self.text(i)
        if text == '{':
            return self.parse_block(i, parent)
        if text in ('case', 'default') or (
                self.source.tokens[i].kind == 'name' and
                self.text(i + 1) == ':'):
            return self.parse_label(i, parent)
        loop = text in ('for', 'while') or (
            text.isupper() and self.text(i + 1) == '(' and
            self.text(self.source.match(i + 1) + 1) not in
            (';', '.', ',', '=', '->'))
        if text in ('if', 'switch') or loop:
            return self.parse_headed('loop' if loop else text, i, parent)
        if text == 'do':
            return self.parse_do(i, parent)
        kind = text if text in JUMPS else (
            'declaration' if self.declares(i) else 'expression')
        found = Statement(kind, i, parent)
        found.last = self.source.find(';', i)
        self.statements.append(found)
        return found

    def parse_label(self, i, parent):
        found = Statement('label', i, parent)
        while self.text(i) != ':':
            i += 1
        found.last = i
        return found

    def parse_headed(self, kind, i, parent):
        found = Statement(kind, i, parent)
        self.statements.append(found)
        close = self.source.match(i + 1)
        found.condition = (i + 2, close)
        if self.text(i) == 'for':
            start = self.source.find(';', i + 2)
            found.condition = (start + 1, self.source.find(';', start + 1))
        elif kind == 'loop' and self.text(i) != 'while':
            found.condition = None
        found.body = self.parse(close + 1, found)
        found.last = found.body.last
        if kind == 'if' and self.text(found.last + 1) == 'else':
            found.other = self.parse(found.last + 2, found)
            found.last = found.other.last
        return found

    def parse_do(self, i, parent):
        found = Statement('loop', i, parent)
        self.statements.append(found)
        found.body = self.parse(i + 1, found)
        start = found.body.last + 2
        found.condition = (start + 1, self.source.match(start))
        found.last = self.source.match(start) + 1
        return found

    def declares(self, i):
        if self.text(i) in TYPES:
            return True
        if self.source.tokens[i].kind != 'name':
            return False
        i += 1
        while self.text(i) == '*':
            i += 1
        return self.source.tokens[i].kind == 'name'

    def inside(self, statement, kinds):
        """The nearest of these kinds around a statement."""
        at = statement.parent
        while at is not None and at.kind not in kinds:
            at = at.parent
        return at


class Source:
    def __init__(self, path, text):
        self.path, self.whole = path, text
        self.tokens = [Token(m.lastgroup, m.group(), m.start())
                       for m in TOKEN.finditer(text)
                       if m.lastgroup not in ('space', 'cpp')]
        self.partner = self.pair()
        self.functions = list(self.find_functions())

    def pair(self):
        partner, stack = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind != 'mark':
                continue
            if token.text in OPEN:
                stack.append(i)
            elif token.text in CLOSE:
                partner[i] = stack.pop()
                partner[partner[i]] = i
        return partner

    def match(self, i):
        return self.partner[i]

    def find(self, text, i):
        """The next one that is not in parentheses or braces."""
        while self.tokens[i].text != text:
            mark = self.tokens[i].text in OPEN and i in self.partner
            i = self.partner[i] + 1 if mark else i + 1
        return i

    def find_functions(self):
        for i, token in enumerate(self.tokens):
            if token.text != '{' or self.tokens[i - 1].text != ')' or (
                    self.whole[token.start - 1] != '\n'):
                continue
            name = self.partner[i - 1] - 1
            returns, j = [], name - 1
            while j >= 0 and self.tokens[j].text not in ';}':
                if self.tokens[j].text == ')':      # of __attribute__
                    j = self.partner[j] - 1
                else:
                    returns.insert(0, self.tokens[j].text)
                j -= 1
            yield Function(self, self.tokens[name].text, returns, i,
                           self.partner[i])

    def line(self, offset):
        return self.whole.count('\n', 0, offset) + 1

    def span(self, first, last):
        """The text of these tokens."""
        return self.whole[self.tokens[first].start:self.tokens[last].end]

    def traced(self, number):
        """The text that notes its statements from this number on, and their
        count."""
        marks = []
        count = 0
        for function in self.functions:
            for statement in function.statements:
                if statement.kind != 'declaration':
                    start = self.tokens[statement.first].start
                    end = self.tokens[statement.last].end
                    marks.append((start, 1, -end,
                                  '{ MUTATE_RAN(%d); ' % (number + count)))
                    marks.append((end, 0, -start, ' }'))
                count += 1
        return insert(self.whole, marks), count


def insert(text, marks):
    """Ends before beginnings; of beginnings the outer, of ends the inner
    first."""
    parts, at = [], 0
    for offset, _, _, what in sorted(marks):
        parts += [text[at:offset], what]
        at = offset
    return ''.join(parts) + text[at:]
