// SPDX-License-Identifier: GPL-3.0-or-later
/* limits - see limits.h. */
#include "libds/life/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/kernel/cgroup.h"
#include "libds/kernel/hierarchy.h"

#define PERIOD_US 100000 /* the kernel's own */
#define CPUS_BELOW 1000  /* a quota below that is a number of CPUs: microseconds it could not be */
#define NO_LIMIT (-1)
#define V1_NONE (1LL << 60) /* version 1 has a number near 2^63 for none */

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

/* The files of a limit; those that the kernel lacks are passed over as long as there is one. A weight is
 * that of version 2, whose default is 100, in percent of scale; low and high bound it. */
static const struct file {
	unsigned char limit, version;
	const char *name;
	int scale, low, high;
} files[] = {
	{DS_LIMIT_MEMORY, 1, "memory.limit_in_bytes", 0, 0, 0},
	{DS_LIMIT_MEMORY, 2, "memory.max", 0, 0, 0},
	{DS_LIMIT_SWAP, 1, "memory.memsw.limit_in_bytes", 0, 0, 0},
	{DS_LIMIT_SWAP, 2, "memory.swap.max", 0, 0, 0},
	{DS_LIMIT_PERIOD, 1, "cpu.cfs_period_us", 0, 0, 0},
	{DS_LIMIT_QUOTA, 1, "cpu.cfs_quota_us", 0, 0, 0},
	{DS_LIMIT_QUOTA, 2, "cpu.max", 0, 0, 0},
	{DS_LIMIT_CPU_WEIGHT, 1, "cpu.shares", 1024, 2, 262144},
	{DS_LIMIT_CPU_WEIGHT, 2, "cpu.weight", 100, 1, 10000},
	{DS_LIMIT_PIDS, 1, "pids.max", 0, 0, 0},
	{DS_LIMIT_PIDS, 2, "pids.max", 0, 0, 0},
	{DS_LIMIT_IO_WEIGHT, 1, "blkio.weight", 500, 10, 1000},
	{DS_LIMIT_IO_WEIGHT, 1, "blkio.bfq.weight", 100, 1, 1000},
	{DS_LIMIT_IO_WEIGHT, 2, "io.weight", 100, 1, 10000},
	{DS_LIMIT_IO_WEIGHT, 2, "io.bfq.weight", 100, 1, 1000},
	{DS_LIMIT_CPUSET, 1, "cpuset.cpus", 0, 0, 0},
	{DS_LIMIT_CPUSET, 1, DS_CGROUP_GUEST "/cpuset.cpus", 0, 0, 0},
	{DS_LIMIT_CPUSET, 2, "cpuset.cpus", 0, 0, 0},
};

#define FILES (sizeof(files) / sizeof(*files))

_Static_assert((int)DS_SPEC_memory_limit + DS_LIMIT_CPUSET == (int)DS_SPEC_cpuset,
	       "the limits are in the order of their rows");

const char *ds_limit_key(int limit)
{
	return ds_spec_key(DS_SPEC_memory_limit + (unsigned)limit);
}

/* The setting, "" where that is no limit. */
static const char *setting(const struct ds_spec *spec, int limit)
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

static long long number(const struct ds_spec *spec, int limit);

static long long parse_quota(const struct ds_spec *spec, const char *text)
{
	long long us, period = number(spec, DS_LIMIT_PERIOD);

	if (ds_try_number(text, CPUS_BELOW, INT_MAX, &us) == 0)
		return us;
	us = parse_cpus(text);
	return us < 0 ? -EINVAL : us * (period > 0 ? period : PERIOD_US) / 1000;
}

/* The setting as a number, NO_LIMIT, or -EINVAL. A list of processors is 0. */
static long long number(const struct ds_spec *spec, int limit)
{
	const char *text = setting(spec, limit);
	uint64_t bytes;
	long long n;

	if (!*text)
		return NO_LIMIT;
	if (limit == DS_LIMIT_CPUSET)
		return text[strspn(text, "0123456789,-")] || strlen(text) >= DS_LIMIT_TEXT - 8
			       ? -EINVAL
			       : 0;
	if (!limits[limit].max)
		return ds_try_size(text, &bytes) < 0 || bytes < 1 << 20 || bytes >= V1_NONE
			       ? -EINVAL
			       : (long long)bytes;
	if (limit == DS_LIMIT_QUOTA)
		n = parse_quota(spec, text);
	else if (ds_try_number(text, 0, INT_MAX, &n) < 0)
		n = -EINVAL;
	return n < limits[limit].min || n > limits[limit].max ? -EINVAL : n;
}

int ds_limits_check(const struct ds_spec *spec)
{
	for (int i = 0; i < DS_LIMITS; i++) {
		long long n = number(spec, i);

		if (n == -EINVAL ||
		    (i == DS_LIMIT_SWAP && n >= 0 &&
		     (number(spec, DS_LIMIT_MEMORY) < 0 || n < number(spec, DS_LIMIT_MEMORY))))
			return ds_refuse(DS_EXIT_USAGE, "%s=%.40s: not %s", ds_limit_key(i),
					 setting(spec, i), limits[i].what);
	}
	return 0;
}

int ds_limits_normalize(struct ds_spec *spec)
{
	const char *quota = setting(spec, DS_LIMIT_QUOTA);
	char text[24];
	int err = 0;

	if (parse_cpus(quota) >= 0 && parse_quota(spec, quota) >= CPUS_BELOW) {
		snprintf(text, sizeof(text), "%lld", parse_quota(spec, quota));
		err = ds_spec_set(spec, ds_limit_key(DS_LIMIT_QUOTA), text);
		if (!err && !*setting(spec, DS_LIMIT_PERIOD)) {
			snprintf(text, sizeof(text), "%d", PERIOD_US);
			err = ds_spec_set(spec, ds_limit_key(DS_LIMIT_PERIOD), text);
		}
	}
	for (int i = 0; !err && i < DS_LIMITS; i++) {
		if (!*setting(spec, i) || (i == DS_LIMIT_PERIOD && !*setting(spec, DS_LIMIT_QUOTA)))
			err = ds_spec_set(spec, ds_limit_key(i), NULL);
	}
	return err;
}

/* Find where a limit's controller is; the version, or -ENOENT, quiet. */
static int find(int limit, struct ds_hierarchy *hierarchy)
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

		if (*setting(spec, i) && !ds_str_has_word(list, limit->v1))
			used += (size_t)snprintf(list + used, DS_LIMITS_CONTROLLERS_MAX - used,
						 "%s %s ", limit->v1,
						 limit->v1 == limit->v2 ? "" : limit->v2);
	}
}

static int refuse(int limit)
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
		if (*setting(spec, i) && find(i, &hierarchy) < 0)
			return refuse(i);
	}
	return 0;
}

/* ---- Writing ---- */

struct change {
	const struct file *file;
	int dir_fd;
	bool done;
	char text[DS_LIMIT_TEXT], was[DS_LIMIT_TEXT];
};

struct changes {
	int count;
	struct change change[FILES];
};

static void close_changes(struct changes *changes)
{
	for (int i = 0; i < changes->count; i++)
		close_fd(&changes->change[i].dir_fd);
}

/* One may be refused until another is written: memory above memory and swap, processors that the guest's
 * directory has and ours not. 0, or -errno recorded when some are left. */
static int write_changes(struct changes *changes)
{
	int left = changes->count, wrote = 1;

	while (left && wrote) {
		wrote = 0;
		for (int i = 0; i < changes->count; i++) {
			struct change *change = &changes->change[i];
			int err = change->done
					  ? -EALREADY
					  : ds_try_file_write(change->dir_fd, change->file->name,
							      change->text);

			change->done |= !err;
			wrote += !err;
			if (err < 0 && !change->done)
				ds_fail_with(err, "set %s to %s", change->file->name, change->text);
		}
		left -= wrote;
	}
	return left ? -ds_err_last()->code : 0;
}

static void put_back(struct changes *changes)
{
	const struct ds_err why = *ds_err_last();

	for (int i = 0; i < changes->count; i++) {
		struct change *change = &changes->change[i];

		memcpy(change->text, change->was, sizeof(change->text));
		change->done = !change->done;
	}
	write_changes(changes);
	ds_err_set(&why);
}

/* The first line of a file with its newline: one write(2) of an empty text would be none. */
static bool read_line(int dir_fd, const char *name, char text[DS_LIMIT_TEXT])
{
	if (ds_try_file_read(dir_fd, name, text, DS_LIMIT_TEXT - 1) < 0)
		return false;
	memcpy(text + strcspn(text, "\n"), "\n", 2);
	return true;
}

/* What the directory above has: no limit. An empty list, which means that in version 2, is refused where
 * processes are. */
static void read_all_cpus(int dir_fd, int version, char text[DS_LIMIT_TEXT])
{
	read_line(dir_fd, version == 1 ? "../cpuset.cpus" : "../cpuset.cpus.effective", text);
}

static long long weight(const struct file *file, long long n)
{
	n = n * file->scale / 100;
	return n < file->low ? file->low : n > file->high ? file->high : n;
}

/* What is to be written. In version 2 swap is counted by itself. */
static void make_text(struct change *change, const struct ds_spec *spec)
{
	const struct file *file = change->file;
	const char *none = file->version == 1 && file->limit != DS_LIMIT_PIDS ? "-1" : "max";
	long long n = number(spec, file->limit), period = number(spec, DS_LIMIT_PERIOD);
	char *text = change->text;

	if (period < 0)
		period = PERIOD_US;
	if (file->limit == DS_LIMIT_SWAP && file->version == 2 && n >= 0)
		n -= number(spec, DS_LIMIT_MEMORY);
	if (file->limit == DS_LIMIT_PERIOD)
		n = period;
	if (file->limit == DS_LIMIT_CPUSET) {
		snprintf(text, DS_LIMIT_TEXT, "%s", setting(spec, file->limit));
		if (n < 0)
			read_all_cpus(change->dir_fd, file->version, text);
	} else if (file->scale) {
		snprintf(text, DS_LIMIT_TEXT, "%s%lld",
			 ds_str_has_prefix(file->name, "io.") ? "default " : "",
			 weight(file, n < 0 ? 100 : n));
	} else {
		snprintf(text, DS_LIMIT_TEXT, n < 0 ? none : "%lld", n);
	}
	if (file->limit == DS_LIMIT_QUOTA && file->version == 2)
		snprintf(text + strlen(text), DS_LIMIT_TEXT - strlen(text), " %lld", period);
}

/* Open the container's directory where the controller of a limit is; the version, or -errno recorded. */
static int open_dir(int limit, const char *dir, int *dir_fd)
{
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1;
	int version = find(limit, &hierarchy);

	if (version < 0)
		return refuse(limit);
	base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd < 0)
		return base_fd;
	if (version == 2)
		ds_cgroup_hand_down(base_fd, dir, limits[limit].v2);
	*dir_fd = openat(base_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd >= 0)
		return version;
	/* To put a guest there that runs already would leave it at that hierarchy's root in its own view. */
	ds_refuse(DS_EXIT_UNSUPPORTED, "%s: it was started without a limit of controller %s",
		  ds_limit_key(limit), limits[limit].v2);
	ds_hint("on this host that controller has its own hierarchy: give it to ds-restart");
	return -ds_err_last()->code;
}

/* Add what a limit's files have to hold. */
static int add_limit(struct changes *changes, int limit, const struct ds_spec *spec,
		     const char *dir)
{
	auto_fd dir_fd = -1;
	int version = open_dir(limit, dir, &dir_fd), found = 0;

	for (size_t i = 0; i < FILES && version > 0; i++) {
		struct change *change = &changes->change[changes->count];

		if (files[i].limit != limit || files[i].version != version)
			continue;
		*change = (struct change){.file = &files[i]};
		if (!read_line(dir_fd, files[i].name, change->was))
			continue;
		if (*change->was == '\n')
			read_all_cpus(dir_fd, version, change->was);
		found++;
		change->dir_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
		make_text(change, spec);
		changes->count++;
	}
	/* The period has no file of its own in version 2. */
	if (version > 0 && !found && limit != DS_LIMIT_PERIOD)
		return refuse(limit);
	return version < 0 ? version : 0;
}

int ds_limits_apply(const struct ds_spec *spec, const struct ds_spec *was, const char *dir)
{
	__attribute__((cleanup(close_changes))) struct changes changes = {0};
	bool differs[DS_LIMITS];
	int err = 0;

	for (int i = 0; i < DS_LIMITS; i++)
		differs[i] = number(spec, i) != number(was, i) ||
			     strcmp(setting(spec, i), setting(was, i)) != 0;
	/* One file holds both, or one is the difference to the other. */
	differs[DS_LIMIT_QUOTA] |= differs[DS_LIMIT_PERIOD];
	differs[DS_LIMIT_SWAP] |= differs[DS_LIMIT_MEMORY] && *setting(spec, DS_LIMIT_SWAP);
	for (int i = 0; !err && i < DS_LIMITS; i++) {
		if (differs[i])
			err = add_limit(&changes, i, spec, dir);
	}
	if (!err)
		err = write_changes(&changes);
	if (err < 0)
		put_back(&changes);
	return err;
}

int ds_limits_update(struct ds_container *container, const struct ds_spec *spec)
{
	struct ds_state *state = &container->state;
	const char *dir = ds_conf_get(&state->conf, "cgroup_dir");
	int err = ds_limits_apply(spec, &container->spec, dir ? dir : "");

	if (err < 0)
		return err;
	for (int i = 0; !err && i < DS_LIMITS; i++)
		err = ds_conf_set(&state->conf, ds_limit_key(i),
				  ds_conf_get(&spec->conf, ds_limit_key(i)));
	if (!err)
		err = ds_state_save(state, container->spec.pidfile);
	if (err < 0) {
		const struct ds_err why = *ds_err_last();

		ds_limits_apply(&container->spec, spec, dir ? dir : "");
		ds_err_set(&why);
	}
	return err;
}

void ds_limits_refresh(struct ds_spec *spec)
{
	auto_state now = {0};

	if (ds_try_state_load(spec->name, &now) < 0)
		return;
	for (int i = 0; i < DS_LIMITS; i++)
		ds_spec_set(spec, ds_limit_key(i), ds_conf_get(&now.conf, ds_limit_key(i)));
}

/* ---- Reading ---- */

/* Read a limit's first file; its number as container.config has it, 0 for a list of processors, which is
 * left in text, or NO_LIMIT. */
static long long read_limit(int dir_fd, int version, int limit, char text[DS_LIMIT_TEXT])
{
	int of = limit == DS_LIMIT_PERIOD && version == 2 ? DS_LIMIT_QUOTA : limit;
	const struct file *file = files;
	char all[DS_LIMIT_TEXT];
	const char *at = text;
	long long n;

	while (file < files + FILES && (file->limit != of || file->version != version ||
					!read_line(dir_fd, file->name, text)))
		file++;
	if (file == files + FILES)
		return NO_LIMIT;
	if (limit == DS_LIMIT_CPUSET) {
		read_all_cpus(dir_fd, version, all);
		return *text == '\n' || strcmp(text, all) == 0 ? NO_LIMIT : 0;
	}
	if (ds_str_has_prefix(text, "default ") || of != limit)
		at = strchr(text, ' ') + 1;
	if (*at < '0' || *at > '9')
		return NO_LIMIT;
	n = (long long)ds_str_digits(at, 10, NULL);
	if (file->scale)
		n = (n * 100 + file->scale / 2) / file->scale;
	if (n >= V1_NONE || (file->scale && n == 100))
		return NO_LIMIT;
	if (limit == DS_LIMIT_SWAP && version == 2)
		n += read_limit(dir_fd, version, DS_LIMIT_MEMORY, text);
	return limit == DS_LIMIT_PERIOD &&
			       read_limit(dir_fd, version, DS_LIMIT_QUOTA, text) == NO_LIMIT
		       ? NO_LIMIT
		       : n;
}

bool ds_limit_in_force(const struct ds_container *container, enum ds_limit limit,
		       char text[DS_LIMIT_TEXT])
{
	const char *dir = ds_conf_get(&container->state.conf, "cgroup_dir");
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1, dir_fd = -1;
	long long n = NO_LIMIT;
	int version = -1;

	if (container->life == DS_RUNNING && dir && *dir)
		version = find(limit, &hierarchy);
	if (version > 0)
		base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd >= 0)
		dir_fd = openat(base_fd, dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd >= 0)
		n = read_limit(dir_fd, version, (int)limit, text);
	if (limit == DS_LIMIT_CPUSET && n == 0)
		ds_str_trim_end(text);
	else if (n >= 0)
		snprintf(text, DS_LIMIT_TEXT, "%lld", n);
	else
		*text = 0;
	return n != NO_LIMIT;
}
