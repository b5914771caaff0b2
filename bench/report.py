#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: report.py pipe|queue|sync RESULTS

Makes tables of what the benchmark programs left in this folder, and plots beside
it.
"""

import sys
from pathlib import Path

import pipe_report
import queue_report
import sync_report
from results import Results
from tables import machine

REPORTS = {'pipe': pipe_report.report, 'queue': queue_report.report,
           'sync': sync_report.report}


def main(what, folder):
    results = Results(folder)
    print(machine())
    REPORTS[what](results, Path(folder))
    for line in results.left_out:
        print(line)


if __name__ == '__main__':
    if len(sys.argv) != 3 or sys.argv[1] not in REPORTS:
        sys.exit(__doc__)
    main(*sys.argv[1:])
