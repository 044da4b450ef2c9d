// SPDX-License-Identifier: GPL-3.0-or-later
/* limits_cgroup - the files that stand for limits, written and read; see limits.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/cgroup.h"
#include "libds/life/limits.h"

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
	long long n = ds_limit_number(spec, file->limit),
		  period = ds_limit_number(spec, DS_LIMIT_PERIOD);
	char *text = change->text;

	if (period < 0)
		period = DS_LIMIT_PERIOD_US;
	if (file->limit == DS_LIMIT_SWAP && file->version == 2 && n >= 0)
		n -= ds_limit_number(spec, DS_LIMIT_MEMORY);
	if (file->limit == DS_LIMIT_PERIOD)
		n = period;
	if (file->limit == DS_LIMIT_CPUSET) {
		snprintf(text, DS_LIMIT_TEXT, "%s", ds_limit_setting(spec, file->limit));
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
	int version = ds_try_limit_find(limit, &hierarchy);

	if (version < 0)
		return ds_limit_refuse(limit);
	base_fd = ds_hierarchy_open(&hierarchy);
	if (base_fd < 0)
		return base_fd;
	if (version == 2 && *dir)
		ds_cgroup_hand_down(base_fd, dir, ds_limit_controller(limit));
	*dir_fd = openat(base_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir_fd >= 0)
		return version;
	/* To put a guest there that runs already would leave it at that hierarchy's root in its own view. */
	ds_refuse(DS_EXIT_UNSUPPORTED, "%s: it was started without a limit of controller %s",
		  ds_limit_key(limit), ds_limit_controller(limit));
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
		return ds_limit_refuse(limit);
	return version < 0 ? version : 0;
}

int ds_limits_apply(const struct ds_spec *spec, const struct ds_spec *was, const char *dir)
{
	__attribute__((cleanup(close_changes))) struct changes changes = {0};
	bool differs[DS_LIMITS];
	int err = 0;

	for (int i = 0; i < DS_LIMITS; i++)
		differs[i] = ds_limit_number(spec, i) != ds_limit_number(was, i) ||
			     strcmp(ds_limit_setting(spec, i), ds_limit_setting(was, i)) != 0;
	/* One file holds both, or one is the difference to the other. */
	differs[DS_LIMIT_QUOTA] |= differs[DS_LIMIT_PERIOD];
	differs[DS_LIMIT_SWAP] |=
		differs[DS_LIMIT_MEMORY] && *ds_limit_setting(spec, DS_LIMIT_SWAP);
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
	const char *dir = ds_container_recorded(container, "cgroup_dir");
	int err = ds_limits_apply(spec, &container->spec, dir);

	if (err < 0)
		return err;
	for (int i = 0; !err && i < DS_LIMITS; i++)
		err = ds_conf_set(&state->conf, ds_limit_key(i),
				  ds_conf_get(&spec->conf, ds_limit_key(i)));
	if (!err)
		err = ds_state_save(state, container->spec.pidfile);
	if (err < 0) {
		const struct ds_err why = *ds_err_last();

		ds_limits_apply(&container->spec, spec, dir);
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
 * left in text, or DS_NO_LIMIT. */
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
		return DS_NO_LIMIT;
	if (limit == DS_LIMIT_CPUSET) {
		read_all_cpus(dir_fd, version, all);
		return *text == '\n' || strcmp(text, all) == 0 ? DS_NO_LIMIT : 0;
	}
	if (ds_str_has_prefix(text, "default ") || of != limit)
		at = strchr(text, ' ') + 1;
	if (*at < '0' || *at > '9')
		return DS_NO_LIMIT;
	n = (long long)ds_str_digits(at, 10, NULL);
	if (file->scale)
		n = (n * 100 + file->scale / 2) / file->scale;
	if (n >= DS_LIMIT_V1_NONE || (file->scale && n == 100))
		return DS_NO_LIMIT;
	if (limit == DS_LIMIT_SWAP && version == 2)
		n += read_limit(dir_fd, version, DS_LIMIT_MEMORY, text);
	return limit == DS_LIMIT_PERIOD &&
			       read_limit(dir_fd, version, DS_LIMIT_QUOTA, text) == DS_NO_LIMIT
		       ? DS_NO_LIMIT
		       : n;
}

bool ds_limit_in_force(const struct ds_container *container, enum ds_limit limit,
		       char text[DS_LIMIT_TEXT])
{
	const char *dir = ds_container_recorded(container, "cgroup_dir");
	struct ds_hierarchy hierarchy;
	auto_fd base_fd = -1, dir_fd = -1;
	long long n = DS_NO_LIMIT;
	int version = -1;

	if (container->life == DS_RUNNING && *dir)
		version = ds_try_limit_find(limit, &hierarchy);
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
	return n != DS_NO_LIMIT;
}
