// SPDX-License-Identifier: GPL-3.0-or-later
/* answer - see answer.h. Runs in an idle monitor, like seats.c: no printf here, nor other far code. */
#include "libds/life/answer.h"

#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CSI_LEN 2

static char *put_number(char *to, unsigned number)
{
	if (number >= 10)
		to = put_number(to, number / 10);
	*to++ = (char)('0' + number % 10);
	return to;
}

static void say_size(int master_fd, bool as_report)
{
	char text[32], *end = text;
	struct winsize size;

	if (ioctl(master_fd, TIOCGWINSZ, &size) < 0)
		return;
	*end++ = '\033';
	*end++ = '[';
	if (as_report) {
		*end++ = '8';
		*end++ = ';';
	}
	end = put_number(end, size.ws_row);
	*end++ = ';';
	end = put_number(end, size.ws_col);
	*end++ = as_report ? 't' : 'R';
	/* It is non-blocking: in front of a full queue there is nobody who reads. */
	if (write(master_fd, text, (size_t)(end - text)) < 0)
		return;
}

void ds_answer(int master_fd, const char *output, size_t len)
{
	const char *const end = output + len;

	for (const char *at = output; (at = memchr(at, '\033', (size_t)(end - at))); at++) {
		size_t left = (size_t)(end - at);

		if (left < CSI_LEN + 2 || at[1] != '[')
			continue;
		if (at[2] == '6' && at[3] == 'n' && at > output && at[-1] == 'H')
			say_size(master_fd, false);
		else if (at[2] == '1' && at[3] == '8' && left > CSI_LEN + 2 && at[4] == 't')
			say_size(master_fd, true);
	}
}
