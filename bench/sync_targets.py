# SPDX-License-Identifier: MIT
"""What values, semaphores, locks, events and barriers are to reach."""

from target import Target

CROWDS = ['2', '4', '16']
SLEEPERS = ['1', '4']
WRITERS = ['add to each', 'store each', 'store all', 'add to one']
MUTEX = 'pthread robust mutex'
LOCKED = 'weir value, locked += 1'
PYTHON = 'multiprocessing.Value, locked += 1'


def pair_targets(results):
    def against(what, wanted, mine, other):
        return Target(what, '<=', wanted, *results.ratios(
            ('pair', mine, 0, 'ns'), ('pair', other, 0, 'ns')))

    yield against('fetch_add: against lock xadd', 1.1, 'weir value fetch_add',
                  'lock xadd')
    yield against('load: against a C11 load', 1.1, 'weir value load',
                  'C11 load')
    yield against('store: against a C11 store', 1.1, 'weir value store',
                  'C11 store')
    yield against('store: against one that releases', 1.1, 'weir value store',
                  'C11 store, release')
    yield against('semaphore: against sem_t', 1.0, 'weir semaphore', 'sem_t')
    yield against('lock: against a robust mutex', 0.8, 'weir lock', MUTEX)
    yield against('rlock: against a robust mutex', 0.8, 'weir rlock', MUTEX)
    yield Target('locked += 1: against Python', '>=', 20, *results.ratios(
        ('pair', PYTHON, 0, 'ns'), ('pair', LOCKED, 0, 'ns')))


def crowd_targets(results):
    for what, other in (('semaphore', 'sem_t'), ('lock', MUTEX),
                        ('rlock', MUTEX)):
        for crowd in CROWDS:
            yield Target(f'{what} by {crowd} processes: the same', '>=', 1.0,
                         *results.ratios(
                             ('contended', f'weir {what}', 0, crowd),
                             ('contended', other, 0, crowd)))
    for writer in WRITERS:
        yield Target(f'snapshot, {writer}: a locked copy', '>=', 5.0,
                     *results.ratios(
                         ('snapshot', 'weir snapshot', 4096, writer),
                         ('snapshot', 'weir locked copy', 4096, writer)))


def asleep_targets(results):
    for what in ('event', 'barrier'):
        for count in SLEEPERS:
            yield Target(f'{what}, {count} asleep: against pthread', '<=', 1.0,
                         *results.ratios(
                             ('asleep', f'weir {what}', 0, count),
                             ('asleep', f'pthread {what}', 0, count)))


def many_targets(results):
    def at_most(what, wanted, sort, named, measure, unit='', beside=0):
        found = results.median('many', sort, named, measure)
        return Target(what, '<=', wanted,
                      None if found is None else found - beside, unit=unit)

    yield at_most('10,000 of each: descriptors', 1, 'all', 0, 'descriptors')
    yield at_most('10,000 of each: mappings', 1, 'all', 0, 'mappings')
    for sort, data in (('value', 8), ('semaphore', 0), ('lock', 0)):
        yield at_most(f'{sort}: shared memory beside its data', 64, sort, 0,
                      'shared', 'bytes', data)
        yield at_most(f'{sort}: private memory', 64, sort, 0, 'private',
                      'bytes')
        for named, how in enumerate(('nameless', 'named')):
            yield at_most(f'{how} {sort}: created at 10,000', 2, sort, named,
                          'last', 'us')


def all_targets(results):
    return [*pair_targets(results), *crowd_targets(results),
            *asleep_targets(results), *many_targets(results)]
