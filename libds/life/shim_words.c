// SPDX-License-Identifier: GPL-3.0-or-later
/* shim_words - how ds-init-shim is called as a guest's init; see shim.h. */
#include <stdlib.h>
#include <string.h>

#include "libds/core/err.h"
#include "libds/core/words.h"
#include "libds/life/shim.h"

#define WORDS_MAX 256

char **ds_shim_words(const char *command)
{
	static char name[] = "ds-init-shim", guest[] = "--guest";
	char **words = calloc(2 + WORDS_MAX, sizeof(*words)), *text = strdup(command);

	if (!words || !text) {
		ds_fail("read its command");
		return NULL;
	}
	words[0] = name;
	words[1] = guest;
	return ds_words_split(text, words + 2, WORDS_MAX) < 0 ? NULL : words;
}
