# SPDX-License-Identifier: MIT
"""C files of a tree, and their text without what is not code."""

import re
from pathlib import Path

_NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
    re.DOTALL)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"][^>"\n]*[>"])',
                      re.MULTILINE)


def files(root, *folders):
    """Paths of the .c and .h files in these folders of root, sorted."""
    return sorted(path for folder in folders
                  for path in (Path(root) / folder).rglob('*.[ch]'))


def without_comments(text):
    def blank(match):
        found = match.group()
        return re.sub(r'[^\n]', ' ', found) if found[0] == '/' else found
    return _NOT_CODE.sub(blank, text)


def code(text):
    """The text with blanks in place of comments and literals."""
    return _NOT_CODE.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), text)


def includes(text):
    """(line, '<name>' or '"name"') of every include."""
    text = without_comments(text)
    return [(line_of(text, m.start(1)), m.group(1))
            for m in _INCLUDE.finditer(text)]


def line_of(text, position):
    return text.count('\n', 0, position) + 1


def report(problems):
    """Prints the problems; the exit status that fits them."""
    for problem in problems:
        print(problem)
    return 1 if problems else 0
