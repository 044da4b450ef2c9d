/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SEATS_H
#define DS_LIFE_SEATS_H

/* seats - the monitor's end of the guest's terminals: always drained, whoever looks or does not.
 *
 * What the guest writes is read at once, kept as the terminal's last screen, the
 * console's in its log, too, and shown to everyone who
 * sits there (seat.h). Nobody there costs nobody anything; someone who does not read holds his terminal
 * up for DS_SEAT_PATIENCE_MS once, the others not at all. All memory is here and constant; a screen is
 * a memory file of DS_SCREEN_SIZE bytes from its terminal's first output on. */

#include <stdbool.h>
#include <sys/epoll.h>

#include "gen/config.h"
#include "libds/kernel/pty.h"
#include "libds/life/conlog.h"
#include "libds/life/seat.h"

#define DS_VIEWERS_MAX (CFG_CONSOLE ? DS_SEAT_MAX : CFG_FOREGROUND)

struct ds_terminal {
	int master_fd; /* not owned; -1 between two lives */
	int screen_fd; /* -1 before the first output, or on a kernel without memfd_create (3.17) */
	uint64_t written;
	bool ready; /* there may be something to read */
};

struct ds_viewer {
	int fd;       /* -1 = a free place */
	int terminal; /* -1 = has not said which yet */
	long long
		deadline; /* takes no more now, and is waited for until then (ds_now_ms()); 0 = takes */
	bool stalled;     /* has been waited for; what comes is lost to it */
};

struct ds_seats {
	int epoll_fd;          /* not owned */
	struct ds_conlog *log; /* of the console */
	int listen_fd;
	struct ds_terminal terminals[DS_PTYS_MAX];
	struct ds_viewer viewers[DS_VIEWERS_MAX];
};

/* Nobody there. first_fd, owned: one who sits at the console from its first byte on; or -1. */
void ds_seats_open(struct ds_seats *seats, int epoll_fd, int first_fd, struct ds_conlog *log);

/* From now on, until this life of the guest is over, people may come. path is promised by the caller. */
int ds_seats_listen(struct ds_seats *seats, const char *path);

/* A life of the guest begins, with these terminals, or (ptys NULL) is over. */
int ds_seats_use(struct ds_seats *seats, const struct ds_ptys *ptys);

/* Take an event that is not the caller's own. */
void ds_seats_take(struct ds_seats *seats, const struct epoll_event *event);

/* Move what the guest has written, as far as it goes without waiting. Returns how many milliseconds
 * the caller may wait for events before it calls again: -1 = for ever. */
int ds_seats_run(struct ds_seats *seats);

/* The guest is gone: move all that it wrote, also to those who are slow, within their patience. */
void ds_seats_finish(struct ds_seats *seats);

#endif
