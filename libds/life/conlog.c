// SPDX-License-Identifier: GPL-3.0-or-later
/* conlog - see conlog.h. Runs in the monitor at every chunk of a guest's output: no stdio, no memory
 * of its own, and paths only as far as a directory's entries. */
#include "libds/life/conlog.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>

#include "libds/core/auto.h"
#include "libds/host/workspace.h"

#define BOOT_DUE (-1)                    /* stamped: the next mark is a boot's */
#define BOOT " boot"                     /* behind its seconds */
#define MARK_MAX (20 + 2 + sizeof(BOOT)) /* bytes of a mark */

/* Not constant: the constants lie on pages that an idle monitor is spared. */
static char file_name[] = DS_CONLOG_FILE, older_name[] = DS_CONLOG_OLDER;
static char nothing[] = "";

/* fstat(2); musl's has a constant of its own. */
static int look(const struct ds_conlog *log, struct stat *st)
{
	return fstatat(log->fd, nothing, st, AT_EMPTY_PATH);
}

/* Append the parts that are there. What cannot be written is lost, and the file looked for anew. */
static void append(struct ds_conlog *log, const struct iovec parts[3])
{
	ssize_t done = writev(log->fd, parts, 3), all = 0;

	for (int i = 0; i < 3; i++) {
		if (!parts[i].iov_len)
			continue;
		all += (ssize_t)parts[i].iov_len;
		log->in_line = ((const char *)parts[i].iov_base)[parts[i].iov_len - 1] != '\n';
	}
	if (done > 0)
		log->size += done;
	if (done != all)
		close_fd(&log->fd);
}

static void append_one(struct ds_conlog *log, const char *data, size_t len)
{
	append(log, (const struct iovec[3]){{(char *)data, len}});
}

static void open_file(struct ds_conlog *log, bool rotate)
{
	auto_fd dir_fd = ds_try_workspace_enter(DS_WS_LOGS_DIR, log->name);
	struct stat st;
	char last;

	close_fd(&log->fd);
	if (rotate) {
		/* Over an existing file, ext4 has a renamed one on disk before the name is
		 * (auto_da_alloc): every byte of the guest's output would get there. */
		unlinkat(dir_fd, older_name, 0);
		renameat(dir_fd, file_name, dir_fd, older_name);
	}
	log->fd = openat(
		dir_fd, file_name,
		O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);
	if (look(log, &st) < 0 || !S_ISREG(st.st_mode)) {
		close_fd(&log->fd);
		return;
	}
	log->size = st.st_size;
	log->in_line = false;
	if (log->stamped != BOOT_DUE)
		log->stamped = 0;
	/* A line that a crash or a full disk tore. */
	if (st.st_size && (pread(log->fd, &last, 1, st.st_size - 1) != 1 || last != '\n'))
		append_one(log, "\n", 1);
}

/* Once a second it is looked whether the file is still there, or can be opened now if it could not
 * before. */
static bool is_ready(struct ds_conlog *log, time_t now)
{
	struct stat st;

	if (now != log->looked) {
		log->looked = now;
		if (look(log, &st) < 0 || !st.st_nlink)
			open_file(log, false);
		else
			log->size = st.st_size;
	}
	return log->fd >= 0;
}

static bool has_room(const struct ds_conlog *log, size_t len)
{
	return log->size + (off_t)(len + MARK_MAX) <= log->limit;
}

/* Begin a new file, if possible before a line begins: the lines that still fit go into this one.
 * Returns how much of data did. */
static size_t rotate(struct ds_conlog *log, const char *data, size_t len)
{
	off_t room = log->limit - log->size;
	const char *end =
		room > 0 ? memrchr(data, '\n', (size_t)room < len ? (size_t)room : len) : NULL;
	size_t fits = end ? (size_t)(end + 1 - data) : 0;

	if (fits)
		append_one(log, data, fits);
	if (log->fd < 0 || (fits == len && fits && log->stamped != BOOT_DUE))
		return fits;
	open_file(log, true);
	/* It could not be renamed. */
	if (log->fd >= 0 && !has_room(log, len - fits))
		close_fd(&log->fd);
	return fits;
}

/* The mark that is due now; its first byte, the last but one is before end. */
static char *print_mark(char *end, time_t now, bool boot)
{
	uint64_t left = (uint64_t)now;

	*--end = '\n';
	if (boot)
		end = memcpy(end - strlen(BOOT), BOOT, strlen(BOOT));
	do
		*--end = (char)('0' + left % 10);
	while (left /= 10);
	*--end = DS_CONLOG_MARK;
	return end;
}

/* Log data, without 0x1e; and the mark that is due, where a line begins. */
static void put(struct ds_conlog *log, const char *data, size_t len)
{
	const time_t now = time(NULL);
	char buf[MARK_MAX], *mark = buf + sizeof(buf);
	bool boot = log->stamped == BOOT_DUE;
	const char *line = data;

	if (!is_ready(log, now))
		return;
	if (!has_room(log, len)) {
		size_t done = rotate(log, data, len);

		data += done;
		len -= done;
		if (log->fd < 0 || (!len && !boot))
			return;
		line = data;
	}
	if (log->in_line) {
		line = memchr(data, '\n', len);
		line = line ? line + 1 : NULL;
	}
	if (line && now != log->stamped && (boot || line < data + len)) {
		mark = print_mark(mark, now, boot);
		log->stamped = now;
	} else {
		line = data;
	}
	append(log, (const struct iovec[3]){{(char *)data, (size_t)(line - data)},
					    {mark, (size_t)(buf + sizeof(buf) - mark)},
					    {(char *)line, (size_t)(data + len - line)}});
}

void ds_conlog_open(struct ds_conlog *log, const char *name, off_t limit)
{
	if (limit && limit < DS_CONLOG_LEAST)
		limit = DS_CONLOG_LEAST;
	*log = (struct ds_conlog){.name = name, .limit = limit, .fd = -1};
}

void ds_conlog_boot(struct ds_conlog *log)
{
	if (!log->limit)
		return;
	log->stamped = BOOT_DUE;
	is_ready(log, time(NULL));
	put(log, "\n", log->in_line);
}

void ds_conlog_write(struct ds_conlog *log, const char *data, size_t len)
{
	while (log->limit && len) {
		size_t most = len < DS_CONLOG_LEAST / 2 ? len : DS_CONLOG_LEAST / 2;
		const char *mark = memchr(data, DS_CONLOG_MARK, most);
		size_t part = mark ? (size_t)(mark - data) : most;

		if (part)
			put(log, data, part);
		part += mark != NULL;
		data += part;
		len -= part;
	}
}
