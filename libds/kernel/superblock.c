// SPDX-License-Identifier: GPL-3.0-or-later
/* superblock - see superblock.h. */
#include "libds/kernel/superblock.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#define HEAD 1024 /* bytes of a superblock that are read */

/* Where the fields lie is each file system's own header in the kernel; all counts are in bytes from
 * the superblock's beginning. */
struct format {
	struct ds_superblock_type type;
	const char *magic;
	off_t at; /* of the superblock in the image */
	uint16_t magic_at, magic_len, uuid_at, label_at, label_len;
	uint64_t (*size)(const unsigned char *head);
};

static uint32_t le32_at(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

static uint64_t le64_at(const unsigned char *at)
{
	return le32_at(at) | (uint64_t)le32_at(at + 4) << 32;
}

static uint64_t be32_at(const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return be32toh(value);
}

/* 0 where the numbers are nonsense. */
static uint64_t blocks(uint64_t count, uint32_t shift)
{
	return shift < 32 && count < UINT64_MAX >> shift ? count << shift : 0;
}

#define EXT4_INCOMPAT_RECOVER 0x4
#define EXT4_INCOMPAT_64BIT 0x80

static uint32_t ext4_incompat(const unsigned char *head)
{
	return le32_at(head + 0x60);
}

static uint64_t ext4_size(const unsigned char *head)
{
	uint64_t high = ext4_incompat(head) & EXT4_INCOMPAT_64BIT ? le32_at(head + 0x150) : 0;

	return blocks(le32_at(head + 0x4) | high << 32, 10 + (le32_at(head + 0x18) & 0xff));
}

static uint64_t squashfs_size(const unsigned char *head)
{
	return le64_at(head + 40);
}

static uint64_t erofs_size(const unsigned char *head)
{
	return blocks(le32_at(head + 36), head[12]);
}

static uint64_t btrfs_size(const unsigned char *head)
{
	return le64_at(head + 0x70);
}

static uint64_t xfs_size(const unsigned char *head)
{
	uint64_t count = be32_at(head + 8) << 32 | be32_at(head + 12), size = be32_at(head + 4);

	return size && count < UINT64_MAX / size ? count * size : 0;
}

static uint64_t f2fs_size(const unsigned char *head)
{
	return blocks(le64_at(head + 36), le32_at(head + 16));
}

/* The longest magic first: two bytes of ext4's can be met by chance. */
static const struct format formats[] = {
	{{"btrfs", false}, "_BHRfS_M", 65536, 0x40, 8, 0x20, 0x12b, 256, btrfs_size},
	{{"squashfs", true}, "hsqs", 0, 0, 4, 0, 0, 0, squashfs_size},
	{{"xfs", false}, "XFSB", 0, 0, 4, 32, 108, 12, xfs_size},
	{{"erofs", true}, "\xe2\xe1\xf5\xe0", 1024, 0, 4, 48, 64, 16, erofs_size},
	{{"f2fs", false}, "\x10\x20\xf5\xf2", 1024, 0, 4, 108, 0, 0, f2fs_size},
	{{"ext4", false}, "\x53\xef", 1024, 0x38, 2, 0x68, 0x78, 16, ext4_size},
};

static void write_uuid(char uuid[37], const unsigned char *bytes)
{
	static const unsigned char none[16];
	char *to = uuid;

	uuid[0] = 0;
	if (memcmp(bytes, none, sizeof(none)) == 0)
		return;
	for (int i = 0; i < 16; i++)
		to += sprintf(to, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
			      bytes[i]);
}

int ds_try_superblock_read(struct ds_superblock *superblock, int fd)
{
	memset(superblock, 0, sizeof(*superblock));
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		const struct format *format = &formats[i];
		unsigned char head[HEAD];
		ssize_t got = pread(fd, head, sizeof(head), format->at);

		if (got < 0)
			return -errno;
		if (got < HEAD ||
		    memcmp(head + format->magic_at, format->magic, format->magic_len) != 0)
			continue;
		superblock->type = &format->type;
		if (format->uuid_at)
			write_uuid(superblock->uuid, head + format->uuid_at);
		memcpy(superblock->label, head + format->label_at, format->label_len);
		superblock->size = format->size(head);
		if (format->size == ext4_size)
			superblock->needs_recovery = ext4_incompat(head) & EXT4_INCOMPAT_RECOVER;
		return 0;
	}
	return -ENODATA;
}
