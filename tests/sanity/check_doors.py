#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: check_doors.py ROOT

Fails if a file outside src/doors uses atomics, the system, Concurrency Kit or
liburcu by itself, or if any file asks for the time of day, which may jump.
"""

import re
import sys
from pathlib import Path

import c_source

# What a word means, where it stands in code as a whole word.
WORDS = {
    'raw atomics': [
        r'__atomic_\w+', r'__sync_\w+', r'_Atomic', r'atomic_\w+(?=\s*\()',
        r'memory_order_\w+', r'volatile', r'asm', r'__asm__', r'__asm',
        r'__builtin_ia32_\w+',
    ],
    'a raw system call': [
        r'syscall(?=\s*\()', r'SYS_\w+', r'__NR_\w+', r'FUTEX_\w+',
    ],
    'Concurrency Kit': [r'ck_\w+(?=\s*\()'],
    'liburcu': [r'(?:u?rcu|urcu_bp|cds)_\w+(?=\s*\()'],
}

# Calls of the system, by their plain names.
CALLS = '''
    accept bind chmod chown clock_gettime clock_nanosleep clone close connect
    creat dup dup2 dup3 epoll_create1 epoll_ctl epoll_wait eventfd execv execve
    execvp fallocate fchmod fchown fcntl flock fork fstat fstatat fstatfs
    fstatvfs fsync ftruncate getegid geteuid getgid getpid getppid getrandom
    gettid getuid ioctl kill link linkat lockf lseek lstat madvise memfd_create
    mkdir mlock mlock2 mmap mprotect mremap msync munlock munmap nanosleep open
    openat opendir pause pidfd_open pipe pipe2 poll ppoll posix_fallocate
    posix_madvise prctl pread preadv pwrite pwritev raise read readdir readlink
    readv recvmsg rename renameat renameat2 rmdir sched_getaffinity
    sched_getcpu sched_setaffinity sched_yield select sem_open sem_post
    sem_wait sendmsg shm_open shm_unlink shmat shmget sigaction signal
    sigprocmask sleep socket socketpair stat statfs statvfs symlink sysconf
    tgkill truncate unlink unlinkat usleep vfork wait4 waitid waitpid write
    writev
'''.split()

HEADERS = re.compile(
    r'stdatomic\.h|fcntl\.h|sched\.h|signal\.h|linux/.*|asm/.*|'
    r'sys/(file|ioctl|mman|prctl|stat|statfs|statvfs|syscall|vfs)\.h|'
    r'ck_.*|urcu.*|.*intrin\.h')

# In the doors too: a deadline must not move when somebody sets the clock.
TIME_OF_DAY = [
    r'CLOCK_(?:REALTIME|TAI)\w*', r'gettimeofday', r'FUTEX_CLOCK_REALTIME',
    r'(?:time|ftime|timespec_get)(?=\s*\()', r'(?:sem|pthread_\w+)_timed\w+',
]

# A member (x.open, x->open) and a longer name are no calls.
_NOT_BEFORE = r'(?<![\w.])(?<!->)'


def patterns():
    for what, words in WORDS.items():
        yield what, re.compile(_NOT_BEFORE + r'(?:%s)\b' % '|'.join(words))
    yield 'a system call', re.compile(
        _NOT_BEFORE + r'(?:%s)(?=\s*\()' % '|'.join(CALLS))


def problems_of(name, text):
    code = c_source.code(text)
    for what, pattern in patterns():
        for match in pattern.finditer(code):
            yield (f'{name}:{c_source.line_of(code, match.start())}: '
                   f'{what} outside the doors: {match.group()}')
    for line, include in c_source.includes(text):
        if HEADERS.fullmatch(include[1:-1]):
            yield f'{name}:{line}: included outside the doors: {include}'


def time_of_day(name, text):
    code = c_source.code(text)
    pattern = re.compile(_NOT_BEFORE + r'(?:%s)\b' % '|'.join(TIME_OF_DAY))
    for match in pattern.finditer(code):
        yield (f'{name}:{c_source.line_of(code, match.start())}: '
               f'the time of day: {match.group()}')


def check(root):
    doors = Path(root) / 'src' / 'doors'
    # The part of the atomics door that goes into programs.
    public_door = Path(root) / 'include' / 'weir' / 'cell.h'
    problems = []
    for path in c_source.files(root, 'src', 'include'):
        name, text = path.relative_to(root), path.read_text()
        problems += time_of_day(name, text)
        if doors not in path.parents and path != public_door:
            problems += problems_of(name, text)
    return problems


if __name__ == '__main__':
    sys.exit(c_source.report(check(sys.argv[1])))
