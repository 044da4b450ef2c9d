/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_SHA256_H
#define DS_CORE_SHA256_H

/* sha256 - names for what must not be told from its name (FIPS 180-4). */

#include <stddef.h>

#define DS_SHA256_HEX 64 /* digits, lower case */

void ds_sha256_hex(const void *data, size_t size, char hex[DS_SHA256_HEX + 1]);

#endif
