#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: hide_symbols.sh LIBDIR COMPILER...
#
# Runs at install.  Makes one object of the installed libweir.a, in which every
# name but the public ones is local, so that none can clash with a name of the
# program that links it.  Doing it twice changes nothing.
set -eu

archive=$MESON_INSTALL_DESTDIR_PREFIX/$1/libweir.a
shift
if [ ! -f "$archive" ]; then
	exit 0 # only the headers or the shared library were asked for
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
"$@" -r -nostdlib -o "$scratch/weir.o" \
	-Wl,--whole-archive "$archive" -Wl,--no-whole-archive
objcopy --localize-hidden "$scratch/weir.o"
rm "$archive"
ar rcs "$archive" "$scratch/weir.o"
