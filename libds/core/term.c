// SPDX-License-Identifier: GPL-3.0-or-later
/* term - see term.h. */
#include "libds/core/term.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static struct termios raw_of(struct termios mode)
{
	mode.c_iflag |= IGNPAR;
	mode.c_iflag &= ~(tcflag_t)(ISTRIP | INLCR | IGNCR | ICRNL | IXON | IXANY | IXOFF);
	mode.c_lflag &=
		~(tcflag_t)(TOSTOP | ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK | ECHONL);
	mode.c_oflag &= ~(tcflag_t)ONLCR;
	mode.c_oflag |= OPOST;
	mode.c_cc[VMIN] = 1;
	mode.c_cc[VTIME] = 0;
	return mode;
}

static struct termios sane_of(struct termios mode)
{
	mode.c_iflag &= ~(tcflag_t)IGNPAR;
	mode.c_iflag |= ICRNL | IXON;
	mode.c_lflag |= ISIG | ICANON | IEXTEN | ECHO | ECHOE | ECHOK;
	mode.c_oflag |= ONLCR;
	return mode;
}

/* Others' raw modes have no OPOST, or translate newlines. */
static bool is_raw(const struct termios *mode)
{
	const struct termios raw = raw_of(*mode);

	return mode->c_iflag == raw.c_iflag && mode->c_lflag == raw.c_lflag &&
	       mode->c_oflag == raw.c_oflag;
}

void ds_term_note(struct ds_term *term, int fd)
{
	struct termios mode;

	if (tcgetattr(fd, &mode) < 0)
		return;
	if (!is_raw(&mode))
		term->was = mode;
	else if (term->fd < 0)
		term->was = sane_of(mode);
	term->fd = fd;
}

void ds_term_raw(struct ds_term *term, int fd)
{
	struct termios raw;

	ds_term_note(term, fd);
	if (term->fd < 0)
		return;
	raw = raw_of(term->was);
	tcsetattr(fd, TCSADRAIN, &raw);
}

void ds_term_restore(struct ds_term *term)
{
	struct termios mode;
	sigset_t mask, was;

	if (term->fd >= 0 && tcgetattr(term->fd, &mode) == 0 && is_raw(&mode)) {
		/* Blocked, it stops nobody (termios(3) calls that ignored). */
		sigemptyset(&mask);
		sigaddset(&mask, SIGTTOU);
		sigprocmask(SIG_BLOCK, &mask, &was);
		tcsetattr(term->fd, TCSADRAIN, &term->was);
		sigprocmask(SIG_SETMASK, &was, NULL);
	}
	term->fd = -1;
}

void ds_term_stop(struct ds_term *term)
{
	sigset_t mask;

	ds_term_restore(term);
	raise(SIGTSTP);
	sigemptyset(&mask);
	sigaddset(&mask, SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

int ds_try_term_open_again(int fd)
{
	struct stat st;
	char path[32];

	if (fstat(fd, &st) < 0 ||
	    (!S_ISFIFO(st.st_mode) && (!isatty(fd) || st.st_rdev == makedev(5, 2))))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void ds_term_copy_size(int from_fd, int to_fd)
{
	struct winsize size;

	if (ioctl(from_fd, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col)
		ioctl(to_fd, TIOCSWINSZ, &size);
}

void ds_term_set_size(int to_fd)
{
	for (int fd = STDERR_FILENO; fd >= STDIN_FILENO; fd--)
		ds_term_copy_size(fd, to_fd);
}
