# SPDX-License-Identifier: MIT
"""What the reports of the pipe and of the queue show alike."""

import platform
from pathlib import Path

import svg

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


def print_figures(results, title, figures):
    """figures: what it is -> the key of its median."""
    heading(title)
    for what, key in figures.items():
        value = results.median(*key)
        shown = 'not measured' if value is None else f'{value:g}'
        print(f'{what:<52}{shown:>14}')


def print_targets(found):
    heading('Targets (ratios of medians; medians of the ratios of each round)')
    for target in found:
        figures = ['' if value is None else f'{value:.2f}'
                   for value in (target.measured, target.by_round)]
        print(f'{target.what:<42}target {target.relation} '
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


def plot_latency(results, path):
    write_plot(path, 'One-way latency of 8 bytes to a process that waits',
               'percentile', 'nanoseconds', PERCENTILES,
               rows(results, 'latency', [(8, name) for name in PERCENTILES]))
