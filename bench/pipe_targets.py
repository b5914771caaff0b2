# SPDX-License-Identifier: MIT
"""What the pipe is to reach."""

from target import Target

SLOTS = ['ck_ring slots', 'rte_ring slots']
SNUG_SLOTS = ['ck_ring snug slots', 'rte_ring snug slots']
SOCKETS = ['socketpair stream', 'socketpair seqpacket']


def throughput_targets(results):
    def against(what, wanted, size, others, contender='weir'):
        mine = ('throughput', contender, size, 'per_second')
        best = results.best('throughput', others, size, 'per_second')
        return Target(what, '>=', wanted, *results.ratios(mine, best))

    yield against('8 B: against ck_ring', 2.0, 8, ['ck_ring'])
    yield against('8 B: against boost spsc_queue', 1.5, 8,
                  ['boost spsc_queue'])
    for size, name, wanted in ((64, '64 B', 5.0), (1024, '1 KiB', 2.0),
                               (65536, '64 KiB', 4.0)):
        yield against(f'{name}: against 1023 slots', wanted, size, SLOTS)
        yield against(f'{name}: against 256 KiB of slots', wanted, size,
                      SNUG_SLOTS)
    yield against('64 KiB: in place against copy', 1.5,
                  65536, ['weir'], 'weir in place')
    yield against('64 KiB: the same, made and read', 1.5,
                  65536, ['weir made'], 'weir made in place')
    for size, name, wanted in ((8, '8 B', 10.0), (65536, '64 KiB', 2.0)):
        yield against(f'{name}: against pipe(2)', wanted, size, ['pipe(2)'])
        yield against(f'{name}: against socketpair', wanted, size, SOCKETS)
        yield against(f'{name}: against POSIX mq', wanted, size, ['POSIX mq'])


def waiting_targets(results):
    for lines in ('one cache line', 'two cache lines'):
        for size in (8, 64):
            yield Target(f'{size} B: latency against {lines}', '<=', 1.3,
                         *results.ratios(('latency', 'weir', size, 'median'),
                                         ('latency', lines, 8, 'median')))
    yield Target('asleep: hand-over against eventfd', '<=', 1.0,
                 *results.ratios(('asleep', 'weir', 8, 'two_cpus'),
                                 ('asleep', 'eventfd', 8, 'two_cpus')))
    used = results.median('idle', 'weir', 8, 'cpu_ms')
    seconds = results.median('idle', 'weir', 8, 'seconds')
    yield Target('idle reader: CPU time in ten seconds', '<=', 10.0,
                 used if seconds and seconds >= 10 else None, unit='ms')


def memory_targets(results):
    yield Target('segment besides its rings', '<=', 32768,
                 results.median('memory', 'weir', 0, 'segment'), unit='bytes')
    yield Target('private memory of a handle', '<=', 1024,
                 results.median('memory', 'weir', 0, 'handle'), unit='bytes')
    yield Target('create and close against memfd', '<=', 5.0,
                 *results.ratios(('create', 'weir', 0, 'microseconds'),
                                 ('create', 'memfd', 0, 'microseconds')))


def all_targets(results):
    return [*throughput_targets(results), *waiting_targets(results),
            *memory_targets(results)]
