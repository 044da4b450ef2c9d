// SPDX-License-Identifier: GPL-3.0-or-later
/* shed - see shed.h. */
#include "libds/life/shed.h"

#include <link.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "libds/core/pack.h"

#define STACK_MARGIN 512                /* bytes; what is called from here needs less */
#define DEEP_STACK ((uintptr_t)1 << 18) /* bytes; more than a start ever uses */

/* Not inlined: its frame would be one that lives on. */
void __attribute__((noinline)) ds_shed(void)
{
	extern const ElfW(Ehdr) __ehdr_start;
	const uintptr_t page = getauxval(AT_PAGESZ), image = (uintptr_t)&__ehdr_start;
	const ElfW(Phdr) *segment = (const void *)(image + __ehdr_start.e_phoff);
	uintptr_t stack = ((uintptr_t)__builtin_frame_address(0) - STACK_MARGIN) & -page;

	ds_pack_drop_texts();
	madvise((void *)(stack - DEEP_STACK), DEEP_STACK, MADV_DONTNEED);
	for (int i = 0; i < __ehdr_start.e_phnum; i++, segment++) {
		/* That of the headers, which holds the code too. They are not looked at again. */
		if (segment->p_type == PT_LOAD && !segment->p_offset) {
			madvise((void *)(image & -page), (segment->p_memsz + page - 1) & -page,
				MADV_DONTNEED);
			return;
		}
	}
}
