/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_USAGE_H
#define DS_LIFE_USAGE_H

/* usage - what a running container takes of the host.
 *
 * Its processes are those in its PID namespace and the ones below it, as the host's kernel tells;
 * that holds wherever the guest has moved them. Its cgroup is asked where it has one, for it also
 * counts what no process holds (page cache, processes that ended). */

#include "libds/life/find.h"

#define DS_DURATION_MAX 32

struct ds_usage {
	long long uptime_s;
	long long ram_used_kb;  /* of its memory cgroup, else the sum of its processes' RSS */
	long long ram_total_kb; /* its limit, else the host's memory */
	long long cpu_permille; /* of all CPUs that are online, taken together: 0 to 1000 */
	long long processes;
	bool ram_by_cgroup, cpu_by_cgroup;
	long long cpu_us, at_us; /* CPU time used so far, and when (CLOCK_MONOTONIC) */
};

/* Measure. The share of CPU time is that since usage was filled the last time; 0 where it is zeroed. Of a
 * container that does not run any more: exit 4. */
int ds_usage_look(const struct ds_container *container, struct ds_usage *usage);

#define DS_USAGE_SAMPLE_MS 100 /* is worth waiting between */

/* All three, over a tenth of a second. */
int ds_usage_measure(const struct ds_container *container, struct ds_usage *usage);

/* "1d 2h 3m 4s", without leading zero parts. */
void ds_usage_duration(char text[DS_DURATION_MAX], long long seconds);

#endif
