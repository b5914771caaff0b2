#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: install.sh BUILD_FOLDER COMPILER...
#
# Installs into an empty folder and builds a program there, knowing nothing but
# what pkg-config says: shared, with libweir.a, and static altogether.
set -eu

build=$1
shift
program=$(dirname "$0")/hello.c
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
unset DESTDIR LD_LIBRARY_PATH

meson install -C "$build" --no-rebuild --destdir "$scratch/root" \
	>"$scratch/log" 2>&1 || {
	cat "$scratch/log"
	exit 1
}
pc=$(find "$scratch/root" -name weir.pc)
PKG_CONFIG_PATH=${pc%/*}
PKG_CONFIG_SYSROOT_DIR=$scratch/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
libraries=${pc%/pkgconfig/weir.pc}
version=$(pkg-config --modversion weir)

# expect HOW COMMAND...: the program greets, with the version of weir.pc.
expect()
{
	how=$1
	shift
	said=$("$@")
	if [ "$said" != "hello from weir $version" ]; then
		echo "$how: it said '$said', weir.pc is of version $version"
		exit 1
	fi
	echo "$how: $said"
}

# shellcheck disable=SC2046 # the flags are words
{
	"$@" "$program" -o "$scratch/shared" $(pkg-config --cflags --libs weir)
	"$@" "$program" -o "$scratch/archive" $(pkg-config --cflags weir) \
		"$libraries/libweir.a" \
		$(pkg-config --static --libs weir | sed 's/-lweir//')
	"$@" -static "$program" -o "$scratch/static" \
		$(pkg-config --static --cflags --libs weir)
}
expect 'with libweir.so' env LD_LIBRARY_PATH="$libraries" "$scratch/shared"
expect 'with libweir.a' "$scratch/archive"
expect 'static' "$scratch/static"

strangers=$(nm --defined-only --extern-only "$libraries/libweir.a" |
	awk 'NF == 3 && $3 !~ /^weir_/ { print $3 }')
if [ -n "$strangers" ]; then
	echo "libweir.a defines names that are not its own: $strangers"
	exit 1
fi
