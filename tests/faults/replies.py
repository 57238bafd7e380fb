# SPDX-License-Identifier: GPL-3.0-or-later
"""How answers go out, and how a control connection ends."""

import os
import time

from rules import encode

USELESS = {'200': 'ok', '202': 'superfluous', '213': 'yes',
           '250': 'done', '500': 'unknown command', '501': 'bad argument',
           '502': 'not implemented', '504': 'not for that',
           '550': 'not possible'}


class Stop(Exception):
    """This control connection ends."""


class Wire(str):
    """An answer with its line ends as they are to be sent."""


class Replies:
    """Part of a Session."""

    def send(self, answer, act=None):
        act = act or {}
        data = b''
        if 'raw' in act:
            data = encode(act['raw'])
        elif isinstance(answer, Wire):
            data = encode(answer)
        elif answer:
            answer = self.lengthened(self.expand(answer))
            data = encode(answer.replace('\n', '\r\n')) + b'\r\n'
        if self.muted:
            data = b''
        data = encode(act.get('lead', '')) + data
        data += encode(act.get('trail', ''))
        if act.get('clear-reply'):
            self.control.write_raw(encode(act['clear-reply']))
        if data:
            self.log('reply', os.fsdecode(data.rstrip()))
        if data and self.delay:
            time.sleep(self.delay / 1000)
        if self.joins() and not act:
            self.held += data
            return
        self.flush()
        self.control.utter(act.get('before'), act)
        while data:
            self.send_pieces(data, act)
            if not act.get('endless'):
                break
        self.control.utter(act.get('behind'), act)

    def joins(self):
        """A worker's replies would wait for nobody."""
        return self.server.options['replies'] == 'joined' and not self.worker

    def flush(self):
        held, self.held = self.held, b''
        if held:
            self.control.write(held)

    def lengthened(self, answer):
        """ANSWER as one of many lines; what it says in the first and last."""
        how, code = self.server.options['long-replies'], answer[:3]
        if how == 'no' or '\n' in answer or not code.isdigit() or (
                code[:1] == '1' and how != 'all'):
            return answer
        other = '220 x' if code != '220' else '500 x'
        return '\n'.join([code + '-' + answer[4:], other, ' ' + answer,
                          code + '-and so on', answer])

    def send_pieces(self, data, act):
        how = 'lines' if act.get('lines') else 'bytes' if act.get('split') \
            else self.server.options['replies']
        for piece in pieces(data, how):
            self.control.write(piece)
            if act.get('slow'):
                time.sleep(act['slow'])

    def expand(self, answer):
        """{p1},{p2} and {port} of the passive socket."""
        if self.passive:
            port = self.passive.getsockname()[1]
            for name, value in (('p1', port >> 8), ('p2', port & 255),
                                ('dataport', port)):
                answer = answer.replace('{%s}' % name, str(value))
        return answer

    def useless(self, verb, arg):
        """What VERB is always answered, or None."""
        code = self.server.useless.get(full(verb, arg))
        return code and code + ' ' + USELESS.get(code, 'so it is')

    def end_control(self, act):
        for how, end in (('drop', 'fin'), ('close', 'notify'),
                         ('rst', 'rst'), ('stall', 'stall')):
            if how in act:
                self.flush()
                self.over = True
                self.control.finish(end)
                if how != 'rst' and how != 'stall':
                    self.control.finish('stall')
                raise Stop(how)


def full(verb, arg):
    """SITE-CHMOD and such; else the verb."""
    return '%s-%s' % (verb, arg.partition(' ')[0].upper()) \
        if verb == 'SITE' else verb


def pieces(data, how):
    if how == 'lines':
        return data.splitlines(keepends=True)
    if how == 'bytes':
        return [data[i:i + 1] for i in range(len(data))]
    if how == 'split':
        # Within the code, behind it, and between CR and LF.
        cuts = [0, 1, 4, len(data) // 2, len(data) - 1, len(data)]
        return [data[a:b] for a, b in zip(cuts, cuts[1:]) if a < b]
    return [data]
