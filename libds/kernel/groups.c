// SPDX-License-Identifier: GPL-3.0-or-later
/* groups - see groups.h. */
#include "libds/kernel/groups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"

#define GROUP "/etc/group"
#define GROUP_MAX (1 << 20) /* bytes of a file that is edited */
#define ADDED_MAX 80        /* bytes that one group can add */

/* The field'th of the ':'-separated fields of a line; its length, 0 when there is none. */
static size_t get_field(const char *line, int field, const char **start)
{
	for (; field; field--) {
		line += strcspn(line, ":\n");
		if (*line != ':')
			return 0;
		line++;
	}
	*start = line;
	return strcspn(line, ":\n");
}

static bool has_gid(const char *line, gid_t gid)
{
	const char *number, *end, *members = NULL;
	size_t len = get_field(line, 2, &number);

	get_field(line, 3, &members);
	return members && len && ds_str_digits(number, 10, &end) == gid && end == number + len;
}

static bool has_name(const char *line, const char *name)
{
	size_t len = strlen(name);

	return strncmp(line, name, len) == 0 && line[len] == ':';
}

static bool has_root(const char *line)
{
	const char *member;
	size_t left = get_field(line, 3, &member);

	while (left) {
		size_t len = strcspn(member, ",:\n");

		if (len == 4 && !memcmp(member, "root", 4))
			return true;
		len += len < left;
		member += len;
		left -= len;
	}
	return false;
}

/* The new text of /etc/group, to be freed. */
static char *edit_groups(const char *text, const struct ds_group *groups, size_t count)
{
	bool found[DS_GROUPS_MAX] = {false}, taken[DS_GROUPS_MAX] = {false};
	char *edited = malloc(strlen(text) + (count + 1) * ADDED_MAX), *to = edited;

	while (edited && *text) {
		size_t len = strcspn(text, "\n");

		memcpy(to, text, len);
		to += len;
		for (size_t i = 0; i < count; i++) {
			const char *members;

			taken[i] |= has_name(text, groups[i].name);
			if (found[i] || !has_gid(text, groups[i].gid))
				continue;
			found[i] = true;
			if (!has_root(text))
				to = stpcpy(to, get_field(text, 3, &members) ? ",root" : "root");
		}
		*to++ = '\n';
		text += len + (text[len] == '\n');
	}
	for (size_t i = 0; edited && i < count; i++) {
		if (found[i])
			continue;
		to = stpcpy(to, groups[i].name);
		if (taken[i])
			to += sprintf(to, "-%u", groups[i].gid);
		to += sprintf(to, ":x:%u:root\n", groups[i].gid);
	}
	if (edited)
		*to = 0;
	return edited;
}

int ds_groups_add(int root_fd, const struct ds_group *groups, size_t count)
{
	auto_free char *text = NULL, *edited = NULL;
	auto_fd fd = ds_try_tree_open(root_fd, GROUP, O_PATH | O_NOFOLLOW, 0);
	struct stat st;
	ssize_t len;
	int err;

	if (!count || fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > GROUP_MAX)
		return 0;
	text = malloc((size_t)st.st_size + 2);
	if (!text)
		return ds_fail("edit " GROUP);
	len = ds_try_tree_read(root_fd, GROUP, text, (size_t)st.st_size + 2);
	if (len != st.st_size || strlen(text) != (size_t)len)
		return 0;
	edited = edit_groups(text, groups, count);
	if (!edited)
		return ds_fail("edit " GROUP);
	err = ds_tree_write(root_fd, GROUP, st.st_mode & 0777, edited);
	if (err != -EROFS)
		return err;
	ds_err_clear();
	return 0;
}

void ds_group_of_host(struct ds_group *group, gid_t gid, const char *fallback)
{
	auto_free char *text = NULL;
	const char *line = NULL;

	group->gid = gid;
	snprintf(group->name, sizeof(group->name), "%s-%u", fallback, gid);
	/* Android has none. */
	if (access(GROUP, R_OK) == 0 && ds_file_load(AT_FDCWD, GROUP, GROUP_MAX, &text) == 0)
		line = text;
	while (line && *line && !has_gid(line, gid))
		line += strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
	if (line && *line)
		snprintf(group->name, sizeof(group->name), "%.*s", (int)strcspn(line, ":"), line);
}
