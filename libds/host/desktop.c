// SPDX-License-Identifier: GPL-3.0-or-later
/* desktop - see desktop.h. */
#include "libds/host/desktop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "libds/core/auto.h"
#include "libds/core/conf.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/host/proc.h"

#define SESSIONS "/run/systemd/sessions"
#define FIRST_USER 1000 /* below are those of the system, a login screen's for example */
#define ENVIRON_MAX 65536

static const char *const display[] = {"WAYLAND_DISPLAY", "DISPLAY"};
static const char *const kept[] = {"WAYLAND_DISPLAY",
				   "DISPLAY",
				   "XAUTHORITY",
				   "XDG_RUNTIME_DIR",
				   "DBUS_SESSION_BUS_ADDRESS",
				   "XDG_CURRENT_DESKTOP",
				   "XDG_SESSION_TYPE",
				   "XDG_DATA_DIRS",
				   "DESKTOP_SESSION",
				   "KDE_FULL_SESSION",
				   "KDE_SESSION_VERSION",
				   "LANG"};

/* Is it a graphical session that is in front? Its user then. */
static bool read_session(int dir_fd, const char *name, uid_t *uid)
{
	auto_conf conf = {0};
	char text[4096];
	const char *active, *class, *type, *number;
	long long value;

	if (ds_try_file_read(dir_fd, name, text, sizeof(text)) < 0 ||
	    ds_conf_parse(&conf, text) < 0)
		return false;
	active = ds_conf_get(&conf, "ACTIVE");
	class = ds_conf_get(&conf, "CLASS");
	type = ds_conf_get(&conf, "TYPE");
	number = ds_conf_get(&conf, "UID");
	if (!active || strcmp(active, "1") != 0 || !class || strcmp(class, "user") != 0 || !type ||
	    !ds_str_has_word("x11 wayland mir", type) || !number ||
	    ds_try_number(number, 0, 0xfffffffeLL, &value) < 0)
		return false;
	*uid = (uid_t)value;
	return true;
}

static int ask_logind(uid_t *uid)
{
	auto_dir dir = opendir(SESSIONS);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && !strchr(entry->d_name, '.') &&
		    read_session(dirfd(dir), entry->d_name, uid))
			return 0;
	}
	return -ENOENT;
}

/* The value in an environment as procfs has it. */
static const char *value_of(const char *environ_text, size_t len, const char *name)
{
	const char *end = environ_text + len;

	for (const char *at = environ_text; at < end; at += strlen(at) + 1) {
		const char *value = ds_conf_line_value(at, name);

		if (value)
			return value;
	}
	return NULL;
}

/* A process that is looked for, and what it was found to be. */
struct search {
	uid_t uid;
	bool any;
	pid_t pid;
	size_t len;
	char *text; /* ENVIRON_MAX bytes */
};

static int look(pid_t pid, void *ctx)
{
	struct search *search = ctx;
	char path[40];
	struct stat st;
	ssize_t len;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	if (stat(path, &st) < 0 ||
	    (search->any ? st.st_uid < FIRST_USER : st.st_uid != search->uid) ||
	    !ds_proc_shares_ns(pid, 0, "pid"))
		return 0;
	len = ds_try_file_read(AT_FDCWD, path, search->text, ENVIRON_MAX);
	for (size_t i = 0; len > 0 && i < sizeof(display) / sizeof(*display); i++) {
		const char *value = value_of(search->text, (size_t)len, display[i]);

		/* host:0 is where ssh -X leads to. */
		if (!value || !*value || (i == 1 && *value != ':'))
			continue;
		search->uid = st.st_uid;
		search->pid = pid;
		search->len = (size_t)len;
		return 1;
	}
	return 0;
}

int ds_try_desktop_user(uid_t *uid)
{
	auto_free char *text = malloc(ENVIRON_MAX);
	struct search search = {.any = true, .text = text};

	if (ask_logind(uid) == 0)
		return 0;
	if (!text || !ds_proc_each(look, &search))
		return -ENOENT;
	*uid = search.uid;
	return 0;
}

pid_t ds_desktop_environment(uid_t uid)
{
	auto_free char *text = malloc(ENVIRON_MAX);
	struct search search = {.uid = uid, .text = text};
	char path[64];

	if (text && ds_proc_each(look, &search)) {
		for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
			const char *value = value_of(text, search.len, kept[i]);

			if (value)
				setenv(kept[i], value, 1);
		}
		return search.pid;
	}
	snprintf(path, sizeof(path), "unix:path=/run/user/%u/bus", (unsigned)uid);
	setenv("DBUS_SESSION_BUS_ADDRESS", path, 1);
	strrchr(path, '/')[0] = 0;
	setenv("XDG_RUNTIME_DIR", strchr(path, '/'), 1);
	return 0;
}
