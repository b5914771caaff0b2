#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: subproject.sh WEIR_SOURCE COMPILER...
#
# A parent project with weir in its subprojects folder, and no other weir, gets
# it by dependency('weir'), and not a test or an example with it.
set -eu

source=$1
shift
program=$(dirname "$0")/hello.c
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
unset DESTDIR

mkdir -p "$scratch/parent/subprojects"
ln -s "$source" "$scratch/parent/subprojects/weir"
cp "$program" "$scratch/parent/"
cat >"$scratch/parent/meson.build" <<'END'
project('parent', 'c', meson_version: '>= 1.0')
test('hello', executable('hello', 'hello.c', dependencies: dependency('weir')))
END

# quietly COMMAND...: its output only if it fails.
quietly()
{
	"$@" >"$scratch/log" 2>&1 || {
		cat "$scratch/log"
		exit 1
	}
}

export CC="$*"
quietly meson setup "$scratch/build" "$scratch/parent" \
	--force-fallback-for=weir
quietly ninja -C "$scratch/build"
"$scratch/build/hello"

tests=$(meson test -C "$scratch/build" --no-rebuild --list 2>/dev/null | wc -l)
if [ "$tests" != 1 ]; then
	echo "the parent has one test of its own, but $tests in all"
	exit 1
fi
