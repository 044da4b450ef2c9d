/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_PACK_H
#define DS_CORE_PACK_H

/* pack - what lies deflated in the program's file, and in memory only where it is needed.
 *
 * The linker puts such a part behind all else (scripts/pack.ld), scripts/mkpack.c takes it out of the file
 * and leaves its deflated form there. In memory it is zeros until a process inflates it, in place and as a
 * whole: some 15 ns a byte, and memory of that process instead of the page cache's. Nothing is allocated, so
 * it works in PID 1 amidst the boot. What is built without puff, and what is linked for tests, has all parts
 * from the start.
 *
 * DS_PACK_TEXTS is for core/texts.h. DS_PACK_CODE is what no command that is run often, and no process that
 * lives long, can call, with its constants: scripts/cold-sections tells which that is. With CFG_PACK_ALL it
 * is all but what inflates it, and there before main(). */

#include <stdbool.h>

enum ds_pack { DS_PACK_TEXTS, DS_PACK_CODE };

/* True if it can be used now; false if the program's file is damaged or, of code, the host's policy lets
 * nothing be executed that was written (SELinux: execmem). */
bool ds_pack_ready(enum ds_pack which);

/* Is that a place in it? */
bool ds_pack_has(enum ds_pack which, const void *at);

/* Gives the memory of texts back; the next that needs them inflates them again. */
void ds_pack_drop_texts(void);

#endif
