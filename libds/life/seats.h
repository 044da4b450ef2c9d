/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SEATS_H
#define DS_LIFE_SEATS_H

/* seats - the monitor's end of the guest's terminals: always drained, whoever looks or does not.
 *
 * What the guest writes is read at once, kept as the terminal's last screen, the console's in its log, too,
 * and shown to everyone who sits there (seat.h). Nobody there costs nobody anything; someone who does not
 * read holds his terminal up for DS_SEAT_PATIENCE_MS once, the others not at all. It uses the process's loop
 * (core/loop.h). Its memory is constant; a screen is a memory file of DS_SCREEN_SIZE bytes from its
 * terminal's first output on. */

#include "gen/config.h"
#include "libds/kernel/pty.h"
#include "libds/life/conlog.h"
#include "libds/life/seat.h"

#define DS_VIEWERS_MAX (CFG_CONSOLE ? DS_SEAT_MAX : CFG_FOREGROUND)

/* Nobody there. first_fd, owned: one who sits at the console from its first byte on; or -1. */
void ds_seats_open(int first_fd, struct ds_conlog *log);

/* From now on, until this life of the guest is over, people may come. path is promised by the caller. */
int ds_seats_listen(const char *path);

/* A life of the guest begins, with these terminals, or (ptys NULL) is over. */
int ds_seats_use(const struct ds_ptys *ptys);

/* Move what the guest has written, as far as it goes without waiting. Returns how many milliseconds
 * the caller may wait for events before it calls again: -1 = for ever. */
int ds_seats_run(void);

/* The guest is gone: move all that it wrote, also to those who are slow, within their patience. */
void ds_seats_finish(void);

#endif
