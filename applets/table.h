/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_TABLE_H
#define DS_APPLET_TABLE_H

/* table - rows of text for a person, in a frame
 *
 * The frame is drawn with box characters where the locale says UTF-8, else in ASCII. Cells are
 * copied, and no control character of theirs reaches the terminal: a cell may be a guest's words. */

#include <stdbool.h>
#include <stddef.h>

enum { TABLE_COLUMNS = 8 };

struct table {
	size_t columns, rows;
	size_t widths[TABLE_COLUMNS];
	char **cells; /* rows * columns, owned */
};

#define auto_table __attribute__((cleanup(table_free))) struct table

void table_free(struct table *table);

/* Adds a row of table->columns cells; the first one is the head. 0 or -errno, recorded. */
int table_add(struct table *table, const char *const *cells);

/* Prints to stdout. */
void table_print(const struct table *table);

/* Does the environment ask for UTF-8 (LC_ALL, LC_CTYPE, LANG, in this order)? */
bool locale_is_utf8(void);

#endif
