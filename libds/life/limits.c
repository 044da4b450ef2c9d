// SPDX-License-Identifier: GPL-3.0-or-later
/* limits - see limits.h. */
#include "libds/life/limits.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "libds/core/err.h"
#include "libds/core/size.h"
#include "libds/core/str.h"

#define CPUS_BELOW 1000 /* a quota below that is a number of CPUs: microseconds it could not be */

static const struct limit {
	const char *v1, *v2; /* controllers */
	const char *option;  /* of the kernel's configuration */
	int min, max;        /* 0 = a size or a list */
	const char *what;
} limits[] = {
	[DS_LIMIT_MEMORY] = {"memory", "memory", "MEMCG", 0, 0, "a size from 1M on"},
	[DS_LIMIT_SWAP] = {"memory", "memory", "MEMCG_SWAP", 0, 0,
			   "a size, of memory_limit or more"},
	[DS_LIMIT_QUOTA] = {"cpu", "cpu", "CFS_BANDWIDTH", 1000, INT_MAX,
			    "a number of CPUs, as 1.5, from 0.01 on"},
	[DS_LIMIT_PERIOD] = {"cpu", "cpu", "CFS_BANDWIDTH", 1000, 1000000,
			     "microseconds from 1000 to 1000000"},
	[DS_LIMIT_CPU_WEIGHT] = {"cpu", "cpu", "FAIR_GROUP_SCHED", 1, 10000,
				 "a number from 1 to 10000"},
	[DS_LIMIT_PIDS] = {"pids", "pids", "CGROUP_PIDS", 1, 1 << 22, "a number from 1 to 4194304"},
	[DS_LIMIT_IO_WEIGHT] = {"blkio", "io", "BLK_CGROUP", 1, 10000, "a number from 1 to 10000"},
	[DS_LIMIT_CPUSET] = {"cpuset", "cpuset", "CPUSETS", 0, 0, "a list of processors, as 0-3,6"},
};

_Static_assert((int)DS_SPEC_memory_limit + DS_LIMIT_CPUSET == (int)DS_SPEC_cpuset,
	       "the limits are in the order of their rows");

const char *ds_limit_key(int limit)
{
	return ds_spec_key(DS_SPEC_memory_limit + (unsigned)limit);
}

const char *ds_limit_setting(const struct ds_spec *spec, int limit)
{
	const char *value = spec ? ds_conf_get(&spec->conf, ds_limit_key(limit)) : NULL;

	if (!value || strcmp(value, "max") == 0 ||
	    (limit != DS_LIMIT_CPUSET && (strcmp(value, "0") == 0 || strcmp(value, "-1") == 0)))
		return "";
	return value;
}

/* "1.5" in thousandths, or -1. */
static long long parse_cpus(const char *text)
{
	const char *at;
	long long milli = (long long)ds_str_digits(text, 10, &at);

	if (milli >= CPUS_BELOW || at == text)
		return -1;
	at += *at == '.';
	for (int i = 0; i < 3; i++)
		milli = milli * 10 + (*at >= '0' && *at <= '9' ? *at++ - '0' : 0);
	return *at ? -1 : milli;
}

static long long parse_quota(const struct ds_spec *spec, const char *text)
{
	long long us, period = ds_limit_number(spec, DS_LIMIT_PERIOD);

	if (ds_try_number(text, CPUS_BELOW, INT_MAX, &us) == 0)
		return us;
	us = parse_cpus(text);
	return us < 0 ? -EINVAL : us * (period > 0 ? period : DS_LIMIT_PERIOD_US) / 1000;
}

long long ds_limit_number(const struct ds_spec *spec, int limit)
{
	const char *text = ds_limit_setting(spec, limit);
	uint64_t bytes;
	long long n;

	if (!*text)
		return DS_NO_LIMIT;
	if (limit == DS_LIMIT_CPUSET)
		return text[strspn(text, "0123456789,-")] || strlen(text) >= DS_LIMIT_TEXT - 8
			       ? -EINVAL
			       : 0;
	if (!limits[limit].max)
		return ds_try_size(text, &bytes) < 0 || bytes < 1 << 20 || bytes >= DS_LIMIT_V1_NONE
			       ? -EINVAL
			       : (long long)bytes;
	if (limit == DS_LIMIT_QUOTA)
		n = parse_quota(spec, text);
	else if (ds_try_number(text, 0, INT_MAX, &n) < 0)
		n = -EINVAL;
	return n < limits[limit].min || n > limits[limit].max ? -EINVAL : n;
}

const char *ds_limit_controller(int limit)
{
	return limits[limit].v2;
}

int ds_limits_check(const struct ds_spec *spec)
{
	for (int i = 0; i < DS_LIMITS; i++) {
		long long n = ds_limit_number(spec, i);

		if (n == -EINVAL || (i == DS_LIMIT_SWAP && n >= 0 &&
				     (ds_limit_number(spec, DS_LIMIT_MEMORY) < 0 ||
				      n < ds_limit_number(spec, DS_LIMIT_MEMORY))))
			return ds_refuse(DS_EXIT_USAGE, "%s=%.40s: not %s", ds_limit_key(i),
					 ds_limit_setting(spec, i), limits[i].what);
	}
	return 0;
}

int ds_limits_normalize(struct ds_spec *spec)
{
	const char *quota = ds_limit_setting(spec, DS_LIMIT_QUOTA);
	char text[24];
	int err = 0;

	if (parse_cpus(quota) >= 0 && parse_quota(spec, quota) >= CPUS_BELOW) {
		snprintf(text, sizeof(text), "%lld", parse_quota(spec, quota));
		err = ds_spec_set(spec, ds_limit_key(DS_LIMIT_QUOTA), text);
		if (!err && !*ds_limit_setting(spec, DS_LIMIT_PERIOD)) {
			snprintf(text, sizeof(text), "%d", DS_LIMIT_PERIOD_US);
			err = ds_spec_set(spec, ds_limit_key(DS_LIMIT_PERIOD), text);
		}
	}
	for (int i = 0; !err && i < DS_LIMITS; i++) {
		if (!*ds_limit_setting(spec, i) ||
		    (i == DS_LIMIT_PERIOD && !*ds_limit_setting(spec, DS_LIMIT_QUOTA)))
			err = ds_spec_set(spec, ds_limit_key(i), NULL);
	}
	return err;
}

int ds_try_limit_find(int limit, struct ds_hierarchy *hierarchy)
{
	if (ds_try_hierarchy_of(limits[limit].v1, hierarchy) < 0 &&
	    ds_try_hierarchy_of(limits[limit].v2, hierarchy) < 0)
		return -ENOENT;
	return strcmp(hierarchy->id, DS_CGROUP2) == 0 ? 2 : 1;
}

void ds_limits_controllers(const struct ds_spec *spec, char list[DS_LIMITS_CONTROLLERS_MAX])
{
	size_t used = 0;

	*list = 0;
	for (int i = 0; i < DS_LIMITS; i++) {
		const struct limit *limit = &limits[i];

		if (*ds_limit_setting(spec, i) && !ds_str_has_word(list, limit->v1))
			used += (size_t)snprintf(list + used, DS_LIMITS_CONTROLLERS_MAX - used,
						 "%s %s ", limit->v1,
						 limit->v1 == limit->v2 ? "" : limit->v2);
	}
}

int ds_limit_refuse(int limit)
{
	ds_refuse(DS_EXIT_UNSUPPORTED, "%s: this host has no such limit (controller %s)",
		  ds_limit_key(limit), limits[limit].v2);
	ds_hint("it needs a kernel with CONFIG_%s, and the controller in cgroup2 or mounted as "
		"version 1",
		limits[limit].option);
	return -ds_err_last()->code;
}

int ds_limits_check_host(const struct ds_spec *spec)
{
	struct ds_hierarchy hierarchy;

	for (int i = 0; i < DS_LIMITS; i++) {
		if (*ds_limit_setting(spec, i) && ds_try_limit_find(i, &hierarchy) < 0)
			return ds_limit_refuse(i);
	}
	return 0;
}
