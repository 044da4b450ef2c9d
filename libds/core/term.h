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

/* Note the modes of the terminal fd, for ds_term_restore(). Finding those that ds_term_raw() makes
 * and nobody else does, it notes what "stty sane" would make of them: we were killed there. Quiet if
 * fd is no terminal. */
void ds_term_note(struct ds_term *term, int fd);

/* Note them and make it raw, also again after others had it (SIGCONT): every byte to and from the
 * guest as it is, no signals, no echo, no translation of newlines in either direction (the guest's
 * own terminal does that). In the background this stops (SIGTTOU). */
void ds_term_raw(struct ds_term *term, int fd);

/* Restore what was noted, from the background as well, unless others have changed it since. */
void ds_term_restore(struct ds_term *term);

/* Restore them and stop, as the shell's job that we are: SIGTSTP, which the caller has blocked, is let
 * through once. It stops nobody whom nobody could continue. */
void ds_term_stop(struct ds_term *term);

/* An open file of our own, for writing, of the terminal or pipe that fd is: O_NONBLOCK on fd itself would
 * be seen by all who share it. -1 where fd is neither, or cannot be opened again; quiet. Opening the
 * multiplexer makes another terminal (pts(4)): a pty's master is neither. */
int ds_try_term_open_again(int fd);

/* Give the terminal to_fd the size of from_fd's. */
void ds_term_copy_size(int from_fd, int to_fd);

/* The same from the caller's, whichever of its fds 0 to 2 is one. */
void ds_term_set_size(int to_fd);

#endif
