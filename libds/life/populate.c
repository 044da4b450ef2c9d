// SPDX-License-Identifier: GPL-3.0-or-later
/* populate - see populate.h. */
#include "libds/life/populate.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/size.h"

#define WHAT "write the image"

/* None of the host's mke2fs.conf: every kernel since 3.10 mounts it, what newer features there are. */
#define EXT4_FEATURES                                                                              \
	"none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,"          \
	"sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum"

enum { EXT4_LABEL_MAX = 16, SPARE_INODES = 4096, PER_INODE = 16384 };

static const char type_names[][12] = {"ext4", "erofs", "squashfs"};

int ds_populate_check(const char *type)
{
	for (size_t i = 0; i < sizeof(type_names) / sizeof(*type_names); i++) {
		if (strcmp(type, type_names[i]) == 0)
			return 0;
	}
	return ds_refuse(DS_EXIT_USAGE, "type %s is not ext4, erofs or squashfs", type);
}

/* ---- ext4 ---- */

/* What mke2fs -d leaves out: the root directory's own owner, mode and times. stat(1) asks, since
 * fakeroot would answer it. */
static int finish_root(const struct ds_stage *stage, const char *tree_path)
{
	char commands[512], ignored[2048];
	struct ds_tool ask = DS_TOOL("stat", "-c",
				     "sif / mode 0x%f\nsif / uid %u\nsif / gid %g\n"
				     "sif / atime @%X\nsif / mtime @%Y\nsif / ctime @%Z",
				     "--", tree_path);
	struct ds_tool tell = DS_TOOL("debugfs", "-w", "-f", "/dev/stdin", DS_STAGE_IMAGE);
	auto_fd in = -1, out = -1;
	int ends[2], err;

	ask.out = commands;
	ask.out_size = sizeof(commands);
	err = ds_stage_do(stage, &ask, NULL, 0);
	if (err < 0)
		return err;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ds_fail("write the image");
	in = ends[0];
	out = ends[1];
	/* It fits into a pipe that nobody reads yet. */
	err = ds_try_write_all(out, commands, strlen(commands));
	if (err < 0)
		return ds_fail_with(err, "write the image");
	close_fd(&out);
	tell.package = "e2fsprogs";
	tell.stdin_fd = in;
	tell.out = ignored; /* it repeats the commands */
	tell.out_size = sizeof(ignored);
	err = ds_stage_do(stage, &tell, NULL, 0);
	/* Its status is 0 whatever happened; it has said its version, and nothing else if all is well. */
	if (!err && strchr(tell.said, '\n') != strrchr(tell.said, '\n'))
		return ds_tool_failed(&tell, 1);
	return err;
}

static int check_room(const struct ds_measure *measure, uint64_t size)
{
	uint64_t least = ds_measure_ext4(measure);
	char text[24], least_text[24];

	if (size >= least)
		return 0;
	ds_size_text(least_text, least);
	ds_refuse(DS_EXIT_FAILED, "size %s is too small: the tree needs %s",
		  ds_size_text(text, size), least_text);
	ds_hint("give --size=%s or more, or leave it out", least_text);
	return -ECANCELED;
}

static int populate_ext4(const struct ds_stage *stage, const char *tree_path,
			 const struct ds_measure *measure, uint64_t size, const char *label)
{
	char inodes[24];
	struct ds_tool tool = DS_TOOL("mke2fs", "-q", "-F", "-t", "ext4", "-O", EXT4_FEATURES, "-b",
				      "4096", "-I", "256", "-m", "1", "-N", inodes, "-L",
				      label ? label : "", "-d", tree_path, DS_STAGE_IMAGE);
	uint64_t wanted = measure->inodes + measure->inodes / 4 + SPARE_INODES;
	auto_fd fd = -1;
	int err;

	if (!size) {
		uint64_t least = ds_measure_ext4(measure);

		/* Room to live in: a quarter, 64 MiB or more. */
		size = least + (least / 4 > 64 << 20 ? least / 4 : 64 << 20);
	}
	size &= ~UINT64_C(4095);
	err = check_room(measure, size);
	if (err < 0)
		return err;
	snprintf(inodes, sizeof(inodes), "%llu",
		 (unsigned long long)(wanted > size / PER_INODE ? wanted : size / PER_INODE));
	fd = openat(stage->fd, DS_STAGE_IMAGE, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return ds_fail("create the image");
	tool.package = "e2fsprogs";
	err = ds_stage_do(stage, &tool, WHAT, measure->bytes);
	return err < 0 ? err : finish_root(stage, tree_path);
}

/* ---- Those that are only read ---- */

static int populate_read_only(const struct ds_stage *stage, bool is_erofs, const char *tree_path,
			      const struct ds_measure *measure)
{
	const char *const erofs[] = {"mkfs.erofs",   "--quiet", "-zlz4hc",
				     DS_STAGE_IMAGE, tree_path, NULL};
	const char *const squashfs[] = {"mksquashfs", tree_path,      DS_STAGE_IMAGE,   "-noappend",
					"-quiet",     "-no-progress", "-exit-on-error", NULL};
	struct ds_tool tool = DS_TOOL_ARGV(is_erofs ? erofs : squashfs);
	int err;

	tool.package = is_erofs ? "erofs-utils" : "squashfs-tools";
	err = ds_stage_do(stage, &tool, WHAT, measure->bytes);
	if (!err && strstr(tool.said, "prefix system.posix_acl"))
		ds_watch_note(stage->watch, "squashfs keeps no access control lists");
	return err;
}

int ds_populate(const struct ds_stage *stage, const char *type, const char *tree_path,
		const struct ds_measure *measure, uint64_t size, const char *label)
{
	if (label && strlen(label) > EXT4_LABEL_MAX)
		return ds_refuse(DS_EXIT_USAGE, "label %s is longer than %d bytes", label,
				 EXT4_LABEL_MAX);
	if (strcmp(type, "ext4") == 0)
		return populate_ext4(stage, tree_path, measure, size, label);
	return populate_read_only(stage, type[0] == 'e', tree_path, measure);
}
