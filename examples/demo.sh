#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# usage: demo.sh BUILD-FOLDER
#
# The main job, on real input; exits non-zero if anything was not so.
# DEMO_MIB=n: the size of the file (256); DEMO_KILLS=n: how many senders are
# killed, and how many workers (200); DEMO_TREE=folder: what these compress.
set -uo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
built=$1/examples
mib=${DEMO_MIB:-256}
kills=${DEMO_KILLS:-200}
tree=${DEMO_TREE:-/usr/include}

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

fail() {
	echo "demo: FAILED: $*" >&2
	exit 1
}

# An archive of what is installed here, repeated until it is large enough.
make_file() {
	local want=$((mib * 1048576)) have=0
	while [ "$have" -lt "$want" ]; do
		tar -cf - -C / usr/lib usr/bin 2>/dev/null |
			head -c $((want - have)) >>"$scratch/file"
		have=$(stat -c %s "$scratch/file")
		[ "$have" -gt 0 ] || fail "no files in /usr/lib to make one of"
		echo "making a file of $mib MiB: $((have / 1048576)) MiB" >&2
	done
}

# tutorial NAME TEXT: shows the program, and what it prints, which is TEXT.
tutorial() {
	local said
	sed 's/^/    /' "$here/$1.c"
	echo
	echo "   It prints:"
	echo
	said=$("$built/$1") || fail "examples/$1"
	echo "    $said"
	[ "$said" = "$2" ] ||
		fail "it should have said something else"
}

echo "1. The pipe program of the Python tutorial, in C (examples/pipe.c):"
echo
tutorial pipe "[42, None, 'hello']"

echo
echo "2. A file of $mib MiB, made from the files of this machine, goes from one"
echo "   process to another in messages of 64 bytes to 1 MiB:"
echo
make_file
"$built/file_race" "$scratch/file" | sed 's/^/    /' || fail "examples/file_race"

echo
echo "3. A sender is killed (SIGKILL) in the middle of its stream, $kills times:"
echo
killed=$("$built/killed_sender" "$kills") || fail "examples/killed_sender: $killed"
echo "    $killed"

echo
echo "4. The queue program of the Python tutorial, in C (examples/queue.c):"
echo
tutorial queue "[42, None, 'hello']"

echo
echo "5. Workers take the files of $tree from one queue, compress them and put"
echo "   the results into another. $kills times, one is killed (SIGKILL) at a random"
echo "   moment, and replaced; every chunk must be as a single process makes it:"
echo
"$built/compress_tree" --kills "$kills" "$tree" | tee "$scratch/said" |
	sed 's/^/    /' || fail "examples/compress_tree"

echo
echo "6. Shared memory, as in the Python tutorial: a child adds one to a number"
echo "   (examples/value.c), and another one negates an array (examples/array.c):"
echo
tutorial value 42
tutorial array '3.1415927 0 -1 -2 -3 -4 -5 -6 -7 -8 -9'

echo
echo "7. Four processes count the bytes of a part of that file in one array, by"
echo "   additions of one instruction, and under its lock; snapshots meanwhile only"
echo "   grow, and the numbers must be those that one process counts:"
echo
head -c 33554432 "$scratch/file" >"$scratch/part"
"$built/histogram" "$scratch/part" | tee "$scratch/counted" |
	sed 's/^/    /' || fail "examples/histogram"

echo
echo "demo: messages passed, $mib MiB arrived unchanged by copy and in place, and" \
	"$kills killed senders left only whole messages and then end of file."
echo "demo: through queues, with the same bytes as without:" \
	"$(tail -n 2 "$scratch/said" | cut -d: -f1 | head -n 1)," \
	"$(tail -n 1 "$scratch/said")."
echo "demo: in shared arrays, $(wc -l <"$scratch/counted") histograms that four processes" \
	"counted are those of one."
