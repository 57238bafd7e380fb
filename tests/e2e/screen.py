# SPDX-License-Identifier: GPL-3.0-or-later
"""What a terminal of some size shows: as much of a VT100 as libedit and we use.

Lines that are too long go on in the next row, and are laid out anew when the
size changes, as most terminals of today do it.
"""
import codecs
import re
import unicodedata

SEQUENCE = re.compile('\033(?:\\[([0-9;?]*)([@-~])|[()].|[=>78DM])')


def width(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in 'WF' else 1


class Screen:
    """rows: lists of characters, '' behind a wide one; wrapped: which of them
    go on in the next row."""

    def __init__(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.rows, self.wrapped = [[]], [False]
        self.row = self.column = 0
        self.decoder = codecs.getincrementaldecoder('utf-8')('replace')
        self.rest = ''

    def text(self):
        """The rows, without the blanks at their ends."""
        rows = [''.join(row).rstrip() for row in self.rows]
        return '\n'.join(rows).rstrip('\n')

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest = ''
        at = 0
        while at < len(text):
            if text[at] != '\033':
                self.put(text[at])
                at += 1
                continue
            match = SEQUENCE.match(text, at)
            if not match:
                self.rest = text[at:]
                if len(self.rest) > 20:
                    raise ValueError('unknown sequence: %r' % self.rest)
                return
            self.obey(match.group(2), match.group(1) or '')
            at = match.end()

    def put(self, char):
        if char == '\n':
            self.down()
        elif char == '\r':
            self.column = 0
        elif char == '\b':
            self.column = max(0, min(self.column, self.columns) - 1)
        elif char >= ' ':
            self.show(char)

    def down(self):
        self.row += 1
        while self.row >= len(self.rows):
            self.rows.append([])
            self.wrapped.append(False)

    def show(self, char):
        n = width(char)
        if self.column + n > self.columns:
            self.wrapped[self.row] = True
            self.down()
            self.column = 0
        row = self.rows[self.row]
        row.extend(' ' * (self.column + n - len(row)))
        row[self.column] = char
        if n == 2:
            row[self.column + 1] = ''
        self.column += n

    def obey(self, verb, arguments):
        n = int(arguments) if arguments.isdigit() else 0
        row = self.rows[self.row]
        top = max(0, len(self.rows) - self.lines)
        if verb == 'A':
            self.row = max(top, self.row - max(n, 1))
        elif verb == 'B':
            for _ in range(max(n, 1)):
                self.down()
        elif verb == 'C':
            self.column = min(self.columns - 1, self.column + max(n, 1))
        elif verb == 'D':
            self.column = max(0, self.column - max(n, 1))
        elif verb in 'KJ' and n == 0:
            del row[self.column:]
            self.wrapped[self.row] = False
            if verb == 'J':
                del self.rows[self.row + 1:], self.wrapped[self.row + 1:]
        elif verb not in 'mhl':
            raise ValueError('unknown sequence: CSI %s %s' % (arguments, verb))

    def resize(self, columns, lines):
        old, wrapped = self.rows, self.wrapped
        at = self.row, self.column
        self.__init__(columns, lines)
        cursor = None
        for i, row in enumerate(old):
            for j, char in enumerate(row):
                if (i, j) == at:
                    cursor = self.row, self.column
                if char:
                    self.show(char)
            if i == at[0] and cursor is None:
                cursor = self.row, self.column + at[1] - len(row)
            if i + 1 < len(old) and not wrapped[i]:
                self.down()
                self.column = 0
        self.row, self.column = cursor
        self.column = min(self.column, columns - 1)
