// SPDX-License-Identifier: GPL-3.0-or-later
/* inspect - see inspect.h. */
#include "libds/life/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/freezer.h"
#include "libds/life/livedevice.h"

bool ds_inspect_is_frozen(const struct ds_container *c)
{
	return CFG_FREEZE && c->life == DS_RUNNING &&
	       ds_freezer_is_on(ds_container_recorded(c, "cgroup"),
				ds_container_recorded(c, "cgroup_dir"));
}

const char *ds_inspect_state(const struct ds_container *c)
{
	static const char *const names[] = {
		[DS_STOPPED] = "stopped", [DS_RUNNING] = "running", [DS_LEFT] = "left"};

	return ds_inspect_is_frozen(c) ? "frozen" : names[c->life];
}

/* A file of /proc/PID for this very PID 1: the directory is opened before the identity is checked,
 * and an open directory of /proc never comes to mean a later process of that number. */
static int try_open_proc(const struct ds_proc_id *id, const char *file, int flags)
{
	char path[32];
	auto_fd dir_fd = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d", (int)id->pid);
	dir_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -errno;
	if (!ds_proc_is_alive(id))
		return -ESRCH;
	fd = openat(dir_fd, file, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ds_try_inspect_root(const struct ds_container *c)
{
	int fd;

	if (c->life == DS_RUNNING)
		return try_open_proc(&c->state.init, "root", O_PATH | O_DIRECTORY);
	if (!*c->spec.rootfs_path)
		return -ENOENT;
	fd = open(c->spec.rootfs_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int ds_try_inspect_os(const struct ds_container *c, struct ds_os_release *os)
{
	auto_fd root_fd = ds_try_inspect_root(c);

	*os = (struct ds_os_release){0};
	return root_fd < 0 ? root_fd : ds_try_os_release(root_fd, os);
}

/* /proc/sys/kernel/hostname answers for the reader's namespace, so the reader has to go there. */
static int read_hostname(const struct ds_proc_id *init, struct utsname *uts)
{
	auto_fd ours_fd = open("/proc/self/ns/uts", O_RDONLY | O_CLOEXEC);
	auto_fd theirs_fd = try_open_proc(init, "ns/uts", O_RDONLY);
	int err;

	if (ours_fd < 0 || theirs_fd < 0)
		return -ESRCH;
	if (setns(theirs_fd, CLONE_NEWUTS) < 0)
		return -errno;
	err = uname(uts) < 0 ? -errno : 0;
	return setns(ours_fd, CLONE_NEWUTS) < 0 ? -errno : err;
}

void ds_inspect_hostname(const struct ds_container *c, char hostname[DS_HOSTNAME_MAX + 1])
{
	struct utsname uts;

	if (c->life == DS_RUNNING && read_hostname(&c->state.init, &uts) == 0)
		memcpy(hostname, uts.nodename, DS_HOSTNAME_MAX + 1);
	else
		ds_spec_hostname(&c->spec, hostname);
}

long long ds_inspect_uptime(const struct ds_container *c)
{
	struct timespec now;

	/* Both count the time that the machine slept (proc_pid_stat(5), field 22). */
	if (c->life != DS_RUNNING || clock_gettime(CLOCK_BOOTTIME, &now) < 0)
		return 0;
	return now.tv_sec - (long long)(c->state.init.start / (unsigned long)ds_ticks_per_second());
}

const char *ds_inspect_cgroup(const struct ds_container *c)
{
	const char *dir = ds_container_recorded(c, "cgroup_dir");
	char path[40], text[4096], tail[DS_NAME_MAX + 64];
	const char *kind = "none";

	if (c->life != DS_RUNNING)
		return "";
	if (!*dir)
		return kind;
	snprintf(path, sizeof(path), "/proc/%d/cgroup", (int)c->state.init.pid);
	if (ds_try_file_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return kind;
	/* "0::/droidspaces/web/init.scope": number 0 is version 2 (cgroups(7)). */
	snprintf(tail, sizeof(tail), ":/%s", dir);
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		const char *at = strstr(line, tail);

		if (!at || !strchr("/", at[strlen(tail)]))
			continue;
		if (ds_str_has_prefix(line, "0::"))
			return "v2";
		kind = "v1";
	}
	return kind;
}

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

/* A running guest shares the host's network, so the host's switch is the truth. */
static const char *ipv6_state(const struct ds_container *c)
{
	char text[8];

	if (c->life == DS_RUNNING) {
		ssize_t len = ds_try_file_read(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/disable_ipv6",
					       text, sizeof(text));

		return len > 0 && text[0] == '0' ? "enabled" : "disabled";
	}
	return c->spec.enable_ipv6 ? "enabled" : c->spec.disable_ipv6 ? "disabled" : "host";
}

static bool has_seccomp(const struct ds_container *c)
{
	char mode[8];

	/* 2 = SECCOMP_MODE_FILTER; no line on kernels without seccomp. */
	return ds_try_proc_status(c->state.init.pid, "Seccomp", mode, sizeof(mode)) == 0 &&
	       strcmp(mode, "2") == 0;
}

size_t ds_inspect_features(const struct ds_container *c,
			   struct ds_feature features[DS_FEATURES_MAX])
{
	const char *net_mode = ds_conf_get(&c->spec.conf, "net_mode");
	size_t n = 0;

	features[n++] = (struct ds_feature){"network", net_mode && *net_mode ? net_mode : "host"};
	if (CFG_LOCKED) {
		bool locked = ds_spec_is_locked(&c->spec);

		features[n++] = (struct ds_feature){"isolation", locked ? "locked" : "default"};
		features[n++] = (struct ds_feature){
			"guest_root",
			!locked ? "may become the host's: it can undo mounts, "
				  "change settings, reach the kernel"
			: c->spec.enable_hw_access
				? "held to its own namespaces and mounts, but for /sys"
				: "held to its own namespaces and mounts"};
	}
	features[n++] = (struct ds_feature){"ipv6", ipv6_state(c)};
	features[n++] = (struct ds_feature){"volatile", on_off(c->spec.volatile_mode)};
	features[n++] = (struct ds_feature){"hw_access", on_off(c->spec.enable_hw_access)};
	if (CFG_HW_ACCESS)
		features[n++] =
			(struct ds_feature){"hw_access_disks", on_off(c->spec.hw_access_disks)};
	if (CFG_GPU)
		features[n++] = (struct ds_feature){"gpu", on_off(c->spec.enable_gpu)};
	if (CFG_ANDROID_STORAGE)
		features[n++] = (struct ds_feature){"android_storage",
						    on_off(c->spec.enable_android_storage)};
	if (CFG_SELINUX)
		features[n++] = (struct ds_feature){"selinux_permissive",
						    on_off(c->spec.selinux_permissive)};
	if (CFG_PRIVILEGED)
		features[n++] = (struct ds_feature){"privileged", c->spec.privileged};
	if (c->life == DS_RUNNING) {
		features[n++] = (struct ds_feature){"cgroup", ds_inspect_cgroup(c)};
		features[n++] = (struct ds_feature){"seccomp", on_off(has_seccomp(c))};
		if (CFG_DEVICES)
			features[n++] =
				(struct ds_feature){"device_policy", ds_livedevice_policy(c)};
	} else {
		features[n++] =
			(struct ds_feature){"cgroup", c->spec.force_cgroupv1 ? "v1" : "auto"};
	}
	return n;
}
