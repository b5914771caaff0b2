#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: exports.sh LIBWEIR.SO HEADER...
#
# The shared library exports every function that its headers declare, and no
# other name.
set -eu

library=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# The version node (WEIR_0) is an absolute symbol, A.
nm -D --defined-only "$library" |
	awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort -u >"$scratch/exported"
# A declaration may go on in the next line.
cat "$@" | tr '\n' ' ' | grep -o 'WEIR_API [^;(]*(' |
	grep -o 'weir_[a-z0-9_]*($' | tr -d '(' | sort -u >"$scratch/declared"

if [ ! -s "$scratch/declared" ]; then
	echo "no declaration found in: $*"
	exit 1
fi
if ! diff "$scratch/declared" "$scratch/exported" >"$scratch/differences"; then
	sed -n 's/^< /declared, but not exported: /p
		s/^> /exported, but not declared: /p' "$scratch/differences"
	exit 1
fi
echo "$(wc -l <"$scratch/exported") names"
