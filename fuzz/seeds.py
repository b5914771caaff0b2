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

SEALED, RAW, NAMED, SIMPLEX, LONELY, STREAMED, OTHER = (
    1 << bit for bit in range(7))


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
    'both_ends': bytes([0, 0]) + opened(1) + on(0, 'peek') + on(0, 'release') +
    on(0, 'reserve', 1000) + on(0, 'commit', 64),
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


def write(target, seeds):
    folder = os.path.join(CORPUS, target)
    os.makedirs(folder, exist_ok=True)
    for name, data in seeds.items():
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(data)


if __name__ == '__main__':
    write('fuzz_open', OPEN_SEEDS)
