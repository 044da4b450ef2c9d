// SPDX-License-Identifier: GPL-3.0-or-later
/* android - see android.h. */
#include "libds/kernel/android.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/host/workspace.h"
#include "libds/kernel/tree.h"

#define GROUP "/etc/group"
#define GROUP_MAX (1 << 20) /* bytes of a file that is edited */

/* The numbers are those of Android's android_filesystem_config.h. */
static const struct group {
	const char *name, *gid;
} groups[] = {
	{"aid_inet", "3003"},
	{"aid_net_raw", "3004"},
	{"aid_net_admin", "3005"},
};

#define GROUPS (sizeof(groups) / sizeof(*groups))

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

static bool is_group(const char *line, const struct group *group)
{
	const char *gid, *members = NULL;
	size_t len = get_field(line, 2, &gid);

	get_field(line, 3, &members);
	return members && len == strlen(group->gid) && !memcmp(gid, group->gid, len);
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
static char *edit_groups(const char *text)
{
	bool found[GROUPS] = {false};
	char *edited = malloc(strlen(text) + 128), *to = edited;

	while (edited && *text) {
		size_t len = strcspn(text, "\n");

		memcpy(to, text, len);
		to += len;
		for (size_t i = 0; i < GROUPS; i++) {
			const char *members;

			if (found[i] || !is_group(text, &groups[i]))
				continue;
			found[i] = true;
			if (!has_root(text))
				to = stpcpy(to, get_field(text, 3, &members) ? ",root" : "root");
		}
		*to++ = '\n';
		text += len + (text[len] == '\n');
	}
	for (size_t i = 0; edited && i < GROUPS; i++) {
		if (!found[i])
			to += sprintf(to, "%s:x:%s:root\n", groups[i].name, groups[i].gid);
	}
	if (edited)
		*to = 0;
	return edited;
}

int ds_android_groups(int root_fd)
{
	auto_free char *text = NULL, *edited = NULL;
	auto_fd fd = -1;
	struct stat st;
	ssize_t len;
	int err;

	if (!ds_host_is_android())
		return 0;
	fd = ds_try_tree_open(root_fd, GROUP, O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size > GROUP_MAX)
		return 0;
	text = malloc((size_t)st.st_size + 2);
	if (!text)
		return ds_fail("edit " GROUP);
	len = ds_try_tree_read(root_fd, GROUP, text, (size_t)st.st_size + 2);
	if (len != st.st_size || strlen(text) != (size_t)len)
		return 0;
	edited = edit_groups(text);
	if (!edited)
		return ds_fail("edit " GROUP);
	err = ds_tree_write(root_fd, GROUP, st.st_mode & 0777, edited);
	if (err != -EROFS)
		return err;
	ds_err_clear();
	return 0;
}
