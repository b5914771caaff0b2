#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: python_value.py

For each number read, adds one to a multiprocessing.Value so many times, under
its lock; prints what it is then.
"""

import ctypes
import multiprocessing
import signal
import sys

PR_SET_PDEATHSIG = 1


def add_up(value, count):
    for _ in range(count):
        with value.get_lock():
            value.value += 1


def main():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    value = multiprocessing.Value('q', 0)
    for line in sys.stdin:
        add_up(value, int(line))
        print(value.value, flush=True)


if __name__ == '__main__':
    main()
