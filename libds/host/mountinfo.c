// SPDX-License-Identifier: GPL-3.0-or-later
/* mountinfo - see mountinfo.h. */
#include "libds/host/mountinfo.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"

void ds_mountinfo_close(struct ds_mountinfo *info)
{
	free(info->line);
	ds_auto_fclose(&info->list);
}

int ds_mountinfo_open_at(struct ds_mountinfo *info, int dir_fd, const char *file)
{
	auto_fd fd = openat(dir_fd, file, O_RDONLY | O_CLOEXEC);

	*info = (struct ds_mountinfo){0};
	info->list = fd < 0 ? NULL : fdopen(fd, "r");
	if (!info->list)
		return ds_fail("list mounts");
	take_fd(&fd);
	return 0;
}

int ds_mountinfo_open(struct ds_mountinfo *info)
{
	return ds_mountinfo_open_at(info, AT_FDCWD, "/proc/self/mountinfo");
}

/* ID PARENT MAJOR:MINOR ROOT PATH OPTIONS [TAG]... - TYPE SOURCE OPTIONS */
static bool parse(struct ds_mountinfo *info)
{
	char *next = info->line, *head[6], *word;

	for (size_t i = 0; i < sizeof(head) / sizeof(*head); i++)
		head[i] = strsep(&next, " ");
	do
		word = strsep(&next, " ");
	while (word && strcmp(word, "-") != 0);
	info->type = strsep(&next, " ");
	info->source = strsep(&next, " ");
	info->options = strsep(&next, "\n");
	word = info->options ? strchr(head[2], ':') : NULL;
	if (!word)
		return false;
	info->id = atoi(head[0]);
	info->parent = atoi(head[1]);
	info->dev = makedev((unsigned)atoi(head[2]), (unsigned)atoi(word + 1));
	info->path = head[4];
	ds_str_unescape(info->path);
	ds_str_unescape(info->source);
	return true;
}

bool ds_mountinfo_next(struct ds_mountinfo *info)
{
	while (getline(&info->line, &info->size, info->list) > 0) {
		if (parse(info))
			return true;
	}
	return false;
}
