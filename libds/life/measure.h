/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_MEASURE_H
#define DS_LIFE_MEASURE_H

/* measure - how much room a tree takes, before it is written. */

#include <stdint.h>

#include "libds/life/stage.h"

struct ds_measure {
	uint64_t bytes;  /* of data, holes left out, each hard linked file once */
	uint64_t blocks; /* of 4096 bytes, for data, directories, extended attributes, long links */
	uint64_t inodes;
};

/* Walk the tree of dir_fd. Refused (exit 1) where it is too deep for our open files. */
int ds_measure(const struct ds_stage *stage, int dir_fd, struct ds_measure *measure);

/* Bytes of the smallest ext4 that surely holds it, made as ds_populate() makes one. */
uint64_t ds_measure_ext4(const struct ds_measure *measure);

#endif
