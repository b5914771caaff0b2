#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: report.sh pipe BUILD_FOLDER [--quick]
#
# Runs the benchmarks that meson built with -Dbench=true, and says how the
# figures stand to their targets.  All stays in BUILD_FOLDER/bench-results.
set -eu

if [ $# -lt 2 ] || [ "$1" != pipe ]; then
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
fi
here=$(dirname "$0")
programs=$2/bench
results=$2/bench-results
quick=${3-}

mkdir -p "$results"
rm -f "$results"/*.tsv "$results"/*.svg
read -r load rest </proc/loadavg
echo "# load of the machine before: $load on $(nproc) CPUs" \
	>"$results/load.tsv"
for name in throughput latency asleep idle footprint event_count lost_wake; do
	if [ ! -x "$programs/$name" ]; then
		echo "# left out: $name: not built" >"$results/$name.tsv"
		continue
	fi
	status=0
	"$programs/$name" $quick >"$results/$name.tsv" || status=$?
	# 77: this machine cannot; the file says why.
	if [ $status -ne 0 ] && [ $status -ne 77 ]; then
		echo "$name failed with status $status" >&2
		exit 1
	fi
done

# Instructions of a run of $1 messages.
count_instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null \
		"$programs/instructions" "$1" 2>&1 |
		sed -n 's/^==[0-9]*== Collected : //p'
}

if command -v valgrind >/dev/null; then
	echo "instructions: counting" >&2
	few=$(count_instructions 1000)
	many=$(count_instructions 11000)
	printf 'instructions\tweir\t8\tper_pair\t%s\n' \
		"$(((many - few) / 10000))" >"$results/instructions.tsv"
else
	echo "# left out: instructions: valgrind is not installed" \
		>"$results/instructions.tsv"
fi

python3 "$here/report.py" "$results" | tee "$results/report.txt"
