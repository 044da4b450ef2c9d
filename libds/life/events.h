/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_EVENTS_H
#define DS_LIFE_EVENTS_H

/* events - what became of containers, kept in two files of a bounded size.
 *
 * Events/log in the workspace is appended to by whoever makes an event, in one write(2); when it would grow
 * beyond its bound it becomes Events/log.1, in the place of the one before. A line is
 *
 *	SECONDS NANOSECONDS container ACTION UUID NAME .
 *
 * in UTC, "-" for a uuid that is not known. None of the words holds a blank, so a line that a crash or a
 * full disk tore lacks its full stop; it is passed over. No event waits for a disk: a power cut loses what
 * the file system had not written.
 *
 *	start    a boot of the guest has come to its init
 *	restart  behind that: it was a reboot, or ds-restart
 *	die      its PID 1 has ended, however; or was found so by whoever clears up after a crash
 *	stop     somebody had it stopped, and all of it is undone */

#include "gen/config.h"
#include "libds/host/workspace.h"
#include "libds/life/logread.h"
#include "libds/life/spec.h"

#define DS_EVENTS_DIR "Events"
#define DS_EVENTS_FILE "log"
#define DS_EVENTS_LIMIT 65536 /* bytes a file */

struct ds_event {
	long long seconds, nanoseconds; /* since 1970 */
	char action[32], uuid[DS_UUID_LEN + 1], name[DS_NAME_MAX + 1];
};

/* Note one of the actions above; quiet. */
void ds_event_note(const char *name, const char *uuid, const char *action);

/* start, and restart if *again, which is true afterwards. */
static inline void ds_event_start(const struct ds_spec *spec, bool *again)
{
	if (!CFG_EVENTS)
		return;
	ds_event_note(spec->name, spec->uuid, "start");
	if (*again)
		ds_event_note(spec->name, spec->uuid, "restart");
	*again = true;
}

/* die, if it lived. */
static inline void ds_event_end(const struct ds_spec *spec, bool lived)
{
	if (CFG_EVENTS && lived)
		ds_event_note(spec->name, spec->uuid, "die");
}

struct ds_events {
	void (*take)(struct ds_events *events, const struct ds_event *event);
	struct ds_logread log; /* to be read on with, and closed */
	char line[512];
	size_t len;
};

/* Set take first; it gets every event that the log holds, in order. follow as in ds_logread_open(). */
int ds_events_open(struct ds_events *events, bool follow);

#endif
