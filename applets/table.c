// SPDX-License-Identifier: GPL-3.0-or-later
/* table - see table.h. */
#include "applets/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "applets/applet.h"
#include "libds/core/str.h"
#include "libds/core/utf8.h"

enum { CELL_MAX = 4 * 200 + 1 }; /* a name of 200 bytes, each shown as \xHH */

enum part { TOP, MIDDLE, BOTTOM };

/* A frame's pieces: what stands left of, between and right of the columns, and what fills them. */
struct frame {
	const char *line[3][3]; /* by part: left, between, right */
	const char *fill, *bar;
};

static const struct frame box = {{{"┌", "┬", "┐"}, {"├", "┼", "┤"}, {"└", "┴", "┘"}}, "─", "│"};
static const struct frame ascii = {{{"+", "+", "+"}, {"+", "+", "+"}, {"+", "+", "+"}}, "-", "|"};

bool locale_is_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value) {
			const char *charset = strchr(value, '.');

			return charset && (!strncasecmp(charset, ".UTF-8", 6) ||
					   !strncasecmp(charset, ".utf8", 5));
		}
	}
	return false;
}

void table_free(struct table *table)
{
	for (size_t i = 0; i < table->rows * table->columns; i++)
		free(table->cells[i]);
	free(table->cells);
}

int table_add(struct table *table, const char *const *cells)
{
	size_t used = table->rows * table->columns, size = used + table->columns;
	char **more = realloc(table->cells, size * sizeof(*more));
	char shown[CELL_MAX];

	if (!more)
		return ds_fail("make a table");
	table->cells = more;
	for (size_t i = 0; i < table->columns; i++) {
		size_t columns;

		ds_str_printable(shown, sizeof(shown), cells[i]);
		more[used + i] = strdup(shown);
		if (!more[used + i]) {
			while (i--)
				free(more[used + i]);
			return ds_fail("make a table");
		}
		columns = ds_utf8_columns(shown);
		if (columns > table->widths[i])
			table->widths[i] = columns;
	}
	table->rows++;
	return 0;
}

static void print_line(const struct table *table, const struct frame *frame, enum part part)
{
	for (size_t i = 0; i < table->columns; i++) {
		fputs(frame->line[part][i ? 1 : 0], stdout);
		for (size_t n = 0; n < table->widths[i] + 2; n++)
			fputs(frame->fill, stdout);
	}
	puts(frame->line[part][2]);
}

void table_print(const struct table *table)
{
	const struct frame *frame = locale_is_utf8() ? &box : &ascii;

	print_line(table, frame, TOP);
	for (size_t row = 0; row < table->rows; row++) {
		for (size_t i = 0; i < table->columns; i++) {
			const char *cell = table->cells[row * table->columns + i];

			printf("%s %s%s%s%*s ", frame->bar,
			       row ? "" : applet_colour(stdout, "\033[1m"), cell,
			       row ? "" : applet_colour(stdout, "\033[0m"),
			       (int)(table->widths[i] - ds_utf8_columns(cell)), "");
		}
		puts(frame->bar);
		if (!row)
			print_line(table, frame, MIDDLE);
	}
	print_line(table, frame, BOTTOM);
}
