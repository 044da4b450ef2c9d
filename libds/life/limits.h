/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_LIMITS_H
#define DS_LIFE_LIMITS_H

/* limits - how much of the host a container may take: its settings (life/spec.h, LIMIT_OPTIONS) and
 * the files of its cgroup, of version 1 or 2, that stand for them.
 *
 * A setting that is "", "0", "-1" or "max" is no limit. They are set on droidspaces/NAME, which the guest
 * can't write to (kernel/cgroup.h). */

#include "libds/kernel/hierarchy.h"
#include "libds/life/find.h"

#define DS_LIMITS_CONTROLLERS_MAX 64
#define DS_LIMIT_TEXT 128 /* of a value; no list of processors is longer */

enum ds_limit {
	DS_LIMIT_MEMORY, /* bytes */
	DS_LIMIT_SWAP,   /* bytes of memory and swap together */
	DS_LIMIT_QUOTA,  /* microseconds of CPU time in a period */
	DS_LIMIT_PERIOD, /* microseconds */
	DS_LIMIT_CPU_WEIGHT,
	DS_LIMIT_PIDS,
	DS_LIMIT_IO_WEIGHT,
	DS_LIMIT_CPUSET, /* a list of processors */
	DS_LIMITS,
};

/* The key of container.config. */
const char *ds_limit_key(int limit);

/* Check every value; exit 2. */
int ds_limits_check(const struct ds_spec *spec);

/* Write them as others read them in container.config: CPUs as quota and period, and no key where there
 * is no limit. Values that ds_limits_check() would refuse stay. */
int ds_limits_normalize(struct ds_spec *spec);

/* The controllers that they need, as ds_cgroup_create() takes them. */
void ds_limits_controllers(const struct ds_spec *spec, char list[DS_LIMITS_CONTROLLERS_MAX]);

/* Has this host the controllers that the limits need? Else exit 5, one of them named. */
int ds_limits_check_host(const struct ds_spec *spec);

/* Set those of spec that differ from was (NULL: no limits), for the container whose cgroups are dir; all,
 * or none with the error recorded, exit 5 where a file or directory is missing. */
int ds_limits_apply(const struct ds_spec *spec, const struct ds_spec *was, const char *dir);

/* A running container is to have the limits of spec in place of those of container->spec, and also
 * when its guest reboots. */
int ds_limits_update(struct ds_container *container, const struct ds_spec *spec);

/* Take over into spec what ds_limits_update() has noted since; quiet. */
void ds_limits_refresh(struct ds_spec *spec);

/* What its cgroup files say of a running container, as container.config has it; false: no limit. */
bool ds_limit_in_force(const struct ds_container *container, enum ds_limit limit,
		       char text[DS_LIMIT_TEXT]);

/* ---- Between limits.c and limits_cgroup.c ---- */

#define DS_NO_LIMIT (-1)
#define DS_LIMIT_V1_NONE (1LL << 60) /* version 1 has a number near 2^63 for none */
#define DS_LIMIT_PERIOD_US 100000    /* the kernel's own */

/* The setting, "" where that is no limit; spec may be NULL. */
const char *ds_limit_setting(const struct ds_spec *spec, int limit);

/* The same as a number, DS_NO_LIMIT, or -EINVAL. A list of processors is 0. */
long long ds_limit_number(const struct ds_spec *spec, int limit);

/* Find where a limit's controller is; the version, or -ENOENT, quiet. */
int ds_try_limit_find(int limit, struct ds_hierarchy *hierarchy);

/* Its controller, by the name of version 2. */
const char *ds_limit_controller(int limit);

/* Say that this host has it not; exit 5. */
int ds_limit_refuse(int limit);

#endif
