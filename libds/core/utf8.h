/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_UTF8_H
#define DS_CORE_UTF8_H

/* utf8 - reading UTF-8 as RFC 3629 defines it, without the C library's locale: a static program on
 * Android has none. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The character at text and its length in bytes; 0 if it is malformed (overlong, a surrogate, cut
 * off, above U+10FFFF) or the end of text. */
size_t ds_utf8_decode(const char *text, uint32_t *code);

/* C0, C1, DEL, and what turns the direction of writing or breaks lines: by these a text could look like
 * another, or tell a terminal what to do. */
bool ds_utf8_is_control(uint32_t code);

/* Columns that text takes on a terminal. Blocks are known as a whole (Unicode 15): an unassigned
 * character in one of them may be off by one. Bytes that are not UTF-8 count one each. */
size_t ds_utf8_columns(const char *text);

#endif
