// SPDX-License-Identifier: GPL-3.0-or-later
/* undo - see undo.h. */
#include "libds/host/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/conf.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"

#define JOURNAL_MAX (1 << 20) /* bytes: what is more is not read back */

static const struct ds_undo_verb *find_verb(const struct ds_undo_verb *verbs, const char *name)
{
	for (; verbs->name; verbs++) {
		if (strcmp(verbs->name, name) == 0)
			return verbs;
	}
	return NULL;
}

/* Append one escaped argument; the length now used, or 0 when it does not fit. */
static size_t append_arg(char *line, size_t size, size_t used, const char *arg)
{
	if (used + 1 >= size)
		return 0;
	line[used++] = ' ';
	for (; *arg; arg++) {
		/* Tabs and the like, too: conf trims them from a line's end. */
		bool escape = strchr(" \t\r\n\\", *arg);

		if (used + 5 > size)
			return 0;
		if (escape)
			used += (size_t)snprintf(line + used, 5, "\\%03o", *arg);
		else
			line[used++] = *arg;
	}
	return used;
}

static int undo_line(char *line, const struct ds_undo_verb *verbs, bool same_boot)
{
	const char *args[DS_UNDO_ARGS] = {"", "", "", ""};
	char *next = line, *name = strsep(&next, " ");
	const struct ds_undo_verb *verb = find_verb(verbs, name);

	/* A journal of a build with other features: better kept than guessed at. */
	if (!verb || !verb->undo)
		return ds_refuse(DS_EXIT_UNSUPPORTED, "undo \"%s\": not built in", name);
	if (!same_boot && !verb->survives_boot)
		return 0;
	for (size_t i = 0; next && i < DS_UNDO_ARGS; i++) {
		char *arg = strsep(&next, " ");

		ds_str_unescape(arg);
		args[i] = arg;
	}
	return verb->undo(args);
}

static int is_this_boot(const struct ds_conf *conf)
{
	char boot_id[DS_BOOT_ID_LEN + 1], boot_line[64];

	if (ds_proc_boot_id(boot_id) < 0)
		return -ds_err_last()->code;
	snprintf(boot_line, sizeof(boot_line), "boot %s", boot_id);
	return conf->count && strcmp(conf->lines[0], boot_line) == 0;
}

/* Undo the lines from first on, backwards. Those that failed are kept in conf, the first error is
 * recorded. */
static int undo_lines(struct ds_conf *conf, const struct ds_undo_verb *verbs, size_t first_line)
{
	struct ds_err first = {0};
	size_t kept = conf->count;
	int same_boot = is_this_boot(conf);

	if (same_boot < 0)
		return same_boot;
	for (size_t i = conf->count; i-- > first_line;) {
		auto_free char *line = strdup(conf->lines[i]);
		int err = line ? undo_line(line, verbs, same_boot) : ds_fail("undo a line");

		if (err < 0 && !first.code)
			first = *ds_err_last();
		if (err < 0)
			continue;
		free(conf->lines[i]);
		conf->lines[i] = NULL;
		kept--;
	}
	for (size_t i = first_line, to = first_line; i < conf->count; i++) {
		if (conf->lines[i])
			conf->lines[to++] = conf->lines[i];
	}
	conf->count = kept;
	if (!first.code)
		return 0;
	ds_err_set(&first);
	return -first.code;
}

/* -ENOENT, quiet, where there is none. */
static int load(struct ds_conf *conf, const char *path, int fd)
{
	auto_free char *text = NULL;
	char *last_line, opened[40];
	int err;

	if (access(path, F_OK) < 0 && errno == ENOENT) {
		if (fd < 0)
			return -ENOENT;
		/* Somebody has removed it, or the whole workspace. Whoever has it open still knows. */
		snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
		path = opened;
	}
	err = ds_file_load(AT_FDCWD, path, JOURNAL_MAX, &text);
	if (err < 0)
		return err;
	/* A line that a crash or a full disk cut off was no promise yet. */
	last_line = strrchr(text, '\n');
	*(last_line ? last_line + 1 : text) = 0;
	return ds_conf_parse(conf, text);
}

/* Undo from first_line on and keep the rest; the file goes when nothing but its head is left. fd: the
 * open journal, or -1. */
static int replay_file(const char *path, int fd, const struct ds_undo_verb *verbs,
		       size_t first_line)
{
	auto_free char *left = NULL;
	auto_conf conf = {0};
	struct ds_err err;
	int saved = 0, result = load(&conf, path, fd);

	if (result < 0)
		return result == -ENOENT ? 0 : result;
	result = undo_lines(&conf, verbs, first_line);
	if (!result && first_line <= 1)
		return unlink(path) < 0 && errno != ENOENT ? ds_fail("remove %s", path) : 0;
	err = *ds_err_last();
	left = conf.count ? ds_conf_text(&conf) : NULL;
	if (left)
		saved = ds_file_replace(path, 0600, left, true);
	if (!result)
		return saved;
	ds_err_set(&err);
	return result;
}

void ds_undo_auto(struct ds_undo *undo)
{
	struct ds_err err = *ds_err_last();
	int saved = errno;

	if (undo->armed)
		replay_file(undo->path, undo->fd, undo->verbs, 1);
	if (err.code)
		ds_err_set(&err);
	close_fd(&undo->fd);
	errno = saved;
}

static int begin(struct ds_undo *undo)
{
	char boot_id[DS_BOOT_ID_LEN + 1], line[64];
	int err = ds_proc_boot_id(boot_id);

	if (err < 0)
		return err;
	undo->fd = open(undo->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (undo->fd < 0)
		return ds_fail("create %s", undo->path);
	undo->armed = true;
	undo->lines = 1;
	snprintf(line, sizeof(line), "boot %s\n", boot_id);
	err = ds_try_write_all(undo->fd, line, strlen(line));
	return err < 0 ? ds_fail_with(err, "write %s", undo->path) : 0;
}

int ds_undo_open(struct ds_undo *undo, const char *name, const struct ds_undo_verb *verbs)
{
	int err = ds_workspace_path(undo->path, sizeof(undo->path), DS_WS_JOURNAL, name);

	undo->verbs = verbs;
	return err < 0 ? err : begin(undo);
}

int ds_undo_promise(struct ds_undo *undo, const char *verb, ...)
{
	const struct ds_undo_verb *known = find_verb(undo->verbs, verb);
	char line[2 * PATH_MAX];
	size_t used = strlen(verb);
	const char *arg;
	va_list ap;
	int err;

	memcpy(line, verb, used);
	va_start(ap, verb);
	while (used && (arg = va_arg(ap, const char *)))
		used = append_arg(line, sizeof(line) - 1, used, arg);
	va_end(ap);
	if (!used || !known)
		return ds_fail_with(EINVAL, "promise to undo %s", verb);
	line[used++] = '\n';
	/* Refused, what is promised can still be undone. */
	if (lseek(undo->fd, 0, SEEK_END) > (off_t)(JOURNAL_MAX - used))
		return ds_refuse(DS_EXIT_FAILED, "%s is full: the container wants a restart",
				 undo->path);
	err = ds_try_write_all(undo->fd, line, used);
	if (!err && known->survives_boot && fdatasync(undo->fd) < 0)
		err = -errno;
	undo->lines++;
	return err < 0 ? ds_fail_with(err, "write %s", undo->path) : 0;
}

int ds_undo_now(struct ds_undo *undo)
{
	int err = replay_file(undo->path, undo->fd, undo->verbs, 1);

	close_fd(&undo->fd);
	undo->armed = false;
	return err < 0 ? err : begin(undo);
}

int ds_undo_mark(const struct ds_undo *undo)
{
	return undo->lines;
}

/* The file of the name may be a new one. */
static int reopen(struct ds_undo *undo)
{
	close_fd(&undo->fd);
	undo->fd = open(undo->path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return undo->fd < 0 ? ds_fail("open %s", undo->path) : 0;
}

int ds_undo_back(struct ds_undo *undo, int mark)
{
	int err;

	if (mark <= 1)
		return ds_undo_now(undo);
	if (undo->lines == mark)
		return 0;
	err = replay_file(undo->path, undo->fd, undo->verbs, (size_t)mark);
	if (err < 0)
		return err;
	undo->lines = mark;
	return reopen(undo);
}

void ds_undo_leave(struct ds_undo *undo)
{
	undo->armed = false;
	close_fd(&undo->fd);
}

int ds_undo_try_adopt(struct ds_undo *undo, const char *name, const struct ds_undo_verb *verbs,
		      const char *last_verb, int *mark)
{
	auto_conf conf = {0};
	int err = ds_workspace_path(undo->path, sizeof(undo->path), DS_WS_JOURNAL, name);

	undo->verbs = verbs;
	*mark = 0;
	if (!err)
		err = load(&conf, undo->path, -1);
	if (err < 0)
		return err;
	for (size_t i = 1; i < conf.count && is_this_boot(&conf) == 1; i++) {
		if (strncmp(conf.lines[i], last_verb, strlen(last_verb)) == 0 &&
		    conf.lines[i][strlen(last_verb)] == ' ')
			*mark = (int)i + 1;
	}
	if (!*mark)
		return -ENOENT;
	err = reopen(undo);
	if (err < 0)
		return err;
	undo->armed = true;
	undo->lines = (int)conf.count;
	return 0;
}

int ds_undo_replay(const char *name, const struct ds_undo_verb *verbs)
{
	char path[PATH_MAX];
	int err = ds_workspace_path(path, sizeof(path), DS_WS_JOURNAL, name);

	return err < 0 ? err : replay_file(path, -1, verbs, 1);
}
