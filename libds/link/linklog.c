// SPDX-License-Identifier: GPL-3.0-or-later
/* linklog - see linklog.h. */
#include "libds/link/linklog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "libds/core/auto.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/core/when.h"
#include "libds/host/workspace.h"

static int open_file(int dir_fd)
{
	return openat(dir_fd, DS_LINKLOG_FILE,
		      O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
}

void ds_linklog(const char *container, const char *fmt, ...)
{
	int saved = errno;
	auto_fd dir_fd = ds_try_workspace_enter(DS_WS_LOGS_DIR, container);
	auto_fd fd = open_file(dir_fd);
	char when[DS_WHEN_MAX], text[600], line[DS_WHEN_MAX + 1600];
	struct stat st;
	va_list args;
	int len;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ds_when_text(when, time(NULL), false);
	len = snprintf(line, sizeof(line), "%s ", when);
	ds_str_printable(line + len, sizeof(line) - (size_t)len - 1, text);
	len = (int)strlen(line);
	line[len++] = '\n';
	if (fstat(fd, &st) == 0 && st.st_size + len > DS_LINKLOG_LIMIT) {
		renameat(dir_fd, DS_LINKLOG_FILE, dir_fd, DS_LINKLOG_OLDER);
		close_fd(&fd);
		fd = open_file(dir_fd);
	}
	ds_try_write_all(fd, line, (size_t)len);
	errno = saved;
}
