/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SEAT_H
#define DS_LIFE_SEAT_H

/* seat - what goes between a running guest's monitor and a person at one of its terminals.
 *
 * The monitor listens on Containers/NAME/console.socket (SOCK_SEQPACKET, mode 0600), as long as the
 * guest runs. Who connects says which terminal it wants (struct ds_seat_request). Then come messages
 *	that hold what the terminal showed last, at most DS_SCREEN_SIZE bytes in all, perhaps none
 *	with an fd, the pty's master; again at each boot of the guest. To it goes what is typed, and the
 *	window's size; only the monitor reads it
 *	that hold what the terminal shows from then on
 * without gap or repetition. The end of the connection is the end of the guest's last life, or, before
 * the first master, a refusal: there is no such terminal, or too many people are there.
 *
 * A client that does not take its output for DS_SEAT_PATIENCE_MS loses it from then until it reads
 * again, and is then shown the last screen first: a guest that writes to its terminal never waits
 * longer than that for a person. */

#include <stdint.h>

#define DS_SEAT_PATIENCE_MS 1000
#define DS_SEAT_MAX 16 /* people at one guest's terminals */

#define DS_SEAT_VERSION 1

struct ds_seat_request {
	uint8_t version, terminal; /* 0 = the console, N = ttyN */
};

/* In a terminal's place: have the container's links as its record says now (links.h). The answer is a struct
 * ds_err, and the end. */
#define DS_SEAT_LINKS 255

#define DS_SCREEN_SIZE 8192

#endif
