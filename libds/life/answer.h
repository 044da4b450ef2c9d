/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_ANSWER_H
#define DS_LIFE_ANSWER_H

/* answer - what a terminal says by itself, for one that nobody sits at.
 *
 * systemd 258 and newer asks its console and every getty's terminal for their size, and waits a third of
 * a second each time for an answer: without one a boot takes three times as long. The kernel's idea of
 * the size (TIOCGWINSZ) it does not ask. */

#include <stddef.h>

/* Answer at the pty's master what in these bytes of output asks for the size: CSI 18 t of xterm, and
 * CSI 6 n, which asks where the cursor is, behind a CSI ... H, which has sent it to the far corner. */
void ds_answer(int master_fd, const char *output, size_t len);

#endif
