// SPDX-License-Identifier: GPL-3.0-or-later
/* bind - see bind.h. */
#include "libds/life/bind.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

#define SHOWN_MAX 120 /* bytes of an item or path in an error */
#define WHY_MAX 80

static const struct {
	const char *name;
	unsigned set, clear;
} options[] = {
	{"ro", DS_BIND_RO, 0},       {"rw", 0, DS_BIND_RO},
	{"rec", DS_BIND_REC, 0},     {"nosuid", DS_BIND_NOSUID, 0},
	{"nodev", DS_BIND_NODEV, 0}, {"noexec", DS_BIND_NOEXEC, 0},
	{"mkdir", DS_BIND_MKDIR, 0}, {"required", DS_BIND_REQUIRED, 0},
};

#define OPTIONS (sizeof(options) / sizeof(*options))

size_t ds_item_span(const char *text, const char *stop)
{
	size_t len = 0;

	while (text[len] && !strchr(stop, text[len]))
		len += text[len] == '\\' && text[len + 1] ? 2 : 1;
	return len;
}

static int find_option(const char *word, size_t len)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if (strlen(options[i].name) == len && memcmp(options[i].name, word, len) == 0)
			return (int)i;
	}
	return -1;
}

static size_t item_length(const char *list)
{
	size_t len = ds_item_span(list, ",");

	while (list[len] == ',') {
		size_t word = ds_item_span(list + len + 1, ",");

		if (find_option(list + len + 1, word) < 0)
			break;
		len += 1 + word;
	}
	return len;
}

static int refuse_item(const char *item, size_t len, const char *why)
{
	return ds_refuse(DS_EXIT_USAGE, "bind '%.*s': %s", (int)(len < SHOWN_MAX ? len : SHOWN_MAX),
			 item, why);
}

const char *ds_item_path(char path[PATH_MAX], const char *text, size_t len)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\\' && i + 1 < len && strchr(",:\\", text[i + 1]))
			i++;
		if (used + 1 >= PATH_MAX)
			return DS_TEXT("a path is too long");
		path[used++] = text[i];
	}
	path[used] = 0;
	return strchr(path, '\n') ? DS_TEXT("a path has a newline") : NULL;
}

const char *ds_item_tidy(char path[PATH_MAX])
{
	char *to = path;
	const char *from = path;

	if (!*path)
		return DS_TEXT("the destination is empty");
	if (*path != '/')
		return DS_TEXT("the destination is not absolute");
	while (*(from += strspn(from, "/"))) {
		size_t len = strcspn(from, "/");

		if (len == 2 && memcmp(from, "..", 2) == 0)
			return DS_TEXT("the destination has a ..");
		if (len != 1 || *from != '.') {
			*to++ = '/';
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	if (to == path)
		return DS_TEXT("the destination is the guest's /");
	*to = 0;
	/* Those who keep the list cut it there. */
	return strchr(" \t\r", to[-1]) ? DS_TEXT("the destination ends in a blank") : NULL;
}

/* Each word stands behind a colon or comma. NULL, or what is wrong. */
static const char *take_options(struct ds_bind *bind, const char *words, size_t len,
				char why[WHY_MAX])
{
	size_t at = 0;

	bind->options = 0;
	while (at < len) {
		const char *word = words + at + 1;
		size_t word_len = ds_item_span(word, ",");
		int i = find_option(word, word_len);

		if (i < 0) {
			snprintf(why, WHY_MAX, "unknown option '%.*s'", (int)word_len, word);
			return why;
		}
		bind->options = (bind->options & ~options[i].clear) | options[i].set;
		at += 1 + word_len;
	}
	return NULL;
}

/* NULL, or what is wrong. */
static const char *parse_item(struct ds_bind *bind, const char *item, size_t len, char why[WHY_MAX])
{
	size_t source = ds_item_span(item, ":,"), target;
	const char *wrong;

	if (!len)
		return DS_TEXT("it is empty");
	if (source >= len || item[source] != ':')
		return DS_TEXT("there is no colon, a bind is SRC:DST");
	if (!source)
		return DS_TEXT("the source is empty");
	target = source + 1 + ds_item_span(item + source + 1, ":,");
	wrong = ds_item_path(bind->source, item, source);
	if (!wrong)
		wrong = ds_item_path(bind->target, item + source + 1, target - source - 1);
	if (!wrong)
		wrong = ds_item_tidy(bind->target);
	return wrong ? wrong : take_options(bind, item + target, len - target, why);
}

int ds_bind_target(struct ds_bind *bind, const char *target)
{
	const char *wrong = strlen(target) < PATH_MAX ? NULL : "a path is too long";

	if (!wrong) {
		memcpy(bind->target, target, strlen(target) + 1);
		wrong = ds_item_tidy(bind->target);
	}
	return wrong ? refuse_item(target, strlen(target), wrong) : 0;
}

int ds_bind_next(const char **list, struct ds_bind *bind)
{
	const char *item = *list, *wrong;
	size_t len = item_length(item);
	char why[WHY_MAX];

	if (!*item)
		return 0;
	wrong = parse_item(bind, item, len, why);
	if (wrong)
		return refuse_item(item, len, wrong);
	if (item[len] && !item[len + 1])
		return refuse_item("", 0, "it is empty");
	*list = item + len + (item[len] == ',');
	return 1;
}

int ds_binds_check(const char *list)
{
	struct ds_bind bind;
	int more;

	while ((more = ds_bind_next(&list, &bind)) > 0) {
		if (bind.source[0] != '/')
			return refuse_item(bind.source, strlen(bind.source),
					   DS_TEXT("the source is not absolute"));
	}
	return more;
}

int ds_binds_absolute(const char *list, char **absolute)
{
	struct ds_bind bind;
	int more, err = 0;

	*absolute = NULL;
	while (!err && (more = ds_bind_next(&list, &bind)) != 0) {
		char cwd[PATH_MAX], full[PATH_MAX];

		if (more < 0)
			err = more;
		else if (bind.source[0] == '/')
			err = 0;
		else if (ds_try_file_resolve(bind.source, full) == 0)
			memcpy(bind.source, full, sizeof(full));
		else if (!getcwd(cwd, sizeof(cwd)))
			err = ds_fail("find the current directory");
		else if (!(err = ds_str_fmt(full, sizeof(full), "%s/%s", cwd, bind.source)))
			memcpy(bind.source, full, sizeof(full));
		if (!err)
			err = ds_binds_add(absolute, &bind);
	}
	if (err < 0) {
		free(*absolute);
		*absolute = NULL;
	}
	return err;
}

static char *put_path(char *to, const char *path)
{
	for (; *path; path++) {
		if (strchr(",:\\", *path))
			*to++ = '\\';
		*to++ = *path;
	}
	return to;
}

int ds_binds_add(char **list, const struct ds_bind *bind)
{
	char words[DS_BIND_OPTIONS_MAX];
	size_t used = *list ? strlen(*list) : 0;
	char *grown = realloc(*list, used + 2 * strlen(bind->source) + 2 * strlen(bind->target) +
					     sizeof(words) + 4);
	char *to;

	if (!grown)
		return ds_fail("keep the binds");
	*list = grown;
	to = grown + used;
	if (used)
		*to++ = ',';
	to = put_path(to, bind->source);
	*to++ = ':';
	to = put_path(to, bind->target);
	if (*ds_bind_options(words, bind)) {
		*to++ = ':';
		to = stpcpy(to, words);
	}
	*to = 0;
	return 0;
}

const char *ds_bind_options(char buf[DS_BIND_OPTIONS_MAX], const struct ds_bind *bind)
{
	char *to = buf;

	for (size_t i = 0; i < OPTIONS; i++) {
		if (!(bind->options & options[i].set))
			continue;
		if (to > buf)
			*to++ = ',';
		to = stpcpy(to, options[i].name);
	}
	*to = 0;
	return buf;
}

unsigned long ds_bind_flags(const struct ds_bind *bind)
{
	return (bind->options & DS_BIND_RO ? MS_RDONLY : 0) |
	       (bind->options & DS_BIND_NOSUID ? MS_NOSUID : 0) |
	       (bind->options & DS_BIND_NODEV ? MS_NODEV : 0) |
	       (bind->options & DS_BIND_NOEXEC ? MS_NOEXEC : 0);
}

int ds_bind_err_in(const struct ds_bind *bind)
{
	return ds_err_in("bind %.*s on %.*s", SHOWN_MAX, bind->source, SHOWN_MAX, bind->target);
}

int ds_bind_open_source(const struct ds_bind *bind)
{
	int fd = open(bind->source, O_PATH | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && bind->options & DS_BIND_MKDIR) {
		int err = ds_file_mkdirs(bind->source, 0755);

		if (err < 0)
			return err;
		fd = open(bind->source, O_PATH | O_CLOEXEC);
	}
	return fd < 0 ? ds_fail("open the source") : fd;
}

int ds_bind_open_target(const struct ds_bind *bind, int source_fd, int root_fd)
{
	struct stat source, target, root;
	auto_fd fd = -1;

	if (fstat(source_fd, &source) < 0 || fstat(root_fd, &root) < 0)
		return ds_fail("look at the source");
	fd = ds_tree_make(root_fd, bind->target, S_ISDIR(source.st_mode));
	if (fd < 0)
		return fd;
	if (fstat(fd, &target) < 0)
		return ds_fail("look at the destination");
	/* The kernel would say EINVAL. */
	if (S_ISDIR(source.st_mode) != S_ISDIR(target.st_mode))
		return ds_fail_with(S_ISDIR(target.st_mode) ? EISDIR : ENOTDIR, "the destination");
	/* By a link of the guest's. Under a mount on / nothing of it would be seen any more. */
	if (target.st_dev == root.st_dev && target.st_ino == root.st_ino)
		return ds_refuse(DS_EXIT_FAILED, "the destination leads to the guest's /");
	return take_fd(&fd);
}

int ds_bind_mount(const struct ds_bind *bind, int root_fd)
{
	auto_fd source_fd = ds_bind_open_source(bind), target_fd = -1;
	int err = source_fd < 0 ? source_fd : 0;

	if (!err) {
		target_fd = ds_bind_open_target(bind, source_fd, root_fd);
		err = target_fd < 0 ? target_fd : 0;
	}
	if (!err)
		err = ds_mnt_bind_on(source_fd, target_fd, bind->options & DS_BIND_REC,
				     ds_bind_flags(bind));
	return err < 0 ? ds_bind_err_in(bind) : 0;
}
