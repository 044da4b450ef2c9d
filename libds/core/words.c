// SPDX-License-Identifier: GPL-3.0-or-later
/* words - see words.h. */
#include "libds/core/words.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "libds/core/err.h"

/* The word at *from, moved to *to, both left behind it; false where a quote is not closed. */
static bool take_word(char **from, char **to)
{
	char quote = 0, c;

	for (; (c = **from) && (quote || !strchr(" \t\n", c)); (*from)++) {
		if (quote ? c == quote : c == '"' || c == '\'') {
			quote = quote ? 0 : c;
			continue;
		}
		/* As in a shell: between double quotes only before what else would mean something. */
		if (c == '\\' && (*from)[1] &&
		    (!quote || (quote == '"' && strchr("\"\\$`\n", (*from)[1]))))
			c = *++*from;
		*(*to)++ = c;
	}
	return !quote;
}

int ds_words_split(char *text, char **words, int max)
{
	char *from = text, *to = text;
	int count = 0;

	for (;;) {
		from += strspn(from, " \t\n");
		if (!*from || count == max - 1)
			break;
		words[count++] = to;
		if (!take_word(&from, &to))
			return ds_fail_with(EINVAL, "a quote is not closed");
		/* The blank goes, where the end of the word comes. */
		from += *from != 0;
		*to++ = 0;
	}
	words[count] = NULL;
	return *from ? ds_fail_with(E2BIG, "more than %d words", max - 1) : count;
}

static char *put_quoted(char *end, const char *word)
{
	*end++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			end = stpcpy(end, "'\\'");
		*end++ = *word;
	}
	*end++ = '\'';
	return end;
}

char *ds_words_join(char *const *words)
{
	size_t size = 1;
	char *text, *end;

	for (char *const *word = words; *word; word++)
		size += 4 * strlen(*word) + 3;
	text = end = malloc(size);
	for (; text && *words; words++) {
		if (end > text)
			*end++ = ' ';
		end = **words && !(*words)[strcspn(*words, " \t\n'\"\\")] ? stpcpy(end, *words)
									  : put_quoted(end, *words);
	}
	if (text)
		*end = 0;
	return text;
}
