# SPDX-License-Identifier: MIT
"""The seeds of the targets with a hostile queue, for fuzz/seeds.py.

The numbers are those of fuzz/queue_calls.c, fuzz/queue_places.c and of each
target.
"""
import struct

# ---- places

HEADER = ['capacity', 'block_size', 'blocks', 'grouped', 'max_deliveries',
          'dead_letter', 'tail', 'head', 'freed', 'finished', 'data', 'room',
          'idle', 'unfenced', 'returned', 'cells_ready', 'blocks_ready',
          'only_cpu', 'dropping', 'dropped']
AROUND = ['magic', 'version', 'size', 'type', 'lines', 'entries_most',
          'entries', 'seats', 'member0', 'member1', 'member2', 'member7']
AROUND += [f'entry.{word}' for word in ('owner', 'extent', 'offset', 'wanted',
                                        'hash', 'kind')]


def place(area, item):
    return struct.pack('<H', area | item << 3)


def of_queue(name):
    return place(0, HEADER.index(name))


def of_segment(name):
    return place(2, AROUND.index(name))


def of_cell(position, second=False):
    return place(3, position % 64 << 1 | second)


def at_head(ahead=0, second=False):
    return place(4, ahead << 2 | second)


def at_tail(ahead=0, second=False):
    return place(4, ahead << 2 | 2 | second)


def of_block(block, more=False):
    return place(5, block << 1 | more)


def first_block(ahead=0, more=False):
    """Of the message that is so far behind the head."""
    return place(6, ahead << 1 | more)


def of_group(number):
    return place(7, number)


# ---- words

NUMBERS = ['0', '1', '2', '3', 'capacity', 'cells-1', 'cells', 'cells+1',
           'most', 'int_most', '2^63', '2^32', '2^32-1', '2^22', '2^22+1',
           'magic']
STEPS = ['1', '2', 'capacity', 'cells', 'member', 'stamp', '2^24', 'lap',
         '2^31', '2^32', '2^40', '2^62', '2^63', '2^16', '4 laps', '7']
KINDS = ['empty', 'small', 'block', 'bare', 'leased', 'shut', 'dropped',
         'kind7']
ARGUMENTS = [0, 1, 2, 7, 8, 9, 63, 'no block', 'last block']
STATES = ['free', 'draft', 'posted', 'taken', 'returned', 'part', 'leasing',
          'finishing', 'freeing', 'dropped', 'given_up']
LENGTHS = [0, 1, 24, 32, 120, 4080, 4094, 'long']
LONG_LENGTHS = [0, 1, 32, 512, 4096, 8192, '2^32', 'most']
NEXTS = [0, 1, 2, 3, 4, 5, 'last block', 'none']


def number(name):
    return bytes([NUMBERS.index(name)])


def up(name):
    return bytes([16 + 2 * STEPS.index(name)])


def down(name):
    return bytes([17 + 2 * STEPS.index(name)])


def kind(name):
    return bytes([48 + KINDS.index(name)])


def argument(value):
    return bytes([57 + ARGUMENTS.index(value)])


def state(name):
    return bytes([72 + STATES.index(name)])


def member(value):
    return bytes([88 + value])


def length(value):
    return bytes([96 + LENGTHS.index(value)])


def long_length(value):
    return bytes([104 + LONG_LENGTHS.index(value)])


def next_block(value):
    return bytes([112 + NEXTS.index(value)])


# ---- calls

CALLS = ['put', 'put', 'get', 'get', 'put_many', 'get_many', 'reserve',
         'commit', 'abandon', 'lease', 'lease', 'done', 'giveback', 'tasks',
         'shutdown', 'facts']
SIZES = [0, 1, 7, 8, 9, 20, 24, 25, 60, 100, 300, 4080, 5000, 5001, 512,
         20000]
JOIN, TASK_DONE = 0, 1
GENTLY, AT_ONCE = 0, 1


def call(name, how=8, wait=0, slot=0):
    low = how if name in ('tasks', 'shutdown') else SIZES.index(how)
    return bytes([CALLS.index(name) + 16 * slot, low | wait << 4])


SMALL, LARGE, GROUPED, GIVES_UP, DEAD_LETTERS = 0, 1, 2, 4, 8


# ---- fuzz_queue_image

SEALED, RAW, UNUSED = 16, 32, 64


def opened(handle=0):
    return bytes([16 * handle])


def left(handle=0):
    return bytes([1 + 16 * handle])


def cut(how):
    return bytes([2, how])


def scribble(at, data):
    return bytes([3]) + struct.pack('<HB', at, len(data) - 1) + data


def spoil(where, value):
    return bytes([4]) + where + value


def on(*arguments, handle=0, **named):
    return bytes([9 + 16 * handle]) + call(*arguments, **named)


def image(*steps, kind=0):
    return bytes([kind]) + b''.join(steps)


GET_ALL = on('get', 20000) * 8
LEASE_ALL = b''.join(on('lease', slot=slot) for slot in range(3))
PUT_ALL = b''.join(on('put', size) for size in (8, 20, 60, 300, 5000))
ALL_CALLS = GET_ALL + PUT_ALL + LEASE_ALL

IMAGE_SEEDS = {
    'as_it_was': image(GET_ALL, PUT_ALL, kind=SEALED),
    'as_it_was_large': image(GET_ALL, PUT_ALL, kind=SEALED | LARGE),
    'as_it_was_in_groups': image(GET_ALL, PUT_ALL, kind=SEALED | GROUPED),
    'given_up': image(LEASE_ALL, on('giveback'), on('giveback', slot=1),
                      GET_ALL, kind=GIVES_UP),
    'of_zeros': image(struct.pack('<H', 4000), bytes(4000), kind=RAW),
    'of_ones': image(struct.pack('<H', 4000), bytes([255] * 4000), kind=RAW),
    'opened_twice': image(opened(1), on('put', 60, handle=1), GET_ALL,
                          left(0), on('get', 100, handle=1)),
    # 21
    'tail_far_ahead': image(spoil(of_queue('tail'), up('2^40')), ALL_CALLS),
    'tail_far_back': image(spoil(of_queue('tail'), down('2^40')), ALL_CALLS),
    'tail_wraps': image(spoil(of_queue('tail'), number('most')), ALL_CALLS),
    'tail_is_0': image(spoil(of_queue('tail'), number('0')), ALL_CALLS),
    'head_beyond_tail': image(spoil(of_queue('head'), up('cells')),
                              ALL_CALLS),
    'head_far_ahead': image(spoil(of_queue('head'), up('2^62')), ALL_CALLS),
    'head_is_0': image(spoil(of_queue('head'), number('0')), ALL_CALLS),
    # 22
    'small_of_9_bytes': image(spoil(at_head(2), kind('small')),
                              spoil(at_head(2), argument(9)), GET_ALL),
    'length_of_the_longest': image(spoil(first_block(), length(4094)),
                                   ALL_CALLS),
    'long_of_all': image(spoil(first_block(), length('long')),
                         spoil(first_block(0, True), long_length('most')),
                         ALL_CALLS),
    'long_beyond_its_parts': image(
        spoil(first_block(), length('long')),
        spoil(first_block(0, True), long_length(512)), ALL_CALLS),
    'more_than_have_memory': image(
        spoil(of_queue('blocks_ready'), number('1')), ALL_CALLS),
    # 24, 25
    'no_such_block': image(spoil(at_head(), argument('no block')), ALL_CALLS),
    'block_beyond_all': image(spoil(at_head(), argument('last block')),
                              ALL_CALLS),
    'same_block_twice': image(spoil(at_head(1), kind('block')),
                              spoil(at_head(1), argument(1)),
                              spoil(at_head(), argument(1)), ALL_CALLS),
    # 26
    'chain_of_itself': image(spoil(first_block(), length('long')),
                             spoil(first_block(0, True), long_length(512)),
                             spoil(first_block(0, True), next_block(2)),
                             spoil(of_block(2, True), next_block(2)),
                             ALL_CALLS),
    'chain_of_two': image(*(spoil(of_block(b), state('part'))
                            for b in range(4)),
                          *(spoil(of_block(b, True), next_block(b ^ 1))
                            for b in range(4)),
                          ALL_CALLS),
    # 27
    'lap_ahead_by_1': image(spoil(at_head(), up('lap')), ALL_CALLS),
    'lap_ahead_by_4': image(spoil(at_tail(), up('4 laps')), ALL_CALLS),
    'lap_ahead_by_half': image(spoil(at_head(), up('2^62')), ALL_CALLS),
    'lap_behind': image(spoil(at_head(), down('lap')), ALL_CALLS),
    'laps_in_a_circle': image(*(spoil(of_cell(p), word) for p in range(64)
                                for word in (up('2^62'),) * (p % 3)),
                              ALL_CALLS),
    # 28
    'capacity_grows': image(spoil(of_queue('capacity'), number('2^22')),
                            opened(1), ALL_CALLS, opened(0)),
    'capacity_too_large': image(spoil(of_queue('capacity'),
                                      number('2^22+1')), opened(1)),
    'capacity_none': image(spoil(of_queue('capacity'), number('0')),
                           opened(1)),
    'block_size_1': image(spoil(of_queue('block_size'), number('1')),
                          opened(1), ALL_CALLS),
    'block_size_of_all': image(spoil(of_queue('block_size'),
                                     number('2^32-1')), opened(1)),
    'blocks_beyond_the_file': image(spoil(of_queue('blocks'),
                                          number('cells+1')), opened(1)),
    'grouped_all_at_once': image(spoil(of_queue('grouped'), number('1')),
                                 opened(1), ALL_CALLS),
    'groups_of_nobody': image(*(spoil(of_group(g), number('most'))
                                for g in range(3)), ALL_CALLS,
                              kind=GROUPED),
    # 30
    'type_of_another': image(spoil(of_segment('type'), number('2')),
                             opened(1)),
    'magic_is_gone': image(spoil(of_segment('magic'), number('0')),
                           on('get', 100, 3), opened(1)),
    'extent_elsewhere': image(spoil(of_segment('entry.offset'), up('2')),
                              opened(1), on('get', handle=1)),
    'extent_short': image(spoil(of_segment('entry.kind'), down('2^24')),
                          opened(1), on('get', handle=1)),
    # 32 to 37
    'all_members_dead': image(*(spoil(of_segment(f'member{m}'), number('1'))
                                for m in (1, 2, 7)), on('get', 100, 3) * 3),
    'all_is_of_a_dead_member': image(
        spoil(of_segment('member2'), number('1')),
        *(spoil(of_block(b), member(2)) for b in range(8)),
        on('get', 100, 3)),
    **{f'all_{name}': image(
        spoil(of_segment('member2'), number('1')),
        *(spoil(of_block(b), state(name)) for b in range(12)),
        *(spoil(of_block(b), member(2)) for b in range(6)),
        spoil(of_queue('returned'), number('most')),
        on('get', 100, 3), ALL_CALLS, on('tasks', JOIN))
       for name in STATES},
    'finished_by_a_stranger': image(spoil(of_queue('finished'), up('2^24')),
                                    LEASE_ALL, on('done'),
                                    on('tasks', TASK_DONE) * 4),
    'finished_everything': image(spoil(of_queue('finished'),
                                       number('most')), LEASE_ALL,
                                 on('done'), on('tasks', JOIN)),
    'returned_for_nothing': image(spoil(of_queue('returned'),
                                        number('most')), ALL_CALLS),
    'dropped_for_nothing': image(spoil(of_queue('dropping'), number('1')),
                                 ALL_CALLS, on('tasks', JOIN)),
    'shut_in_the_middle': image(spoil(at_head(1), kind('shut')), ALL_CALLS,
                                on('shutdown', AT_ONCE)),
    'shut_everywhere': image(*(spoil(of_cell(p), kind('shut'))
                               for p in range(40)), ALL_CALLS,
                             on('shutdown', GENTLY)),
    'leased_by_nobody': image(spoil(at_head(), kind('leased')), ALL_CALLS),
    # 41
    'asleep_for_ever': image(spoil(of_queue('data'), number('most')),
                             spoil(of_queue('room'), number('1')), ALL_CALLS,
                             on('get', 8, 3) * 8),
    'ready_no_more': image(spoil(of_queue('cells_ready'), number('0')),
                           spoil(of_queue('blocks_ready'), number('0')),
                           ALL_CALLS),
    # 13
    'cut_off': image(cut(0), ALL_CALLS),
    'cut_in_the_cells': image(cut(26), ALL_CALLS),
    'cut_with_a_loan': image(on('reserve', 20), cut(0), on('commit', 20)),
    'punched': image(cut(128 + 3), ALL_CALLS, kind=SEALED),
    'scribbled': image(scribble(12288 + 1024, bytes(range(32))), ALL_CALLS),
}


# ---- fuzz_queue_peer

USED, NO_PAIRS, IN_REGION = 16, 32, 128
OPEN_OR_CLOSE = 240


def by(handle, *arguments, **named):
    return bytes([handle]) + call(*arguments, **named)


def toggle(handle):
    return bytes([OPEN_OR_CLOSE + handle])


def alternate(where, value, wait=0):
    return bytes([1]) + where + value + bytes([wait])


def climb(where, value, wait=0):
    return bytes([2]) + where + value + bytes([wait])


def insist(where, value, wait=0):
    return bytes([3]) + where + value + bytes([wait])


def once(where, value, wait=0):
    return bytes([4]) + where + value + bytes([wait])


def peer(calls, *acts, kind=USED, wait=0):
    calls = bytes([kind]) + calls
    return bytes([len(calls)]) + calls + bytes([wait]) + b''.join(acts)


TALK = b''.join(by(0, 'put', size) + by(0, 'get', 20000)
                for size in (8, 20, 60, 300))
LEASES = b''.join(by(0, 'lease', slot=slot) for slot in range(3))
HELD = (by(0, 'put', 20) + LEASES + by(0, 'done') +
        by(0, 'giveback', slot=1) + by(0, 'lease', 8, 2, 1))
LOANS = by(0, 'reserve', 20) + by(0, 'commit', 9) + by(0, 'get', 60)
MANY = by(0, 'put_many', 60) + by(0, 'get_many', 60)
TASKS = by(0, 'tasks', TASK_DONE) + by(0, 'tasks', JOIN, 2)
END = by(0, 'shutdown', AT_ONCE) + TASKS + by(0, 'get', 60)
WAITS = by(0, 'get', 60, 2) * 8 + by(0, 'put', 60, 3) * 8
EVERYTHING = TALK + HELD + LOANS + MANY + TASKS + WAITS

PEER_SEEDS = {
    'nobody_meddles': peer(EVERYTHING + END),
    'nobody_meddles_large': peer(EVERYTHING + END, kind=USED | LARGE),
    'nobody_meddles_in_groups': peer(EVERYTHING + END, kind=USED | GROUPED),
    'nobody_meddles_one_word_at_a_time': peer(EVERYTHING + END,
                                              kind=USED | NO_PAIRS),
    'nobody_meddles_in_a_region': peer(
        EVERYTHING + END + toggle(1) + toggle(0) + by(1, 'facts') +
        toggle(1), kind=USED | IN_REGION),
    'queue_of_a_region_moves': peer(
        (toggle(1) + by(1, 'put', 60)) * 4,
        alternate(of_segment('entry.offset'), up('2')),
        kind=USED | IN_REGION),
    'bare_cells_alternate': peer(
        EVERYTHING, alternate(at_head(), argument(63)),
        alternate(at_tail(), up('lap')), kind=USED | NO_PAIRS),
    'dead_letters': peer(HELD * 3 + by(0, 'get', 60) * 3,
                         kind=USED | DEAD_LETTERS),
    'handles_come_and_go': peer(toggle(1) + by(1, 'put', 60) + toggle(0) +
                                by(1, 'get', 60) + toggle(0) + toggle(1)),
    **{f'{name}_{how}{suffix}': peer(EVERYTHING, act, kind=USED | like)
       for name in HEADER for how, act in (
           ('climbs', climb(of_queue(name), number('1'))),
           ('alternates', alternate(of_queue(name), number('most'))),
           ('is_none', insist(of_queue(name), number('0'))))
       for suffix, like in (('', SMALL), ('_in_groups', GROUPED))
       if not suffix or name in ('blocks_ready', 'returned', 'finished')},
    'block_size_while_opened': peer(
        (toggle(1) + by(1, 'reserve', 5000)) * 4,
        alternate(of_queue('block_size'), number('2^22'))),
    'geometry_while_opened': peer(
        (toggle(1) + by(1, 'put', 60)) * 4,
        alternate(of_queue('capacity'), number('2^22')),
        alternate(of_queue('blocks'), number('2^22')),
        alternate(of_queue('grouped'), number('1'))),
    'cell_at_head_alternates': peer(EVERYTHING,
                                    alternate(at_head(), up('lap'))),
    'cell_at_tail_alternates': peer(EVERYTHING,
                                    alternate(at_tail(), up('lap'))),
    'cell_at_tail_never_fills': peer(TALK, climb(at_tail(), number('1'))),
    'second_word_climbs': peer(TALK, climb(at_tail(0, True), number('1'))),
    'lap_runs_away': peer(EVERYTHING, climb(at_tail(), up('lap')),
                          climb(at_head(), up('lap'))),
    'small_length_after_the_look': peer(TALK * 2,
                                        alternate(at_head(), argument(63))),
    'block_number_after_the_look': peer(
        TALK + LEASES, alternate(at_head(), argument('no block'))),
    'length_after_the_look': peer(TALK * 2,
                                  alternate(first_block(), length(4094))),
    'long_after_the_look': peer(TALK * 2,
                                alternate(first_block(), length('long')),
                                insist(first_block(0, True),
                                       long_length(8192))),
    'chain_grows': peer(TALK * 2 + LEASES,
                        alternate(of_block(4, True), long_length('most'))),
    'chain_turns_round': peer(TALK * 2 + LEASES,
                              alternate(of_block(4, True), next_block(4))),
    'parts_come_back': peer(TALK * 2, insist(of_block(4), state('part')),
                            insist(of_block(4, True), next_block(4))),
    'block_is_free_and_taken': peer(HELD * 2,
                                    alternate(of_block(1), state('free'))),
    'every_block_comes_back': peer(
        EVERYTHING, insist(of_block(0), state('returned')),
        insist(of_block(1), state('returned')),
        insist(of_queue('returned'), number('most'))),
    'finishing_for_ever': peer(HELD + TASKS,
                               climb(of_queue('finished'), up('2^24'))),
    'no_block_stays_free': peer(by(0, 'put', 60, 2) * 4 + LOANS,
                                *(climb(of_block(b), up('stamp'))
                                  for b in range(4)), kind=0),
    'blocks_are_never_ready': peer(by(0, 'put', 300, 2) * 2,
                                   insist(of_queue('blocks_ready'),
                                          number('0')), kind=0),
    'groups_are_taken_away': peer(TALK * 2,
                                  alternate(of_group(0), number('most')),
                                  kind=USED | GROUPED),
    'group_is_given_to_all': peer(TALK * 2, insist(of_group(0), number('0')),
                                  kind=USED | GROUPED),
    'tail_falls_back': peer(MANY * 3, insist(of_queue('tail'), number('0'))),
    'head_falls_back': peer(MANY * 3, insist(of_queue('head'), number('0'))),
    'end_comes_and_goes': peer(EVERYTHING + END,
                               alternate(at_tail(), kind('shut'))),
    'dead_member_again_and_again': peer(
        WAITS, insist(of_segment('member2'), number('1')),
        insist(of_block(1), member(2))),
    'own_place_is_free': peer(EVERYTHING + toggle(1) + toggle(0),
                              insist(of_segment('member0'), number('0'))),
    'magic_alternates': peer(WAITS, alternate(of_segment('magic'),
                                              number('0'))),
    'events_climb': peer(WAITS, climb(of_queue('data'), number('2')),
                         climb(of_queue('room'), number('2'))),
}
