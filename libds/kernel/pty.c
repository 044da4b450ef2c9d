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

void ds_ptys_close(struct ds_ptys *ptys)
{
	for (int i = 0; i < ptys->count; i++)
		close_fd(&ptys->master_fds[i]);
	ptys->count = 0;
	close_fd(&ptys->devpts_fd);
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

/* And have backspace take a character, not a byte, as a virtual terminal does from the first; gettys keep
 * what they find. */
static int unlock(int master_fd, int *number)
{
	int unlocked = 0;
	struct termios termios;

	if (ioctl(master_fd, TIOCSPTLCK, &unlocked) < 0 || ioctl(master_fd, TIOCGPTN, number) < 0 ||
	    tcgetattr(master_fd, &termios) < 0)
		return ds_fail("unlock a pty");
	termios.c_iflag |= IUTF8;
	tcsetattr(master_fd, TCSANOW, &termios);
	return 0;
}

static int open_own(int devpts_fd)
{
	int fd = openat(devpts_fd, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? ds_fail("open a pty of the guest's devpts") : fd;
}

static int open_hosts(void)
{
	int master_fd, slave_fd;

	if (openpty(&master_fd, &slave_fd, NULL, NULL, NULL) < 0) {
		int err = ds_fail("open a pty");

		ds_hint("is a devpts mounted on the host's /dev/pts?");
		return err;
	}
	close(slave_fd);
	fcntl(master_fd, F_SETFD, FD_CLOEXEC);
	return master_fd;
}

static int open_one(struct ds_ptys *ptys)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	int fd = ptys->devpts_fd < 0 ? open_hosts() : open_own(ptys->devpts_fd);

	if (fd < 0)
		return fd;
	ptys->master_fds[ptys->count] = fd;
	ioctl(fd, TIOCSWINSZ, &size);
	if (fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK) < 0)
		return ds_fail("prepare a pty");
	return unlock(fd, &ptys->numbers[ptys->count++]);
}

int ds_ptys_open(struct ds_ptys *ptys, int ttys)
{
	int err = 0;

	*ptys = (struct ds_ptys)DS_PTYS_CLOSED;
	ptys->devpts_fd = open_devpts();
	if (ptys->devpts_fd < 0 && ptys->devpts_fd != -ENOSYS)
		return ptys->devpts_fd;
	while (!err && ptys->count <= ttys)
		err = open_one(ptys);
	return err;
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

static int place_hosts(int number, int dev_fd, const char *name)
{
	char path[32];
	auto_fd source_fd = -1, place_fd = -1;

	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	source_fd = open(path, O_PATH | O_CLOEXEC);
	place_fd = openat(dev_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (source_fd < 0 || place_fd < 0)
		return ds_fail("open %s%s", source_fd < 0 ? "" : "dev/",
			       source_fd < 0 ? path : name);
	return ds_mnt_bind(source_fd, dev_fd, name, false, 0);
}

static int place_own(int number, int dev_fd, const char *name)
{
	char target[32];

	snprintf(target, sizeof(target), "pts/%d", number);
	return symlinkat(target, dev_fd, name) < 0 ? ds_fail("link dev/%s", name) : 0;
}

int ds_ptys_attach(const struct ds_ptys *ptys, int dev_fd, bool with_ttys)
{
	bool own = ptys->devpts_fd >= 0;
	int err = mkdirat(dev_fd, "pts", 0755) < 0 ? ds_fail("create dev/pts") : 0;

	if (!err)
		err = own ? ds_mnt_attach(ptys->devpts_fd, dev_fd, "pts") : mount_classic(dev_fd);
	for (int i = 0; !err && i < (with_ttys ? ptys->count : 1); i++) {
		char name[16] = "console";

		if (CFG_TTYS && i > 0)
			snprintf(name, sizeof(name), "tty%d", i);
		err = (own ? place_own : place_hosts)(ptys->numbers[i], dev_fd, name);
	}
	return err;
}

void ds_ptys_names(const struct ds_ptys *ptys, char names[DS_CONTAINER_TTYS_MAX])
{
	char *end = names;

	*end = 0;
	for (int i = 1; ptys->devpts_fd >= 0 && i < ptys->count; i++)
		end += sprintf(end, "%spts/%d", i > 1 ? " " : "", ptys->numbers[i]);
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
	auto_fd pts_fd = open("/dev/pts", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
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
