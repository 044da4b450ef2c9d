/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_CHECK_H
#define DS_LIFE_CHECK_H

/* check - what the kernel and the host must have, should have and may have.
 *
 * A row a requirement. Each is tried in a child of its own, for a bounded time; nothing on the host
 * is changed. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/utsname.h>

enum ds_check_level { DS_CHECK_MUST, DS_CHECK_RECOMMENDED, DS_CHECK_OPTIONAL };

enum ds_check_result { DS_CHECK_OK, DS_CHECK_MISSING, DS_CHECK_UNKNOWN };

struct ds_check {
	unsigned int number; /* from 1 on */
	enum ds_check_level level;
	int (*probe)(void); /* probe.h */
	const char *
		name; /* small letters and underscores; packed texts (core/texts.h), as are the rest */
	const char *purpose; /* what it is for; "" without CFG_LONG_HELP, as is the last */
	const char *option;  /* of the kernel's configuration, "" for none */
	const char *without; /* what will not work */
};

#define DS_CHECK_REASON_MAX 80

/* Turns a zeroed check into the first, one into its next, by level; false behind the last, or if texts can't
 * be read. */
bool ds_check_next(struct ds_check *check);

const char *ds_check_level_name(enum ds_check_level level);
const char *ds_check_result_name(enum ds_check_result result);

/* Try one. Where the result is not DS_CHECK_OK, or there are several ways, reason says so. */
enum ds_check_result ds_check_run(const struct ds_check *check, char reason[DS_CHECK_REASON_MAX]);

/* What the host is, beside what it can do. */
struct ds_host_facts {
	struct utsname uts;
	const char *cgroups; /* mounted on the host: "v2", "v1", "hybrid" or "none" */
	const char *selinux; /* "enforcing", "permissive", "unknown" or "none" */
	bool android;
	int systemd_ceiling; /* newest systemd that boots on this kernel; 0 = any */
};

void ds_check_host(struct ds_host_facts *facts);

#endif
