// SPDX-License-Identifier: GPL-3.0-or-later
/* pty - see pty.h. */
#include "libds/kernel/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <termios.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/kernel/mnt.h"

/* Group 5 is tty in every distribution. Kernels differ in what they take: newest set first. */
static const char *const devpts_options[][5] = {
	{"gid=5", "newinstance", "ptmxmode=0666", "mode=0620"},
	{"newinstance", "ptmxmode=0666", "mode=0620"},
	{"gid=5", "newinstance", "mode=0620"},
	{"newinstance", "ptmxmode=0666"},
	{"newinstance"},
};

#define DEVPTS_SETS (sizeof(devpts_options) / sizeof(*devpts_options))

void ds_ptys_close(struct ds_ptys *ptys)
{
	for (int i = 0; i < ptys->count; i++)
		close_fd(&ptys->master_fds[i]);
	ptys->count = 0;
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
	return tcsetattr(master_fd, TCSANOW, &termios) < 0 ? ds_fail("unlock a pty") : 0;
}

static int mount_devpts(int dev_fd)
{
	auto_fd fd = -1;
	struct stat own, hosts;
	int err;

	for (size_t set = 0; fd < 0 && set < DEVPTS_SETS; set++) {
		const struct ds_mnt devpts = {.type = "devpts",
					      .source = "devpts",
					      .flags = MS_NOSUID | MS_NOEXEC,
					      .options = devpts_options[set]};

		fd = ds_mnt_at(dev_fd, "pts", &devpts);
	}
	if (fd >= 0 && fstat(fd, &own) < 0)
		return ds_fail("look at dev/pts");
	err = fd;
	/* Since 4.7 every mount of it is an instance of its own. */
	if (fd >= 0 && stat("/dev/pts", &hosts) == 0 && own.st_dev == hosts.st_dev)
		err = ds_refuse(DS_EXIT_FAILED, "dev/pts is the host's");
	if (err == -EINVAL || err == -ECANCELED) {
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("a kernel before 4.7 needs CONFIG_DEVPTS_MULTIPLE_INSTANCES");
	}
	return err < 0 ? err : take_fd(&fd);
}

/* The first ones of a devpts have the numbers from 0 on. */
static int make_one(int pts_fd, int expected)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 80};
	auto_fd fd = openat(pts_fd, "ptmx", O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	int number, err;

	if (fd < 0 || ioctl(fd, TIOCSWINSZ, &size) < 0)
		return ds_fail("open a pty");
	err = unlock(fd, &number);
	if (!err && number != expected)
		err = ds_refuse(DS_EXIT_FAILED, "pty %d has number %d", expected, number);
	return err < 0 ? err : take_fd(&fd);
}

int ds_ptys_make(int dev_fd, int ttys, bool with_ttys, int socket_fd)
{
	auto_fd pts_fd = mount_devpts(dev_fd);
	int err = pts_fd < 0 ? pts_fd : 0;

	for (int i = 0; !err && i <= ttys; i++) {
		char target[16], name[16] = "console";
		auto_fd fd = make_one(pts_fd, i);

		if (fd < 0)
			return fd;
		snprintf(target, sizeof(target), "pts/%d", i);
		if (CFG_TTYS && i > 0)
			snprintf(name, sizeof(name), "tty%d", i);
		if ((!i || with_ttys) && symlinkat(target, dev_fd, name) < 0)
			return ds_fail("link dev/%s", name);
		err = ds_try_fd_send(socket_fd, fd, "", 1);
		if (err < 0)
			return ds_fail_with(err, "hand a pty over");
	}
	return err;
}

int ds_ptys_receive(struct ds_ptys *ptys, int ttys, int socket_fd)
{
	while (ptys->count <= ttys) {
		char byte;
		int fd;
		ssize_t len = ds_try_fd_receive(socket_fd, &byte, 1, &fd);

		if (!len)
			return ds_refuse(DS_EXIT_FAILED,
					 "set up the terminals: its PID 1 was killed");
		/* Where there is no room for a fd, it does not come with its message. */
		if (fd < 0)
			return ds_fail_with(len < 0 ? (int)len : EMFILE, "set up the terminals");
		ptys->master_fds[ptys->count++] = fd;
	}
	return 0;
}

void ds_ptys_names(int ttys, char names[DS_CONTAINER_TTYS_MAX])
{
	char *end = names;

	*end = 0;
	for (int i = 1; i <= ttys; i++)
		end += sprintf(end, "%spts/%d", i > 1 ? " " : "", i);
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
