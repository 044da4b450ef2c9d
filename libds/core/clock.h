/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_CLOCK_H
#define DS_CORE_CLOCK_H

/* clock - the time that bounds are measured in. */

#include <sys/auxv.h>
#include <time.h>

/* Milliseconds of CLOCK_MONOTONIC. */
static inline long long ds_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/* The unit of times in /proc/PID/stat, a second's part (getauxval(3)). */
static inline long ds_ticks_per_second(void)
{
	return (long)getauxval(AT_CLKTCK);
}

#endif
