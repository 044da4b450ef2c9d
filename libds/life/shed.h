/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SHED_H
#define DS_LIFE_SHED_H

/* shed - giving back the memory that only the start of a guest needed: the stack below the caller,
 * deep in paths then, the texts of errors that were none in the end, and the program's own pages, of which
 * those come back from the page cache that are run again. What it cannot give back stays; it never fails. */

void ds_shed(void);

#endif
