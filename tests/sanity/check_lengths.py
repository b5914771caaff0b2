#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: check_lengths.py ROOT

Fails if a function or a file is too long; prints how long functions are.
"""

import re
import sys
from pathlib import Path
from statistics import median, quantiles

import c_source

FUNCTION_LINES = 60
FILE_LINES = 400
EXAMPLE_LINES = 170

# As clang-format leaves it: the braces of a function stand in the first column,
# and so does its signature, of one line or more.
_FUNCTION = re.compile(r'^[A-Za-z_][^;{}]*\)[^;{}=]*\n\{.*?^\}',
                       re.MULTILINE | re.DOTALL)


def functions(text):
    """(line, name, length) of every function, its signature counted."""
    code = c_source.code(text)
    for match in _FUNCTION.finditer(code):
        head = match.group().split('\n{')[0]
        names = re.findall(r'\b(?!__attribute__)(\w+)\s*\(', head)
        yield (c_source.line_of(code, match.start()),
               names[0] if names else head.split('\n')[0],
               match.group().count('\n') + 1)


def check(root):
    root = Path(root)
    problems = []
    for path in c_source.files(root, 'src', 'include', 'fuzz', 'tests',
                               'bench', 'examples'):
        name = path.relative_to(root)
        text = path.read_text()
        limit = EXAMPLE_LINES if name.parts[0] == 'examples' else FILE_LINES
        lines = text.count('\n')
        if lines > limit:
            problems.append(f'{name}: {lines} lines, at most {limit}')
        if name.parts[0] == 'src':
            problems += [f'{name}:{line}: {function} has {length} lines, '
                         f'at most {FUNCTION_LINES}'
                         for line, function, length in functions(text)
                         if length > FUNCTION_LINES]
    return problems


def print_lengths(root):
    lengths = [length for path in c_source.files(root, 'src')
               for _, _, length in functions(path.read_text())]
    if len(lengths) > 1:
        print(f'{len(lengths)} functions in src: median {median(lengths):.0f} '
              f'lines, 90th percentile {quantiles(lengths, n=10)[-1]:.0f}, '
              f'longest {max(lengths)}')


if __name__ == '__main__':
    print_lengths(sys.argv[1])
    sys.exit(c_source.report(check(sys.argv[1])))
