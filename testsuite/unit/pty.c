// SPDX-License-Identifier: GPL-3.0-or-later
/* pty - the guest's terminals, from the mount to the monitor's end; as "pty DIR classic" with mount(2) alone. */
#include <errno.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <termios.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/pty.h"
#include "without.h"

#define TTYS 2

static int ends[2];

static int make_dev(const char *path)
{
	int fd;

	MUST(mkdir(path, 0755) == 0 && mount("dev", path, "tmpfs", 0, NULL) == 0);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	MUST(fd >= 0);
	return fd;
}

static bool leads_to(const char *path, const char *target)
{
	char text[64] = "";

	return readlink(path, text, sizeof(text) - 1) > 0 && strcmp(text, target) == 0;
}

static void made(void)
{
	auto_fd dev_fd = make_dev("dev"), slave_fd = -1;
	struct ds_ptys ptys = {0};
	struct winsize size;
	struct termios termios;
	char text[16] = "";

	CLAIM("a console and its ttys are made", ds_ptys_make(dev_fd, TTYS, true, ends[1]) == 0);
	CLAIM("the monitor gets them", ds_ptys_receive(&ptys, TTYS, ends[0]) == 0);
	CLAIM("all of them and no more", ptys.count == TTYS + 1 && access("dev/pts/2", F_OK) == 0 &&
						 access("dev/pts/3", F_OK) < 0);
	CLAIM("the console and the ttys have their names", leads_to("dev/console", "pts/0") &&
								   leads_to("dev/tty1", "pts/1") &&
								   leads_to("dev/tty2", "pts/2"));
	slave_fd = open("dev/tty2", O_RDWR | O_NOCTTY | O_CLOEXEC);
	CLAIM("what is written on a tty comes out at its master",
	      write(slave_fd, "x", 1) == 1 && read(ptys.master_fds[2], text, sizeof(text)) == 1 &&
		      *text == 'x');
	CLAIM("which does not wait",
	      read(ptys.master_fds[2], text, sizeof(text)) < 0 && errno == EAGAIN);
	CLAIM("it has a size, and takes UTF-8",
	      ioctl(slave_fd, TIOCGWINSZ, &size) == 0 && size.ws_row == 24 && size.ws_col == 80 &&
		      tcgetattr(slave_fd, &termios) == 0 && termios.c_iflag & IUTF8);
	ds_ptys_close(&ptys);
}

static void without_names(void)
{
	auto_fd dev_fd = make_dev("plain");
	struct ds_ptys ptys = {0};

	MUST(ds_ptys_make(dev_fd, TTYS, false, ends[1]) == 0 &&
	     ds_ptys_receive(&ptys, TTYS, ends[0]) == 0);
	CLAIM("for systemd only the console has a name",
	      leads_to("plain/console", "pts/0") && access("plain/tty1", F_OK) < 0);
	ds_ptys_close(&ptys);
}

/* As before 4.7 without CONFIG_DEVPTS_MULTIPLE_INSTANCES, where each mount is the host's: what is made here is
 * what /dev/pts leads to. */
static void the_hosts(const char *scratch)
{
	auto_fd dev_fd = make_dev("same");
	char target[512];

	snprintf(target, sizeof(target), "%s/same/pts", scratch);
	MUST(mount("dev", "/dev", "tmpfs", 0, NULL) == 0 && symlink(target, "/dev/pts") == 0);
	CLAIM("the host's devpts is refused, and said why",
	      ds_ptys_make(dev_fd, 0, true, ends[1]) < 0 &&
		      ds_err_last()->exit_status == DS_EXIT_UNSUPPORTED && *ds_err_last()->hint);
	MUST(umount2("/dev", MNT_DETACH) == 0);
}

static void killed(void)
{
	struct ds_ptys ptys = {0};

	close(ends[1]);
	CLAIM("a PID 1 that dies leaves nobody waiting",
	      ds_ptys_receive(&ptys, TTYS, ends[0]) < 0 &&
		      strstr(ds_err_last()->text, "set up the terminals: its PID 1"));
}

int main(int argc, char **argv)
{
	MUST(argc >= 2 && unshare(CLONE_NEWNS) == 0 && ds_mnt_make_private() == 0);
	MUST(chdir(argv[1]) == 0 && socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
	if (argc > 2)
		without_calls_from(SYS_open_tree);
	made();
	without_names();
	the_hosts(argv[1]);
	killed();
	return 0;
}
