// SPDX-License-Identifier: GPL-3.0-or-later
/* probe_mount - see probe.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"
#include "libds/kernel/pivot.h"
#include "libds/life/probe.h"

int ds_probe_scratch(void)
{
	/* Any directory will do; Android has no /tmp, some ramdisks have no /mnt. */
	static const char *const dirs[] = {"/tmp", "/mnt", "/dev", "/data"};

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return errno == EPERM && geteuid() != 0 ? -EPERM : DS_PROBE_UNTRIED;
	for (size_t i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		if (mount("tmpfs", dirs[i], "tmpfs", 0, NULL) == 0)
			return chdir(dirs[i]) < 0 ? DS_PROBE_UNTRIED : 0;
	}
	return DS_PROBE_UNTRIED;
}

int ds_probe_mount(const char *type, const char *name, const char *options)
{
	if (mkdir(name, 0755) < 0 && errno != EEXIST)
		return -errno;
	return mount(type, name, type, MS_NOSUID | MS_NOEXEC, options) < 0 ? -errno : 0;
}

int ds_probe_fork(int (*probe)(void))
{
	pid_t pid = ds_fork();
	int status;

	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-probe() & 0xff);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

bool ds_probe_has_module(const char *name)
{
	struct utsname uts;
	char path[PATH_MAX], line[4096], wanted[64];
	auto_file list = NULL;

	if (uname(&uts) < 0)
		return false;
	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", uts.release);
	snprintf(wanted, sizeof(wanted), "/%s.ko", name);
	list = fopen(path, "re");
	while (list && fgets(line, sizeof(line), list)) {
		char *colon = strchr(line, ':');

		if (colon)
			*colon = 0;
		if (strstr(line, wanted))
			return true;
	}
	return false;
}

static int own(int namespace)
{
	return unshare(namespace) < 0 ? -errno : 0;
}

int ds_probe_mount_namespace(void)
{
	int err = own(CLONE_NEWNS);

	if (!err && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		err = -errno;
	return err;
}

static int is_pid_one(void)
{
	return getpid() == 1 ? 0 : -EINVAL;
}

int ds_probe_pid_namespace(void)
{
	int err = own(CLONE_NEWPID);

	return err ? err : ds_probe_fork(is_pid_one);
}

int ds_probe_uts_namespace(void)
{
	int err = own(CLONE_NEWUTS);

	if (!err && sethostname("probe", strlen("probe")) < 0)
		err = -errno;
	return err;
}

int ds_probe_ipc_namespace(void)
{
	return own(CLONE_NEWIPC);
}

int ds_probe_net_namespace(void)
{
	return own(CLONE_NEWNET);
}

int ds_probe_user_namespace(void)
{
	return own(CLONE_NEWUSER);
}

int ds_probe_cgroup_namespace(void)
{
	return own(CLONE_NEWCGROUP);
}

static int mount_in_scratch(const char *type, const char *options)
{
	int err = ds_probe_scratch();

	return err ? err : ds_probe_mount(type, "at", options);
}

int ds_probe_tmpfs(void)
{
	int err = ds_probe_mount_namespace();

	if (err)
		return geteuid() != 0 ? err : DS_PROBE_UNTRIED;
	/* The mount that the scratch directory of the others is. */
	err = ds_probe_scratch();
	return err == DS_PROBE_UNTRIED ? -ENODEV : err;
}

static int mount_proc(void)
{
	int err = ds_probe_mount("proc", "at", NULL);

	return !err && access("at/1/status", R_OK) < 0 ? -errno : err;
}

int ds_probe_proc(void)
{
	int err = ds_probe_scratch();

	if (!err)
		err = own(CLONE_NEWPID) ? DS_PROBE_UNTRIED : 0;
	return err ? err : ds_probe_fork(mount_proc);
}

int ds_probe_sysfs(void)
{
	return mount_in_scratch("sysfs", NULL);
}

int ds_probe_devpts(void)
{
	int err = mount_in_scratch("devpts", "newinstance,ptmxmode=0666,mode=0620");
	auto_fd master_fd = -1, slave_fd = -1;
	char path[32];
	int unlock = 0, number;

	if (err)
		return err;
	master_fd = open("at/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master_fd < 0 || ioctl(master_fd, TIOCSPTLCK, &unlock) < 0 ||
	    ioctl(master_fd, TIOCGPTN, &number) < 0)
		return -errno;
	snprintf(path, sizeof(path), "at/%d", number);
	slave_fd = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return slave_fd < 0 ? -errno : 0;
}

int ds_probe_root_switch(void)
{
	int err = mount_in_scratch("tmpfs", NULL);
	auto_fd root_fd = -1;

	if (err)
		return err;
	root_fd = open("at", O_PATH | O_DIRECTORY | O_CLOEXEC);
	return root_fd < 0 ? -errno : ds_pivot(root_fd);
}

/* A mount that was there before the user namespace must stay. */
int ds_probe_locked_mode(void)
{
	int err = mount_in_scratch("tmpfs", NULL);

	if (!err)
		err = own(CLONE_NEWUSER | CLONE_NEWNS);
	if (err)
		return err;
	return umount2("at", MNT_DETACH) < 0 && errno == EINVAL ? 0 : -ENOSYS;
}

static int has_type(const char *type)
{
	return ds_file_has_filesystem(type) || ds_probe_has_module(type) ? 0 : -ENODEV;
}

int ds_probe_overlay(void)
{
	int err = has_type("overlay");

	if (err || !ds_file_has_filesystem("overlay"))
		return err;
	err = ds_probe_scratch();
	if (err)
		return err;
	if (mkdir("lower", 0755) < 0 || mkdir("upper", 0755) < 0 || mkdir("work", 0755) < 0)
		return -errno;
	return ds_probe_mount("overlay", "at", "lowerdir=lower,upperdir=upper,workdir=work");
}

int ds_probe_ext4(void)
{
	return has_type("ext4");
}

int ds_probe_squashfs(void)
{
	return has_type("squashfs");
}

int ds_probe_erofs(void)
{
	return has_type("erofs");
}
