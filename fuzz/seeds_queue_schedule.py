# SPDX-License-Identifier: MIT
"""Seeds of fuzz_queue_schedule: each kind of queue once, under some schedule."""
import hashlib

TINY, GROUPED, LARGE = 0, 5, 7
FIRST, NEAR_2_32, NEAR_2_38, NEAR_2_40, NEAR_2_43 = range(5)


def queue_schedule(name, kills=2, stops=0, blocks=TINY, capacity=2,
                   in_region=0, start=FIRST, single=0, deliveries=0, shuts=0,
                   sizes=0, patience=0, workers=4, turns=4, fences=1, exits=0,
                   spare=2):
    """The choices of choose_limits and scene_choose; the rest follows from the
    name, which for a schedule is as good as any."""
    shape = [2, kills, stops, blocks, capacity - 1]
    if blocks != GROUPED:
        shape += [7 if in_region else 0]
    shape += [1, start] if start else [0]
    shape += [2]
    shape += [3, single - 1] if single else [0]
    shape += [7, deliveries - 1] if deliveries else [0]
    shape += [3 if shuts else 0, sizes, patience, workers - 2, turns - 1,
              1, 1, 1, 0 if fences else 15, exits, spare]
    rest = b''.join(hashlib.sha256(f'{name} {i}'.encode()).digest()
                    for i in range(12))
    return bytes(shape) + rest


SEEDS = {name: queue_schedule(name, **shape)
                        for name, shape in {
    'nobody_dies': dict(kills=0),
    'two_deaths': dict(kills=5),
    'stops': dict(kills=0, stops=1),
    'capacity_1': dict(capacity=1, spare=0),
    'few_blocks': dict(spare=0, sizes=3),
    'in_cells': dict(sizes=1),
    'in_blocks': dict(sizes=2),
    'in_a_region': dict(in_region=1),
    'in_groups': dict(blocks=GROUPED),
    'large_blocks': dict(blocks=LARGE),
    'near_2_32': dict(start=NEAR_2_32),
    'near_2_38': dict(start=NEAR_2_38),
    'near_2_40': dict(start=NEAR_2_40),
    'near_2_43': dict(start=NEAR_2_43),
    'one_word_at_a_time': dict(single=1),
    'some_one_word_at_a_time': dict(single=2),
    'given_up_after_one': dict(deliveries=1),
    'given_up_after_two': dict(deliveries=2),
    'shut_down': dict(shuts=1),
    'nobody_waits': dict(patience=1),
    'everybody_waits': dict(patience=2),
    'no_fences': dict(fences=0),
    'slow_exits': dict(exits=3, kills=5),
}.items()}
