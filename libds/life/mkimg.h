/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_MKIMG_H
#define DS_LIFE_MKIMG_H

/* mkimg - an image from a directory, an archive or a distribution's packages. */

#include <stdbool.h>
#include <stdint.h>

#include "libds/core/watch.h"

struct ds_mkimg {
	const char *source; /* a directory, an archive, a layout of layers, "-"; NULL with distro */
	const char *distro; /* "debian:trixie", or NULL */
	const char *image;
	const char *type;  /* ext4, erofs, squashfs */
	const char *label; /* or NULL */
	uint64_t size;     /* bytes, 0: as much as is needed and some more */
	bool replace;      /* an image that is there */
	const struct ds_watch *watch;
	int cancel_fd; /* a signalfd: what it brings ends the work with EINTR. -1 = none */
};

/* Make it. It appears under its name whole or not at all. */
int ds_mkimg(const struct ds_mkimg *request);

/* Make an ext4 image larger (grow) or smaller, its contents as they are; it is checked first. size is
 * rounded down to whole blocks. Signals are blocked from then on. */
int ds_mkimg_resize(const char *image, uint64_t size, bool grow, const struct ds_watch *watch);

#endif
