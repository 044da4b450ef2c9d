/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_FDPASS_H
#define DS_CORE_FDPASS_H

/* fdpass - file descriptors through UNIX sockets (unix(7), SCM_RIGHTS). */

#include <stddef.h>
#include <sys/types.h>

/* Send one fd with a message, of one byte at least; 0 or -errno, quiet. */
int ds_try_fd_send(int socket_fd, int fd, const void *data, size_t size);

/* Receive a message; *fd is -1 or, owned and close-on-exec, the fd that came with it. Its length,
 * 0 at end of file, or -errno; quiet. */
ssize_t ds_try_fd_receive(int socket_fd, void *data, size_t size, int *fd);

#endif
