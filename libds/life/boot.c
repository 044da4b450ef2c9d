// SPDX-License-Identifier: GPL-3.0-or-later
/* boot - see boot.h. */
#include "libds/life/boot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/config.h"
#include "gen/version.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/kernel/android.h"
#include "libds/kernel/caps.h"
#include "libds/kernel/dev.h"
#include "libds/kernel/hostdev.h"
#include "libds/kernel/mask.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/net.h"
#include "libds/kernel/ns.h"
#include "libds/kernel/pivot.h"
#include "libds/kernel/pty.h"
#include "libds/kernel/remount.h"
#include "libds/kernel/tree.h"
#include "libds/life/agentstart.h"
#include "libds/life/bind.h"
#include "libds/life/confine.h"
#include "libds/life/device.h"
#include "libds/life/guestbin.h"
#include "libds/life/links.h"
#include "libds/life/lock.h"
#include "libds/life/proclimits.h"
#include "libds/life/shim.h"
#include "libds/life/storage.h"
#include "libds/life/systemd.h"
#include "libds/life/tune.h"

static void say(int status_fd, const struct ds_boot_status *status)
{
	ds_try_write_all(status_fd, status, sizeof(*status));
}

void ds_boot_say_failed(int status_fd)
{
	const struct ds_boot_status status = {.what = DS_BOOT_FAILED, .err = *ds_err_last()};

	say(status_fd, &status);
}

void ds_boot_warn(int status_fd)
{
	const struct ds_boot_status status = {.what = DS_BOOT_WARNING, .err = *ds_err_last()};

	say(status_fd, &status);
	ds_err_clear();
}

int ds_boot_reset_inherited(const struct ds_boot *boot)
{
	/* May be refused to a process without the capability; then it stays as it was. */
	ds_loginuid_reset();
	return ds_proclimits_oom(boot->spec);
}

static int join_cgroup(struct ds_boot *boot)
{
	return ds_cgroup_join(boot->cgroup);
}

static int private_mounts(struct ds_boot *boot)
{
	/* What the host mounts comes in, what the guest mounts stays its own. */
	return ds_mnt_propagate(ds_spec_is_privileged(boot->spec, DS_SHARED) ? MS_SLAVE
									     : MS_PRIVATE);
}

/* pivot_root(2) wants a mount point: the directory is bound onto itself. What the mount below forbids it
 * is not forbidden to this one: /data is nosuid and nodev, and sudo would not work in the guest. */
static int bind_rootfs(struct ds_boot *boot)
{
	const char *path = boot->rootfs->path;
	auto_fd source_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	auto_fd host_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int err;

	if (source_fd < 0 || host_fd < 0 || fstat(source_fd, &st) < 0)
		return ds_fail("open %s", path);
	if (!ds_rootfs_is(boot->rootfs, &st))
		return ds_refuse(DS_EXIT_FAILED, "%s was exchanged while starting", path);
	err = ds_mnt_bind(source_fd, host_fd, path, true, 0);
	if (err < 0)
		return err;
	boot->root_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (boot->root_fd < 0 || fstat(boot->root_fd, &st) < 0)
		return ds_fail("open %s", path);
	if (!ds_rootfs_is(boot->rootfs, &st))
		return ds_refuse(DS_EXIT_FAILED, "%s was exchanged while starting", path);
	err = ds_remount_without(boot->root_fd, MS_NOSUID | MS_NODEV | MS_NOEXEC);
	/* In a container of somebody else's its flags may be locked. */
	if (err == -EPERM) {
		ds_err_in("sudo and the like do not work in there");
		ds_boot_warn(boot->status_fd);
		err = 0;
	}
	return err;
}

static int mount_dev(struct ds_boot *boot)
{
	boot->dev_fd = ds_dev_mount(boot->root_fd);
	return boot->dev_fd < 0 ? boot->dev_fd : 0;
}

/* It shows the PID namespace of who mounts it: of a locked guest only children are in there. */
static int mount_proc(struct ds_boot *boot)
{
	int status;
	pid_t pid;

	if (!ds_spec_is_locked(boot->spec))
		return ds_dev_mount_proc(boot->root_fd);
	pid = ds_fork();
	if (pid == 0) {
		if (ds_dev_mount_proc(boot->root_fd) == 0)
			_exit(0);
		ds_err_in("mount /proc");
		ds_boot_say_failed(boot->status_fd);
		_exit(DS_EXIT_FAILED);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return ds_fail("fork");
	return status ? ds_refuse(DS_EXIT_FAILED, "failed") : 0;
}

static int mount_sys(struct ds_boot *boot)
{
	return ds_dev_mount_sys(boot->root_fd, CFG_HW_ACCESS && boot->spec->enable_hw_access);
}

static int mount_run(struct ds_boot *boot)
{
	return ds_dev_mount_run(boot->root_fd);
}

/* systemd is told of its ttys by container_ttys, and its container interface wants none of them at
 * /dev/ttyN; every other init knows ttyN only, from its inittab or its services. */
static int make_terminals(struct ds_boot *boot)
{
	bool is_systemd = ds_systemd_is_at(boot->root_fd, ds_spec_init_path(boot->spec));
	int err =
		ds_ptys_make(boot->dev_fd, ds_spec_ttys(boot->spec), !is_systemd, boot->monitor_fd);

	/* The monitor makes the host's devices there, now and later. */
	if (!err && CFG_HW_ACCESS && ds_spec_hostdev(boot->spec))
		err = ds_try_fd_send(boot->monitor_fd, boot->dev_fd, "", 1);
	return err;
}

/* Behind the terminals: a link of theirs has its place before a device of that name. */
static int make_devices(struct ds_boot *boot)
{
	const char *list = boot->spec->devices;
	struct ds_device device;

	while (CFG_DEVICES && ds_device_next(&list, &device) > 0) {
		if (ds_device_make(&device, boot->dev_fd) < 0)
			ds_boot_warn(boot->status_fd);
	}
	return 0;
}

static int show_cgroups(struct ds_boot *boot)
{
	return ds_cgroup_show(boot->cgroup, boot->root_fd);
}

static int write_network_files(struct ds_boot *boot)
{
	char hostname[DS_HOSTNAME_MAX + 1];
	int err;

	ds_spec_hostname(boot->spec, hostname);
	err = ds_net_set_hostname(boot->root_fd, hostname);
	if (!err)
		err = ds_net_resolv(boot->root_fd, boot->dns);
	if (!err && CFG_ANDROID && ds_host_is_android())
		err = ds_android_groups(boot->root_fd);
	if (!err && CFG_GPU && boot->spec->enable_gpu) {
		struct ds_group groups[DS_GROUPS_MAX];

		err = ds_groups_add(boot->root_fd, groups, ds_hostdev_groups(groups));
	}
	return err;
}

/* For people and for the units of official rootfs images; never read back (decision 1). */
static int write_markers(struct ds_boot *boot)
{
	const struct ds_spec *spec = boot->spec;
	auto_free char *config = ds_conf_text(&spec->conf);
	char uuid_path[64];
	int err = ds_str_fmt(uuid_path, sizeof(uuid_path), "run/droidspaces/%s", spec->uuid);
	const char *const files[][2] = {
		{"run/systemd/container", "droidspaces"},
		{uuid_path, ""},
		{"run/droidspaces/name", spec->name},
		{"run/droidspaces/version", DS_VERSION},
		{"run/droidspaces/container.config", config ? config : ""},
		/* An empty unit is a masked one (systemd.unit(5)): no user namespace may mount these. */
		{"run/systemd/system/dev-hugepages.mount", ""},
		{"run/systemd/system/sys-fs-fuse-connections.mount", ""},
	};
	size_t count = sizeof(files) / sizeof(*files) - (ds_spec_is_locked(spec) ? 0 : 2);

	for (size_t i = 0; !err && i < count; i++)
		err = ds_tree_write(boot->root_fd, files[i][0], 0644, files[i][1]);
	return err;
}

/* This program, where some of it runs in the guest. */
static int bring_program(struct ds_boot *boot)
{
	bool has_agent = CFG_INTEGRATE && CFG_GUEST && *boot->spec->integrate;
	int err =
		has_agent || ds_spec_has_shim(boot->spec) ? ds_guestbin_install(boot->root_fd) : 0;

	if (err < 0 || !has_agent)
		return err;
	return ds_agentstart_write(boot->root_fd,
				   ds_systemd_is_at(boot->root_fd, ds_spec_init_path(boot->spec)));
}

/* What is not ds-tune's own stays, without a word: so one opts out of a file. */
static int tune_guest(struct ds_boot *boot)
{
	unsigned facts = DS_TUNE_LEAVE_LINKS; /* they are the host's, with every guest so far */

	if (!CFG_TUNE || !boot->spec->tune)
		return 0;
	if (boot->spec->enable_hw_access)
		facts |= DS_TUNE_HW_ACCESS;
	if (ds_tune(boot->root_fd, DS_TUNE_APPLY, facts, NULL, NULL) < 0) {
		ds_err_in("tune");
		ds_boot_warn(boot->status_fd);
	}
	return 0;
}

static int mask_kernel(struct ds_boot *boot)
{
	return ds_spec_is_privileged(boot->spec, DS_NOMASK)
		       ? 0
		       : ds_mask(boot->root_fd, ds_spec_is_locked(boot->spec));
}

/* Behind all that is written into the guest or masked there: what the user asks for has the last word,
 * and a bind of his over /etc/hosts is not written to. */
static int mount_binds(struct ds_boot *boot)
{
	const char *list = boot->spec->bind_mounts;
	struct ds_bind bind;
	int more;

	/* First: the user may want something else in its place, or in it. */
	if (CFG_ANDROID_STORAGE && boot->spec->enable_android_storage) {
		more = ds_storage_mount(boot->root_fd);
		if (more == -ESTALE)
			return more;
		if (more < 0)
			ds_boot_warn(boot->status_fd);
	}
	while (CFG_BIND_MOUNTS && (more = ds_bind_next(&list, &bind)) != 0) {
		int err = more < 0 ? more : ds_bind_mount(&bind, boot->root_fd);

		if (more < 0 || err == -ESTALE || (err < 0 && bind.options & DS_BIND_REQUIRED))
			return err;
		if (err < 0)
			ds_boot_warn(boot->status_fd);
	}
	return 0;
}

/* Last: what is bound before does not cover them. */
static int show_links(struct ds_boot *boot)
{
	return CFG_LINKS ? ds_links_show(boot->spec, boot->root_fd) : 0;
}

static int pivot(struct ds_boot *boot)
{
	int err = ds_pivot(boot->root_fd);

	/* Passed on to containers in the guest, and to what it binds. */
	if (err >= 0 && ds_spec_is_privileged(boot->spec, DS_SHARED))
		err = ds_mnt_propagate(MS_SHARED);
	return err;
}

/* The one thing that must never happen is to run an init on the host's own tree. */
static int verify_root(struct ds_boot *boot)
{
	struct stat st;

	if (stat("/", &st) < 0)
		return ds_fail("look at /");
	return ds_rootfs_is(boot->rootfs, &st)
		       ? 0
		       : ds_refuse(DS_EXIT_FAILED, "/ is not the guest's root");
}

/* What ds-start's caller had must not become the guest's: signals, umask, OOM score, login id. */
static int reset_process(struct ds_boot *boot)
{
	int err;

	ds_signals_reset();
	umask(022);
	/* Of a locked guest it was done with the host's rights. */
	if (boot->is_init)
		return 0;
	err = ds_boot_reset_inherited(boot);
	return err < 0 || !CFG_RLIMITS ? err : ds_proclimits_apply(boot->spec, 0);
}

static int take_console(struct ds_boot *boot)
{
	auto_fd fd = open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC);

	(void)boot;
	if (fd < 0)
		return ds_fail("open dev/console");
	if (setsid() < 0 && errno != EPERM)
		return ds_fail("begin a session");
	return ds_pty_become_stdio(fd);
}

static int drop_privileges(struct ds_boot *boot)
{
	return ds_confine(boot->spec, UINT64_MAX, NULL);
}

static int exec_init(struct ds_boot *boot)
{
	const struct ds_boot_status reached = {.what = DS_BOOT_REACHED};
	const char *init = ds_spec_init_path(boot->spec);
	char *own[] = {(char *)init, NULL}, go;
	char **argv = ds_spec_has_shim(boot->spec) ? ds_shim_words(boot->spec->init_command) : own;
	int err;

	if (!argv)
		return -ds_err_last()->code;

	/* Whatever ds-start inherited from its caller ends here; the status pipe closes on exec. */
	if ((boot->status_fd != 3 && dup3(boot->status_fd, 3, O_CLOEXEC) < 0) ||
	    (boot->monitor_fd != 4 && dup3(boot->monitor_fd, 4, O_CLOEXEC) < 0))
		return ds_fail("keep the status pipe");
	boot->status_fd = 3;
	boot->monitor_fd = 4;
	err = ds_close_fds_from(5);
	if (err < 0)
		return err;
	if (ds_try_read_full(boot->monitor_fd, &go, 1) != 1)
		return ds_fail_with(EPIPE, "wait for its record");
	prctl(PR_SET_PDEATHSIG, 0);
	/* A ds-start that was killed listens no more; the guest is recorded, and lives. */
	if (write(boot->status_fd, &reached, sizeof(reached)) != sizeof(reached) && errno != EPIPE)
		return ds_fail("report");
	execve(init, argv, boot->env);
	return ds_fail("%s", init);
}

static const struct {
	const char *name;
	int (*run)(struct ds_boot *boot);
} steps[] = {
	{"join its cgroup", join_cgroup},
	{"make mounts private", private_mounts},
	{"make its namespaces", ds_lock_divide},
	{"bind the rootfs", bind_rootfs},
	{"set up /dev", mount_dev},
	{"mount /proc", mount_proc},
	{"mount /sys", mount_sys},
	{"mount /run", mount_run},
	{"set up the terminals", make_terminals},
	{"make its devices", make_devices},
	{"show its cgroups", show_cgroups},
	{"write network files", write_network_files},
	{"write markers", write_markers},
	{"bring this program", bring_program},
	{"tune the guest", tune_guest},
	{"mask the kernel's files", mask_kernel},
	{"bind what was asked for", mount_binds},
	{"show its links", show_links},
	{"change the root", pivot},
	{"lock the mounts", ds_lock_mounts},
	{"verify the root", verify_root},
	{"reset the process", reset_process},
	{"take the console", take_console},
	{"drop privileges", drop_privileges},
	{"run init", exec_init},
};

void ds_boot_run(struct ds_boot *boot)
{
	int err = 0;

	/* Until the exec this is our code with the host's rights: it must not outlive its monitor. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (size_t i = 0; err >= 0 && i < sizeof(steps) / sizeof(*steps); i++) {
		bool was_init = boot->is_init;

		err = steps[i].run(boot);
		while (!was_init && boot->is_init && steps[i + 1].run != ds_lock_mounts)
			i++;
		/* A step that failed without a word must not look like none that did. */
		if (err < 0 && !ds_err_last()->code)
			ds_fail_with(err, "failed");
		if (err < 0)
			ds_err_in("%s", steps[i].name);
	}
	ds_boot_say_failed(boot->status_fd);
	_exit(DS_EXIT_FAILED);
}
