#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the seeds of the targets with a hostile peer into fuzz/corpus.

usage: fuzz/seeds.py

A seed has a name that says what happens in it.  The numbers are those of
fuzz/calls.c and of each target.  What stands there under a name of 40 hex
digits was found by fuzzing, and kept by -merge=1 because it goes elsewhere.
"""
import os
import struct

import seeds_queue
import seeds_queue_schedule
import seeds_sync
import seeds_sync_schedule

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus')

# Places, in the order of hostile_place.
RING_WORDS = ['tail', 'limit', 'head', 'begun', 'published', 'data', 'stream',
              'room']
PLACES = [f'{word}{ring}' for word in RING_WORDS for ring in (0, 1)]
PLACES += ['ring_size', 'rings', 'unpaired', 'end0', 'end1', 'only_cpu',
           'magic', 'version', 'size', 'type', 'mode']
PLACES += [f'{at}{ring}{plus}' for plus in ('', '+8', '+16', '+24')
           for at in ('at_head', 'at_tail') for ring in (0, 1)]

# Words, in the order of hostile_word; then steps up and down.
WORDS = ['0', '1', '2', '3', 'most', 'int_most', '2^63', '2^32', '2^32-1',
         'magic', 'message8', 'pad8', 'first24', 'part8', 'first16', 'part0',
         'message2032', 'message4088', 'pad4088', 'message4096', 'message4097',
         'message_most', 'first_most', 'part_most', 'kind5', 'kind0', 'idle1',
         'open1', 'finished1', 'restart1', 'open2', 'finished2']
WORDS += [f'{sign}{step}' for step in ('1', '7', '8', '16', '4', '2', 'ring',
          'ring-8', 'ring/8', '2^31', '2^32', '2^63') for sign in '+-']

CALLS = ['send', 'sendv', 'recv', 'recv', 'next_size', 'poll', 'reserve',
         'commit', 'abandon', 'peek', 'release', 'facts']
SIZES = [0, 1, 7, 8, 9, 64, 1000, 1016, 2032, 2033, 4096, 9000, 128, 16, 24,
         20000]


def call(name, size=8, wait=0):
    """The two bytes that call_something reads."""
    return bytes([CALLS.index(name), SIZES.index(size) | wait << 4])


def word(place, value):
    return bytes([PLACES.index(place), WORDS.index(value)])


# ---- fuzz_open

SEALED, RAW, NAMED, SIMPLEX, LONELY, STREAMED, OTHER, ALONE = (
    1 << bit for bit in range(8))
OTHER_SIDE = 8


def on(end, *arguments, **named):
    return bytes([5 + 8 * end]) + call(*arguments, **named)


def spoil(place, value):
    return bytes([3]) + word(place, value)


def scribble(at, data):
    return bytes([0]) + struct.pack('<HB', at, len(data) - 1) + data


def resize(units):
    return bytes([1, units])


def punch(page):
    return bytes([1, 128 | page])


def opened(end, how=0):
    return bytes([2, end + how])


def receive_all(end):
    return on(end, 'recv', 20000) * 4


OPEN_SEEDS = {
    'nothing': b'',
    'raw_zeros': bytes([RAW, 200]) + bytes(64),
    'as_it_was': bytes([SEALED, 0]) + receive_all(0) + on(0, 'send', 64),
    'both_ends': bytes([0, 0]) + on(1, 'send', 1000) + on(0, 'peek') + on(0, 'release') +
    on(0, 'reserve', 1000) + on(0, 'commit', 64),
    'alone': bytes([ALONE, 0]) + receive_all(0) + on(0, 'send', 1000),
    'named': bytes([NAMED, 0]) + receive_all(0) + on(0, 'sendv', 1000),
    'named_nobody_left': bytes([NAMED, 0]) + opened(1, 32) + opened(2, 32),
    'named_of_another_type': bytes([NAMED, 0]) + spoil('type', '2') +
    opened(1, 32),
    'named_too_short': bytes([NAMED, 4]) + opened(1, 32),
    'simplex_sends': bytes([SIMPLEX | OTHER, 0]) + on(0, 'send', 2032) * 2 +
    on(0, 'poll'),
    'second_end_is_free': bytes([LONELY, 0]) + on(0, 'send', 64) + opened(1),
    'stream_left_behind': bytes([STREAMED, 0]) + on(0, 'next_size') +
    receive_all(0),
    'stream_goes_on': bytes([STREAMED, 0]) + spoil('stream0', 'open1') +
    on(0, 'next_size') + on(0, 'recv', 20000),
    'stream_asked_again': bytes([STREAMED, 0]) + spoil('begun0', '1') +
    spoil('stream0', 'open1') + on(0, 'recv', 20000),
    'stream_of_nothing': bytes([0, 0]) + spoil('at_head0', 'first16') +
    spoil('at_head0+8', '0') + spoil('at_head0+16', '1') +
    spoil('stream0', 'open1') + on(0, 'recv', 0) + on(0, 'recv', 64),
    'stream_of_too_much': bytes([STREAMED, 0]) + spoil('at_head0+8', 'most') +
    on(0, 'recv', 64),
    'length_of_the_ring': bytes([0, 0]) + spoil('at_head0', 'message4096') +
    on(0, 'recv', 20000) + on(0, 'peek'),
    'length_of_all': bytes([0, 0]) + spoil('at_head0', 'message_most') +
    on(0, 'recv', 20000),
    'pad_in_the_middle': bytes([0, 0]) + spoil('at_head0', 'pad8') +
    on(0, 'recv', 20000) + on(0, 'poll'),
    'kind_unknown': bytes([0, 0]) + spoil('at_head0', 'kind5') +
    on(0, 'next_size'),
    'head_is_odd': bytes([0, 0]) + spoil('head0', '+1') + receive_all(0),
    'head_far_ahead': bytes([0, 0]) + spoil('head0', '+2^63') +
    receive_all(0) + on(0, 'send', 1000),
    'tail_is_odd': bytes([OTHER, 0]) + spoil('tail0', '+7') +
    on(0, 'send', 1000),
    'tail_far_back': bytes([OTHER, 0]) + spoil('tail0', '-2^63') +
    on(0, 'send', 1000, 1),
    'limit_is_a_lie': bytes([OTHER, 0]) + spoil('limit0', 'int_most') +
    on(0, 'send', 2032) * 4,
    'ring_of_another_size': bytes([0, 0]) + spoil('ring_size', 'int_most') +
    opened(1),
    'ring_twice_as_large': bytes([0, 0]) + spoil('ring_size', '+ring') +
    opened(1, OTHER_SIDE) + on(1, 'send', 2032) * 3,
    'ring_larger_than_its_file': bytes([0, 0]) + spoil('ring_size', '2^32') +
    opened(1, OTHER_SIDE) + on(1, 'send', 2032) * 3,
    'three_rings': bytes([0, 0]) + spoil('rings', '3') + opened(1),
    'larger_than_its_file': bytes([0, 0]) + spoil('size', 'int_most') +
    opened(1),
    'free_and_held': bytes([0, 0]) + spoil('end0', '0') + opened(1) +
    spoil('end1', '3') + on(0, 'send', 64),
    'cut_off': bytes([0, 0]) + resize(0) + on(0, 'recv', 64) + on(0, 'send'),
    'cut_in_a_reserve': bytes([0, 0]) + on(0, 'reserve', 2032) + resize(1) +
    on(0, 'commit', 64),
    'punched': bytes([SEALED, 0]) + punch(0) + on(0, 'recv', 64) + punch(1),
    'scribbled': bytes([0, 0]) + scribble(1408, bytes(range(32))) +
    receive_all(0),
    'sendv_with_a_part_at_null': b'%0\n0\n\xb5',
}


# ---- fuzz_pipe_peer

UNPAIRED = 2
OPEN_OR_CLOSE = 240


def by(end, *arguments, **named):
    return bytes([end]) + call(*arguments, **named)


def toggle(end):
    return bytes([OPEN_OR_CLOSE + end])


def put(place, value, wait=0):
    return bytes([4]) + word(place, value) + bytes([wait])


def alternate(place, value, wait=0):
    return bytes([1]) + word(place, value) + bytes([wait])


def climb(place, value, wait=0):
    return bytes([2]) + word(place, value) + bytes([wait])


def insist(place, value, wait=0):
    return bytes([3]) + word(place, value) + bytes([wait])


def peer(calls, acts=b'', kind=0, wait=0):
    calls = bytes([kind]) + calls
    return bytes([len(calls)]) + calls + bytes([wait]) + acts


def talk(size):
    return by(1, 'send', size, 2) + by(0, 'recv', 20000, 2)


STREAM = by(1, 'send', 9000, 2) + by(0, 'recv', 20000, 3)
IN_PLACE = (by(1, 'reserve', 1000) + by(1, 'commit', 64) + by(0, 'peek') +
            by(0, 'release'))

PEER_SEEDS = {
    'nobody_meddles': peer(talk(8) + talk(1000) + IN_PLACE + STREAM),
    'simplex': peer(talk(8) + by(0, 'send') + by(1, 'poll'), kind=1),
    'ends_come_and_go': peer(talk(64) + toggle(1) + by(0, 'recv', 64, 2) +
                             toggle(1) + toggle(0) + toggle(0)),
    'unpaired_is_opened': peer(by(0, 'send') + toggle(1) +
                               by(1, 'recv', 64), kind=UNPAIRED),
    'length_after_the_look': peer(talk(64) * 4,
                                  alternate('at_head0', 'message4088')),
    'length_one_too_many': peer(talk(64) * 4,
                                alternate('at_head0', 'message4097')),
    'head_alternates': peer(talk(1000) * 4, alternate('head0', '+2^32')),
    'head_climbs': peer(by(1, 'send') + by(0, 'poll', 8, 3) * 3,
                        climb('head0', '1') + insist('at_head0', 'most')),
    'tail_alternates': peer(talk(2032) * 4, alternate('tail0', '+ring-8')),
    'tail_climbs': peer(talk(64) * 8, climb('tail0', '+7')),
    'limit_insists': peer(by(1, 'send', 2032) * 6, insist('limit0', 'most')),
    'published_lies': peer(by(1, 'send', 2032) * 6,
                           alternate('published0', '-ring')),
    'beginnings_everywhere': peer(
        by(0, 'recv', 1000) + by(0, 'recv', 1000, 3) + by(0, 'next_size'),
        insist('at_head0', 'first24') + insist('at_head0+8', 'message8') +
        insist('at_head0+16', '1') + insist('stream0', 'open1')),
    'parts_everywhere': peer(by(0, 'recv', 20000, 2) + by(0, 'poll'),
                             insist('at_head0', 'part8')),
    'pads_everywhere': peer(by(0, 'recv', 20000, 2) + by(1, 'send', 64),
                            insist('at_head0', 'pad4088')),
    'part_longer_than_the_rest': peer(
        by(0, 'recv', 7), put('at_head0', 'first16') +
        put('at_head0+8', 'part0') + put('at_head0+16', '1') +
        put('stream0', 'open1') + put('at_head0+24', 'part8')),
    'stream_restarts': peer(STREAM * 2, alternate('stream0', 'restart1')),
    'stream_grows': peer(STREAM * 2, alternate('at_head0+8', 'int_most')),
    'begun_insists': peer(STREAM + talk(8), insist('begun0', '1')),
    'events_climb': peer(by(0, 'recv', 8, 3) + by(1, 'send', 64) +
                         by(0, 'recv', 64), climb('data0', '2') +
                         insist('data0', '3')),
    'event_asleep': peer(by(1, 'send', 64) * 3 + by(0, 'recv', 64) * 3,
                         insist('data0', '1') + alternate('data0', '3')),
    'end_says_gone': peer(talk(64) * 4, alternate('end0', '2')),
    'end_climbs': peer(talk(64) + toggle(1) + by(0, 'recv', 8, 3) +
                       by(0, 'send', 64), climb('end1', '+8')),
    'end_climbs_as_it_is_taken': peer(toggle(1) + by(1, 'recv'),
                                      climb('end1', '+8'), kind=UNPAIRED),
    'magic_alternates': peer(talk(64) * 4 + by(0, 'recv', 8, 3),
                             alternate('magic', '0')),
    'ring_size_while_opened': peer((toggle(1) + by(1, 'recv')) * 4,
                                   alternate('ring_size', 'int_most')),
    'size_while_opened': peer((toggle(1) + by(1, 'recv')) * 4,
                              alternate('size', 'int_most')),
    'reserve_is_moved': peer(IN_PLACE * 4, climb('tail0', '+8')),
    'peeked_is_moved': peer(by(1, 'send', 1000) * 2 + by(0, 'peek') * 2 +
                            by(0, 'release') * 2, climb('head0', '+8')),
}


# ---- fuzz_region

CUT = 2
A, B, C, NO_NAME = (4 * i for i in range(4))
CREATE, EITHER, OPEN = (16 * i for i in range(3))

R_OPEN, R_CLOSE = b'\0', b'\1'


def remove(name):
    return bytes([2, name // 4])


def pipe(end, how):
    return bytes([4, end + how])


def use(end, *arguments, **named):
    return bytes([8, 16 * end]) + call(*arguments, **named)


def of_region(number, value):
    return bytes([10, 0, number, WORDS.index(value)])


def of_member(number, value):
    return bytes([10, 1, number, WORDS.index(value)])


def of_entry(entry, number, value):
    return bytes([10, 2 + 8 * entry, number, WORDS.index(value)])


def of_seat(seat, number, value):
    return bytes([10, 4 + 8 * seat, number, WORDS.index(value)])


def of_object(number, place, value):
    return bytes([10, 5 + 8 * number, PLACES.index(place),
                  WORDS.index(value)])


OWNER, EXTENT, OFFSET, WANTED, HASH, KIND = range(6)
LINES, ALLOCATED, NAMED_LAST, FRONTIER, ENTRIES, SEATS = range(2, 8)
FILL = b''.join(pipe(0, CREATE + NO_NAME) for _ in range(8))

REGION_SEEDS = {
    'as_it_was': bytes([SEALED]) + R_OPEN + pipe(0, OPEN + A) +
    use(0, 'send', 64) + pipe(1, EITHER + B) + use(1, 'recv', 64),
    'filled': bytes([SEALED]) + R_OPEN + FILL + remove(A) + FILL,
    'cut_short': bytes([CUT]) + R_OPEN + pipe(0, CREATE + C),
    'lines_lie': b'\0' + of_region(LINES, '2^32') + R_OPEN,
    'allocated_to_nobody': b'\0' + R_OPEN + of_region(ALLOCATED, 'most') +
    FILL,
    'named_nobody': b'\0' + R_OPEN + of_region(NAMED_LAST, 'most') +
    pipe(0, CREATE + C) + remove(A),
    'frontier_far': b'\0' + R_OPEN + of_region(FRONTIER, 'most') + FILL,
    'frontier_back': b'\0' + R_OPEN + of_region(FRONTIER, '0') + FILL,
    'entries_without_end': b'\0' + R_OPEN + of_region(ENTRIES, 'most') + FILL,
    'entries_none': b'\0' + R_OPEN + of_region(ENTRIES, '0') +
    pipe(0, OPEN + A) + FILL,
    'entries_odd': b'\0' + of_region(ENTRIES, '+7') + R_OPEN + FILL,
    'seats_without_end': b'\0' + of_region(SEATS, 'most') + R_OPEN + FILL,
    'seats_none': b'\0' + of_region(SEATS, '0') + R_OPEN + FILL,
    'member_unknown': b'\0' + of_member(0, 'most') + of_member(1, '1') +
    R_OPEN + FILL,
    'entry_in_no_state': b'\0' + of_entry(0, OWNER, '+7') + R_OPEN +
    pipe(0, OPEN + A) + FILL,
    'entry_is_drafted': b'\0' + of_entry(0, OWNER, '-2') + R_OPEN +
    pipe(0, OPEN + A) + FILL,
    'extent_outside': b'\0' + of_entry(0, OFFSET, 'int_most') + R_OPEN +
    pipe(0, OPEN + A) + pipe(1, CREATE + A),
    'extent_misaligned': b'\0' + of_entry(0, OFFSET, '+1') + R_OPEN +
    pipe(0, OPEN + A),
    'extent_too_long': b'\0' + of_entry(1, EXTENT, '+2^31') + R_OPEN +
    pipe(0, OPEN + B),
    'extent_short': b'\0' + of_entry(1, EXTENT, '-16') + R_OPEN +
    pipe(0, OPEN + B) + use(0, 'recv', 64),
    'name_elsewhere': b'\0' + of_entry(0, KIND, '+2^31') + R_OPEN +
    pipe(0, OPEN + A),
    'another_type': b'\0' + of_entry(0, KIND, '+1') + R_OPEN +
    pipe(0, OPEN + A),
    'announced_nonsense': b'\0' + of_seat(0, 1, 'most') +
    of_seat(0, 2, 'most') + R_OPEN + FILL,
    'announced_no_entry': b'\0' + of_seat(0, 1, '+1') +
    of_seat(0, 2, '2^32') + R_OPEN + FILL,
    'ring_outgrows_its_object': b'\0' + of_object(0, 'ring_size', '+ring') +
    R_OPEN + pipe(0, OPEN + A) + use(0, 'send', 2032),
    'two_rings_in_one': b'\0' + of_object(0, 'rings', '+1') + R_OPEN +
    pipe(0, OPEN + A),
}


# ---- fuzz_region_peer


def region_peer(calls, *acts):
    return bytes([len(calls)]) + calls + b'\0' + b''.join(acts)


def habit(kind, spoil, wait=0):
    """Of what an act of fuzz_region spoils, a habit of the peer."""
    return bytes([kind]) + spoil[1:] + bytes([wait])


ALTERNATE, CLIMB, INSIST, ONCE = 1, 2, 3, 4
REOPEN = b'\0'
MAKE = b''.join(bytes([4, CREATE + name]) for name in (NO_NAME, C, A)) * 3
TAKE = b''.join(bytes([4, OPEN + name]) for name in (A, B, C))
DROP = bytes([1, 0, 1, 1, 1, 2])
ALL = REOPEN + TAKE + MAKE + DROP + MAKE

REGION_PEER_SEEDS = {
    'nobody_meddles': region_peer(ALL),
    **{f'{what}_{how}': region_peer(ALL, habit(kind, of_region(number, value)))
       for what, number in (('allocated', ALLOCATED), ('named', NAMED_LAST),
                            ('frontier', FRONTIER), ('entries', ENTRIES),
                            ('seats', SEATS))
       for how, kind, value in (('climbs', CLIMB, '1'),
                                ('alternates', ALTERNATE, 'most'),
                                ('is_none', INSIST, '0'))},
    **{f'entry_{what}_{how}': region_peer(
        ALL, habit(kind, of_entry(0, number, value)))
       for what, number in (('owner', OWNER), ('extent', EXTENT),
                            ('offset', OFFSET), ('kind', KIND))
       for how, kind, value in (('climbs', CLIMB, '2^32'),
                                ('alternates', ALTERNATE, '-1'))},
    'free_entry_climbs': region_peer(ALL, habit(CLIMB,
                                                of_entry(3, OWNER, '2^32'))),
    'seat_climbs': region_peer(ALL, habit(CLIMB, of_seat(0, 0, '2^32'))),
    'member_climbs': region_peer(ALL, habit(CLIMB, of_member(1, '2^32'))),
    'ring_size_alternates': region_peer(
        ALL, habit(ALTERNATE, of_object(0, 'ring_size', 'int_most'))),
}


def write(target, seeds):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds.items():
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(data)


if __name__ == '__main__':
    write('fuzz_open', OPEN_SEEDS)
    write('fuzz_pipe_peer', PEER_SEEDS)
    write('fuzz_region', REGION_SEEDS)
    write('fuzz_region_peer', REGION_PEER_SEEDS)
    write('fuzz_queue_image', seeds_queue.IMAGE_SEEDS)
    write('fuzz_queue_peer', seeds_queue.PEER_SEEDS)
    write('fuzz_queue_schedule', seeds_queue_schedule.SEEDS)
    write('fuzz_sync_peer', seeds_sync.SEEDS)
    write('fuzz_sync_schedule', seeds_sync_schedule.SEEDS)
