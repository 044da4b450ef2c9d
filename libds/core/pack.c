// SPDX-License-Identifier: GPL-3.0-or-later
/* pack - see pack.h. */
#include "libds/core/pack.h"

#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/packed.h"

/* Of scripts/pack.ld. None is there in what is linked without it. */
extern unsigned char ds_texts_begin[] __attribute__((weak));
extern unsigned char ds_texts_end[] __attribute__((weak));
extern unsigned char ds_code_begin[] __attribute__((weak));
extern unsigned char ds_code_end[] __attribute__((weak));

/* The inflater is puff.c of zlib. The sizes are of what is there, and then of what was used; 0, or it is
 * nothing that deflate made. */
int puff(unsigned char *dest, unsigned long *dest_size, const unsigned char *source,
	 unsigned long *source_size) __attribute__((weak));

struct ds_pack_part {
	unsigned char *begin, *end;
	/* NULL = it is not packed. Volatile: clang runs constructors while it compiles, by what is here. */
	const unsigned char *volatile packed;
	unsigned long packed_size;
	unsigned long sum; /* of what it holds, Adler-32 (RFC 1950) */
	unsigned long state;
};

#define IS_AT(member, which)                                                                       \
	_Static_assert(offsetof(struct ds_pack_part, member) == (which) * sizeof(void *),          \
		       "scripts/mkpack.c looks elsewhere")
IS_AT(end, DS_PART_END);
IS_AT(packed, DS_PART_PACKED);
IS_AT(packed_size, DS_PART_PACKED_SIZE);
IS_AT(sum, DS_PART_SUM);
_Static_assert(sizeof(struct ds_pack_part) == DS_PART_MEMBERS * sizeof(void *),
	       "it has more members");

enum { PACKED, READY, DAMAGED };

struct ds_pack_part ds_pack_parts[] = {
	[DS_PACK_TEXTS] = {.begin = ds_texts_begin, .end = ds_texts_end},
	[DS_PACK_CODE] = {.begin = ds_code_begin, .end = ds_code_end},
};

/* What came out otherwise could crash us: a format that is not what its caller meant, code the more. */
static bool inflate(const struct ds_pack_part *part)
{
	unsigned long size = (uintptr_t)part->end - (uintptr_t)part->begin, wanted = size;
	unsigned long packed_size = part->packed_size;

	return !puff(part->begin, &size, part->packed, &packed_size) && size == wanted &&
	       ds_pack_sum(part->begin, size) == part->sum;
}

/* It begins with a page, and behind it is nothing. */
static bool make_executable(const struct ds_pack_part *part)
{
	uintptr_t page = getauxval(AT_PAGESZ), size = (uintptr_t)part->end - (uintptr_t)part->begin;

	__builtin___clear_cache((char *)part->begin, (char *)part->end);
	return mprotect(part->begin, (size + page - 1) & -page, PROT_READ | PROT_EXEC) == 0;
}

bool ds_pack_ready(enum ds_pack which)
{
	struct ds_pack_part *part = &ds_pack_parts[which];

	if (part->packed && part->state == PACKED)
		part->state = inflate(part) && (which != DS_PACK_CODE || make_executable(part))
				      ? READY
				      : DAMAGED;
	return part->state != DAMAGED;
}

bool ds_pack_has(enum ds_pack which, const void *at)
{
	const struct ds_pack_part *part = &ds_pack_parts[which];

	return (uintptr_t)at >= (uintptr_t)part->begin && (uintptr_t)at < (uintptr_t)part->end;
}

void ds_pack_drop_texts(void)
{
	struct ds_pack_part *part = &ds_pack_parts[DS_PACK_TEXTS];
	const uintptr_t page = getauxval(AT_PAGESZ);
	uintptr_t from = ((uintptr_t)part->begin + page - 1) & -page;
	uintptr_t to = (uintptr_t)part->end & -page;

	if (part->packed && part->state == READY && from < to &&
	    madvise((void *)from, to - from, MADV_DONTNEED) == 0)
		part->state = PACKED;
}

/* Before main(), which is in there, as is nearly all of the C library: nothing else may be called here. */
static void __attribute__((constructor)) inflate_all(void)
{
	static const char text[] =
		"droidspaces: this program is damaged, or may not execute what it inflated\n";

	if (!CFG_PACK_ALL || ds_pack_ready(DS_PACK_CODE))
		return;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(1);
}
