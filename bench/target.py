# SPDX-License-Identifier: MIT
"""What a measurement is to reach, and how far it is."""

from dataclasses import dataclass
from typing import Optional


@dataclass
class Target:
    what: str
    relation: str               # '>=' or '<='
    wanted: float
    measured: Optional[float]   # a ratio of medians; None: not measured
    by_round: Optional[float] = None    # the median of the rounds' ratios
    unit: str = ''

    def verdict(self):
        if self.measured is None:
            return 'not measured'
        shown = round(self.measured, 2)
        if self.relation == '>=':
            reached = shown >= self.wanted
        else:
            reached = shown <= self.wanted
        return 'reached' if reached else 'missed'
