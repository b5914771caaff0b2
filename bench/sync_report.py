# SPDX-License-Identifier: MIT
"""Values, semaphores, locks, events and barriers: tables, and two plots,
processes.svg and asleep.svg."""

import sync_targets
from sync_targets import CROWDS, SLEEPERS, WRITERS
from tables import heading, print_targets, rows, write_plot

MANY = ['shared', 'private', 'new', 'last']


def print_pairs(results):
    heading('Alone (ns; median, middle half of the rounds; instructions)')
    for contender in results.contenders('pair', 'ns'):
        key = ('pair', contender, 0, 'ns')
        low, high = results.middle_half(*key)
        count = results.median('instructions', contender, 0, 'per_pair')
        print(f'{contender:<36}{results.median(*key):>10.2f}'
              f'   {low:.2f} - {high:.2f}'.ljust(68) +
              ('' if count is None else f'{count:.0f}'))


def print_crowds(results):
    heading('By many processes on two CPUs (thousand a second; what the one'
            ' that got least got, of its share)')
    print(f'{"":26}' + ''.join(f'{crowd:>20}' for crowd in CROWDS))
    for contender in results.contenders('contended', CROWDS[0]):
        cells = [(results.median('contended', contender, 0, crowd),
                  results.median('fairness', contender, 0, crowd))
                 for crowd in CROWDS]
        print(f'{contender:<26}' + ''.join(
            f'{"":>20}' if rate is None else f'{rate / 1e3:>13.0f}{share:>7.2f}'
            for rate, share in cells))


def print_snapshots(results):
    heading('Copies of 4 KiB, and passes of the writer meanwhile (thousand a'
            ' second)')
    print(f'{"":26}' + ''.join(f'{writer:>20}' for writer in WRITERS))
    for contender in results.contenders('snapshot', WRITERS[0]):
        print(f'{contender:<26}' + ''.join(
            f'{results.median(question, contender, 4096, writer) / 1e3:>10.1f}'
            for writer in WRITERS for question in ('snapshot', 'writes')))


def print_asleep(results):
    heading('Until the last of so many sleepers goes on (us)')
    print(f'{"":26}' + ''.join(f'{count:>12}' for count in SLEEPERS))
    for contender in results.contenders('asleep', SLEEPERS[0]):
        print(f'{contender:<26}' + ''.join(
            f'{results.median("asleep", contender, 0, count) / 1e3:>12.1f}'
            for count in SLEEPERS))


def print_many(results):
    heading('Ten thousand in one region (bytes of one; microseconds to create'
            ' one, and one of the last tenth)')
    print(f'{"":26}' + ''.join(f'{name:>13}' for name in MANY))
    for sort in results.contenders('many', 'shared'):
        for named in (0, 1):
            row = [results.median('many', sort, named, name) for name in MANY]
            if None in row:
                continue
            print(f'{sort + (", named" if named else ", nameless"):<26}' +
                  ''.join(f'{value:>13.4g}' for value in row))


def write_plots(results, folder):
    write_plot(folder / 'processes.svg',
               'What one can have at a time, by many processes on two CPUs',
               'processes', 'a second', CROWDS,
               rows(results, 'contended', [(0, crowd) for crowd in CROWDS]))
    write_plot(folder / 'asleep.svg',
               'Until the last of some sleepers goes on', 'sleepers',
               'nanoseconds', SLEEPERS,
               rows(results, 'asleep', [(0, count) for count in SLEEPERS]))


def report(results, folder):
    print_pairs(results)
    print_crowds(results)
    print_snapshots(results)
    print_asleep(results)
    print_many(results)
    print_targets(sync_targets.all_targets(results))
    write_plots(results, folder)
