/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_BASE64_H
#define DS_CORE_BASE64_H

/* base64 - bytes as text (RFC 4648, section 4: padded, no line breaks). */

#include <stddef.h>
#include <sys/types.h>

/* Bytes that size bytes become, with the NUL. */
#define DS_BASE64_SIZE(size) (((size) + 2) / 3 * 4 + 1)

/* to has DS_BASE64_SIZE(size) bytes. */
void ds_base64_encode(char *to, const void *data, size_t size);

/* Decode in place, text has no NUL then; the number of bytes, or -EINVAL, quiet. */
ssize_t ds_try_base64_decode(char *text);

#endif
