/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_AUTO_H
#define DS_CORE_AUTO_H

/* auto - what a process owns is released when its variable leaves scope, errno preserved.
 * Moving ownership out is spelled take_fd() or take_ptr(). */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* For the macros below. */
void ds_auto_close(int *fd);
void ds_auto_free(void *p);
void ds_auto_closedir(DIR **dir);
void ds_auto_fclose(FILE **file);

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

/* Close what is open, once; fd is -1 then. Preserves errno. */
void close_fd(int *fd);

#endif
