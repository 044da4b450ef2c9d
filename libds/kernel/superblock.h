/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_SUPERBLOCK_H
#define DS_KERNEL_SUPERBLOCK_H

/* superblock - which file system lies in an image, told by its own first bytes.
 *
 * What is read may have been written by a guest: it is a hint to the tools and to the kernel, which
 * check it again, and text for a person. Nothing is trusted to fit. */

#include <stdbool.h>
#include <stdint.h>

struct ds_superblock_type {
	const char *name; /* as mount(2) wants it; ext2, ext3 and ext4 are "ext4" */
	bool read_only;   /* nobody can write to such a file system */
};

struct ds_superblock {
	const struct ds_superblock_type *type;
	char uuid[37];   /* "" = it has none */
	char label[257]; /* any bytes but NUL, "" = none; f2fs's, which is UTF-16, is not read */
	uint64_t size;   /* bytes of the file system, 0 = not told; the file may be larger */
	bool needs_recovery; /* an ext4 journal that was not replayed: not cleanly unmounted */
};

/* Recognise ext2/3/4, squashfs, erofs, btrfs, xfs and f2fs. fd is a file or a block device, its
 * offset is left alone. 0, -ENODATA when it is none of these, or -errno of reading; quiet. */
int ds_try_superblock_read(struct ds_superblock *superblock, int fd);

#endif
