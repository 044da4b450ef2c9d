/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_UNPACK_H
#define DS_LIFE_UNPACK_H

/* unpack - archives and container images become the tree "root" of a stage.
 *
 * bsdtar unpacks what comes from anywhere: it follows no link out of the tree and takes no absolute
 * name and no "..". The tar of GNU or busybox stands in for it, into an empty tree only. */

#include "libds/life/stage.h"

#define DS_STAGE_ROOT "root"

/* Is source, a directory, an OCI layout or an unpacked "docker save"? */
bool ds_unpack_is_layout(int source_fd);

/* A tar archive of a tree, or of an image in layers, from a file, a pipe or whatever archive_fd is;
 * compressed or not. */
int ds_unpack_archive(const struct ds_stage *stage, int archive_fd);

/* A layout: its layers one upon the other. */
int ds_unpack_layout(const struct ds_stage *stage, int layout_fd);

/* For layers.c: what is at fd into the directory dir_fd, without whiteouts if it is a layer. */
int ds_unpack_into(const struct ds_stage *stage, int fd, int dir_fd, bool is_layer);

#endif
