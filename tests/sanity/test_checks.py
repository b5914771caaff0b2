#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Shows that the checks of the source catch what they are there for: each one
is run on a small tree that is right, then on the same tree with one defect."""

import sys
import tempfile
from pathlib import Path

import c_source
import check_doors
import check_layers
import check_lengths

RIGHT = {
    'include/weir/common.h': '/* volatile in a comment */\n',
    'include/weir/pipe.h': '#include <weir/common.h>\n',
    'src/doors/atomics.h': '#include "sim/atomics.h"\n'
                           'static int load(int *x)\n'
                           '{\n\treturn __atomic_load_n(x, 0);\n}\n',
    'src/doors/files.c': '#include <fcntl.h>\n#include "doors/atomics.h"\n'
                         'int file_open(char *p)\n{\n\treturn open(p);\n}\n',
    'src/segment/layout.h': '#include "doors/atomics.h"\n'
                            '#include "weir/common.h"\n',
    'src/waiting/wait.c': '#include "segment/layout.h"\n',
    'src/members/seats.c': '#include "waiting/wait.c.h"\n',
    'src/waiting/wait.c.h': '',
    'src/rings/records.h': '#include "segment/layout.h"\n',
    'src/pipe/ends.h': '#include "rings/records.h"\n',
    'src/pipe.c': '// calls open(2), never __atomic_store\n'
                  '#include "pipe/ends.h"\n#include <weir/pipe.h>\n'
                  'int weir_pipe_open(struct x *x)\n'
                  '{\n\tputs("syscall(1) ck_pr_inc(&x)");\n'
                  '\treturn x->open(1) + x->ops.close(2) + reopen(3);\n}\n',
}

# What is appended to src/pipe.c.
DOORS = [
    'int a = __atomic_load_n(&x, 0);', '__sync_synchronize();',
    '#include <stdatomic.h>', 'atomic_fetch_add(&x, 1);', '_Atomic int x;',
    '_Atomic(int) x;', 'volatile int x;', '__asm__ ("mfence");',
    'atomic_thread_fence(memory_order_seq_cst);', '__builtin_ia32_mfence();',
    'syscall(1);', 'int n = SYS_futex;', 'int op = FUTEX_WAIT;',
    '#include <sys/syscall.h>', '#include <linux/futex.h>',
    '# include <fcntl.h>', 'fcntl(fd, 1);', 'mmap (0, 1);', 'shm_open(p);',
    'x = open(p, 0);', 'if (close(fd))', 'ftruncate(fd, 0);', 'getpid();',
    'ck_pr_stall();', '#include <ck_ec.h>', '#include <urcu/urcu-bp.h>',
    'urcu_bp_read_lock();', 'rcu_read_lock();', 'cds_list_add(a, b);',
    '/* a */ volatile /* b */ int x;', 'puts("\\""); volatile int x;',
]
TIME_OF_DAY = [
    'clock_gettime(CLOCK_REALTIME, &now);', 'gettimeofday(&now, NULL);',
    'int op = FUTEX_CLOCK_REALTIME;', 'time(NULL);',
    'clock_gettime(CLOCK_REALTIME_COARSE, &now);', 'timespec_get(&now, 1);',
    'pthread_mutex_timedlock(&lock, &end);',
]
# A file, and what is appended to it.
LAYERS = [
    ('src/doors/files.c', '#include "segment/layout.h"'),
    ('src/segment/layout.h', '#include "waiting/wait.c.h"'),
    ('src/waiting/wait.c', '#include "members/../rings/records.h"'),
    ('src/waiting/wait.c', '#include "rings/records.h"'),
    ('src/rings/records.h', '#include "pipe/ends.h"'),
    ('src/rings/records.h', '#include <weir/pipe.h>'),
    ('src/rings/records.h', '#include "../pipe/ends.h"'),
    ('src/rings/records.h', '#include "sim/atomics.h"'),
    ('src/pipe.c', '#include "waiting/wait.c"'),
    ('src/pipe.c', '#include "nowhere.h"'),
]


def function_of(lines):
    return ('static int long_one(int a,\n\t\t    int b)\n{\n'
            + '\tstep(a, b);\n' * (lines - 4) + '}\n')


LENGTHS = [
    ('src/pipe.c', function_of(check_lengths.FUNCTION_LINES + 1)),
    ('src/rings/records.h', function_of(check_lengths.FUNCTION_LINES + 1)),
    ('src/pipe.c', '\n' * check_lengths.FILE_LINES),
    ('examples/pipe.c', '\n' * (check_lengths.EXAMPLE_LINES + 1)),
]


def problems(check, changed=None, appended=''):
    """What the check says of the right tree with this appended to a file."""
    with tempfile.TemporaryDirectory() as root:
        tree = dict(RIGHT)
        if changed:
            tree[changed] = tree.get(changed, '') + appended + '\n'
        for name, text in tree.items():
            path = Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return check(root)


def false_alarms():
    """What the checks say of what is just right."""
    longest = function_of(check_lengths.FUNCTION_LINES)
    return (problems(check_doors.check) + problems(check_layers.check)
            + problems(check_lengths.check, 'src/pipe.c', longest))


def missed(check, changed, text):
    found = problems(check, changed, text)
    return not any(problem.startswith(changed) for problem in found)


def main():
    cases = ([(check_doors.check, 'src/pipe.c', text) for text in DOORS]
             + [(check_doors.check, 'include/weir/pipe.h', 'volatile int x;')]
             + [(check_doors.check, 'src/doors/files.c', text)
                for text in TIME_OF_DAY]
             + [(check_layers.check, *case) for case in LAYERS]
             + [(check_lengths.check, *case) for case in LENGTHS])
    failures = [f'false alarm: {alarm}' for alarm in false_alarms()]
    failures += [f'{case[0].__module__} misses in {case[1]}: {case[2][:60]!r}'
                 for case in cases if missed(*case)]
    print(f'{len(cases)} seeded violations, {len(failures)} failures')
    return c_source.report(failures)


if __name__ == '__main__':
    sys.exit(main())
