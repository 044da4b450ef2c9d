// SPDX-License-Identifier: GPL-3.0-or-later
/* superblock - images as the real tools make them, and what only looks like one. */
#include <errno.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/kernel/superblock.h"

#define UUID "0f3c1d2e-4b5a-4678-9abc-def012345678"
#define SIZE 314572800

static const struct row {
	const char *what, *type, *tool, *command;
	bool read_only, has_uuid, has_label;
	uint64_t size;
} rows[] = {
	{"ext4", "ext4", "mke2fs", "mke2fs -q -t ext4 -U " UUID " -L name image", false, true, true,
	 SIZE},
	{"ext4 without 64bit", "ext4", "mke2fs",
	 "mke2fs -q -t ext4 -O ^64bit -b 1024 -U " UUID " -L name image", false, true, true, SIZE},
	{"ext2", "ext4", "mke2fs", "mke2fs -q -t ext2 -U " UUID " -L name image", false, true, true,
	 SIZE},
	{"xfs", "xfs", "mkfs.xfs", "mkfs.xfs -q -m uuid=" UUID " -L name image", false, true, true,
	 SIZE},
	{"btrfs", "btrfs", "mkfs.btrfs", "mkfs.btrfs -q -U " UUID " -L name image", false, true,
	 true, SIZE},
	{"f2fs", "f2fs", "mkfs.f2fs", "mkfs.f2fs -q -U " UUID " image", false, true, false, SIZE},
	{"squashfs", "squashfs", "mksquashfs", "mksquashfs dir image -quiet -no-progress", true,
	 false, false, 0},
	{"erofs", "erofs", "mkfs.erofs", "mkfs.erofs -U " UUID " image dir", true, true, false, 0},
};

static int read_image(struct ds_superblock *superblock)
{
	auto_fd fd = open("image", O_RDONLY | O_CLOEXEC);

	MUST(fd >= 0);
	return ds_try_superblock_read(superblock, fd);
}

static void recognises(const struct row *row)
{
	struct ds_superblock got;
	char title[128], command[512];

	snprintf(title, sizeof(title), "an image of %s is recognised", row->what);
	snprintf(command, sizeof(command), "command -v %s >/dev/null", row->tool);
	if (system(command) != 0) {
		SKIP(title, row->tool);
		return;
	}
	snprintf(command, sizeof(command), "rm -f image; %struncate -s %d image; { %s; } >&2",
		 strstr(row->command, "dir") ? ": " : "", SIZE, row->command);
	MUST(system(command) == 0);
	CLAIM(title, read_image(&got) == 0 && strcmp(got.type->name, row->type) == 0 &&
			     got.type->read_only == row->read_only &&
			     strcmp(got.uuid, row->has_uuid ? UUID : "") == 0 &&
			     strcmp(got.label, row->has_label ? "name" : "") == 0 && got.size &&
			     (!row->size || got.size == row->size) && !got.needs_recovery);
}

int main(int argc, char **argv)
{
	struct ds_superblock got;

	MUST(argc == 2 && chdir(argv[1]) == 0 && mkdir("dir", 0755) == 0);
	put("dir/file", "text");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		recognises(&rows[i]);

	MUST(system("rm image; truncate -s 8M image; mke2fs -q -F -t ext4 image;"
		    "debugfs -w -R 'feature needs_recovery' image 2>/dev/null >&2") == 0);
	CLAIM("an ext4 with an unreplayed journal says so",
	      read_image(&got) == 0 && got.needs_recovery);
	MUST(system("dd if=/dev/zero of=image bs=1k seek=1 count=1 conv=notrunc status=none") == 0);
	CLAIM("without its superblock it is nothing", read_image(&got) == -ENODATA && !got.type);
	MUST(truncate("image", 1500) == 0);
	CLAIM("a file that ends within a superblock is nothing", read_image(&got) == -ENODATA);
	MUST(truncate("image", 0) == 0);
	CLAIM("an empty file is nothing", read_image(&got) == -ENODATA);
	return 0;
}
