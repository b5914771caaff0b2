/* SPDX-License-Identifier: MIT */
/* Two CPUs for two processes. */
#ifndef BENCH_CPUS_H
#define BENCH_CPUS_H

/*
 * Chooses, of the CPUs this process may use, two of one socket that share the
 * last cache but no core.  Returns how many there are: 2, or 1, when both
 * entries are the same.
 */
int cpus_choose(int cpus[2]);

/* Binds the calling thread to one CPU, or to both. */
void cpus_pin(int cpu);
void cpus_pin_both(const int cpus[2]);

#endif
