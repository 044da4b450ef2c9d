// SPDX-License-Identifier: GPL-3.0-or-later
/* tiocsti - push a line into the input of every terminal that this process has: fds 0 to 2, /dev/tty, and
 * whatever else is open; say of each how it went. Built static, it runs in any guest.
 *
 * usage: tiocsti LINE */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	open("/dev/tty", O_RDWR);
	for (int fd = 0; fd < 64; fd++) {
		const char *c = argv[1];

		while (*c && ioctl(fd, TIOCSTI, c) == 0)
			c++;
		if (!*c && ioctl(fd, TIOCSTI, "\n") == 0)
			printf("fd %d: injected\n", fd);
		else if (errno != EBADF)
			printf("fd %d: %s\n", fd, strerror(errno));
	}
	return 0;
}
