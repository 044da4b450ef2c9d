// SPDX-License-Identifier: GPL-3.0-or-later
/* texts - see texts.h. */
#include "libds/core/texts.h"

#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

#include "libds/core/err.h"

/* Where scripts/texts.ld has them; what the Makefile makes of them: deflated (RFC 1951), then the tail of
 * gzip's format (RFC 1952). None is there in a program whose texts are not packed. */
extern unsigned char ds_texts_begin[] __attribute__((weak));
extern unsigned char ds_texts_end[] __attribute__((weak));
extern const unsigned char ds_texts_packed[] __attribute__((weak));
extern const unsigned int ds_texts_packed_size __attribute__((weak));

/* The inflater is puff.c of zlib. The sizes are of what is there, and then of what was used; 0, or it is
 * nothing that deflate made. */
int puff(unsigned char *dest, unsigned long *dest_size, const unsigned char *source,
	 unsigned long *source_size) __attribute__((weak));

static enum { PACKED, READY, DAMAGED } state;

/* A format that is not what its caller meant could crash it: gzip's checksum tells. */
static uint32_t crc_of(const unsigned char *at, const unsigned char *end)
{
	uint32_t crc = ~0U;

	while (at < end) {
		crc ^= *at++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (-(crc & 1) & 0xedb88320);
	}
	return ~crc;
}

static bool inflate(void)
{
	unsigned long size = (uintptr_t)ds_texts_end - (uintptr_t)ds_texts_begin;
	unsigned long packed_size = ds_texts_packed_size;
	uint32_t tail[2]; /* CRC and size; all machines we know are little-endian, too */

	memcpy(tail, ds_texts_packed + packed_size - sizeof(tail), sizeof(tail));
	return size == tail[1] && !puff(ds_texts_begin, &size, ds_texts_packed, &packed_size) &&
	       crc_of(ds_texts_begin, ds_texts_end) == tail[0];
}

bool ds_texts_ready(void)
{
	if (!ds_texts_packed)
		return true;
	if (state == PACKED)
		state = inflate() ? READY : DAMAGED;
	return state == READY;
}

const char *ds_text(const char *text)
{
	return ds_texts_ready() ? text : "this program is damaged";
}

int ds_texts_need(void)
{
	return ds_texts_ready() ? 0 : (ds_refuse)(DS_EXIT_FAILED, "");
}

const char *ds_text_next(const char *text)
{
	return text + strlen(text) + 1;
}

void ds_texts_drop(void)
{
	const uintptr_t page = getauxval(AT_PAGESZ);
	uintptr_t from = ((uintptr_t)ds_texts_begin + page - 1) & -page;
	uintptr_t to = (uintptr_t)ds_texts_end & -page;

	if (state == READY && from < to && madvise((void *)from, to - from, MADV_DONTNEED) == 0)
		state = PACKED;
}
