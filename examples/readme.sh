#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: readme.sh README.md readme.c: the first C block of the one is the other.
sed -n '/^```c$/,/^```$/{/^```/!p;};/^```$/q' "$1" | diff - "$2"
