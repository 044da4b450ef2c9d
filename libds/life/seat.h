/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SEAT_H
#define DS_LIFE_SEAT_H

/* seat - what goes between a running guest's monitor and a person at one of its terminals.
 *
 * The monitor listens on Containers/NAME/console.socket (SOCK_SEQPACKET, mode 0600), as long as the
 * guest runs. Who connects says which terminal it wants (struct ds_seat_request). Then come
 *	DS_SEAT_SCREEN  with an fd: what the terminal showed last, see struct ds_seat_news
 *	DS_SEAT_MASTER  with an fd: the pty's master, again at each boot of the guest. To it goes what is
 *	                typed, and the window's size; only the monitor reads it
 *	anything else   without an fd: the terminal's output
 * in this order, so that screen and output are the whole without gap or repetition. The end of the
 * connection is the end of the guest's last life, or a refusal if it comes before the screen.
 *
 * A client that does not take its output for DS_SEAT_PATIENCE_MS loses it from then until it reads
 * again: a guest that writes to its terminal never waits longer than that for a person. */

#include <stdint.h>

#define DS_SEAT_PATIENCE_MS 1000
#define DS_SEAT_MAX 16 /* people at one guest's terminals */

#define DS_SEAT_VERSION 1

struct ds_seat_request {
	uint8_t version, terminal; /* 0 = the console, N = ttyN */
};

#define DS_SEAT_SCREEN 's'
#define DS_SEAT_MASTER 'm'

/* The message that an fd comes with. */
struct ds_seat_news {
	uint8_t kind;
	/* Of a screen: its fd is a ring of DS_SCREEN_SIZE bytes, and this many have been written to it
	 * in all; the last of them is what was shown last. 0 of a terminal without output so far: then
	 * there may be nothing in the fd. */
	uint64_t written;
};

#define DS_SCREEN_SIZE 8192

#endif
