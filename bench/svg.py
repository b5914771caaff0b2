# SPDX-License-Identifier: MIT
"""Line plots with a logarithmic y axis, as SVG."""

import math
from html import escape

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 80, 230, 50, 60
COLOURS = ['#d62728', '#ff7f0e', '#8c564b', '#1f77b4', '#17becf', '#2ca02c',
           '#9467bd', '#e377c2', '#bcbd22', '#7f7f7f', '#393b79', '#637939']


def _text(x, y, words, anchor='start', size=12, turn=''):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" '
            f'text-anchor="{anchor}"{turn}>{escape(words)}</text>')


def _line(x1, y1, x2, y2, colour='#dddddd'):
    return (f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"/>')


def _short(power):
    """10 ** power in few letters."""
    step = min(max(power, 0) // 3, 3)
    number = f'{10 ** (power - 3 * step):g}'
    return f'{number} {["", "k", "M", "G"][step]}'.strip()


class _Scale:
    """Places: the x axis has names, the y axis whole powers of ten."""

    def __init__(self, columns, values):
        self.columns = columns
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)

    def x(self, column):
        step = (WIDTH - LEFT - RIGHT) / max(1, len(self.columns) - 1)
        return LEFT + step * column

    def y(self, value):
        share = (math.log10(value) - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _axes(scale, title, x_title, y_title):
    turn = f' transform="rotate(-90 20 {HEIGHT / 2})"'
    parts = [_text(LEFT, 28, title, size=16),
             _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 15, x_title, 'middle'),
             _text(20, HEIGHT / 2, y_title, 'middle', turn=turn)]
    for power in range(scale.low, scale.high + 1):
        y = scale.y(10 ** power)
        parts += [_line(LEFT, y, WIDTH - RIGHT, y),
                  _text(LEFT - 8, y + 4, _short(power), 'end')]
    for column, name in enumerate(scale.columns):
        x = scale.x(column)
        parts += [_line(x, TOP, x, HEIGHT - BOTTOM),
                  _text(x, HEIGHT - BOTTOM + 20, name, 'middle')]
    return parts


def _series(scale, number, name, values):
    colour = COLOURS[number % len(COLOURS)]
    dashes = ' stroke-dasharray="6 3"' if number >= len(COLOURS) else ''
    places = [(scale.x(column), scale.y(value))
              for column, value in enumerate(values) if value]
    path = ' '.join(f'{x:.1f},{y:.1f}' for x, y in places)
    key = TOP + 20 * number
    style = f'stroke="{colour}" stroke-width="2"{dashes}'
    return [f'<polyline points="{path}" fill="none" {style}/>',
            *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>'
              for x, y in places),
            f'<line x1="{WIDTH - RIGHT + 20}" y1="{key}" '
            f'x2="{WIDTH - RIGHT + 45}" y2="{key}" {style}/>',
            _text(WIDTH - RIGHT + 52, key + 4, name)]


def plot(title, x_title, y_title, columns, series):
    """series: name -> one value for each column; None and 0 have no place."""
    values = [v for row in series.values() for v in row if v]
    scale = _Scale(columns, values)
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" '
             f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
             *_axes(scale, title, x_title, y_title)]
    for number, (name, row) in enumerate(series.items()):
        parts += _series(scale, number, name, row)
    return '\n'.join([*parts, '</svg>', ''])
