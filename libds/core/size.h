/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_SIZE_H
#define DS_CORE_SIZE_H

/* size - amounts of bytes as people write them. */

#include <stddef.h>
#include <stdint.h>

/* "4194304", "512M", "4G": a whole number of bytes, or of K, M, G or T (powers of 1024, small
 * letters will do). More than 0 and less than 8 EiB; -EINVAL otherwise; quiet. */
int ds_try_size(const char *text, uint64_t *bytes);

/* The other way, for messages: rounded up to whole M, "3G" where it is a whole number of G. Returns
 * buf. */
const char *ds_size_text(char buf[24], uint64_t bytes);

#endif
