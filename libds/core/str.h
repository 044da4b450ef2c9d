/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_STR_H
#define DS_CORE_STR_H

/* str - small string work without silent truncation. */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Format into buf; -ENAMETOOLONG (recorded) when it does not fit, and buf is then "". */
int ds_str_fmt(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Copy text into buf; -ENAMETOOLONG (recorded) when it does not fit. */
int ds_str_copy(char *buf, size_t size, const char *text);

bool ds_str_has_prefix(const char *text, const char *prefix);
bool ds_str_has_suffix(const char *text, const char *suffix);

/* Is word one of those in list, with commas, blanks or newlines between them? */
bool ds_str_has_word(const char *list, const char *word);

/* The number that text begins with, in base 10 or 16; UINT64_MAX stands for what is larger. 0 where no
 * digit is. *end, which may be NULL, is behind the last digit. */
uint64_t ds_str_digits(const char *text, unsigned base, const char **end);

/* A whole decimal number within [min, max], nothing before or after it. -EINVAL otherwise; quiet. */
int ds_try_number(const char *text, long long min, long long max, long long *value);

/* Cut trailing newlines and blanks in place; returns text. */
char *ds_str_trim_end(char *text);

/* Length of the character at text; 0: it is a control (utf8.h), malformed, or the end. */
size_t ds_str_printable_length(const char *text);

/* Is all of it well-formed UTF-8 without controls? */
bool ds_str_is_printable(const char *text);

/* Copy text for a person's terminal: bytes that are not printable become \xHH. Cuts to fit. */
const char *ds_str_printable(char *buf, size_t size, const char *text);

/* Undo the octal escapes of fstab(5) and mountinfo (\040 and the like) in place. */
void ds_str_unescape(char *text);

#endif
