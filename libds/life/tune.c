// SPDX-License-Identifier: GPL-3.0-or-later
/* tune - see tune.h. */
#include "libds/life/tune.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"
#include "libds/life/systemd.h"

/* Behind it: the digest in hex, a blank, one digit for the directories. Never changes. */
#define MARK "# Made by ds-tune, and removed by its --revert. "

enum { TEXT_MAX = 1024 };

/* The metrics that routes of a link get from DHCP and from router advertisements. No start waits for
 * one: it may have no carrier for days. */
static const char network[] =
	"[Match]\nName=%s\n[Link]\nRequiredForOnline=no\n[Network]\nDHCP=yes\n"
	"[DHCPv4]\nRouteMetric=%d\n[IPv6AcceptRA]\nRouteMetric=%d\n";

/* A path that is given up stays here, with a NULL text: then it is removed where it is ours. Files with
 * a condition stand behind those without in the same directory, which so is theirs. */
static const struct row {
	const char *path, *text;
	const char *links; /* for text, */
	int metric;        /* and this */
	unsigned needs;    /* facts */
} rows[] = {
	{"/etc/systemd/journald.conf.d/ds-tune.conf",
	 "[Journal]\nSystemMaxUse=64M\nRuntimeMaxUse=16M\n", "", 0, 0},
	{"/etc/systemd/resolved.conf.d/ds-tune.conf",
	 "[Resolve]\nFallbackDNS=1.1.1.1 8.8.8.8 2001:4860:4860::8888\n", "", 0, 0},
	{"/etc/systemd/network/70-ds-wlan.network", network, "wlan*", 100, 0},
	{"/etc/systemd/network/70-ds-mobile.network", network, "rmnet* pdp*", 200, 0},
	{"/etc/systemd/network/70-ds-wired.network", network, "eth* usb*", 300, 0},
	/* networkd takes the first file by name that matches, and drops what addresses and routes a
	 * link has that it manages: Android's own. */
	{"/etc/systemd/network/05-ds-host.network",
	 "[Match]\nName=wl* ww* en* eth* usb* rmnet* pdp* ccmni* rndis* "
	 "p2p*\n[Link]\nUnmanaged=yes\n",
	 "", 0, DS_TUNE_LEAVE_LINKS},
	/* Drivers that run already may not bear to be asked again. The first line drops the unit's own. */
	{"/etc/systemd/system/systemd-udev-trigger.service.d/ds-tune.conf",
	 "[Service]\nExecStart=\nExecStart=-/bin/udevadm trigger --action=add "
	 "--subsystem-match=usb "
	 "--subsystem-match=block --subsystem-match=input --subsystem-match=tty\n",
	 "", 0, DS_TUNE_HW_ACCESS},
};

#define ROWS (sizeof(rows) / sizeof(*rows))

/* FNV-1a. It tells an edit from none; a guest that lies to it gains nothing. */
static unsigned long long digest(const char *text, size_t len)
{
	unsigned long long sum = 0xcbf29ce484222325;

	while (len--)
		sum = (sum ^ (unsigned char)*text++) * 0x100000001b3;
	return sum;
}

static int write_body(const struct row *row, char body[TEXT_MAX])
{
	*body = 0;
	return row->text
		       ? ds_str_fmt(body, TEXT_MAX, row->text, row->links, row->metric, row->metric)
		       : 0;
}

/* *dirs: how many directories were made for it, where it is ours. */
static enum ds_tune_state look(int root_fd, const struct row *row, int *dirs)
{
	/* A link is not ours; a FIFO must not make us wait. */
	auto_fd fd = ds_try_tree_open(root_fd, row->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	char text[TEXT_MAX], body[TEXT_MAX];
	unsigned long long sum;
	const char *at;
	struct stat st;
	ssize_t len;

	if (fd == -ENOENT)
		return DS_TUNE_ABSENT;
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return DS_TUNE_FOREIGN;
	len = ds_try_read_full(fd, text, sizeof(text) - 1);
	text[len < 0 ? 0 : len] = 0;
	if (!ds_str_has_prefix(text, MARK))
		return DS_TUNE_FOREIGN;
	sum = ds_str_digits(text + strlen(MARK), 16, &at);
	if (at[0] != ' ' || at[1] < '0' || at[1] > '9' || at[2] != '\n')
		return DS_TUNE_CHANGED;
	*dirs = at[1] - '0';
	at += 3;
	if (digest(at, (size_t)(text + len - at)) != sum)
		return DS_TUNE_CHANGED;
	write_body(row, body);
	return strcmp(at, body) == 0 ? DS_TUNE_OURS : DS_TUNE_OLD;
}

/* Cut the last component off. */
static void climb(char *path)
{
	*strrchr(path, '/') = 0;
}

static int count_missing(int root_fd, const char *path)
{
	char dir[TEXT_MAX];
	struct stat st;
	int missing = -1;

	for (memcpy(dir, path, strlen(path) + 1); *dir; climb(dir), missing++)
		if (ds_try_tree_stat(root_fd, dir, &st) != -ENOENT)
			break;
	return missing;
}

static int try_remove(int root_fd, const char *path, int flags)
{
	const char *name = strrchr(path, '/') + 1;
	char dir[TEXT_MAX];
	auto_fd dir_fd = -1;

	memcpy(dir, path, strlen(path) + 1);
	climb(dir);
	dir_fd = ds_try_tree_open(root_fd, dir, O_PATH | O_DIRECTORY, 0);
	if (dir_fd < 0)
		return dir_fd;
	return unlinkat(dir_fd, name, flags) < 0 ? -errno : 0;
}

static void remove_dirs(int root_fd, const char *path, int dirs)
{
	char dir[TEXT_MAX];
	int err = 0;

	memcpy(dir, path, strlen(path) + 1);
	while (dirs-- && (!err || err == -ENOENT)) {
		climb(dir);
		err = *dir ? try_remove(root_fd, dir, AT_REMOVEDIR) : -EBUSY;
	}
}

static int make(int root_fd, const struct row *row, enum ds_tune_state state, int dirs)
{
	char text[TEXT_MAX], body[TEXT_MAX];
	int err = write_body(row, body);

	if (state == DS_TUNE_ABSENT)
		dirs = count_missing(root_fd, row->path);
	if (!err)
		err = ds_str_fmt(text, sizeof(text), MARK "%016llx %d\n%s",
				 digest(body, strlen(body)), dirs, body);
	if (!err)
		err = ds_tree_write(root_fd, row->path, 0644, text);
	if (err < 0 && state == DS_TUNE_ABSENT)
		remove_dirs(root_fd, row->path, dirs);
	return err;
}

/* One file; what was done, or an error. */
static int settle(int root_fd, const struct row *row, enum ds_tune_verb verb, bool wanted,
		  enum ds_tune_state state, int dirs)
{
	int err;

	if (verb == DS_TUNE_SHOW || state == (wanted ? DS_TUNE_OURS : DS_TUNE_ABSENT))
		return DS_TUNE_NOTHING;
	if (state >= DS_TUNE_CHANGED)
		return wanted || (verb == DS_TUNE_REVERT && state == DS_TUNE_CHANGED)
			       ? DS_TUNE_KEPT
			       : DS_TUNE_NOTHING;
	if (wanted) {
		err = make(root_fd, row, state, dirs);
		return err < 0 ? err : DS_TUNE_MADE;
	}
	err = try_remove(root_fd, row->path, 0);
	return err < 0 ? ds_fail_with(err, "remove %s", row->path) : DS_TUNE_REMOVED;
}

int ds_tune(int root_fd, enum ds_tune_verb verb, unsigned facts, ds_tune_visit *visit, void *ctx)
{
	int dirs[ROWS] = {0}, did = 0;

	if (verb == DS_TUNE_APPLY && ds_try_systemd_version(root_fd) <= 0)
		return 1;
	for (size_t i = 0; did >= 0 && i < ROWS; i++) {
		const struct row *row = &rows[i];
		bool wanted = verb == DS_TUNE_APPLY && row->text && !(row->needs & ~facts);
		enum ds_tune_state state = look(root_fd, row, &dirs[i]);

		did = settle(root_fd, row, verb, wanted, state, dirs[i]);
		if (did != DS_TUNE_REMOVED)
			dirs[i] = 0;
		if (visit && did >= 0 && (row->text || did))
			visit(row->path, state, (enum ds_tune_did)did, ctx);
	}
	/* Twice: one's directory may have been in the way of another's parents. */
	for (size_t i = 0; i < 2 * ROWS; i++)
		remove_dirs(root_fd, rows[i % ROWS].path, dirs[i % ROWS]);
	return did < 0 ? did : 0;
}
