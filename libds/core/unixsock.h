/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_UNIXSOCK_H
#define DS_CORE_UNIXSOCK_H

/* unixsock - sockets with a path (unix(7)).
 *
 * The kernel takes 107 bytes of path; here the directory's may be any, the last name's at most 80. The
 * name in an abstract address would be open to whoever shares the host's network, a guest's root too. */

/* SOCK_SEQPACKET, close-on-exec, non-blocking, mode 0600. What is at that path is removed. */
int ds_unix_listen(const char *path);

/* SOCK_SEQPACKET, close-on-exec. -errno, quiet. */
int ds_try_unix_connect(const char *path);

/* The same two for SOCK_STREAM; here the second, too, is non-blocking. */
int ds_unix_stream_listen(const char *path, int backlog);
int ds_try_unix_stream_connect(const char *path);

#endif
