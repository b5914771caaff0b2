# SPDX-License-Identifier: MIT
"""Seeds of fuzz_sync_schedule: each kind of object, under some schedules."""
import hashlib

LOCK, RLOCK, PERMITS, EVENT, CONDITION, BARRIER, RECORD, ARRAY = range(8)


def sync_schedule(name, kind, kills=2, stops=0, in_region=0, workers=4, turns=4,
                  patience=0, exits=0, lazy=1, fences=1):
    """The choices of choose_shape; the rest follows from the name, which for a
    schedule is as good as any."""
    shape = [2, kills, stops, kind, 5 if in_region else 0, workers - 2,
             turns - 1, patience, exits, lazy, 1, 0 if fences else 15, 0]
    rest = b''.join(hashlib.sha256(f'{name} {i}'.encode()).digest()
                    for i in range(8))
    return bytes(shape) + rest


KINDS = {'lock': LOCK, 'rlock': RLOCK, 'permits': PERMITS, 'event': EVENT,
         'condition': CONDITION, 'barrier': BARRIER, 'record': RECORD,
         'array': ARRAY}

WAYS = {'nobody_dies': dict(kills=0), 'two_deaths': dict(kills=5),
        'stops': dict(kills=0, stops=3), 'everybody_waits': dict(patience=2),
        'in_a_region': dict(in_region=1), 'no_fences': dict(fences=0)}

SEEDS = {f'{kind}_{way}': sync_schedule(f'{kind} {way}', KINDS[kind],
                                        **WAYS[way])
         for kind in KINDS for way in WAYS}
