/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_GUESTBIN_H
#define DS_LIFE_GUESTBIN_H

/* guestbin - this program inside a guest, for what of it runs there.
 *
 * It is a copy, on a tmpfs in the guest's own /run: the host's file is never open in there, and what the
 * guest's root does to the copy is between it and itself. The tmpfs is one of its own because OpenRC and
 * sysvinit make /run noexec while they boot. */

#define DS_GUESTBIN_DIR "/run/droidspaces/bin"
#define DS_GUESTBIN DS_GUESTBIN_DIR "/droidspaces"

/* While the guest boots, its /run mounted and empty and /proc still the host's: copy the program there,
 * mode 0555. root_fd is the guest's root. */
int ds_guestbin_install(int root_fd);

/* Beside it a link to it that is called name. */
int ds_guestbin_link(int root_fd, const char *name);

#endif
