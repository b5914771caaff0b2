# SPDX-License-Identifier: MIT
"""The seeds of fuzz_sync_peer, for fuzz/seeds.py.

The numbers are those of fuzz/sync_calls.[ch] and fuzz/sync_objects.c.
"""
import struct

SORTS = ['lock', 'rlock', 'plain', 'bounded', 'owned', 'event', 'condition',
         'given', 'barrier', 'alone', 'number', 'record', 'numbers', 'text',
         'records']
IN_REGION = 128
OPEN_OR_CLOSE = 240

# ---- places: offsets of src/segment/layout_sync.h and layout_value.h


def place(area, item):
    return struct.pack('<H', area | item << 3)


def of_object(at):
    return place(0, at // 4)


OWNER = place(3, 0)
BELL, ONLY_CPU, UNFENCED = (of_object(at) for at in (0, 4, 8))
INITIAL, SORT, VALUE, RELEASED = (of_object(16 + 4 * i) for i in range(4))
PERMITS = [of_object(64 + 4 * i) for i in range(3)]
TURNS = of_object(16)
SLOTS, OWN, TICKETS, HIGH = (of_object(at) for at in (48, 52, 56, 64))
SLOT = [of_object(192 + 16 * i) for i in range(4)]
SLOT_EVENT = [of_object(200 + 16 * i) for i in range(4)]
PARTIES, STATE, LOST = (of_object(at) for at in (16, 24, 32))
USERS, IN_STEP, CANCELED = (of_object(at) for at in (64, 192, 320))
CHANGED, ALERT, TYPECODE, ITEM_SIZE, LOCK, LENGTH, CELL = (
    of_object(at) for at in (24, 28, 32, 36, 40, 48, 56))
COPY = [of_object(64 + 8 * i) for i in range(8)]
WRITER, FIRST, BYTES, CHANGES = (of_object(64 + 8 * i) for i in range(4))
ELEMENT = of_object(128)
AROUND = ['magic', 'version', 'size', 'type', 'lines', 'entries_most',
          'entries', 'seats'] + [f'member{m}' for m in range(1024)]


def around(name):
    return place(4, AROUND.index(name))


# ---- words

NUMBERS = ['0', '1', '2', '3', 'permits+1', 'slots', 'slots+1', 'slots_most+1',
           'most', 'int64_most', '2^63', '2^32', '2^32-1', 'int_most', '2^21',
           'magic']
STEPS = ['1', '2', 'member', 'generation', 'alarm', 'barrier', '2^32',
         'thread']


def number(name):
    return bytes([NUMBERS.index(name)])


def up(name):
    return bytes([16 + 2 * STEPS.index(name)])


def down(name):
    return bytes([17 + 2 * STEPS.index(name)])


def state(value):
    return bytes([32 + value])


def member(value):
    return bytes([48 + value])


def owned(by, value):
    return bytes([64 + 4 * by + value])


def flip(bit):
    return bytes([128 + bit])


def add(bit):
    return bytes([192 + bit])


# ---- calls: which one, {number, time}

NOWAIT, NEVER, SHORT, LONG = (32 * i for i in range(4))


def on(*asks, handle=0):
    return b''.join(bytes([handle, which, how]) for which, how in asks)


def toggle(handle):
    return bytes([OPEN_OR_CLOSE + handle])


LOCK_CALLS = on((0, NOWAIT), (2, 0), (0, LONG), (1, 0), (0, SHORT), (1, 0),
                (1, 0))
RLOCK_CALLS = on((0, NOWAIT), (0, NOWAIT), (2, 0), (0, LONG), (3, 0), (1, 0),
                 (1, 0), (1, 0), (1, 0))
SEMAPHORE_CALLS = on((0, NOWAIT), (0, SHORT), (0, LONG), (0, LONG), (2, 0),
                     (1, 0), (1, 2), (1, 5), (1, 6), (1, 4), (0, LONG))
EVENT_CALLS = on((0, NOWAIT), (0, LONG), (1, 0), (3, 0), (0, SHORT), (2, 0),
                 (0, LONG), (3, 0))
CONDITION_CALLS = on((0, NOWAIT), (0, NOWAIT), (3, SHORT), (6, 1), (3, LONG),
                     (5, LONG), (7, 0), (6, 3), (2, 0), (2, 0), (3, LONG),
                     (0, LONG), (3, NOWAIT), (2, 0))
BARRIER_CALLS = on((0, NOWAIT), (0, LONG), (4, 0), (2, 0), (0, SHORT), (2, 0),
                   (3, 0), (0, LONG), (2, 0), (4, 0), (0, LONG))
VALUE_CALLS = on((0, 0), (1, 0), (3, SHORT), (4, LONG), (4, NOWAIT), (1, 0),
                 (6, 0), (5, 0), (5, 0), (7, 0), (0, 0), (3, LONG), (1, 0))
ARRAY_CALLS = on((0, 6), (3, 6), (1, 6), (5, LONG | 1), (6, LONG), (3, 20),
                 (7, 0), (8, SHORT | 9), (8, 31), (9, 2), (2, 5), (4, 3),
                 (0, 31), (7, 0))
CALLS = dict(zip(SORTS, [LOCK_CALLS, RLOCK_CALLS] + [SEMAPHORE_CALLS] * 3 +
                 [EVENT_CALLS] + [CONDITION_CALLS] * 2 + [BARRIER_CALLS] * 2 +
                 [VALUE_CALLS] * 2 + [ARRAY_CALLS] * 3))

# ---- what the peer does


def act(kind, where, value, wait=0):
    return bytes([kind]) + where + value + bytes([wait])


def alternate(where, value, wait=0):
    return act(1, where, value, wait)


def climb(where, value, wait=0):
    return act(2, where, value, wait)


def insist(where, value, wait=0):
    return act(3, where, value, wait)


def once(where, value, wait=0):
    return act(4, where, value, wait)


def peer(sort, *acts, calls=None, kind=0, wait=0):
    calls = bytes([SORTS.index(sort) | kind]) + (calls or CALLS[sort])
    return bytes([len(calls)]) + calls + bytes([wait]) + b''.join(acts)


def habits(sort, places, climbs='1', evil='most'):
    """Each of these words climbs, alternates, or is none."""
    return {f'{sort}_{name}_{how}': peer(sort, habit)
            for name, where in places.items() for how, habit in (
                ('climbs', climb(where, number(climbs))),
                ('alternates', alternate(where, number(evil))),
                ('is_none', insist(where, number('0'))))}


DEAD = once(around('member1'), number('1')) + once(around('member2'),
                                                  number('1'))

SEEDS = {
    **{f'nobody_meddles_{sort}': peer(sort) for sort in SORTS},
    **{f'nobody_meddles_{sort}_in_a_region': peer(
        sort, calls=CALLS[sort] + toggle(1) + CALLS[sort] + toggle(0) +
        toggle(0), kind=IN_REGION) for sort in SORTS},
    **{f'{sort}_opened_twice': peer(
        sort, calls=toggle(1) + CALLS[sort][:9] + toggle(0) + toggle(0) +
        toggle(1)) for sort in SORTS if sort != 'given'},
    **habits('lock', {'bell': BELL, 'owner': OWNER, 'unfenced': UNFENCED}),
    **habits('rlock', {'bell': BELL, 'owner': OWNER}),
    **habits('plain', {'bell': BELL, 'value': VALUE}, evil='2^32-1'),
    **habits('bounded', {'value': VALUE}, evil='2^32-1'),
    **habits('owned', {'released': RELEASED, 'permit': PERMITS[0]}),
    **habits('event', {'bell': BELL, 'turns': TURNS}, evil='2^32-1'),
    **habits('condition', {'high': HIGH, 'tickets': TICKETS,
                           'slot': SLOT[0], 'owner': OWNER,
                           'event': SLOT_EVENT[0]}),
    **habits('given', {'slot': SLOT[0], 'owner': OWNER}),
    **habits('barrier', {'state': STATE, 'lost': LOST, 'users': USERS,
                         'in_step': IN_STEP, 'canceled': CANCELED}),
    **habits('alone', {'state': STATE}),
    **habits('number', {'cell': CELL, 'alert': ALERT, 'changed': CHANGED,
                        'owner': OWNER}),
    **habits('record', {'current': CELL, 'copy0': COPY[0], 'copy1': COPY[1],
                        'owner': OWNER}),
    **habits('numbers', {'alert': ALERT, 'writer': WRITER, 'first': FIRST,
                         'bytes': BYTES, 'changes': CHANGES,
                         'element': ELEMENT}),
    **habits('text', {'writer': WRITER, 'element': ELEMENT}),
    **habits('records', {'writer': WRITER, 'bytes': BYTES}),
    'lock_of_a_dead_member': peer('lock', DEAD + insist(OWNER, owned(1, 1))),
    'lock_of_no_member': peer('lock', insist(OWNER, member(15))),
    'lock_is_free_and_changes': peer('lock', climb(OWNER, up('generation'))),
    'lock_in_no_state': peer('lock', alternate(OWNER, state(7))),
    'rlock_not_deep': peer('rlock', alternate(OWNER, down('generation'))),
    'rlock_deepest': peer('rlock', alternate(OWNER, flip(39))),
    'rlock_of_another_thread': peer('rlock', climb(OWNER, up('thread'))),
    'permits_of_dead_members': peer(
        'owned', DEAD, *(once(p, number('2')) for p in PERMITS)),
    'permits_come_and_go': peer(
        'owned', *(alternate(p, number('3')) for p in PERMITS)),
    'more_permits_than_there_are': peer(
        'owned', insist(INITIAL, number('int_most')),
        calls=(toggle(1) + CALLS['owned'][:6]) * 4),
    'semaphore_of_another_sort': peer(
        'plain', alternate(SORT, number('2')),
        calls=(toggle(1) + CALLS['plain'][:6]) * 4),
    'slots_of_dead_members': peer(
        'condition', DEAD, *(once(slot, owned(1, 2)) for slot in SLOT)),
    'slots_of_dead_members_wait': peer(
        'condition', DEAD, *(climb(slot, owned(1, 1)) for slot in SLOT)),
    'slot_notified_again_and_again': peer(
        'condition', DEAD, insist(SLOT[0], owned(1, 2)),
        insist(SLOT[1], owned(2, 1)), insist(HIGH, number('most'))),
    'slots_come_and_go': peer(
        'condition', alternate(SLOT[0], owned(1, 1)),
        alternate(SLOT[1], owned(2, 1)), insist(HIGH, number('most'))),
    'more_slots_than_there_are': peer(
        'condition', insist(SLOTS, number('slots+1')),
        calls=(toggle(1) + CALLS['condition'][:9]) * 4),
    'lock_goes_before_it_is_given_up': peer(
        'condition', alternate(OWNER, number('0'))),
    'lock_is_kept_for_ever': peer('condition',
                                  insist(OWNER, owned(5, 1)), wait=40),
    'given_lock_is_kept_for_ever': peer('given',
                                        insist(OWNER, owned(5, 1)), wait=40),
    'lock_of_another': peer('given', alternate(of_object(16), up('1')),
                            calls=(toggle(1) + CALLS['given'][:9]) * 4),
    'barrier_of_dead_members': peer(
        'barrier', DEAD, once(USERS, number('most')),
        once(IN_STEP, number('most')), climb(STATE, number('2'))),
    'barrier_turns': peer('barrier', climb(STATE, number('2^21'))),
    'barrier_is_full': peer('barrier', alternate(STATE, add(1))),
    'barrier_of_more_parties': peer(
        'barrier', insist(PARTIES, number('most')),
        calls=(toggle(1) + CALLS['barrier'][:9]) * 4),
    'copies_of_dead_members': peer(
        'record', DEAD, *(once(copy, owned(1, 1)) for copy in COPY)),
    'no_copy_is_free': peer(
        'record', *(insist(copy, owned(5, 1)) for copy in COPY[:4])),
    'copy_that_is_none': peer('record', climb(CELL, flip(0)),
                              alternate(CELL, number('most'))),
    'record_grows': peer('record', insist(ITEM_SIZE, number('int_most')),
                         calls=(toggle(1) + CALLS['record'][:9]) * 4),
    'array_grows': peer('numbers', insist(LENGTH, number('2^32')),
                        calls=(toggle(1) + CALLS['numbers'][:9]) * 4),
    'array_of_another_type': peer(
        'numbers', alternate(TYPECODE, number('2')),
        calls=(toggle(1) + CALLS['numbers'][:9]) * 4),
    'range_of_a_dead_member': peer(
        'numbers', DEAD, once(WRITER, owned(1, 2)),
        once(BYTES, number('most'))),
    'range_elsewhere': peer('numbers', DEAD, once(WRITER, owned(1, 2)),
                            climb(FIRST, number('magic'))),
    'range_is_stored_for_ever': peer('numbers', insist(WRITER, owned(5, 2))),
    'snapshots_without_end': peer('numbers', climb(ALERT, number('2'))),
    'changes_are_counted_for_ever': peer(
        'numbers', climb(CHANGES, number('1')),
        alternate(ALERT, number('2'))),
    'text_without_end': peer('text', insist(ELEMENT, number('most'))),
    'magic_is_gone': peer('event', once(around('magic'), number('0'), 0),
                          wait=60),
    'event_asleep_for_ever': peer('event', insist(BELL, number('1'))),
}
