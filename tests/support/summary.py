#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: summary.py NAME TESTLOG.json

Says how many tests of a run of meson passed, and why others did not.
"""

import json
import re
import sys

PASSED = {'OK', 'EXPECTEDFAIL'}
COMPLAINT = re.compile(r'not so: | is .*, not |left behind|ERROR|hang|rror: ')


def lines(test):
    said = test.get('stdout', '') + '\n' + test.get('stderr', '')
    return [line.strip() for line in said.split('\n') if line.strip()]


def reason(test):
    """The last line that a skipped test said."""
    return (lines(test) or ['no reason'])[-1]


def complaints(test):
    """What a failed test said of it, or its last lines."""
    said = lines(test)
    return [line for line in said if COMPLAINT.search(line)][:8] or said[-4:]


def main():
    tests = [json.loads(line) for line in open(sys.argv[2])]
    skipped = [test for test in tests if test['result'] == 'SKIP']
    passed = sum(test['result'] in PASSED for test in tests)
    failed = [test for test in tests
              if test not in skipped and test['result'] not in PASSED]
    for test in skipped:
        print(f'skipped: {test["name"]}: {reason(test)}')
    for test in failed:
        for line in complaints(test):
            print(f'failed: {test["name"]} ({test["result"]}): {line}')
    print(f'{sys.argv[1]}: {passed} passed, {len(failed)} failed, '
          f'{len(skipped)} skipped')


if __name__ == '__main__':
    main()
