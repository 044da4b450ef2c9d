// SPDX-License-Identifier: GPL-3.0-or-later
/* answer - what a terminal that nobody sits at says by itself. */
#include "libds/life/answer.h"

#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "claim.h"

static const struct {
	const char *claim, *output, *answer;
} rows[] = {
	{"what asks for the size in xterm's way is told it", "\033[18t", "\033[8;24;132t"},
	{"who asks where the far corner is, too", "\0337\033[32766;32766H\033[6n\0338",
	 "\033[24;132R"},
	{"in the middle of other output", "[  OK  ]\r\n\033[0m\033[18t\033[1m", "\033[8;24;132t"},
	{"each question is answered", "\033[18t\033[9H\033[6n", "\033[8;24;132t\033[24;132R"},
	{"where the cursor is now nobody knows", "$ \033[6n", ""},
	{"other sequences are no questions", "\033[1;31mred\033[0m\033[6m\033[18m\033[8t", ""},
	{"nor is a part of one", "\033[18", ""},
	{"nor a lone escape at the end", "x\033", ""},
	{"nor nothing", "", ""},
};

int main(void)
{
	const struct winsize size = {.ws_row = 24, .ws_col = 132};
	struct termios raw;
	char text[64];
	int master_fd, slave_fd;

	if (openpty(&master_fd, &slave_fd, NULL, NULL, &size) < 0)
		return 1;
	tcgetattr(slave_fd, &raw);
	cfmakeraw(&raw);
	tcsetattr(slave_fd, TCSANOW, &raw);
	fcntl(slave_fd, F_SETFL, O_RDWR | O_NONBLOCK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t want = strlen(rows[i].answer);
		ssize_t len;

		ds_answer(master_fd, rows[i].output, strlen(rows[i].output));
		len = read(slave_fd, text, sizeof(text));
		CLAIM(rows[i].claim,
		      want ? len == (ssize_t)want && memcmp(text, rows[i].answer, want) == 0
			   : len < 0);
	}
	return 0;
}
