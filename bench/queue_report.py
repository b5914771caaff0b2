# SPDX-License-Identifier: MIT
"""The queue: tables, and three plots, throughput.svg, processes.svg and
latency.svg."""

import queue_targets
from queue_targets import CROWDS
from tables import (heading, plot_latency, print_figures, print_percentiles,
                    print_table, print_targets, rows, size_name, write_plot)


def print_crowds(results):
    heading('8 B between many processes on two CPUs (thousand messages a second;'
            ' the slowest round as a share of the median)')
    print(f'{"":26}' + ''.join(f'{crowd:>18}' for crowd in CROWDS))
    for contender in results.contenders('throughput', CROWDS[0]):
        keys = [('throughput', contender, 8, crowd) for crowd in CROWDS]
        if None in [results.median(*key) for key in keys[1:]]:
            continue
        print(f'{contender:<26}' + ''.join(
            f'{results.median(*key) / 1e3:>11.2f}'
            f'{results.slowest_share(*key) or 0:>7.2f}' for key in keys))


def print_stops(results):
    heading('One of two producers and two consumers is stopped: how often'
            ' nothing goes on')
    for contender in results.contenders('stopped', 'stops'):
        stalls, stops = (results.median('stopped', contender, 8, measure)
                         for measure in ('stalls', 'stops'))
        print(f'{contender:<26}{stalls:>6.0f} of {stops:.0f}')


def print_small_figures(results):
    figures = {}
    for size in (8, 64):
        for name in ('weir', 'vyukov'):
            figures[f'{name}: instructions for a put and a get of {size} B'] = (
                'instructions', name, size, 'per_pair')
    figures.update({
        'recovery of one death, 100,000 blocks: microseconds':
            ('recovery', 'weir', 64, 'microseconds'),
        'empty queue: bytes taken': ('memory', 'weir', 0, 'allocated'),
        'empty queue: bytes resident': ('memory', 'weir', 0, 'resident')})
    for size in (8, 64, 120):
        figures[f'full queue: bytes beside a message of {size} B'] = (
            'memory', 'weir', size, 'beside')
        figures[f'a million messages of {size} B: bytes of heap'] = (
            'memory', 'weir', size, 'private')
    print_figures(results, 'Other figures', figures)


def joined(table):
    """What has slots for larger messages is one queue all the same."""
    queues = {}
    for name, row in table.items():
        queue = name.removesuffix(' slots')
        queues[queue] = [a if a is not None else b for a, b in
                         zip(row, queues.get(queue, row))]
    return queues


def write_plots(results, folder):
    sizes = results.sizes('throughput')
    write_plot(folder / 'throughput.svg',
               'Messages through a queue between two processes',
               'size of a message', 'messages a second',
               [size_name(size) for size in sizes],
               joined(rows(results, 'throughput',
                           [(size, CROWDS[0]) for size in sizes])))
    write_plot(folder / 'processes.svg',
               '8 bytes through a queue between many processes on two CPUs',
               'producers + consumers', 'messages a second', CROWDS,
               rows(results, 'throughput', [(8, crowd) for crowd in CROWDS]))
    plot_latency(results, folder / 'latency.svg')


def report(results, folder):
    print_table(results, 'throughput', CROWDS[0],
                'Throughput, one producer and one consumer',
                'million messages a second', 1e6)
    print_crowds(results)
    print_stops(results)
    print_table(results, 'members', CROWDS[0], 'Idle members',
                'million messages a second', 1e6)
    print_table(results, 'latency', 'median', 'Latency', 'ns', 1)
    print_percentiles(results)
    print_small_figures(results)
    print_targets(queue_targets.all_targets(results))
    write_plots(results, folder)
