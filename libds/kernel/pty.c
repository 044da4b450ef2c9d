// SPDX-License-Identifier: GPL-3.0-or-later
/* pty - see pty.h. */
#include "libds/kernel/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

/* Group 5 is tty in every distribution. Kernels differ in what they take: newest set first. */
static const char *const devpts_options[][5] = {
	{"gid=5", "newinstance", "ptmxmode=0666", "mode=0620"},
	{"newinstance", "ptmxmode=0666", "mode=0620"},
	{"gid=5", "newinstance", "mode=0620"},
	{"newinstance", "ptmxmode=0666"},
	{"newinstance"},
};

#define DEVPTS_SETS (sizeof(devpts_options) / sizeof(*devpts_options))

static struct ds_mnt devpts(size_t set)
{
	return (struct ds_mnt){.type = "devpts",
			       .source = "devpts",
			       .flags = MS_NOSUID | MS_NOEXEC,
			       .options = devpts_options[set]};
}

void ds_console_close(struct ds_console *console)
{
	close_fd(&console->master_fd);
	close_fd(&console->devpts_fd);
}

static int open_devpts(void)
{
	int fd = -ENOSYS;

	for (size_t set = 0; set < DEVPTS_SETS; set++) {
		struct ds_mnt mnt = devpts(set);

		fd = ds_mnt_detached(&mnt);
		if (fd >= 0 || fd == -ENOSYS)
			break;
	}
	return fd;
}

static int unlock(int master_fd, int *number)
{
	int unlocked = 0;

	if (ioctl(master_fd, TIOCSPTLCK, &unlocked) < 0 || ioctl(master_fd, TIOCGPTN, number) < 0)
		return ds_fail("unlock a pty");
	return 0;
}

static int open_own(struct ds_console *console)
{
	int number, err;

	console->master_fd = openat(console->devpts_fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (console->master_fd < 0)
		return ds_fail("open a pty of the guest's devpts");
	err = unlock(console->master_fd, &number);
	if (!err)
		err = ds_str_fmt(console->slave, sizeof(console->slave), "pts/%d", number);
	return err;
}

static int open_hosts(struct ds_console *console)
{
	char name[64];
	int slave_fd;

	if (openpty(&console->master_fd, &slave_fd, name, NULL, NULL) < 0) {
		int err = ds_fail("open a pty");

		ds_hint("is a devpts mounted on the host's /dev/pts?");
		return err;
	}
	close(slave_fd);
	fcntl(console->master_fd, F_SETFD, FD_CLOEXEC);
	return ds_str_copy(console->slave, sizeof(console->slave), name);
}

int ds_console_open(struct ds_console *console)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	int err;

	*console = (struct ds_console)DS_CONSOLE_CLOSED;
	console->devpts_fd = open_devpts();
	if (console->devpts_fd < 0 && console->devpts_fd != -ENOSYS)
		return console->devpts_fd;
	err = console->devpts_fd < 0 ? open_hosts(console) : open_own(console);
	if (err < 0)
		return err;
	ioctl(console->master_fd, TIOCSWINSZ, &size);
	if (fcntl(console->master_fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return ds_fail("prepare the console");
	return 0;
}

static int mount_classic(int dev_fd)
{
	int fd = -1;

	for (size_t set = 0; fd < 0 && set < DEVPTS_SETS; set++) {
		struct ds_mnt mnt = devpts(set);

		fd = ds_mnt_at(dev_fd, "pts", &mnt);
	}
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int bind_hosts(const struct ds_console *console, int dev_fd)
{
	auto_fd source_fd = open(console->slave, O_PATH | O_CLOEXEC);
	auto_fd place_fd = openat(dev_fd, "console", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (source_fd < 0 || place_fd < 0)
		return ds_fail("open %s", source_fd < 0 ? console->slave : "dev/console");
	return ds_mnt_bind(source_fd, dev_fd, "console", false, 0);
}

int ds_console_attach(const struct ds_console *console, int dev_fd)
{
	int err;

	if (mkdirat(dev_fd, "pts", 0755) < 0)
		return ds_fail("create dev/pts");
	if (console->devpts_fd < 0) {
		err = mount_classic(dev_fd);
		return err < 0 ? err : bind_hosts(console, dev_fd);
	}
	err = ds_mnt_attach(console->devpts_fd, dev_fd, "pts");
	if (!err && symlinkat(console->slave, dev_fd, "console") < 0)
		err = ds_fail("link dev/console");
	return err;
}

static int check_devpts(int fd, const char *what)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return ds_fail("look at %s", what);
	if (fs.f_type != DEVPTS_SUPER_MAGIC)
		return ds_refuse(DS_EXIT_FAILED, "the guest's %s is no devpts", what);
	return 0;
}

static int open_slave(int pts_fd, int master_fd, int number)
{
	int fd = ioctl(master_fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[16];

	if (fd >= 0 || (errno != EINVAL && errno != ENOTTY))
		return fd;
	snprintf(name, sizeof(name), "%d", number);
	return openat(pts_fd, name, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
}

int ds_pty_open_in_guest(uid_t uid, int *slave_fd)
{
	auto_fd pts_fd = open("/dev/pts", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_fd master_fd = -1;
	int number, err;

	if (pts_fd < 0)
		return ds_fail("open the guest's /dev/pts");
	err = check_devpts(pts_fd, "/dev/pts");
	if (err < 0)
		return err;
	master_fd = openat(pts_fd, "ptmx", O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (master_fd < 0)
		return ds_fail("open the guest's /dev/pts/ptmx");
	err = check_devpts(master_fd, "/dev/pts/ptmx");
	if (!err)
		err = unlock(master_fd, &number);
	if (err < 0)
		return err;
	*slave_fd = open_slave(pts_fd, master_fd, number);
	if (*slave_fd < 0 || fchown(*slave_fd, uid, (gid_t)-1) < 0)
		return ds_fail("open pty %d of the guest", number);
	return take_fd(&master_fd);
}

int ds_pty_become_stdio(int slave_fd)
{
	if (ioctl(slave_fd, TIOCSCTTY, 0) < 0)
		return ds_fail("make the pty the controlling terminal");
	for (int fd = 0; fd <= 2; fd++) {
		if (dup2(slave_fd, fd) < 0)
			return ds_fail("put the pty on fd %d", fd);
	}
	return 0;
}
