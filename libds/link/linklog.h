/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_LINKLOG_H
#define DS_LINK_LINKLOG_H

/* linklog - what a guest asked of the host by its links and did not get, and which commands of the host it
 * had run, in two files of a bounded size: Logs/NAME/links, which becomes links.1 when it is full. A line
 * each, with the time before it; bytes that no terminal should get are escaped. */

#define DS_LINKLOG_FILE "links"
#define DS_LINKLOG_OLDER "links.1"
#define DS_LINKLOG_LIMIT 65536 /* bytes a file */

/* What cannot be written is not logged. errno and the last error stay as they are. */
void ds_linklog(const char *container, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
