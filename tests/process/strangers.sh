#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: strangers.sh PROGRAM PROGRAM_OF_QUEUES PROGRAM_OF_VALUES SOURCE_ROOT
#                     COMPILER...
#
# Builds the library, strangers.c, strangers_queue.c and strangers_value.c for 32
# bits, and lets the programs of both kinds talk with each other over pipes,
# queues and values, each way round, with a death and without.
# Skips (77), and says why, where the machine cannot build or run 32 bits.
set -eu

wide=$1
wide_queue=$2
wide_value=$3
root=$4
shift 4

skip() {
	echo "skipped: $1"
	exit 77
}

scratch=$(mktemp -d)
name=test.$$.strangers
trap 'rm -rf "$scratch" "/dev/shm/weir.$name"' EXIT
trap 'exit 1' HUP INT TERM

cat >"$scratch/try.c" <<-'END'
	#include <stdio.h>
	int main(void) { return puts("") < 0; }
END
"$@" -m32 -o "$scratch/try" "$scratch/try.c" 2>"$scratch/log" ||
	skip "$1 cannot build for 32 bits: $(head -n 1 "$scratch/log")"
"$scratch/try" >/dev/null 2>&1 || skip "this machine runs no 32-bit programs"

# The headers of the 64-bit packages serve; their libraries do not.
headers=$("$@" -print-multiarch 2>/dev/null || true)
narrow=$scratch/strangers32
find "$root/src" -name '*.c' ! -path '*/doors/urcu.c' >"$scratch/sources"

compile() {
	"$@" -m32 -O1 -std=gnu11 -pthread -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
		-I"$root/include" -I"$root/src" -I"$root/tests/support" \
		${headers:+-idirafter "/usr/include/$headers"}
}

build() {
	output=$1 source=$2
	shift 2
	compile "$@" -o "$output" "$source" "$scratch/libweir.so" \
		-Wl,-rpath,"$scratch"
}

compile "$@" -shared -fPIC -o "$scratch/libweir.so" \
	"$root/fuzz/sim/no_grace.c" $(cat "$scratch/sources")
build "$narrow" "$root/tests/process/strangers.c" "$@"
build "$narrow-queue" "$root/tests/process/strangers_queue.c" "$@"
build "$narrow-value" "$root/tests/process/strangers_value.c" "$@"

# talk CREATOR OPENER HOW [region]: 137 is what a killed opener exits with.
talk() {
	wanted=0
	[ "$3" = open ] || wanted=137
	"$1" create "$name" ${4:-} &
	creator=$!
	code=0
	"$2" "$3" "$name" ${4:-} || code=$?
	if ! wait $creator || [ $code != $wanted ]; then
		echo "failed: $1 create, $2 $3 ($code)"
		exit 1
	fi
	rm "/dev/shm/weir.$name"
}

for how in open die "open region" "die region"; do
	talk "$wide" "$narrow" $how
	talk "$narrow" "$wide" $how
	talk "$narrow" "$narrow" $how
done
for how in open die; do
	talk "$wide_queue" "$narrow-queue" $how
	talk "$narrow-queue" "$wide_queue" $how
	talk "$narrow-queue" "$narrow-queue" $how
	talk "$wide_value" "$narrow-value" $how
	talk "$narrow-value" "$wide_value" $how
	talk "$narrow-value" "$narrow-value" $how
done
