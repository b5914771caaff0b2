# SPDX-License-Identifier: MIT
"""What the benchmark programs printed."""

import math
import statistics
from pathlib import Path


def _ratio(value, base):
    """Some peers stand still for a whole round."""
    return value / base if base else math.inf


class Results:
    """Figures by question, contender, bytes and measure, one for each round."""

    def __init__(self, folder):
        self.left_out = []
        self.figures = {}
        for path in sorted(Path(folder).glob('*.tsv')):
            for line in path.read_text().splitlines():
                self._take(line)

    def _take(self, line):
        if line.startswith('#'):
            self.left_out.append(line[1:].strip())
            return
        question, contender, size, measure, value = line.split('\t')
        key = (question, contender, int(size), measure)
        self.figures.setdefault(key, []).append(float(value))

    def median(self, question, contender, size, measure):
        """The median of all rounds, or None."""
        values = self.figures.get((question, contender, size, measure))
        return statistics.median(values) if values else None

    def middle_half(self, question, contender, size, measure):
        """The quartiles of all rounds."""
        values = sorted(self.figures[question, contender, size, measure])
        return values[len(values) // 4], values[len(values) * 3 // 4]

    def slowest_share(self, question, contender, size, measure):
        """The least of all rounds, as a share of the median, or None."""
        values = self.figures.get((question, contender, size, measure))
        middle = statistics.median(values) if values else 0
        return min(values) / middle if middle else None

    def best(self, question, contenders, size, measure):
        """The key with the highest median among these contenders, or None."""
        keys = [(question, contender, size, measure)
                for contender in contenders
                if (question, contender, size, measure) in self.figures]
        return max(keys, key=lambda key: self.median(*key), default=None)

    def ratios(self, key, base):
        """The ratio of medians, the median of the ratios of each round."""
        if key not in self.figures or base not in self.figures:
            return None, None
        mine, others = self.figures[key], self.figures[base]
        return (_ratio(statistics.median(mine), statistics.median(others)),
                statistics.median(map(_ratio, mine, others)))

    def sizes(self, question):
        return sorted({key[2] for key in self.figures if key[0] == question})

    def contenders(self, question, measure):
        """In the order of the output, each once."""
        return list(dict.fromkeys(key[1] for key in self.figures
                                  if key[0] == question and key[3] == measure))
