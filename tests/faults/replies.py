# SPDX-License-Identifier: GPL-3.0-or-later
"""How answers go out, and how a control connection ends."""

import os
import time

from rules import encode


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
            data = encode(self.expand(answer).replace('\n', '\r\n')) + b'\r\n'
        if self.muted:
            data = b''
        data = encode(act.get('lead', '')) + data
        data += encode(act.get('trail', ''))
        if act.get('clear-reply'):
            self.control.write_raw(encode(act['clear-reply']))
        if data:
            self.log('reply', os.fsdecode(data.rstrip()))
        self.control.utter(act.get('before'), act)
        while data:
            self.send_pieces(data, act)
            if not act.get('endless'):
                break
        self.control.utter(act.get('behind'), act)

    def send_pieces(self, data, act):
        pieces = [data]
        if act.get('lines'):
            pieces = data.splitlines(keepends=True)
        elif act.get('split'):
            pieces = [data[i:i + 1] for i in range(len(data))]
        for piece in pieces:
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

    def end_control(self, act):
        for how, end in (('drop', 'fin'), ('close', 'notify'),
                         ('rst', 'rst'), ('stall', 'stall')):
            if act.get(how):
                self.control.finish(end)
                if how != 'rst' and how != 'stall':
                    self.control.finish('stall')
                raise Stop(how)
