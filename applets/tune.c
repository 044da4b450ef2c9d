// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-tune - make a guest's systemd fit a phone
 *
 * usage: ds-tune --apply|--revert|--show [OPTION]... ROOTFS|NAME
 *
 * Writes files into the root file system in the directory ROOTFS, or into that of a container:
 *   journald  bounds of its logs
 *   resolved  name servers for when it knows no other
 *   networkd  routes' metrics: wlan* 100, rmnet*, pdp* 200, eth*, usb* 300
 *   networkd  leaves these links alone, which are the host's
 *   udev      triggers only usb, block, input, tty (with hardware access)
 *
 * A file that it did not make, or that was edited since, is never written to. --revert removes those it
 * made, and directories that were made for them. An image is tuned while its container runs, or by
 * ds-start --tune.
 *
 * exit status: 0 done, 1 failed or not all files are its own, 2 usage, 3 no such container or directory, 4
 * an image that is not mounted, 6 permission
 *
 * example: ds-tune --apply /srv/debian
 * example: ds-tune --show web
 *
 * config TUNE
 *	bool "ds-tune"
 *	default y
 *	help
 *	  Files in a guest with systemd that keep it from disturbing a phone: which devices udev
 *	  triggers, how the network's routes are weighted, how large logs grow. Also at start, by
 *	  "ds-start --tune".
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	X(FLAG, apply, 0, "apply", 0, ALWAYS, "write the files")                                   \
	X(FLAG, revert, 0, "revert", 0, ALWAYS, "remove them")                                     \
	X(FLAG, show, 0, "show", 0, ALWAYS, "list them and whose they are")                        \
	X(FLAG, hw_access, 'H', "hw-access", 0, ALWAYS,                                            \
	  "it is to have hardware access; a container's own setting counts, too")                  \
	X(FLAG, manage_network, 0, "manage-network", 0, ALWAYS,                                    \
	  "let its systemd-networkd configure the links")                                          \
	X(FLAG, json, 0, "json", 0, ALWAYS, "list as JSON")                                        \
	X(FLAG, format, 0, "format", 0, ALWAYS, "list as KEY=VALUE lines")

#include "applets/applet.h"
APPLET(tune)
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/pairs.h"
#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/life/inspect.h"
#include "libds/life/tune.h"

struct tuning {
	struct report report;
	int kept;
};

static void show_one(const char *path, enum ds_tune_state state, enum ds_tune_did did, void *ctx)
{
	static const char words[][8] = {"absent", "ours", "old", "changed", "foreign"};
	static const char keys[][8] = {"ABSENT", "OURS", "OLD", "CHANGED", "FOREIGN"};
	struct report *report = &((struct tuning *)ctx)->report;

	(void)did;
	if (report->format == REPORT_TEXT) {
		printf("%-8s %s\n", words[state], path);
	} else if (report->format == REPORT_PAIRS) {
		pair_string(keys[state], path);
	} else {
		report_begin(report, NULL);
		report_string(report, "path", path);
		report_string(report, "state", words[state]);
		report_end(report);
	}
}

static void tell_one(const char *path, enum ds_tune_state state, enum ds_tune_did did, void *ctx)
{
	struct tuning *tuning = ctx;

	if (did == DS_TUNE_MADE || did == DS_TUNE_REMOVED) {
		printf("%s: %s\n", path,
		       did == DS_TUNE_REMOVED    ? "removed"
		       : state == DS_TUNE_ABSENT ? "made"
						 : "renewed");
	} else if (did == DS_TUNE_KEPT) {
		tuning->kept++;
		applet_warn("%s: %s; left as it is", path,
			    state == DS_TUNE_CHANGED ? "edited by somebody"
						     : "not made by ds-tune");
	}
}

/* The tree of a container, locked as long as *lock_fd is open. */
static int open_container(struct ds_container *container, const char *name, int *lock_fd,
			  unsigned *facts)
{
	int err = ds_container_look(container, name), fd;
	struct stat st;

	if (!err && lock_fd) {
		ds_container_free(container);
		err = ds_workspace_create();
		*lock_fd = err < 0 ? err : ds_state_lock(name, true);
		err = *lock_fd < 0 ? *lock_fd : ds_container_look(container, name);
	}
	if (err < 0)
		return err;
	if (container->spec.enable_hw_access)
		*facts |= DS_TUNE_HW_ACCESS;
	fd = ds_try_inspect_root(container);
	if (fd == -ENOTDIR && stat(container->spec.rootfs_path, &st) == 0) {
		err = ds_refuse(DS_EXIT_STATE, "%s is not mounted", container->spec.rootfs_path);
		ds_hint("start it with --tune, or tune it while it runs");
		return err;
	}
	return fd < 0 ? ds_fail_with(fd, "rootfs %s", container->spec.rootfs_path) : fd;
}

static int open_dir(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		ds_fail("rootfs %s", path);
		if (ds_err_last()->code == ENOENT)
			ds_err_exit_status(DS_EXIT_NOT_FOUND);
		return -ds_err_last()->code;
	}
	return fd;
}

static bool is_hosts_root(int fd)
{
	struct stat st, host;

	return fstat(fd, &st) < 0 || stat("/", &host) < 0 ||
	       (st.st_dev == host.st_dev && st.st_ino == host.st_ino);
}

/* A word without a slash is a container's name, or a directory where there is no such container. */
static int open_root(struct ds_container *container, const char *word, bool is_name, int *lock_fd,
		     unsigned *facts)
{
	struct stat st;
	int fd;

	if (!is_name && (strchr(word, '/') || word[0] == '.'))
		return open_dir(word);
	fd = open_container(container, word, lock_fd, facts);
	if (fd < 0 && !is_name && ds_err_last()->exit_status == DS_EXIT_NOT_FOUND &&
	    stat(word, &st) == 0)
		return open_dir(word);
	return fd;
}

static int tune(const char *word, const struct options *o, struct tuning *tuning)
{
	enum ds_tune_verb verb = o->apply    ? DS_TUNE_APPLY
				 : o->revert ? DS_TUNE_REVERT
					     : DS_TUNE_SHOW;
	struct ds_json *json = tuning->report.format == REPORT_JSON ? &tuning->report.json : NULL;
	unsigned facts = (o->hw_access ? DS_TUNE_HW_ACCESS : 0u) |
			 (o->manage_network ? 0u : DS_TUNE_LEAVE_LINKS);
	auto_container container = {0};
	auto_fd root_fd = -1;
	int lock_fd = -1, err;

	root_fd = open_root(&container, word, o->name, o->show ? NULL : &lock_fd, &facts);
	err = root_fd < 0 ? root_fd : 0;
	if (!err && is_hosts_root(root_fd))
		err = ds_refuse(DS_EXIT_USAGE, "rootfs %s is the host's own root", word);
	if (!err && json)
		ds_json_open(json, NULL, '[');
	umask(022);
	if (!err)
		err = ds_tune(root_fd, verb, facts, o->show ? show_one : tell_one, tuning);
	if (!err && json)
		ds_json_close(json, ']');
	if (err > 0)
		printf("%s has no systemd: nothing of this concerns it\n", word);
	ds_state_unlock(word, &lock_fd);
	return err;
}

int tune_main(int argc, char **argv)
{
	struct options o = {0};
	struct tuning tuning = {0};
	const char *word;
	int err;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	err = ds_workspace_choose(o.workspace);
	if (!err)
		err = report_choose(&tuning.report, o.json, o.format);
	if (!err)
		err = report_target(o.name, o.operands, &word);
	if (!err && !word)
		err = ds_refuse(DS_EXIT_USAGE, "an operand is missing: a rootfs or a container");
	if (!err && o.apply + o.revert + o.show != 1)
		err = ds_refuse(DS_EXIT_USAGE, "one of --apply, --revert and --show is needed");
	if (!err && !o.show && tuning.report.format != REPORT_TEXT)
		err = ds_refuse(DS_EXIT_USAGE, "--json and --format are for --show");
	if (!err)
		err = tune(word, &o, &tuning);
	if (err < 0)
		return applet_fail();
	return tuning.kept ? DS_EXIT_FAILED : DS_EXIT_OK;
}
