#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: summary.py NAME TESTLOG.json

Says how many tests of a run of meson passed, and why others were skipped.
"""

import json
import sys

PASSED = {'OK', 'EXPECTEDFAIL'}


def reason(test):
    """The last line that a skipped test said."""
    said = (test.get('stdout', '') + test.get('stderr', '')).split('\n')
    return next((line for line in reversed(said) if line.strip()), 'no reason')


def main():
    tests = [json.loads(line) for line in open(sys.argv[2])]
    skipped = [test for test in tests if test['result'] == 'SKIP']
    passed = sum(test['result'] in PASSED for test in tests)
    failed = len(tests) - len(skipped) - passed
    for test in skipped:
        print(f'skipped: {test["name"]}: {reason(test)}')
    print(f'{sys.argv[1]}: {passed} passed, {failed} failed, '
          f'{len(skipped)} skipped')


if __name__ == '__main__':
    main()
