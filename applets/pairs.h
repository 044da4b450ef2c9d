/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_APPLET_PAIRS_H
#define DS_APPLET_PAIRS_H

/* pairs - the KEY=VALUE lines of --format (docs/formats.md)
 *
 * A line is a pair, whatever the value holds: backslash is written \\, newline \n, any other
 * control character and any byte that is not UTF-8 \xHH. Nothing is quoted. */

void pair_string(const char *key, const char *value);
void pair_number(const char *key, long long value);

#endif
