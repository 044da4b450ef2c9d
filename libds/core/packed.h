/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_PACKED_H
#define DS_CORE_PACKED_H

/* packed - what scripts/mkpack.c leaves in the program for core/pack.c, on whatever machine either runs */

#include <stddef.h>
#include <stdint.h>

/* Members of struct ds_pack_part, each a word of the machine that the program is for. */
enum {
	DS_PART_BEGIN,
	DS_PART_END,
	DS_PART_PACKED,
	DS_PART_PACKED_SIZE,
	DS_PART_SUM,
	DS_PART_STATE,
	DS_PART_MEMBERS,
};

/* Adler-32 (RFC 1950) of what a part holds. */
static inline uint32_t ds_pack_sum(const unsigned char *at, size_t size)
{
	uint32_t a = 1, b = 0;

	while (size--) {
		a = (a + *at++) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

#endif
