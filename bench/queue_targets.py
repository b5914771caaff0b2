# SPDX-License-Identifier: MIT
"""What the queue is to reach."""

from target import Target

CROWDS = ['1+1', '2+2', '4+4', '8+8']
# Of the same capacity as weir's; which one is faster differs by size and machine.
VYUKOV = ['Vyukov', 'Vyukov padded']
PACKAGED = ['ck_ring MPMC', 'rte_ring MP/MC', 'rte_ring RTS',
            'moodycamel (threads)', 'boost queue', 'boost message_queue',
            'ZeroMQ ipc', 'POSIX mq', 'multiprocessing.Queue']


def throughput_targets(results):
    def against(what, wanted, size, others, contender='weir', crowd='1+1'):
        return Target(what, '>=', wanted, *results.ratios(
            ('throughput', contender, size, crowd),
            results.best('throughput', others, size, crowd)))

    yield against('8 B: against Vyukov', 0.9, 8, VYUKOV)
    for peer in PACKAGED:
        wanted = {'boost message_queue': 10, 'POSIX mq': 50,
                  'multiprocessing.Queue': 100}.get(peer, 1.3)
        yield against(f'8 B: against {peer}', wanted, 8, [peer])
    yield against('8 B: 32 at once, against Vyukov', 1.3, 8, VYUKOV,
                  'weir many')
    for crowd in CROWDS[1:]:
        yield against(f'{crowd}: against Vyukov', 1.0, 8, VYUKOV,
                      crowd=crowd)
        yield Target(f'{crowd}: slowest round, of the median', '>=', 0.5,
                     results.slowest_share('throughput', 'weir', 8, crowd))
    yield against('64 B: against Vyukov', 0.9, 64, VYUKOV)
    yield against('1 KiB: against Vyukov', 0.9, 1024, VYUKOV)
    yield against('64 KiB: against Vyukov', 3.0, 65536, VYUKOV)
    yield against('64 KiB: in place, against Vyukov', 5.0, 65536, VYUKOV,
                  'weir in place')


def cost_targets(results):
    yield Target('1000 idle members, against none', '>=', 0.95,
                 *results.ratios(
                     ('members', 'weir, 1000 idle members', 8, '1+1'),
                     ('members', 'weir', 8, '1+1')))
    yield Target('recovery of one death, 100,000 blocks', '<=', 1000,
                 results.median('recovery', 'weir', 64, 'microseconds'),
                 unit='us')
    yield Target('instructions against Vyukov', '<=', 2.0,
                 *results.ratios(('instructions', 'weir', 8, 'per_pair'),
                                 ('instructions', 'vyukov', 8, 'per_pair')))


def memory_targets(results):
    for size in (8, 120):
        yield Target(f'memory beside a message of {size} B', '<=', 24,
                     results.median('memory', 'weir', size, 'beside'),
                     unit='bytes')
    yield Target('memory of an empty queue', '<=', 128 * 1024,
                 results.median('memory', 'weir', 0, 'allocated'),
                 unit='bytes')
    yield Target('heap for a million messages', '<=', 0,
                 results.median('memory', 'weir', 64, 'private'),
                 unit='bytes')


def all_targets(results):
    return [*throughput_targets(results), *cost_targets(results),
            *memory_targets(results)]
