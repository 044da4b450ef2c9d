// SPDX-License-Identifier: GPL-3.0-or-later
/* screen - what of a terminal's last bytes is shown to who comes. */
#include "libds/core/screen.h"
#include "claim.h"

#define ROWS 3
#define COLUMNS 10

static const struct {
	const char *claim, *text, *shown;
	bool is_cut;
} rows[] = {
	{"what fits is shown whole", "a\r\nb\r\n# ", "a\r\nb\r\n# ", false},
	{"else the last lines", "a\r\nb\r\nc\r\nd\r\n# ", "c\r\nd\r\n# ", false},
	{"the line of the cursor counts, empty or not", "a\r\nb\r\nc\r\n", "b\r\nc\r\n", false},
	{"a line counts as it is wrapped", "a\r\n0123456789b\r\n# ", "0123456789b\r\n# ", false},
	{"a line as long as a row is one", "a\r\n0123456789\r\n# ", "a\r\n0123456789\r\n# ", false},
	{"a long line begins at a row", "0123456789abcdefghijABCDEFGHIJxyz",
	 "abcdefghijABCDEFGHIJxyz", false},
	{"what a carriage return writes over is one row", "50 %\r60 %\r70 %\r80 %\r90 %",
	 "50 %\r60 %\r70 %\r80 %\r90 %", false},
	{"tabs count as their columns", "a\r\n\tb\tc\r\n# ", "\tb\tc\r\n# ", false},
	{"a character of several bytes is one column", "x\r\nééééé\303\251éééé\r\n# ",
	 "x\r\nééééé\303\251éééé\r\n# ", false},
	{"escape sequences take no columns", "x\r\n\033[01;31m0123456789\033[0m\r\n# ",
	 "x\r\n\033[01;31m0123456789\033[0m\r\n# ", false},
	{"nor does the choice of a character set", "x\r\n\033(B0123456789\033)0\r\n# ",
	 "x\r\n\033(B0123456789\033)0\r\n# ", false},
	{"a first line that is cut off is left out", "alf\r\nb\r\n", "b\r\n", true},
	{"of one that has no end, a character that is", "\251bc", "bc", true},
	{"an escape sequence cut off is left out with its line", "1;31mred\r\n# ", "# ", true},
	{"one that is not ended is kept for what comes", "a\r\n\033[01;3", "a\r\n\033[01;3", false},
	{"as is a character", "a\r\n\303", "a\r\n\303", false},
	{"where is the cursor is not asked again", "# \033[6n", "# ", false},
	{"nor what terminal this is",
	 "\033[c\033[>c\033Z\033[5n\033[18t\033[?2026$p\033[?u\033[>q\005# ", "# ", false},
	{"a soft reset and a style are none of those", "\033[!p\033[2 q# ", "\033[!p\033[2 q# ",
	 false},
	{"a title is not set again", "\033]0;root@web\007# \033]2;x\033\\$ ", "# $ ", false},
	{"nor are a command's marks of systemd", "\033]3008;start=1;type=shell\033\\# ", "# ",
	 false},
	{"the bell does not ring again", "a\007b", "ab", false},
	{"what was cleared away is left out", "a\r\nb\033[H\033[2Jc\r\n# ", "\033[H\033[2Jc\r\n# ",
	 false},
	{"in the other order as well", "a\r\nb\033[2J\033[Hc\r\n# ", "\033[2J\033[Hc\r\n# ", false},
	{"from the corner down as well", "a\r\nb\033[1;1H\033[Jc\r\n# ", "\033[1;1H\033[Jc\r\n# ",
	 false},
	{"a reset as well", "a\r\nb\033cc\r\n# ", "\033cc\r\n# ", false},
	{"what clears a line does not clear the screen", "a\r\n# \033[J\r\nb\r\n# ",
	 "# \033[J\r\nb\r\n# ", false},
	{"behind clearing lines are counted", "\033[H\033[Ja\r\nb\r\nc\r\nd\r\n# ", "c\r\nd\r\n# ",
	 false},
	{"who writes at places is shown from there on", "x\r\ny\r\n\033[5;1Ha\r\nb\r\nc\r\nd\r\n# ",
	 "\033[5;1Ha\r\nb\r\nc\r\nd\r\n# ", false},
	{"a look at the size of the screen is no such place",
	 "\0337\033[32766;32766H\033[6n\0338a\r\nb\r\nc\r\nd\r\n# ", "c\r\nd\r\n# ", false},
	{"nothing is nothing", "", "", false},
};

int main(void)
{
	char long_text[8192];
	size_t len = sizeof(long_text);
	char *shown;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		/* Exactly as long, for the address sanitizer. */
		char *text = malloc(strlen(rows[i].text));

		len = strlen(rows[i].text);
		memcpy(text, rows[i].text, len);
		shown = ds_screen_last(text, &len, rows[i].is_cut, ROWS, COLUMNS);
		if (len != strlen(rows[i].shown) || memcmp(shown, rows[i].shown, len) != 0)
			fprintf(stderr, "shown: %.*s\n", (int)len, shown);
		claim(rows[i].claim,
		      len == strlen(rows[i].shown) && memcmp(shown, rows[i].shown, len) == 0,
		      rows[i].claim, __FILE__, __LINE__);
		free(text);
	}
	/* Whatever it is, nothing outside of it is touched. */
	for (int seed = 0; seed < 300; seed++) {
		char *text = malloc(sizeof(long_text));

		srand((unsigned int)seed);
		len = sizeof(long_text);
		for (size_t i = 0; i < len; i++)
			text[i] = rand() % 3 ? "\033[H1;2J\n\r\b\tm]\007\\8cé"[rand() % 20]
					     : (char)rand();
		shown = ds_screen_last(text, &len, seed % 2, (unsigned int)rand() % 300,
				       (unsigned int)rand() % 100);
		MUST(shown >= text && shown + len <= text + sizeof(long_text));
		free(text);
	}
	memset(long_text, '\n', sizeof(long_text));
	len = sizeof(long_text);
	shown = ds_screen_last(long_text, &len, true, 1000, 80);
	CLAIM("of a taller terminal 256 rows are filled", len == DS_SCREEN_ROWS_MAX - 1);
	return 0;
}
