/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_AUTO_H
#define DS_CORE_AUTO_H

/* auto - what a process owns is released when its variable leaves scope, errno preserved.
 * Moving ownership out is spelled take_fd() or take_ptr(). */

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void ds_auto_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	errno = saved;
}

static inline void ds_auto_free(void *p)
{
	free(*(void **)p);
}

static inline void ds_auto_closedir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

static inline void ds_auto_fclose(FILE **file)
{
	int saved = errno;

	if (*file)
		fclose(*file);
	errno = saved;
}

#define auto_fd __attribute__((cleanup(ds_auto_close))) int
#define auto_free __attribute__((cleanup(ds_auto_free)))
#define auto_dir __attribute__((cleanup(ds_auto_closedir))) DIR *
#define auto_file __attribute__((cleanup(ds_auto_fclose))) FILE *

static inline int take_fd(int *fd)
{
	int was = *fd;

	*fd = -1;
	return was;
}

#define take_ptr(p)                                                                                \
	({                                                                                         \
		__typeof__(p) take_was = (p);                                                      \
		(p) = NULL;                                                                        \
		take_was;                                                                          \
	})

static inline void close_fd(int *fd)
{
	ds_auto_close(fd);
	*fd = -1;
}

#endif
