/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_TERM_H
#define DS_CORE_TERM_H

/* term - the caller's own terminal while it stands for one of the guest's. */

#include <stdbool.h>
#include <termios.h>

struct ds_term {
	int fd; /* -1 = not raw */
	struct termios was;
};

#define auto_term __attribute__((cleanup(ds_term_restore))) struct ds_term
#define DS_TERM_NONE                                                                               \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Every byte to and from the guest as it is: no signals, no echo, no translation of newlines in
 * either direction (the guest's own terminal does that). Quiet if fd is no terminal. */
void ds_term_raw(struct ds_term *term, int fd);

void ds_term_restore(struct ds_term *term);

/* Give the terminal to_fd the size of from_fd's. */
void ds_term_copy_size(int from_fd, int to_fd);

#endif
