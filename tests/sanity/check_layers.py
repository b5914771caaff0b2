#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""usage: check_layers.py ROOT

Fails if a file of src includes one of a layer above its own.
"""

import os
import sys
from pathlib import Path

import c_source

# From the lowest to the highest.  What stands in no folder of these, or in one
# of its own, is a primitive: the highest.
LAYERS = ['doors', 'segment', 'waiting', 'members', 'region', 'rings']
PRIMITIVES = len(LAYERS)

# What all layers may know of the public headers; primitives know them all.
COMMON = 'weir/common.h'


def layer_of(path):
    """The layer of a path below src."""
    folder = path.parts[0] if len(path.parts) > 1 else ''
    return LAYERS.index(folder) if folder in LAYERS else PRIMITIVES


def layer_name(layer):
    return LAYERS[layer] if layer < PRIMITIVES else 'primitives'


def problem_with(source, path, include):
    """What is wrong with this include in the file `path` below src, or None."""
    name = include[1:-1]
    own = layer_of(path)
    if name.endswith('.c'):
        return 'includes a source file'
    if name.startswith('weir/'):
        if own < PRIMITIVES and name != COMMON:
            return f'{layer_name(own)} knows a primitive'
        return None
    if include[0] == '<':
        return None
    if name.startswith('sim/'):
        return None if own == 0 else 'the simulator is for the doors only'
    target = Path(name)
    if (source / path.parent / name).exists():
        target = path.parent / name
    elif not (source / name).exists():
        return 'no such file'
    theirs = layer_of(Path(os.path.normpath(target)))
    if theirs > own:
        return f'{layer_name(own)} includes {layer_name(theirs)}'
    return None


def check(root):
    source = Path(root) / 'src'
    problems = []
    for path in c_source.files(root, 'src'):
        for line, include in c_source.includes(path.read_text()):
            what = problem_with(source, path.relative_to(source), include)
            if what:
                problems.append(f'{path.relative_to(root)}:{line}: '
                                f'{include}: {what}')
    return problems


if __name__ == '__main__':
    sys.exit(c_source.report(check(sys.argv[1])))
