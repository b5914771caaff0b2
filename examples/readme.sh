#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: readme.sh README.md N program.c: the Nth C block of the one is the other.
awk -v wanted="$2" '
/^```$/ { inside = 0 }
inside && block == wanted { print }
/^```c$/ { inside = 1; block++ }
' "$1" | diff - "$3"
