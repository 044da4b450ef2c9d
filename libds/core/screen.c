// SPDX-License-Identifier: GPL-3.0-or-later
/* screen - see screen.h. */
#include "libds/core/screen.h"

#include <stdint.h>
#include <string.h>

#define NOWHERE SIZE_MAX
#define ESC 033
#define BEL 007
#define ENQ 005

/* Where in ECMA-48's grammar the next byte stands. */
enum state {
	TEXT,
	ESCAPE,  /* behind ESC */
	CHARSET, /* behind ESC and one of " " to "/": one more byte */
	CONTROL, /* behind ESC [ */
	STRING,  /* behind ESC ] and the like, up to BEL or ESC \ */
};

struct scan {
	enum state state;
	char *text;
	size_t end;                        /* of what is kept, which moves to the front */
	size_t sequence;                   /* where the escape sequence began */
	size_t starts[DS_SCREEN_ROWS_MAX]; /* the last rows' beginnings, a ring */
	unsigned int row, column, columns;
	size_t moved;  /* where the cursor was sent to a place that nothing was written at yet */
	bool is_home;  /* that is the upper left corner */
	size_t pinned; /* the first such place that something was written at */
	bool is_clear; /* nothing was written on the cleared screen */
};

static void start_row(struct scan *scan, size_t at)
{
	scan->starts[scan->row++ % DS_SCREEN_ROWS_MAX] = at;
}

static void start_screen(struct scan *scan, size_t at)
{
	scan->row = scan->column = 0;
	scan->moved = scan->pinned = NOWHERE;
	scan->is_clear = true;
	start_row(scan, at);
}

static void drop_sequence(struct scan *scan)
{
	scan->end = scan->sequence;
}

static void move(struct scan *scan)
{
	const char *sequence = scan->text + scan->sequence;
	size_t len = scan->end - scan->sequence;
	bool is_home = len == 3 || (len == 6 && memcmp(sequence, "\033[1;1", 5) == 0);

	/* Behind clearing, home is where lines are counted from. */
	if (scan->moved != NOWHERE || (scan->is_clear && is_home))
		return;
	scan->moved = scan->sequence;
	scan->is_home = is_home;
}

static void end_control(struct scan *scan, char final)
{
	const char *last = scan->text + scan->end - 2;

	if (strchr("nctx", final) || (final == 'p' && *last == '$') ||
	    (strchr("qu", final) && strchr("?>", scan->text[scan->sequence + 2])))
		drop_sequence(scan);
	else if (strchr("Hfd", final))
		move(scan);
	else if (final == 'J' && scan->moved != NOWHERE && scan->is_home)
		start_screen(scan, scan->moved);
	else if (final == 'J' && *last == '2')
		start_screen(scan, scan->sequence);
}

static void write_one(struct scan *scan)
{
	scan->is_clear = false;
	if (scan->pinned == NOWHERE)
		scan->pinned = scan->moved;
	scan->moved = NOWHERE;
	if (scan->column >= scan->columns) {
		start_row(scan, scan->end - 1);
		scan->column = 0;
	}
	scan->column++;
}

static void take_text(struct scan *scan, char c)
{
	if (c == '\n') {
		start_row(scan, scan->end);
	} else if (c == '\r') {
		scan->column = 0;
	} else if (c == '\b') {
		scan->column -= scan->column > 0;
	} else if (c == '\t') {
		scan->column = (scan->column | 7) + 1;
	} else if (c == BEL || c == ENQ) {
		scan->end--;
	} else if ((unsigned char)c >= ' ' && (c & 0xc0) != 0x80) {
		/* As if no character were two columns wide. */
		write_one(scan);
	}
}

static void take_escape(struct scan *scan, char c)
{
	scan->state = TEXT;
	if (c == '[')
		scan->state = CONTROL;
	else if (c && strchr("]P_^X", c))
		scan->state = STRING;
	else if (c >= ' ' && c <= '/')
		scan->state = CHARSET;
	else if (c == '8')
		scan->moved = NOWHERE;
	else if (c == 'c')
		start_screen(scan, scan->sequence);
	else if (c == 'Z')
		drop_sequence(scan);
}

static void take(struct scan *scan, char c)
{
	scan->text[scan->end++] = c;
	if (c == ESC && scan->state != STRING) {
		scan->sequence = scan->end - 1;
		scan->state = ESCAPE;
	} else if (scan->state == TEXT) {
		take_text(scan, c);
	} else if (scan->state == ESCAPE) {
		take_escape(scan, c);
	} else if (scan->state == CHARSET) {
		scan->state = TEXT;
	} else if (scan->state == CONTROL && c >= '@' && c <= '~') {
		scan->state = TEXT;
		end_control(scan, c);
	} else if (scan->state == STRING &&
		   (c == BEL || (c == '\\' && scan->text[scan->end - 2] == ESC))) {
		scan->state = TEXT;
		drop_sequence(scan);
	}
}

char *ds_screen_last(char *text, size_t *len, bool is_cut, unsigned int rows, unsigned int columns)
{
	const char *line = is_cut ? memchr(text, '\n', *len) : NULL;
	size_t from = line ? (size_t)(line - text) + 1 : 0, start;
	struct scan scan = {.text = text, .end = from, .columns = columns ? columns : 80};

	/* One endless line: at least no character is begun in its middle. */
	while (is_cut && from < *len && (text[from] & 0xc0) == 0x80)
		scan.end = ++from;
	start_screen(&scan, from);
	scan.is_clear = false;
	for (size_t i = from; i < *len; i++)
		take(&scan, text[i]);
	if (rows > DS_SCREEN_ROWS_MAX)
		rows = DS_SCREEN_ROWS_MAX;
	start = scan.starts[scan.row > rows ? (scan.row - rows) % DS_SCREEN_ROWS_MAX : 0];
	if (start > scan.pinned)
		start = scan.pinned;
	*len = scan.end - start;
	return text + start;
}
