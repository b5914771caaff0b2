#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: expect.sh TEXT PROGRAM...: the program prints the text, and succeeds.
wanted=$1
shift
printed=$("$@") || exit 1
[ "$printed" = "$wanted" ] || {
	echo "printed: $printed"
	echo "wanted:  $wanted"
	exit 1
}
