/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_WATCH_H
#define DS_CORE_WATCH_H

/* watch - how far long work has come, and what is worth telling: libds calls, an applet prints.
 *
 * Whoever asks for the work hands in a struct ds_watch, or NULL to hear nothing. */

#include <stdint.h>

struct ds_watch {
	/* what names the work ("check web.img"); done and total are in one unit, total 0 = not known.
	 * done == total != 0 ends it. NULL = not wanted. */
	void (*progress)(const struct ds_watch *watch, const char *what, uint64_t done,
			 uint64_t total);
	/* One line, without newline: news, or a warning about what was passed over. NULL = not wanted. */
	void (*note)(const struct ds_watch *watch, const char *text);
};

void ds_watch_progress(const struct ds_watch *watch, const char *what, uint64_t done,
		       uint64_t total);

void ds_watch_note(const struct ds_watch *watch, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
