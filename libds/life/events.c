// SPDX-License-Identifier: GPL-3.0-or-later
/* events - see events.h. */
#include "libds/life/events.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/core/str.h"

#define OLDER DS_EVENTS_FILE ".1"
#define NO_UUID "-"
#define TRIES 4

/* The file to append to, by now with room for one line more. Who does not get its lock does not wait: others
 * are about to append, too, or to make room. */
static int open_file(int dir_fd, struct stat *st)
{
	for (int i = 0;; i++) {
		auto_fd fd = openat(dir_fd, DS_EVENTS_FILE,
				    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK |
					    O_NOCTTY | O_CLOEXEC,
				    0600);
		struct stat now;

		if (fd < 0 || fstat(fd, st) < 0 || !S_ISREG(st->st_mode))
			return -1;
		if (st->st_size <= DS_EVENTS_LIMIT - (off_t)sizeof(((struct ds_events *)0)->line) ||
		    i == TRIES || flock(fd, LOCK_EX | LOCK_NB) < 0)
			return take_fd(&fd);
		/* Only who has the lock of the very file that has the name may rename it. */
		if (fstatat(dir_fd, DS_EVENTS_FILE, &now, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now.st_ino == st->st_ino && now.st_dev == st->st_dev)
			renameat(dir_fd, DS_EVENTS_FILE, dir_fd, OLDER);
	}
}

void ds_event_note(const char *name, const char *uuid, const char *action)
{
	auto_fd dir_fd = ds_try_workspace_enter(DS_EVENTS_DIR, NULL), fd = -1;
	struct timespec now;
	struct stat st;
	char line[sizeof(((struct ds_events *)0)->line)], last = '\n';
	int len;

	fd = dir_fd < 0 ? -1 : open_file(dir_fd, &st);
	if (fd < 0)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	len = snprintf(line, sizeof(line), "\n%lld %09ld container %s %s %s .\n",
		       (long long)now.tv_sec, now.tv_nsec, action, *uuid ? uuid : NO_UUID, name);
	if (st.st_size)
		pread(fd, &last, 1, st.st_size - 1);
	/* The newline before it ends a line that was torn. */
	if (write(fd, line + (last == '\n'), (size_t)len - (last == '\n')) < 0)
		return;
}

static bool parse(const char *line, struct ds_event *event)
{
	char type[16], end[4], more[2];

	event->seconds = ds_field_number(line, 1);
	event->nanoseconds = ds_field_number(line, 2);
	if (event->seconds < 0 || event->nanoseconds < 0 ||
	    ds_try_field(line, 3, type, sizeof(type)) < 0 || strcmp(type, "container") != 0 ||
	    ds_try_field(line, 4, event->action, sizeof(event->action)) < 0 ||
	    ds_try_field(line, 5, event->uuid, sizeof(event->uuid)) < 0 ||
	    ds_try_field(line, 6, event->name, sizeof(event->name)) < 0 ||
	    ds_try_field(line, 7, end, sizeof(end)) < 0 || strcmp(end, ".") != 0 ||
	    ds_try_field(line, 8, more, sizeof(more)) != -ENOENT)
		return false;
	if (strcmp(event->uuid, NO_UUID) == 0)
		event->uuid[0] = 0;
	return true;
}

/* Pieces become lines; one that is too long is none. */
static void take(struct ds_logread *log, const char *data, size_t len)
{
	struct ds_events *events =
		(struct ds_events *)((char *)log - offsetof(struct ds_events, log));
	struct ds_event event;

	if (!data)
		return;
	/* Also behind a file that ends with a torn one. */
	if (!log->in_line)
		events->len = 0;
	if (events->len + len <= sizeof(events->line))
		memcpy(events->line + events->len, data, len);
	events->len += len;
	if (data[len - 1] != '\n')
		return;
	if (events->len <= sizeof(events->line) && !memchr(events->line, 0, events->len)) {
		events->line[events->len - 1] = 0;
		if (parse(events->line, &event))
			events->take(events, &event);
	}
}

int ds_events_open(struct ds_events *events, bool follow)
{
	int err;

	events->log.text = take;
	events->len = 0;
	err = ds_logread_open(&events->log, DS_EVENTS_DIR, DS_EVENTS_FILE, follow);
	return err < 0 ? err : ds_logread_all(&events->log);
}
