#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: python_queue.py SIZE PAIRS NANOSECONDS
       python_queue.py SIZE

Messages of SIZE bytes through multiprocessing.Queue.  PAIRS processes put for
so long, after a fifth of that time to get warm, and as many get: prints the
messages a second.  Or, for each number read, so many go there and back: prints
the time after each.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import time

PAIR_SHIFT = 48
CHUNK = 100
PR_SET_PDEATHSIG = 1


def message(number, size):
    word = number.to_bytes(8, 'little')
    return word if size == 8 else word + bytes(size - 16) + word


def number_of(received):
    if received[:8] != received[-8:]:
        raise ValueError('a torn message')
    return int.from_bytes(received[:8], 'little')


def die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def produce(queue, pair, size, length, result):
    """The last message says that this producer has no more."""
    die_with_parent()
    end = time.monotonic_ns() + length
    first = number = pair << PAIR_SHIFT
    while time.monotonic_ns() < end:
        for number in range(number, number + CHUNK):
            queue.put(message(number, size))
        number += 1
    queue.put(None)
    result.put((number - first, sum(range(first, number))))


def consume(queue, result):
    """The last consumer gets the last such message, and all before it."""
    die_with_parent()
    count = total = 0
    while (received := queue.get()) is not None:
        count += 1
        total += number_of(received)
    result.put((count, total))


def run(size, pairs, length):
    """Messages a second."""
    queue = multiprocessing.Queue(16384 if size == 8 else 1024)
    sent, received = multiprocessing.Queue(), multiprocessing.Queue()
    workers = [multiprocessing.Process(target=work, args=arguments)
               for pair in range(pairs)
               for work, arguments in (
                   (produce, (queue, pair, size, length, sent)),
                   (consume, (queue, received)))]
    begin = time.monotonic_ns()
    for worker in workers:
        worker.start()
    all_sent = [sent.get() for _ in range(pairs)]
    all_received = [received.get() for _ in range(pairs)]
    duration = time.monotonic_ns() - begin
    if [sum(part) for part in zip(*all_sent)] != [
            sum(part) for part in zip(*all_received)]:
        raise ValueError('messages were lost')
    for worker in workers:
        worker.join()
    return 1e9 * sum(count for count, _ in all_sent) / duration


def echo(there, back):
    die_with_parent()
    while True:
        back.put(there.get())


def go_there_and_back(size):
    there, back = multiprocessing.Queue(), multiprocessing.Queue()
    multiprocessing.Process(target=echo, args=(there, back),
                            daemon=True).start()
    for line in sys.stdin:
        for number in range(int(line)):
            there.put(message(number, size))
            if number_of(back.get()) != number:
                raise ValueError('another message')
            print(time.monotonic_ns())
        sys.stdout.flush()


if __name__ == '__main__':
    if len(sys.argv) not in (2, 4):
        sys.exit(__doc__)
    os.sched_setaffinity(0, range(os.cpu_count()))
    if len(sys.argv) == 2:
        go_there_and_back(int(sys.argv[1]))
    else:
        print(run(*map(int, sys.argv[1:])))
