# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a case that fails smaller.

    text, complaints = shrink(text, complaints, play)

Lines and words of the case are left out as long as what is left fails in the
same way: the first complaint is the same but for names and numbers.  With
several connections the order of events is not the case's own; then a smaller
one is played up to REPLAYS times before it counts as one that does not fail.
"""

import re

REPLAYS = 20
PLAYS = 1500                    # enough is enough
FIXED = ('title', 'storm')
PLAIN = ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h')


def kind(complaints):
    """What went wrong, without what it went wrong with."""
    text = re.sub(r'^run \d+: ', '', complaints[0]) if complaints else ''
    text = re.sub(r'''"[^"]*"|'(\\.|[^'])*\'''', 'NAME', text)
    return re.sub(r'\d+', 'N', text.partition(': NAME')[0])


def shrink(text, complaints, play):
    return Shrinker(complaints, play).shrink(text.split('\n'))


class Shrinker:
    def __init__(self, complaints, play):
        self.play, self.complaints = play, complaints
        self.kind = kind(complaints)
        self.plays = 0

    def fails(self, lines):
        once = 'set connections 1' in lines and not any(
            '"-P"' in line or '"-n" "' in line for line in lines)
        for _ in range(1 if once else REPLAYS):
            if self.plays >= PLAYS:
                return False
            self.plays += 1
            complaints = self.play('\n'.join(lines))
            if complaints and kind(complaints) == self.kind:
                self.complaints = complaints
                return True
        return False

    def shrink(self, lines):
        lines = self.alone([line for line in lines if line])
        before = None
        while before != lines:
            before = lines
            lines = self.without_end(lines)
            lines = self.without_lines(lines)
            lines = self.without_words(lines)
            lines = self.plainer(lines)
        return '\n'.join(lines) + '\n', self.complaints

    def try_each(self, lines, others):
        for other in others:
            if other != lines and self.fails(other):
                return other
        return lines

    def alone(self, lines):
        """Over one connection, if it fails so, too: then a seed is enough."""
        sets = [i for i, line in enumerate(lines)
                if line.startswith('set ')] or [1]
        fewer = [re.sub(r' "-P" "\d+"', '', line) for line in lines
                 if not line.startswith('set connections')]
        fewer.insert(sets[0] + 1, 'set connections 1')
        return self.try_each(lines, [fewer])

    def without_end(self, lines):
        """The runs behind the one that fails."""
        runs = [i for i, line in enumerate(lines) if line.startswith('run ')]
        return self.try_each(lines, [lines[:at + 1] for at in runs])

    def without_lines(self, lines):
        """Halves, quarters, and so on, down to single lines."""
        size = len(lines) // 2
        while size:
            at = 0
            while at < len(lines):
                fewer = lines[:at] + [
                    line for line in lines[at:at + size]
                    if line.startswith(FIXED)] + lines[at + size:]
                if fewer != lines and fewer[-1].startswith('run ') and \
                        self.fails(fewer):
                    lines = fewer
                else:
                    at += size
            size //= 2
        return lines

    def without_words(self, lines):
        """Options of the command, in all its runs; times and modes."""
        found = {word for line in lines if line.startswith('run ')
                 for word in re.findall(
                     r' "-[^"]+" "[^"/]*[^"/ ]"(?= "-)| "-[^"]+"', line)}
        for word in sorted(found, key=len, reverse=True):
            lines = self.try_each(lines, [[
                line.replace(word, '', 1) if line.startswith('run ')
                else line for line in lines]])
        for pattern in (r' mtime \S+$', r' mode \d+$', r' (mtime \S+)(?= mode)'
                        ):
            for i, line in enumerate(lines):
                if line.startswith('have '):
                    lines = self.try_each(lines, [
                        lines[:i] + [re.sub(pattern, '', line)]
                        + lines[i + 1:]])
        return lines

    def plainer(self, lines):
        """Plain names and small files."""
        text = '\n'.join(lines)
        names = {part for path in re.findall(
            r'"/?(?:here|there)/((?:\\.|[^"\\])+)"', text)
            for part in path.split('/')}
        for name in sorted(names, key=len, reverse=True):
            if name in PLAIN:
                continue
            fresh = next((p for p in PLAIN if '/%s"' % p not in text
                          and '/%s/' % p not in text), None)
            if fresh is None:
                break
            other = re.sub('(?<=/)%s(?=[/"*])' % re.escape(name), fresh, text)
            text = '\n'.join(self.try_each(text.split('\n'),
                                           [other.split('\n')]))
        lines = text.split('\n')
        for i, line in enumerate(lines):
            small = re.sub(r'bytes (\d{3,}) of s(\d+)', r'bytes \2 of s\2',
                           line)
            lines = self.try_each(lines, [lines[:i] + [small]
                                          + lines[i + 1:]])
        return lines
