# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be broken in a function.

    for mutation in mutations(function):
        mutation.text()         the whole file, broken; lines keep their number
"""

from source import JUMPS

EXCHANGED = {'&&': '||', '||': '&&', '+': '-', '-': '+', '+=': '-=',
             '-=': '+=', '++': '--', '--': '++'}
MOVED = {'<': '<=', '<=': '<', '>': '>=', '>=': '>'}
ASSIGNMENTS = {'=', '+=', '-=', '|=', '&=', '*=', '/=', '%=', '<<=', '>>='}
# Whose first two arguments are alike, while only equality is asked for.
SYMMETRIC = {'strcmp', 'strncmp', 'strcasecmp', 'strncasecmp', 'memcmp'}
# Who asks for more than he needs notices nothing, nor in which order.
ROOM = {'xcalloc': 0, 'xmalloc': 0, 'xreallocarray': 1}
NOT_CALLS = {'if', 'while', 'for', 'switch', 'return', 'sizeof'}


class Mutation:
    """edits: (start, end, text), in order, not overlapping."""

    def __init__(self, kind, function, statement, *edits):
        self.kind, self.function, self.edits = kind, function, edits
        self.source = function.source
        self.statement = function.statements.index(statement)
        whole = self.source.whole
        start = whole.rfind('\n', 0, edits[0][0]) + 1
        end = whole.find('\n', max(edits[-1][1] - 1, edits[0][0]))
        self.line = self.source.line(edits[0][0])
        self.before = whole[start:end]
        self.after = self.apply(start, end)

    def apply(self, start, end):
        whole, parts = self.source.whole, []
        for first, last, text in self.edits:
            lost = whole.count('\n', first, last) - text.count('\n')
            parts += [whole[start:first], text + '\n' * lost]
            start = last
        return ''.join(parts) + whole[start:end]

    def text(self):
        return self.apply(0, len(self.source.whole))

    def key(self):
        """What finds it again in a file that has changed elsewhere."""
        return (self.source.path, self.function.name, self.kind,
                squeeze(self.before), squeeze(self.after))

    def place(self):
        return '%s:%d %s' % (self.source.path, self.line, self.function.name)

    def is_of_locks(self):
        return 'pthread_' in self.before or 'atomic_' in self.before

    def diff(self):
        def lines(mark, text):
            kept = [x for x in text.split('\n') if x.strip()]
            return [mark + x for x in kept]
        before, after = lines('-', self.before), lines('+', self.after)
        while len(before) > 1 and len(after) > 1 and (
                before[0][1:] == after[0][1:]):
            del before[0], after[0]
        while len(before) > 1 and len(after) > 1 and (
                before[-1][1:] == after[-1][1:]):
            del before[-1], after[-1]
        return before[:5] + after[:5]


def squeeze(text):
    return ' '.join(text.split())


class Finder:
    def __init__(self, function):
        self.function, self.source = function, function.source
        self.tokens = self.source.tokens
        self.found = []

    def add(self, kind, statement, *edits):
        self.found.append(Mutation(kind, self.function, statement, *edits))

    def edit(self, first, last, text):
        return (self.tokens[first].start, self.tokens[last].end, text)

    def all(self):
        for statement in self.function.statements:
            if self.tokens[statement.first].text == 'assert':
                continue
            if statement.condition is not None:
                self.condition(statement)
            if statement.kind == 'if':
                self.check(statement)
            elif statement.kind == 'expression':
                self.expression(statement)
            elif statement.kind in JUMPS:
                self.jump(statement)
            if statement.kind != 'declaration':
                self.early_return(statement)
            self.inner(statement)
        return self.found

    # Statements

    def condition(self, statement):
        first, end = statement.condition
        if first == end or statement.kind == 'switch':
            return
        self.invert(statement, first, end)
        self.terms(statement, first, end)

    def invert(self, statement, first, end):
        text = self.source.span(first, end - 1)
        self.add('condition inverted', statement,
                 self.edit(first, end - 1, '!(%s)' % text))

    def terms(self, statement, first, end):
        """Of a && b and of a || b, each inverted and left out."""
        for mark in ('||', '&&'):
            parts = self.split(first, end, mark)
            if len(parts) > 1:
                break
        else:
            return
        for i, (a, b) in enumerate(parts):
            self.invert(statement, a, b)
            # With the operator behind it, or before the last.
            edit = (self.tokens[a].start, self.tokens[b + 1].start, '')
            if i == len(parts) - 1:
                edit = (self.tokens[a - 2].end, self.tokens[b - 1].end, '')
            self.add('check left out', statement, edit)

    def split(self, first, end, mark):
        """The parts between these, outside of parentheses."""
        parts, start, i = [], first, first
        while i < end:
            if self.tokens[i].text in '([{' and i in self.source.partner:
                i = self.source.match(i)
            elif self.tokens[i].text == mark:
                parts.append((start, i))
                start = i + 1
            i += 1
        return parts + [(start, end)]

    def check(self, statement):
        if statement.other is not None:
            return
        first, end = statement.condition
        if self.acts(first, end):
            self.add('error ignored' if statement.body.jumps() else
                     'check left out', statement,
                     self.edit(statement.first, statement.last,
                               '(void)(%s);' % self.source.span(
                                   first, end - 1)))
        else:
            self.add('check left out', statement,
                     self.edit(statement.first, statement.last, ';'))

    def acts(self, first, end):
        """Whether these tokens call or assign something."""
        return any(self.tokens[i].text in ASSIGNMENTS or self.calls(i)
                   for i in range(first, end))

    def calls(self, i):
        return (self.tokens[i].kind == 'name' and
                self.tokens[i + 1].text == '(' and
                self.tokens[i].text not in NOT_CALLS)

    def expression(self, statement):
        first, last = statement.first, statement.last
        i = first
        while i < last and self.tokens[i].text not in ASSIGNMENTS:
            i = self.source.partner.get(i, i) + 1 if (
                self.tokens[i].text in '([{') else i + 1
        if i < last:
            value = self.source.span(i + 1, last - 1)
            text = '(void)(%s);' % value if self.acts(i + 1, last) else ';'
            self.add('assignment dropped', statement,
                     self.edit(first, last, text))
        elif self.acts(first, last):
            self.add('call dropped', statement, self.edit(first, last, ';'))

    def jump(self, statement):
        first, last = statement.first, statement.last
        text = self.tokens[first].text
        if text == 'return' and last > first + 1 and self.calls(first + 1) \
                and self.function.returns[-1] in ('int', 'bool') and (
                    self.source.match(first + 2) == last - 1):
            self.add('error ignored', statement, self.edit(
                first, last, '{ (void)%s; return %s; }' % (
                    self.source.span(first + 1, last - 1),
                    '0' if self.function.returns[-1] == 'int' else 'true')))
        if text in ('break', 'continue'):
            around = self.function.inside(statement, ('loop', 'switch'))
            if around is not None and around.kind == 'loop':
                other = 'continue' if text == 'break' else 'break'
                self.add('break and continue exchanged', statement,
                         self.edit(first, first, other))

    def early_return(self, statement):
        returns = self.function.returns
        if statement.kind == 'return' or statement.parent is None:
            return
        value = ' 0'
        if '*' not in returns:
            if 'struct' in returns:
                return
            if 'void' in returns:
                value = ''
        start = self.tokens[statement.first].start
        edits = [(start, start, 'return%s; ' % value)]
        if statement.parent.kind != 'block':
            end = self.tokens[statement.last].end
            edits = [(start, start, '{ return%s; ' % value),
                     (end, end, ' }')]
        self.add('early return', statement, *edits)

    # Tokens of a statement that are not those of a statement in it

    def own(self, statement):
        inner = [s for s in (statement.body, statement.other) if s]
        for i in range(statement.first, statement.last + 1):
            if not any(s.first <= i <= s.last for s in inner):
                yield i

    def inner(self, statement):
        for i in self.own(statement):
            token = self.tokens[i]
            if token.kind == 'mark':
                self.operator(statement, i)
            elif token.kind == 'number':
                self.number(statement, i)
            elif token.text in ('true', 'false'):
                self.add('constant changed', statement, self.edit(
                    i, i, 'false' if token.text == 'true' else 'true'))
            elif self.calls(i):
                self.arguments(statement, i)

    def operator(self, statement, i):
        text = self.tokens[i].text
        if text in MOVED:
            self.add('bound moved by one', statement,
                     self.edit(i, i, MOVED[text]))
        elif text in EXCHANGED and self.is_binary(i):
            self.add('%s for %s' % (EXCHANGED[text], text), statement,
                     self.edit(i, i, EXCHANGED[text]))

    def is_binary(self, i):
        if self.tokens[i].text not in '+-':
            return True
        before = self.tokens[i - 1]
        return (before.kind in ('number', 'name', 'string') and
                before.text not in NOT_CALLS) or before.text in ')]'

    def number(self, statement, i):
        text = self.tokens[i].text
        before, behind = self.tokens[i - 1].text, self.tokens[i + 1].text
        if not text.isdigit() or (text != '0' and text.startswith('0')):
            return
        # An array's size, and a mere mark that something failed, or is so.
        if statement.kind == 'declaration' and before == '[':
            return
        if before == '-' and not self.is_binary(i - 1):
            values = [int(text) - 1]
        elif statement.kind == 'return' and behind == ';':
            values = [int(text) - 1] if text != '0' else [1]
        elif text == '0':
            values = [1]
        else:
            values = [int(text) - 1, int(text) + 1]
        if self.is_room(statement, i):
            values = [value for value in values if value < int(text)]
        for value in values:
            self.add('constant moved by one', statement,
                     self.edit(i, i, str(value)))

    def is_room(self, statement, i):
        return any(self.tokens[j].text in ROOM and
                   self.source.match(j + 1) > i
                   for j in range(statement.first, i) if self.calls(j))

    def arguments(self, statement, i):
        close = self.source.match(i + 1)
        if close == i + 2:
            return
        parts = self.split(i + 2, close, ',')
        texts = [self.source.span(a, b - 1) for a, b in parts]
        for j in range(len(parts)):
            for k in range(j + 1, len(parts)):
                if texts[j] == texts[k] or (
                        k == 1 and self.tokens[i].text in SYMMETRIC and
                        self.tokens[close + 1].text in ('==', '!=')):
                    continue
                if j == ROOM.get(self.tokens[i].text):
                    continue
                (a, b), (c, d) = parts[j], parts[k]
                self.add('arguments exchanged', statement,
                         self.edit(a, b - 1, texts[k]),
                         self.edit(c, d - 1, texts[j]))


def mutations(function):
    return Finder(function).all()
