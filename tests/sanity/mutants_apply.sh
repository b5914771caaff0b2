#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: mutants_apply.sh ROOT
#
# Every defect of tests/mutants applies to the tree as it is.
set -eu
cd "$1"
if ! command -v patch >/dev/null; then
	echo "skipped: there is no program patch"
	exit 77
fi
bad=0
for file in tests/mutants/*.patch; do
	if ! patch -p1 -s -f -F0 --dry-run -i "$file" >/dev/null 2>&1; then
		echo "$file: does not apply"
		bad=1
	fi
done
exit $bad
