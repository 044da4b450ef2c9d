// SPDX-License-Identifier: GPL-3.0-or-later
/* term - see term.h. */
#include "libds/core/term.h"

#include <sys/ioctl.h>
#include <unistd.h>

void ds_term_raw(struct ds_term *term, int fd)
{
	struct termios raw;

	if (!isatty(fd) || tcgetattr(fd, &term->was) < 0)
		return;
	raw = term->was;
	raw.c_iflag |= IGNPAR;
	raw.c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF);
	raw.c_lflag &= ~(tcflag_t)(TOSTOP | ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHONL);
	raw.c_oflag &= ~(tcflag_t)ONLCR;
	raw.c_oflag |= OPOST;
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(fd, TCSADRAIN, &raw) == 0)
		term->fd = fd;
}

void ds_term_restore(struct ds_term *term)
{
	if (term->fd >= 0)
		tcsetattr(term->fd, TCSADRAIN, &term->was);
	term->fd = -1;
}

void ds_term_copy_size(int from_fd, int to_fd)
{
	struct winsize size;

	if (ioctl(from_fd, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		ioctl(to_fd, TIOCSWINSZ, &size);
}
