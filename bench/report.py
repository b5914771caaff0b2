#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: report.py RESULTS

Makes a table of what the benchmark programs left in this folder, and two plots
beside it: throughput.svg and latency.svg.
"""

import platform
import sys
from pathlib import Path

import svg
import targets
from results import Results

PERCENTILES = ['p50', 'p90', 'p99', 'p99.9']


def size_name(size):
    return f'{size // 1024} KiB' if size >= 1024 else f'{size} B'


def machine():
    """One line about where this ran."""
    model = next((line.split(':', 1)[1].strip()
                  for line in Path('/proc/cpuinfo').read_text().splitlines()
                  if line.startswith('model name')), platform.machine())
    return f'{model}, Linux {platform.release()}'


def heading(words):
    print(f'\n{words}\n{"-" * len(words)}')


def print_table(results, question, measure, title, unit, divisor):
    """Medians of a question, with the quartiles of the rounds."""
    heading(f'{title} ({unit}; median, middle half of the rounds)')
    for size in results.sizes(question):
        for contender in results.contenders(question, measure):
            key = (question, contender, size, measure)
            middle = results.median(*key)
            if middle is None:
                continue
            low, high = (value / divisor for value in
                         results.middle_half(*key))
            print(f'{size_name(size):>7}  {contender:<26}'
                  f'{middle / divisor:>12.3f}   {low:.3f} - {high:.3f}')


def print_percentiles(results):
    heading('Latency of single messages (ns, reading the clock included)')
    print(f'{"":35}' + ''.join(f'{name:>10}' for name in PERCENTILES))
    for size in results.sizes('latency'):
        for contender in results.contenders('latency', 'p50'):
            row = [results.median('latency', contender, size, name)
                   for name in PERCENTILES]
            if None in row:
                continue
            print(f'{size_name(size):>7}  {contender:<26}' +
                  ''.join(f'{value:>10.0f}' for value in row))


def print_lost_wakes(results):
    heading('Wake-ups through ck_ec between two processes')
    columns = ['rounds', 'slept', 'overwritten', 'lost']
    print(f'{"":28}{"missing lines":>14}' +
          ''.join(f'{name:>13}' for name in columns))
    for contender in results.contenders('lost_wake', 'rounds'):
        for lines in results.sizes('lost_wake'):
            row = [results.median('lost_wake', contender, lines, name)
                   for name in columns]
            print(f'{contender:<28}{lines:>14}' +
                  ''.join(f'{value:>13.0f}' for value in row))


def print_small_figures(results):
    heading('Other figures of weir')
    for what, key in {
            'idle reader: wakes in all': ('idle', 'weir', 8, 'wakes'),
            'new pipe: bytes taken': ('memory', 'weir', 0, 'allocated'),
            'create and close: microseconds':
                ('create', 'weir', 0, 'microseconds'),
            'memfd: microseconds': ('create', 'memfd', 0, 'microseconds'),
            'instructions for a send and a receive of 8 B':
                ('instructions', 'weir', 8, 'per_pair')}.items():
        value = results.median(*key)
        shown = 'not measured' if value is None else f'{value:g}'
        print(f'{what:<48}{shown:>14}')


def print_targets(found):
    heading('Targets (ratios of medians; medians of the ratios of each round)')
    for target in found:
        figures = ['' if value is None else f'{value:.2f}'
                   for value in (target.measured, target.by_round)]
        print(f'{target.what:<38}target {target.relation} '
              f'{target.wanted:<6g} measured {figures[0]:>8} '
              f'{target.unit or figures[1]:>8}  {target.verdict()}')
    reached = sum(target.verdict() == 'reached' for target in found)
    print(f'\n{reached} of {len(found)} targets reached')


def rows(results, question, keys):
    """contender -> medians for these (bytes, measure); without empty ones."""
    table = {}
    for contender in dict.fromkeys(key[1] for key in results.figures
                                   if key[0] == question):
        row = [results.median(question, contender, *key) for key in keys]
        if any(value is not None for value in row):
            table[contender] = row
    return table


def write_plot(path, title, x_title, y_title, columns, series):
    if series:
        path.write_text(svg.plot(title, x_title, y_title, columns, series))
        print(f'plot: {path}')


def write_plots(results, folder):
    sizes = results.sizes('throughput')
    write_plot(folder / 'throughput.svg',
               'Messages from one process to another', 'size of a message',
               'messages a second', [size_name(size) for size in sizes],
               {name: row for name, row in
                rows(results, 'throughput',
                     [(size, 'per_second') for size in sizes]).items()
                if not name.startswith('weir made')})
    write_plot(folder / 'latency.svg',
               'One-way latency of 8 bytes to a process that waits',
               'percentile', 'nanoseconds', PERCENTILES,
               rows(results, 'latency', [(8, name) for name in PERCENTILES]))


def main(folder):
    results = Results(folder)
    print(machine())
    print_table(results, 'throughput', 'per_second', 'Throughput',
                'million messages a second', 1e6)
    print_table(results, 'latency', 'median', 'Latency', 'ns', 1)
    print_percentiles(results)
    print_table(results, 'asleep', 'two_cpus',
                'Hand-over to a sleeper, two CPUs', 'us', 1e3)
    print_table(results, 'asleep', 'one_cpu',
                'Hand-over to a sleeper, one CPU', 'us', 1e3)
    print_table(results, 'event_count', 'per_second',
                'The price of being able to wake',
                'million messages a second', 1e6)
    print_lost_wakes(results)
    print_small_figures(results)
    print_targets(targets.all_targets(results))
    for line in results.left_out:
        print(line)
    write_plots(results, Path(folder))


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
