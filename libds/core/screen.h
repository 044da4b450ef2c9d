/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_SCREEN_H
#define DS_CORE_SCREEN_H

/* screen - the last lines of what one terminal showed, to be shown on another. */

#include <stdbool.h>
#include <stddef.h>

#define DS_SCREEN_ROWS_MAX 256

/* Shorten text, *len bytes, to what fills that many rows of that many columns at its end, and return
 * where it begins now. Lines longer than a row count as they are wrapped. What was cleared away is not
 * counted, and where the cursor was sent to a place on the screen, all from there on is kept. What a
 * terminal answers (where is the cursor, what are you) and what is no text (its title, the bell) is
 * taken out: the answer to an old question would be typed into the guest. is_cut: text may begin inside
 * a line, a character or an escape sequence; then it is taken from its first whole line on. */
char *ds_screen_last(char *text, size_t *len, bool is_cut, unsigned int rows, unsigned int columns);

#endif
