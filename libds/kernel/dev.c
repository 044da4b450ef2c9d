// SPDX-License-Identifier: GPL-3.0-or-later
/* dev - see dev.h. */
#include "libds/kernel/dev.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/remount.h"
#include "libds/kernel/tree.h"

struct node {
	const char *path;
	mode_t mode;
	unsigned char major, minor; /* Documentation/admin-guide/devices.txt */
};

static const struct node nodes[] = {
	{"null", 0666, 1, 3},    {"zero", 0666, 1, 5},       {"full", 0666, 1, 7},
	{"random", 0666, 1, 8},  {"urandom", 0666, 1, 9},    {"tty", 0666, 5, 0},
	{"fuse", 0666, 10, 229}, {"net/tun", 0666, 10, 200},
};

static const char *const links[][2] = {
	{"pts/ptmx", "ptmx"},          {"/proc/self/fd", "fd"},       {"/proc/self/fd/0", "stdin"},
	{"/proc/self/fd/1", "stdout"}, {"/proc/self/fd/2", "stderr"}, {"/proc/kcore", "core"},
};

bool ds_dev_is_own(const char *path)
{
	size_t i = 0;

	while (i < sizeof(nodes) / sizeof(*nodes) && strcmp(nodes[i].path, path) != 0)
		i++;
	return i < sizeof(nodes) / sizeof(*nodes);
}

static int make_nodes(int dev_fd)
{
	if (mkdirat(dev_fd, "net", 0755) < 0)
		return ds_fail("create dev/net");
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++) {
		if (mknodat(dev_fd, nodes[i].path, S_IFCHR | nodes[i].mode,
			    makedev(nodes[i].major, nodes[i].minor)) < 0)
			return ds_fail("create dev/%s", nodes[i].path);
	}
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
		if (symlinkat(links[i][0], dev_fd, links[i][1]) < 0)
			return ds_fail("link dev/%s", links[i][1]);
	}
	return 0;
}

static int mount_and_close(int root_fd, const char *path, const struct ds_mnt *mnt)
{
	int fd = ds_mnt_at(root_fd, path, mnt);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int ds_dev_mount(int root_fd)
{
	static const char *const dev_options[] = {"mode=755", "size=8m", NULL};
	static const char *const shm_options[] = {"mode=1777", NULL};
	static const struct ds_mnt dev = {.type = "tmpfs",
					  .source = "dev",
					  .flags = MS_NOSUID | MS_NOEXEC,
					  .options = dev_options};
	static const struct ds_mnt shm = {.type = "tmpfs",
					  .source = "shm",
					  .flags = MS_NOSUID | MS_NODEV,
					  .options = shm_options};
	static const struct ds_mnt mqueue = {
		.type = "mqueue", .source = "mqueue", .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC};
	auto_fd dev_fd = ds_mnt_at(root_fd, "dev", &dev);
	mode_t mask = umask(0);
	int err = dev_fd < 0 ? dev_fd : make_nodes(dev_fd);

	umask(mask);
	if (!err)
		err = mount_and_close(dev_fd, "shm", &shm);
	/* A kernel without CONFIG_POSIX_MQUEUE has none to mount; nothing that boots needs it. */
	if (!err && mount_and_close(dev_fd, "mqueue", &mqueue) < 0)
		ds_err_clear();
	return err < 0 ? err : take_fd(&dev_fd);
}

int ds_dev_mount_proc(int root_fd)
{
	static const struct ds_mnt proc = {
		.type = "proc", .source = "proc", .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC};

	return mount_and_close(root_fd, "proc", &proc);
}

/* A mount of its own, which does not change with the one around it. */
static int pin(int sys_fd, const char *path)
{
	auto_fd fd = ds_try_tree_open(sys_fd, path, O_PATH | O_DIRECTORY, 0);

	if (fd == -ENOENT || fd == -ENOTDIR)
		return 0;
	if (fd < 0)
		return ds_fail_with(fd, "open sys/%s", path);
	return ds_mnt_bind_on(fd, fd, false, 0) < 0 ? ds_err_in("sys/%s", path) : 0;
}

int ds_dev_mount_sys(int root_fd, bool with_hardware)
{
	static const struct ds_mnt sys = {
		.type = "sysfs", .source = "sysfs", .flags = MS_NOSUID | MS_NODEV | MS_NOEXEC};
	auto_fd sys_fd = ds_mnt_at(root_fd, "sys", &sys);
	int err = sys_fd < 0 ? sys_fd : 0;

	if (!err && !(CFG_HW_ACCESS && with_hardware))
		err = pin(sys_fd, "devices/virtual/net");
	if (!err && CFG_HW_ACCESS && with_hardware) {
		auto_fd list_fd = openat(sys_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		auto_dir dir = list_fd < 0 ? NULL : fdopendir(list_fd);
		struct dirent *entry;

		if (!dir)
			return ds_fail("list sys");
		take_fd(&list_fd);
		while (!err && (entry = readdir(dir))) {
			if (entry->d_name[0] != '.')
				err = pin(sys_fd, entry->d_name);
		}
	}
	return err < 0 ? err : ds_remount(sys_fd, false, MS_RDONLY);
}

int ds_dev_mount_run(int root_fd)
{
	static const char *const options[] = {"mode=755", NULL};
	static const struct ds_mnt run = {.type = "tmpfs",
					  .source = "run",
					  .flags = MS_NOSUID | MS_NODEV,
					  .options = options};

	return mount_and_close(root_fd, "run", &run);
}
