#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: report.sh pipe|queue|sync BUILD_FOLDER [--quick]
#
# Runs the benchmarks that meson built with -Dbench=true, and says how the
# figures stand to their targets.  All stays in BUILD_FOLDER/bench-results.
set -eu

usage() {
	sed -n 's/^# usage/usage/p' "$0" >&2
	exit 2
}

[ $# -ge 2 ] || usage
here=$(dirname "$0")
what=$1
programs=$2/bench
results=$2/bench-results/$what
quick=${3-}
case $what in
pipe)
	names="throughput latency asleep idle footprint event_count lost_wake"
	;;
queue)
	names="queue_throughput queue_stopped queue_members queue_latency
		queue_recovery queue_footprint"
	;;
sync)
	names="sync_pairs sync_contended sync_snapshot sync_asleep sync_footprint"
	;;
*) usage ;;
esac

mkdir -p "$results"
rm -f "$results"/*.tsv "$results"/*.svg
read -r load rest </proc/loadavg
echo "# load of the machine before: $load on $(nproc) CPUs" \
	>"$results/load.tsv"
for name in $names; do
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

# Instructions of this program; the last argument says how many messages.
instructions_of() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 |
		sed -n 's/^==[0-9]*== Collected : //p'
}

# count_instructions CONTENDER BYTES PROGRAM...: free of what starting costs.
count_instructions() {
	contender=$1
	bytes=$2
	shift 2
	few=$(instructions_of "$@" 1000)
	many=$(instructions_of "$@" 11000)
	printf 'instructions\t%s\t%s\tper_pair\t%s\n' \
		"$contender" "$bytes" "$(((many - few) / 10000))" \
		>>"$results/instructions.tsv"
}

count_all() {
	case $what in
	pipe) count_instructions weir 8 "$programs/instructions" ;;
	queue)
		for bytes in 8 64; do
			for name in weir vyukov; do
				count_instructions $name $bytes \
					"$programs/queue_instructions" $name $bytes
			done
		done
		;;
	sync)
		for name in "weir value, locked += 1" "weir semaphore" \
			"weir lock" "weir rlock" "sem_t" "pthread robust mutex"; do
			count_instructions "$name" 0 \
				"$programs/sync_instructions" "$name"
		done
		;;
	esac
}

if command -v valgrind >/dev/null; then
	echo "instructions: counting" >&2
	count_all
else
	echo "# left out: instructions: valgrind is not installed" \
		>"$results/instructions.tsv"
fi

python3 -B "$here/report.py" "$what" "$results" | tee "$results/report.txt"
