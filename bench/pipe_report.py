# SPDX-License-Identifier: MIT
"""The pipe: tables, and two plots, throughput.svg and latency.svg."""

import pipe_targets
from tables import (heading, plot_latency, print_figures, print_percentiles,
                    print_table, print_targets, rows, size_name, write_plot)


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
    print_figures(results, 'Other figures of weir', {
        'idle reader: wakes in all': ('idle', 'weir', 8, 'wakes'),
        'new pipe: bytes taken': ('memory', 'weir', 0, 'allocated'),
        'create and close: microseconds':
            ('create', 'weir', 0, 'microseconds'),
        'memfd: microseconds': ('create', 'memfd', 0, 'microseconds'),
        'instructions for a send and a receive of 8 B':
            ('instructions', 'weir', 8, 'per_pair')})


def write_plots(results, folder):
    sizes = results.sizes('throughput')
    write_plot(folder / 'throughput.svg',
               'Messages from one process to another', 'size of a message',
               'messages a second', [size_name(size) for size in sizes],
               {name: row for name, row in
                rows(results, 'throughput',
                     [(size, 'per_second') for size in sizes]).items()
                if not name.startswith('weir made')})
    plot_latency(results, folder / 'latency.svg')


def report(results, folder):
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
    print_targets(pipe_targets.all_targets(results))
    write_plots(results, folder)
