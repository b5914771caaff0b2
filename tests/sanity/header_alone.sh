#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: header_alone.sh c|c++ HEADER... -- COMPILER...
#
# Each header, included alone and twice, compiles without a warning.
set -eu

language=$1
shift
headers=
while [ "$1" != -- ]; do
	headers="$headers $1"
	shift
done
shift

failed=0
for header in $headers; do
	name=weir/${header##*/}
	if ! printf '#include <%s>\n#include <%s>\nint main(void) { return 0; }\n' \
		"$name" "$name" |
		"$@" -x "$language" -I "${header%/weir/*}" -fsyntax-only \
			-Wall -Wextra -Werror -pedantic-errors -; then
		echo "$name does not compile alone as $language"
		failed=1
	fi
done
exit "$failed"
