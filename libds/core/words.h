/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_WORDS_H
#define DS_CORE_WORDS_H

/* words - a command with its arguments as one line of text.
 *
 * Blanks divide it. What stands between '…' is taken as it is; within "…" and outside a backslash takes
 * the character behind it as it is. Nothing else of a shell's is known: no variables, no patterns. */

/* Split text in place; at most max - 1 words, NULL behind them. Their number, or -EINVAL recorded where a
 * quote is open at the end, -E2BIG where they are too many. */
int ds_words_split(char *text, char **words, int max);

/* The text that those words are, to be freed; NULL when out of memory. */
char *ds_words_join(char *const *words);

#endif
