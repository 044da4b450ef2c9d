// SPDX-License-Identifier: GPL-3.0-or-later
/* auto - see auto.h. */
#include "libds/core/auto.h"

#include <errno.h>

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void ds_auto_close(int *fd)
{
	close_fd(fd);
}

void ds_auto_free(void *p)
{
	free(*(void **)p);
}

void ds_auto_closedir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

void ds_auto_fclose(FILE **file)
{
	int saved = errno;

	if (*file)
		fclose(*file);
	errno = saved;
}
