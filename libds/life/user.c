// SPDX-License-Identifier: GPL-3.0-or-later
/* user - see user.h. */
#include "libds/life/user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"

#define ID_MAX 4294967294LL /* (uid_t)-1 means "leave it" to many calls */
#define FIELDS 7            /* of passwd(5) */

static FILE *open_table(int root_fd, const char *path)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;
	FILE *file = NULL;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		file = fdopen(fd, "r");
	if (file)
		take_fd(&fd);
	return file;
}

/* Read the next entry's fields, "" for missing ones; false at the end. */
static bool next_entry(FILE *table, char **line, size_t *size, char *fields[FIELDS])
{
	char *next;

	if (getline(line, size, table) < 0)
		return false;
	next = ds_str_trim_end(*line);
	for (int i = 0; i < FIELDS; i++) {
		char *field = next ? strsep(&next, ":") : NULL;

		fields[i] = field ? field : *line + strlen(*line);
	}
	return true;
}

static bool is_number(const char *text, long long *value)
{
	return text[0] != '-' && ds_try_number(text, 0, ID_MAX, value) == 0;
}

static void copy(char *to, size_t size, const char *from)
{
	if (ds_str_copy(to, size, from) < 0)
		ds_err_clear();
}

static void find_entry(int root_fd, const char *name, bool by_id, struct ds_user *user)
{
	auto_file table = open_table(root_fd, "etc/passwd");
	auto_free char *line = NULL;
	char *fields[FIELDS];
	size_t size = 0;
	long long uid, gid;

	while (table && next_entry(table, &line, &size, fields)) {
		if (!is_number(fields[2], &uid) || !is_number(fields[3], &gid) ||
		    (by_id ? (uid_t)uid != user->uid : strcmp(fields[0], name) != 0))
			continue;
		user->is_known = true;
		user->uid = (uid_t)uid;
		user->gid = (gid_t)gid;
		copy(user->name, sizeof(user->name), fields[0]);
		copy(user->home, sizeof(user->home), fields[5]);
		copy(user->shell, sizeof(user->shell), fields[6]);
		return;
	}
}

static int find_user(int root_fd, const char *name, struct ds_user *user)
{
	long long number;

	find_entry(root_fd, name, false, user);
	if (user->is_known)
		return 0;
	if (!is_number(name, &number))
		return ds_refuse(DS_EXIT_FAILED, "no user \"%.80s\" in the guest", name);
	user->uid = (uid_t)number;
	user->gid = (gid_t)number;
	find_entry(root_fd, name, true, user);
	return 0;
}

static int find_group(int root_fd, const char *name, struct ds_user *user)
{
	auto_file table = open_table(root_fd, "etc/group");
	auto_free char *line = NULL;
	char *fields[FIELDS];
	size_t size = 0;
	long long gid;

	while (table && next_entry(table, &line, &size, fields)) {
		if (strcmp(fields[0], name) == 0 && is_number(fields[2], &gid)) {
			user->gid = (gid_t)gid;
			return 0;
		}
	}
	if (!is_number(name, &gid))
		return ds_refuse(DS_EXIT_FAILED, "no group \"%.80s\" in the guest", name);
	user->gid = (gid_t)gid;
	return 0;
}

static bool is_member(char *members, const char *name)
{
	char *member;

	while ((member = strsep(&members, ","))) {
		if (strcmp(member, name) == 0)
			return true;
	}
	return false;
}

static void find_groups(int root_fd, struct ds_user *user)
{
	auto_file table = open_table(root_fd, "etc/group");
	auto_free char *line = NULL;
	char *fields[FIELDS];
	size_t size = 0;
	long long gid;

	while (table && user->group_count < DS_GROUPS_MAX &&
	       next_entry(table, &line, &size, fields)) {
		if (is_number(fields[2], &gid) && is_member(fields[3], user->name))
			user->groups[user->group_count++] = (gid_t)gid;
	}
}

int ds_user_find(int root_fd, const char *user_group, struct ds_user *user)
{
	auto_free char *copy_of = strdup(user_group ? user_group : "");
	char *group = copy_of ? strchr(copy_of, ':') : NULL;
	int err;

	*user = (struct ds_user){0};
	if (!copy_of)
		return ds_fail("look up the user");
	if (group)
		*group++ = 0;
	if ((group && !*group) || (user_group && !*copy_of))
		return ds_refuse(DS_EXIT_USAGE, "\"%s\" is not USER[:GROUP]", user_group);
	if (*copy_of)
		err = find_user(root_fd, copy_of, user);
	else
		err = (find_entry(root_fd, "root", true, user), 0);
	if (!err && group)
		err = find_group(root_fd, group, user);
	else if (!err && user->is_known)
		find_groups(root_fd, user);
	return err;
}

int ds_user_become(const struct ds_user *user)
{
	if (ds_sys_setgroups((size_t)user->group_count, user->groups) < 0 ||
	    ds_sys_setgid(user->gid) < 0 || ds_sys_setuid(user->uid) < 0)
		return ds_fail("become user %u", (unsigned)user->uid);
	return 0;
}
