// SPDX-License-Identifier: GPL-3.0-or-later
/* scan - see scan.h. */
#include "libds/life/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/life/find.h"
#include "libds/life/monitor.h"
#include "libds/life/settle.h"

/* The files that a monitor keeps open, as /proc shows them: the text is there even when the name is
 * not, which the kernel marks by " (deleted)". */
struct held {
	char name[DS_NAME_MAX + 1];
	char record[64], journal[64]; /* /proc/PID/fd/N, or "" */
};

static bool is_monitor(pid_t pid)
{
	char comm[32], uid[64];

	return ds_try_proc_status(pid, "Name", comm, sizeof(comm)) == 0 &&
	       strcmp(comm, DS_MONITOR_COMM) == 0 &&
	       ds_try_proc_status(pid, "Uid", uid, sizeof(uid)) == 0 &&
	       strcmp(uid, "0\t0\t0\t0") == 0 && ds_proc_shares_ns(pid, 0, "pid");
}

/* Is path, up to " (deleted)", a file of this kind in our workspace? Then whose. */
static bool names_container(char *path, enum ds_workspace_kind kind, char name[DS_NAME_MAX + 1])
{
	static const char deleted[] = " (deleted)";
	char expected[PATH_MAX];
	const char *slash;
	size_t len;

	if (ds_str_has_suffix(path, deleted))
		path[strlen(path) - strlen(deleted)] = 0;
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	/* The suffix is cut by comparing with the path that the name would have. */
	for (len = strlen(slash + 1); len > 0; len--) {
		if (len > DS_NAME_MAX || slash[1 + len] != '.')
			continue;
		memcpy(name, slash + 1, len);
		name[len] = 0;
		if (ds_workspace_path(expected, sizeof(expected), kind, name) == 0 &&
		    strcmp(expected, path) == 0)
			return ds_name_check(name) == 0;
	}
	return false;
}

static void note_fd(struct held *held, const char *link)
{
	char path[PATH_MAX];
	ssize_t len = readlink(link, path, sizeof(path) - 1);

	if (len < 0)
		return;
	path[len] = 0;
	if (names_container(path, DS_WS_RECORD, held->name))
		snprintf(held->record, sizeof(held->record), "%s", link);
	else if (names_container(path, DS_WS_JOURNAL, held->name))
		snprintf(held->journal, sizeof(held->journal), "%s", link);
}

/* What this process holds of a container of ours; false if it is no monitor of one. */
static bool find_held(pid_t pid, struct held *held)
{
	char path[32], link[64];
	auto_dir dir = NULL;
	struct dirent *entry;
	long long fd;

	*held = (struct held){0};
	if (!is_monitor(pid))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (ds_try_number(entry->d_name, 0, INT_MAX, &fd) < 0)
			continue;
		snprintf(link, sizeof(link), "%s/%lld", path, fd);
		note_fd(held, link);
	}
	return held->record[0];
}

/* Write the file again from what the monitor holds, unless it is there as it was. */
static int bring_back(const char *name, enum ds_workspace_kind kind, const char *link, mode_t mode)
{
	char path[PATH_MAX];
	auto_free char *text = NULL, *now = NULL;
	int err = ds_workspace_path(path, sizeof(path), kind, name);

	if (!err)
		err = ds_file_load(AT_FDCWD, link, DS_CONF_MAX, &text);
	if (err < 0)
		return err;
	if (access(path, F_OK) == 0 && ds_file_load(AT_FDCWD, path, DS_CONF_MAX, &now) == 0 &&
	    strcmp(now, text) == 0)
		return 0;
	err = ds_file_replace(path, mode, text, false);
	return err < 0 ? err : 1;
}

/* Is the record there, and of this very life? ds-bind may have changed it since. */
static bool is_recorded(const char *name, const struct ds_proc_id *init)
{
	auto_state now = {0};

	return ds_try_state_load(name, &now) == 0 && now.init.pid == init->pid &&
	       now.init.start == init->start && now.init.pid_ns == init->pid_ns &&
	       strcmp(now.init.boot_id, init->boot_id) == 0;
}

/* 1 if something was brought back, 0 if all was there. */
static int recover(const struct held *held)
{
	auto_state state = {0};
	auto_free char *text = NULL;
	int journal = 0, record, err;

	/* The record of a guest that has ended is not worth having. */
	err = ds_file_load(AT_FDCWD, held->record, DS_CONF_MAX, &text);
	if (!err)
		err = ds_state_parse(text, &state);
	if (err < 0 || !ds_proc_is_alive(&state.init))
		return err;
	if (held->journal[0])
		journal = bring_back(held->name, DS_WS_JOURNAL, held->journal, 0600);
	if (journal < 0)
		return journal;
	if (is_recorded(held->name, &state.init))
		return journal;
	record = bring_back(held->name, DS_WS_RECORD, held->record, 0600);
	if (record <= 0)
		return record < 0 ? record : journal;
	err = ds_state_save(&state, "");
	return err < 0 ? err : 1;
}

struct scan {
	void (*visit)(const char *name, enum ds_scan_did did, void *ctx);
	void *ctx;
	const char *only; /* look for this one, its lock being held */
	bool found;
	int failed;
};

static void tell(struct scan *scan, const char *name, int result, enum ds_scan_did did)
{
	if (result == -EWOULDBLOCK)
		scan->visit(name, DS_SCAN_BUSY, scan->ctx);
	else if (result < 0)
		scan->visit(name, DS_SCAN_FAILED, scan->ctx);
	else if (result > 0)
		scan->visit(name, did, scan->ctx);
	scan->failed += result < 0 && result != -EWOULDBLOCK;
}

static int look_at_process(pid_t pid, void *ctx)
{
	struct scan *scan = ctx;
	struct held held;
	int lock_fd, result;

	if (!find_held(pid, &held) || (scan->only && strcmp(held.name, scan->only) != 0))
		return 0;
	if (scan->only) {
		result = recover(&held);
		scan->found = result >= 0;
		return result < 0 ? result : 1;
	}
	lock_fd = ds_state_lock(held.name, false);
	result = lock_fd < 0 ? lock_fd : recover(&held);
	ds_state_unlock(held.name, &lock_fd);
	tell(scan, held.name, result, DS_SCAN_RECOVERED);
	return 0;
}

/* Look for a living monitor of this container and bring its record back: 1 if there was one. */
static int recover_one(const char *name)
{
	struct scan scan = {.only = name};
	int result = ds_proc_each(look_at_process, &scan);

	return result < 0 ? result : scan.found;
}

/* Does what was found call for a repair? */
static bool needs_repair(const struct ds_container *container, int looked)
{
	if (looked < 0)
		return container->has_bad_record;
	return container->life == DS_LEFT && !container->has_monitor;
}

int ds_scan_look(struct ds_container *container, const char *name)
{
	int err = ds_container_look(container, name);
	int recovered;

	if (!needs_repair(container, err))
		return err;
	recovered = recover_one(name);
	if (recovered < 0)
		return recovered;
	if (recovered) {
		ds_container_free(container);
		return ds_container_look(container, name);
	}
	container->life = DS_LEFT;
	return 0;
}

/* 1 if there was something to clear away. The caller holds the lock. */
static int clear(const char *name)
{
	auto_container container = {0};
	int err = ds_scan_look(&container, name);

	if (!err && container.life == DS_LEFT && !container.has_monitor) {
		err = ds_settle(&container, false);
		return err < 0 ? err : 1;
	}
	return err;
}

static int look_at_files(const char *name, void *ctx)
{
	auto_container container = {0};
	int lock_fd, result;

	if (!needs_repair(&container, ds_container_look(&container, name)))
		return 0;
	lock_fd = ds_state_lock(name, false);
	result = lock_fd < 0 ? lock_fd : clear(name);
	ds_state_unlock(name, &lock_fd);
	tell(ctx, name, result, DS_SCAN_CLEARED);
	return 0;
}

int ds_scan(void (*visit)(const char *name, enum ds_scan_did did, void *ctx), void *ctx)
{
	static const enum ds_workspace_kind kinds[] = {DS_WS_RECORD, DS_WS_JOURNAL};
	struct scan scan = {.visit = visit, .ctx = ctx};

	/* Records first: a journal must not be replayed under a guest that runs. */
	ds_proc_each(look_at_process, &scan);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		ds_workspace_each(kinds[i], look_at_files, &scan);
	return scan.failed;
}
