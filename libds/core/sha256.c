// SPDX-License-Identifier: GPL-3.0-or-later
/* sha256 - see sha256.h. The algorithm is musl's, of its crypt(3), where it is static: the build takes that
 * file out of the C library's source (Makefile). */
#include "libds/core/sha256.h"

#include "gen/crypt_sha256.h"

void ds_sha256_hex(const void *data, size_t size, char hex[DS_SHA256_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";
	unsigned char sum[DS_SHA256_HEX / 2];
	struct sha256 state;

	sha256_init(&state);
	sha256_update(&state, data, size);
	sha256_sum(&state, sum);
	for (size_t i = 0; i < sizeof(sum); i++) {
		hex[2 * i] = digits[sum[i] >> 4];
		hex[2 * i + 1] = digits[sum[i] & 15];
	}
	hex[DS_SHA256_HEX] = 0;
}
