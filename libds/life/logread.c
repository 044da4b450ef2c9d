// SPDX-License-Identifier: GPL-3.0-or-later
/* logread - see logread.h. */
#include "libds/life/logread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/conlog.h"

#define WATCH_TRIES 100
#define OLDER ".1"

static void take_mark(struct ds_logread *log)
{
	const char *rest;

	log->mark[log->mark_len] = 0;
	log->since = (time_t)ds_str_digits(log->mark + 1, 10, &rest);
	if (*rest != ' ')
		return;
	log->boot++;
	log->text(log, NULL, 0);
}

/* The next bytes of a file. */
static void take(struct ds_logread *log, const char *data, size_t len)
{
	while (len) {
		const char *end = memchr(data, '\n', len);
		size_t part = end ? (size_t)(end + 1 - data) : len;

		if (!log->in_line && *data == DS_CONLOG_MARK) {
			log->in_mark = true;
			log->mark_len = 0;
		}
		if (!log->in_mark) {
			log->boot += !log->boot;
			log->text(log, data, part);
		} else {
			for (size_t i = 0; i < part && log->mark_len < sizeof(log->mark) - 1; i++)
				log->mark[log->mark_len++] = data[i];
			if (end)
				take_mark(log);
		}
		log->in_line = !end;
		log->in_mark &= !end;
		data += part;
		len -= part;
	}
}

/* What stands between *at and end, or the end of the file. */
static int read_on(struct ds_logread *log, int fd, off_t *at, off_t end)
{
	char buf[16384];

	if (!*at)
		log->in_line = log->in_mark = false;
	while (*at < end) {
		size_t most = end - *at < (off_t)sizeof(buf) ? (size_t)(end - *at) : sizeof(buf);
		ssize_t got = pread(fd, buf, most, *at);

		if (got < 0)
			return ds_fail("read %s", log->dir);
		if (!got)
			break;
		*at += got;
		take(log, buf, (size_t)got);
	}
	return 0;
}

static int open_one(const struct ds_logread *log, const char *suffix, struct stat *st)
{
	char path[PATH_MAX];
	int fd = -1;

	*st = (struct stat){0};
	if (ds_str_fmt(path, sizeof(path), "%s/%s%s", log->dir, log->file, suffix) == 0)
		fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)))
		close_fd(&fd);
	return fd;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Both files as they were at one time: opened one after the other, one may be the other by then. */
static void open_both(struct ds_logread *log)
{
	struct stat newer, older, check;

	do {
		auto_fd check_fd = -1;

		close_fd(&log->fd);
		close_fd(&log->older_fd);
		log->fd = open_one(log, "", &newer);
		log->older_fd = open_one(log, OLDER, &older);
		check_fd = open_one(log, "", &check);
	} while (!is_same(&newer, &check));
	log->size = newer.st_size;
	log->older_size = older.st_size;
	/* The next one is not begun yet. */
	if (log->fd < 0) {
		log->fd = take_fd(&log->older_fd);
		log->size = older.st_size;
	}
}

/* The directory may have been removed, or just be so for a while yet. */
static int watch(struct ds_logread *log)
{
	const uint32_t mask =
		IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;

	for (int tries = 0; inotify_add_watch(log->watch_fd, log->dir, mask) < 0; tries++) {
		if (errno != ENOENT || tries == WATCH_TRIES)
			return ds_fail("watch %s", log->dir);
		ds_file_mkdirs(log->dir, 0700);
	}
	return 0;
}

int ds_logread_open(struct ds_logread *log, const char *dir, const char *file, bool follow)
{
	int err = ds_str_fmt(log->dir, sizeof(log->dir), "%s/%s", ds_workspace_root(), dir);

	log->file = file;
	log->older_fd = log->fd = log->watch_fd = -1;
	if (!err && follow) {
		log->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
		err = watch(log);
	}
	if (!err)
		open_both(log);
	return err;
}

void ds_logread_close(struct ds_logread *log)
{
	close_fd(&log->fd);
	close_fd(&log->older_fd);
	close_fd(&log->watch_fd);
}

int ds_logread_all(struct ds_logread *log)
{
	off_t at = log->older_from;
	int err = 0;

	log->boot = 0;
	log->since = 0;
	log->in_line = log->in_mark = false;
	if (log->older_fd >= 0)
		err = read_on(log, log->older_fd, &at, log->older_size);
	log->offset = log->from;
	if (!err && log->fd >= 0)
		err = read_on(log, log->fd, &log->offset, log->size);
	return err;
}

/* Go back from *from to a mark behind which so many lines begin: 1, or 0 at the file's begin. */
static int go_back(const struct ds_logread *log, int fd, off_t *from, long long *lines)
{
	char buf[4096], next = 0;

	while (*from > 0) {
		size_t size = *from < (off_t)sizeof(buf) ? (size_t)*from : sizeof(buf);

		if (pread(fd, buf, size, *from - (off_t)size) != (ssize_t)size)
			return ds_fail("read %s", log->dir);
		for (; size; next = buf[--size], --*from) {
			if (buf[size - 1] != '\n')
				continue;
			if (next != DS_CONLOG_MARK)
				--*lines;
			else if (*lines <= 0)
				return 1;
		}
	}
	return 0;
}

int ds_logread_near_end(struct ds_logread *log, long long lines)
{
	int found = 0;

	/* The ends of both files count as lines, and one that begins in one and goes on in the other
	 * twice. */
	lines += 3;
	log->from = log->size;
	log->older_from = log->older_size;
	if (log->fd >= 0)
		found = go_back(log, log->fd, &log->from, &lines);
	if (!found && log->older_fd >= 0)
		found = go_back(log, log->older_fd, &log->older_from, &lines);
	return found < 0 ? found : 0;
}

int ds_logread_more(struct ds_logread *log)
{
	for (;;) {
		struct stat own = {0}, newer, older;
		auto_fd fd = open_one(log, "", &newer), older_fd = -1;
		int err = 0;

		/* If that is another, ours is complete: it is closed before it is renamed. */
		if (log->fd >= 0) {
			if (fstat(log->fd, &own) == 0 && own.st_size < log->offset)
				log->offset = 0;
			err = read_on(log, log->fd, &log->offset, LONG_MAX);
		}
		/* A removed file that is open keeps its directory, which nobody would tell of. */
		if (!own.st_nlink)
			close_fd(&log->fd);
		if (err < 0 || fd < 0 || is_same(&own, &newer))
			return err;
		older_fd = open_one(log, OLDER, &older);
		close_fd(&log->fd);
		log->fd = take_fd(older_fd < 0 || is_same(&own, &older) ? &fd : &older_fd);
		log->offset = 0;
	}
}

int ds_logread_wait(struct ds_logread *log, int out_fd)
{
	struct pollfd fds[] = {{.fd = log->watch_fd, .events = POLLIN}, {.fd = out_fd}};
	char events[4096];

	if (poll(fds, 2, -1) < 0 && errno != EINTR)
		return ds_fail("wait for %s", log->dir);
	if (fds[1].revents)
		return 0;
	/* What happened shows in the files. */
	if (read(log->watch_fd, events, sizeof(events)) < 0 && errno != EAGAIN)
		return ds_fail("wait for %s", log->dir);
	return watch(log) < 0 ? -ds_err_last()->code : 1;
}
