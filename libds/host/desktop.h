/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_DESKTOP_H
#define DS_HOST_DESKTOP_H

/* desktop - who sits at this host's desktop, and the environment of that session.
 *
 * logind knows who (/run/systemd/sessions, elogind's as well); where there is none it is the user with a
 * process that has a display. The environment is such a process's: DISPLAY, the session bus and the like
 * stand nowhere else. Only processes of our own PID namespace count: a guest's may have the same uid and
 * say anything. */

#include <sys/types.h>

/* His uid; -ENOENT, quiet: nobody is there. */
int ds_try_desktop_user(uid_t *uid);

/* Set what a program needs to find that user's session, in our own environment; the process it is from, or
 * 0: he has none with a display, and only the places are set where his bus would be. */
pid_t ds_desktop_environment(uid_t uid);

#endif
