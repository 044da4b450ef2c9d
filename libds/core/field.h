/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_FIELD_H
#define DS_CORE_FIELD_H

/* field - the blank-separated fields of a line of procfs. sscanf(3) would do, at the price of 12 KiB
 * of a static program for reading floating point numbers. */

#include <stddef.h>

/* Copies field number n, from 1, of text; 0, or -ENOENT or -ENAMETOOLONG, buf "" then. Quiet. */
int ds_try_field(const char *text, int n, char *buf, size_t size);

/* The same as a number not below 0; -1 where it is none. */
long long ds_field_number(const char *text, int n);

#endif
