// SPDX-License-Identifier: GPL-3.0-or-later
/* unpack - see unpack.h. */
#include "libds/life/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"

#define LAYOUT "layout"
#define WHAT "unpack"

bool ds_unpack_is_layout(int source_fd)
{
	struct stat st;

	return fstatat(source_fd, "manifest.json", &st, 0) == 0 ||
	       (fstatat(source_fd, "oci-layout", &st, 0) == 0 &&
		fstatat(source_fd, "index.json", &st, 0) == 0);
}

static int unpack_bsdtar(const struct ds_stage *stage, int fd, int dir_fd, bool is_layer)
{
	struct ds_tool tool = DS_TOOL("bsdtar", "-x", "-p", "-S", "--numeric-owner", "--same-owner",
				      "--xattrs", "--no-acls", "--no-fflags", "-f", "-",
				      is_layer ? "--exclude" : NULL, ".wh.*");

	tool.package = "libarchive-tools";
	tool.stdin_fd = fd;
	tool.dir_fd = dir_fd;
	return ds_stage_do(stage, &tool, WHAT, 0);
}

/* Other tars recognise a compression only in a file that they open themselves. */
static const char *compression(int fd)
{
	static const struct {
		const char *magic, *option;
	} known[] = {
		{"\x1f\x8b", "-z"},
		{"\xfd"
		 "7zXZ",
		 "-J"},
		{"\x28\xb5\x2f\xfd", "--zstd"},
		{"BZh", "-j"},
	};
	char head[8] = "";

	if (pread(fd, head, sizeof(head) - 1, 0) > 0) {
		for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
			if (ds_str_has_prefix(head, known[i].magic))
				return known[i].option;
		}
	}
	return NULL;
}

static int unpack_tar(const struct ds_stage *stage, int fd, int dir_fd)
{
	struct ds_tool ask = DS_TOOL("tar", "--xattrs", "--version"), tool = DS_TOOL_ARGV(NULL);
	const char *words[9] = {"tar", "-x", "-p", "-f-"}, *option = compression(fd);
	size_t count = 4;

	if (ds_tool_run(&ask) == 0) {
		words[count++] = "--numeric-owner";
		words[count++] = "--xattrs";
		words[count++] = "--xattrs-include=*";
	} else {
		ds_watch_note(stage->watch, "this tar loses extended attributes and capabilities; "
					    "bsdtar (libarchive-tools) keeps them");
	}
	words[count] = option;
	tool.argv = words;
	tool.stdin_fd = fd;
	tool.dir_fd = dir_fd;
	return ds_stage_do(stage, &tool, WHAT, 0);
}

int ds_unpack_into(const struct ds_stage *stage, int fd, int dir_fd, bool is_layer)
{
	char path[PATH_MAX];

	if (is_layer || ds_tool_find("bsdtar", path, sizeof(path)) == 0)
		return unpack_bsdtar(stage, fd, dir_fd, is_layer);
	return unpack_tar(stage, fd, dir_fd);
}

int ds_unpack_archive(const struct ds_stage *stage, int archive_fd)
{
	auto_fd root_fd = -1;
	int err;

	if (mkdirat(stage->fd, DS_STAGE_ROOT, 0755) < 0)
		return ds_fail("create a directory for the tree");
	root_fd = openat(stage->fd, DS_STAGE_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return ds_fail("open the tree");
	err = ds_unpack_into(stage, archive_fd, root_fd, false);
	if (err < 0 || !ds_unpack_is_layout(root_fd))
		return err;
	if (renameat(stage->fd, DS_STAGE_ROOT, stage->fd, LAYOUT) < 0)
		return ds_fail("put the layout aside");
	return ds_unpack_layout(stage, root_fd);
}
