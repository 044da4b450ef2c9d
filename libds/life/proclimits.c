// SPDX-License-Identifier: GPL-3.0-or-later
/* proclimits - see proclimits.h. */
#include "libds/life/proclimits.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/kernel/rlimit.h"

#define OOM_SCORE_FILE "/proc/self/oom_score_adj"

/* As prlimit(1) and, behind "Limit", systemd have them. */
static const char names[][11] = {
	[RLIMIT_AS] = "as",
	[RLIMIT_CORE] = "core",
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_DATA] = "data",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_STACK] = "stack",
};

static bool parse_value(const char *text, rlim_t *value)
{
	uint64_t number = 0;

	if (strcmp(text, "unlimited") == 0 || strcmp(text, "infinity") == 0)
		number = RLIM_INFINITY;
	else if (strcmp(text, "0") != 0 && ds_try_size(text, &number) < 0)
		return false;
	*value = number;
	return true;
}

/* Take the next item off a list NAME=SOFT[:HARD],...: 1, 0 at its end, or refused. */
static int next_limit(const char **list, int *resource, struct rlimit *limit)
{
	size_t len = strcspn(*list, ",");
	char item[64], *soft, *hard;

	if (!**list)
		return 0;
	if (len >= sizeof(item))
		return ds_refuse(DS_EXIT_USAGE, "rlimit %.60s...: too long", *list);
	memcpy(item, *list, len);
	item[len] = 0;
	soft = strchr(item, '=');
	hard = soft ? strchr(soft, ':') : NULL;
	for (*resource = RLIM_NLIMITS - 1; *resource >= 0 && soft; --*resource) {
		const char *name = names[*resource];

		if (strncasecmp(item, name, strlen(name)) == 0 && item + strlen(name) == soft)
			break;
	}
	if (!soft || *resource < 0) {
		ds_refuse(DS_EXIT_USAGE, "rlimit %s: not NAME=SOFT or NAME=SOFT:HARD", item);
		ds_hint("prlimit(1) has the names");
		return -ds_err_last()->code;
	}
	*soft++ = 0;
	if (hard)
		*hard++ = 0;
	if (!parse_value(soft, &limit->rlim_cur) ||
	    !parse_value(hard ? hard : soft, &limit->rlim_max))
		return ds_refuse(DS_EXIT_USAGE,
				 "rlimit %s: neither a number, as 4096 or 64M, nor "
				 "\"unlimited\"",
				 item);
	if (limit->rlim_cur > limit->rlim_max)
		return ds_refuse(DS_EXIT_USAGE, "rlimit %s: the soft limit is above the hard one",
				 item);
	*list += len + ((*list)[len] == ',');
	return 1;
}

static int check_number(const char *what, const char *text, int min, int max)
{
	long long number;

	if (!*text || ds_try_number(text, min, max, &number) == 0)
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "%s %.20s: not a number from %d to %d", what, text, min,
			 max);
}

int ds_proclimits_check(const struct ds_spec *spec)
{
	const char *list = spec->rlimits;
	int err = check_number("OOM score", spec->oom_score_adj, -1000, 1000), resource, more = 1;
	unsigned seen = 0;

	if (!err)
		err = check_number("nice value", spec->nice, -20, 19);
	while (!err && more) {
		struct rlimit limit;

		more = next_limit(&list, &resource, &limit);
		if (more < 0)
			err = more;
		else if (more && seen & 1U << resource)
			err = ds_refuse(DS_EXIT_USAGE, "rlimit %s is given twice", names[resource]);
		else if (more)
			seen |= 1U << resource;
	}
	return err;
}

static int not_allowed(const char *what, const char *value)
{
	int err = ds_fail("set %s %s", what, value);

	if (err == -EPERM || err == -EACCES) {
		ds_err_exit_status(DS_EXIT_PERMISSION);
		ds_hint("it takes CAP_SYS_RESOURCE, a nice value CAP_SYS_NICE; nofile ends at "
			"fs.nr_open");
	}
	return err;
}

int ds_proclimits_oom(const struct ds_spec *spec)
{
	bool is_set = CFG_RLIMITS && *spec->oom_score_adj;
	int err = ds_try_file_write(AT_FDCWD, OOM_SCORE_FILE, is_set ? spec->oom_score_adj : "0");

	if (!is_set || !err)
		return 0;
	errno = -err;
	return not_allowed("OOM score", spec->oom_score_adj);
}

int ds_proclimits_apply(const struct ds_spec *spec, pid_t pid)
{
	const char *list = spec->rlimits;
	struct rlimit limit;
	long long nice;
	int resource, more;

	if (*spec->nice && ds_try_number(spec->nice, -20, 19, &nice) == 0 &&
	    setpriority(PRIO_PROCESS, (id_t)pid, (int)nice) < 0)
		return not_allowed("nice value", spec->nice);
	while ((more = next_limit(&list, &resource, &limit)) > 0) {
		if (prlimit(pid, resource, &limit, NULL) < 0)
			return not_allowed("rlimit", names[resource]);
	}
	return more;
}

int ds_proclimits_try(const struct ds_spec *spec)
{
	struct ds_err why;
	auto_fd read_fd = -1;
	int ends[2];
	pid_t pid;

	if (!*spec->oom_score_adj && !*spec->nice && !*spec->rlimits)
		return 0;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_fail("make a pipe");
	read_fd = ends[0];
	pid = ds_fork();
	if (pid == 0) {
		ds_rlimit_reset();
		if (ds_proclimits_oom(spec) < 0 || ds_proclimits_apply(spec, 0) < 0)
			ds_try_write_all(ends[1], ds_err_last(), sizeof(why));
		_exit(0);
	}
	close(ends[1]);
	if (pid < 0)
		return ds_fail("fork");
	if (ds_try_read_full(read_fd, &why, sizeof(why)) == sizeof(why))
		ds_err_set(&why);
	else
		why.code = 0;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	return -why.code;
}
