# SPDX-License-Identifier: GPL-3.0-or-later
"""Figures of one case: a table, and a line of JSON for each run.

    sheet = Sheet(title, names, case)
    sheet.add('lftp', result, None)         or what was wrong
    sheet.refuse('curl', 'cannot do that')
    print(sheet.table())
"""
from statistics import median

FORMAT = '{:13} {:>26} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>5}'
HEADER = FORMAT.format('client', 'wall s', 'user s', 'sys s', 'CPU s',
                       'RSS MiB', 'x wall', 'x CPU', 'RTT')


def seconds(value):
    return f'{value:.2f}' if value >= 10 else f'{value:.3f}'


class Sheet:
    def __init__(self, title, names, case):
        self.title = title
        self.case = case
        self.results = {name: [] for name in names}
        self.problems = {name: [] for name in names}
        self.refused = {}

    def add(self, name, result, problem):
        self.results[name].append(result)
        if problem:
            self.problems[name].append(problem)

    def refuse(self, name, why):
        self.refused[name] = why

    def ranked(self):
        return [name for name in self.results
                if self.results[name] and not self.problems[name]]

    def middle(self, name, field):
        return median(getattr(r, field) for r in self.results[name])

    def best(self, field):
        """Of the peers; None if none was right."""
        return min((self.middle(name, field) for name in self.ranked()
                    if name not in ('ftps', 'ftps-sizes')), default=None)

    def row(self, name):
        if name in self.refused:
            return f'{name:13} not measured: {self.refused[name]}'
        runs, bad = self.results[name], self.problems[name]
        if bad:
            return (f'{name:13} WRONG in {len(bad)} of {len(runs)} runs '
                    f'({seconds(self.middle(name, "wall"))} s): {bad[0]}')
        walls = [r.wall for r in runs]
        spread = (f'{seconds(median(walls))} ({seconds(min(walls))}-'
                  f'{seconds(max(walls))})')
        return FORMAT.format(
            name, spread, *(seconds(self.middle(name, f))
                            for f in ('user', 'system', 'cpu')),
            f'{self.middle(name, "rss_kib") / 1024:.1f}',
            self.ratio(name, 'wall'), self.ratio(name, 'cpu'),
            self.trips(name))

    def ratio(self, name, field):
        best = self.best(field)
        return f'{self.middle(name, field) / best:.2f}' if best else '-'

    def trips(self, name):
        """Round trips, where it is they that take the time."""
        if self.case.units is None:
            return ''
        seconds_each = self.middle(name, 'wall') / self.case.units
        return f'{seconds_each / self.case.rtt:.1f}'

    def table(self):
        return '\n'.join([self.title, HEADER, *map(self.row, self.results)])
