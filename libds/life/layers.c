// SPDX-License-Identifier: GPL-3.0-or-later
/* layers - ds_unpack_layout() of unpack.h: OCI image layouts and what "docker save" writes.
 *
 * https://github.com/opencontainers/image-spec, image-layout.md and layer.md. A layer is an archive
 * of what it changes: a file named .wh.NAME removes NAME of the layers below, .wh..wh..opq all that
 * the layers below have in that directory. What is removed is reached through kernel/tree.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"
#include "libds/life/unpack.h"

enum { JSON_DEPTH = 4, LIST_MAX = 64 << 10 };

#define LIST "list"

/* Prints the path of each layer, or with "@" the path of the next document to read. What uname(2) calls
 * the machine has a name of Go's in there. */
static const char program[] DS_TEXT_SECTION(__COUNTER__) =
	"def path: \"blobs/\" + (.digest | sub(\":\"; \"/\"));"
	"({x86_64: \"amd64\", aarch64: \"arm64\", armv7l: \"arm\", armv8l: \"arm\","
	" i686: \"386\"}[$machine] // $machine) as $arch | "
	"if type == \"array\" then if length == 1 then .[0].Layers[]"
	" else error(\"\\(length) images in one archive\") end"
	" elif .layers then .layers[] | path"
	" else [.manifests[] | select((.platform // {architecture: $arch}) | .architecture == $arch"
	" and (.variant // \"\" | IN(\"\", \"v7\", \"v8\")))] | unique_by(.digest)"
	" | if length == 1 then \"@\" + (.[0] | path)"
	" else error(\"\\(length) images for \" + $arch) end end";

static int open_file(int layout_fd, const char *path)
{
	auto_fd fd = ds_tree_open(layout_fd, path, O_RDONLY | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ds_refuse(DS_EXIT_FAILED, "%s in the image is not a file", path);
	return take_fd(&fd);
}

/* The layers' paths, one a line. */
static int list_layers(const struct ds_stage *stage, int layout_fd, char *list)
{
	char path[PATH_MAX];
	struct utsname host;
	struct stat st;
	int err = ds_texts_need();

	if (err < 0)
		return err;
	uname(&host);
	strcpy(path,
	       fstatat(layout_fd, "manifest.json", &st, 0) == 0 ? "manifest.json" : "index.json");
	for (int i = 0; i < JSON_DEPTH; i++) {
		struct ds_tool jq = DS_TOOL("jq", "-r", "--arg", "machine", host.machine, program);
		auto_fd fd = open_file(layout_fd, path);

		if (fd < 0)
			return fd;
		jq.stdin_fd = fd;
		jq.out = list;
		jq.out_size = LIST_MAX;
		err = ds_stage_do(stage, &jq, NULL, 0);
		if (err < 0)
			return ds_err_in("read %s of the image", path);
		if (list[0] != '@')
			return 0;
		if (ds_str_copy(path, sizeof(path), ds_str_trim_end(list + 1)) < 0)
			return -ENAMETOOLONG;
	}
	return ds_refuse(DS_EXIT_FAILED, "the image's index leads to no layers");
}

/* ---- What a layer takes away ---- */

static int remove_entry(const struct ds_stage *stage, int dir_fd, const char *name)
{
	char word[NAME_MAX + 3];
	struct ds_tool rm = DS_TOOL("rm", "-rf", "--", word);

	snprintf(word, sizeof(word), "./%s", name);
	rm.dir_fd = dir_fd;
	return ds_stage_do(stage, &rm, NULL, 0);
}

static int empty_directory(const struct ds_stage *stage, int dir_fd)
{
	struct ds_tool find = DS_TOOL("find", ".", "-xdev", "-mindepth", "1", "-delete");

	find.dir_fd = dir_fd;
	return ds_stage_do(stage, &find, NULL, 0);
}

/* What the layer's entry means for the layers below; path is cut into. */
static int make_way(const struct ds_stage *stage, int root_fd, char *path, bool is_dir)
{
	const char *name;
	auto_fd dir_fd = ds_tree_parent(root_fd, path, false, &name);
	struct stat st;

	/* Nothing below has this directory; or it is the root itself. */
	if (dir_fd == -ENOENT || dir_fd == -ENOTDIR || dir_fd == -EINVAL)
		return 0;
	if (dir_fd < 0)
		return dir_fd;
	if (strcmp(name, ".wh..wh..opq") == 0)
		return empty_directory(stage, dir_fd);
	/* Others of this kind are aufs' own and concern nobody. */
	if (ds_str_has_prefix(name, ".wh..wh."))
		return 0;
	if (ds_str_has_prefix(name, ".wh.")) {
		name += strlen(".wh.");
		if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			return 0;
		return remove_entry(stage, dir_fd, name);
	}
	/* A directory upon a directory changes it; everything else replaces what is there. */
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !!S_ISDIR(st.st_mode) == is_dir)
		return 0;
	return remove_entry(stage, dir_fd, name);
}

/* Lines of mtree(5), "./etc/hosts type=file", names encoded. */
static int make_ways(const struct ds_stage *stage, int root_fd, int list_fd)
{
	auto_file list = lseek(list_fd, 0, SEEK_SET) < 0
				 ? NULL
				 : fdopen(fcntl(list_fd, F_DUPFD_CLOEXEC, 0), "r");
	auto_free char *line = NULL;
	size_t size = 0;
	int err = 0;

	if (!list)
		return ds_fail("read the list of a layer");
	while (!err && getline(&line, &size, list) > 0) {
		char *type = strstr(line, " type=");

		if (line[0] == '#' || !type)
			continue;
		*type = 0;
		ds_str_unescape(line);
		err = make_way(stage, root_fd, line,
			       ds_str_has_prefix(type + strlen(" type="), "dir"));
	}
	return err;
}

static int apply(const struct ds_stage *stage, int root_fd, int layer_fd)
{
	struct ds_tool lister =
		DS_TOOL("bsdtar", "-c", "-f", "-", "--format=mtree", "--options=!all,type", "@-");
	auto_fd list_fd =
		openat(stage->fd, LIST, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (list_fd < 0)
		return ds_fail("write the list of a layer");
	lister.package = "libarchive-tools";
	lister.stdin_fd = layer_fd;
	lister.stdout_fd = list_fd;
	err = ds_stage_do(stage, &lister, NULL, 0);
	if (!err)
		err = make_ways(stage, root_fd, list_fd);
	if (err < 0)
		return err;
	if (lseek(layer_fd, 0, SEEK_SET) < 0)
		return ds_fail("read a layer");
	return ds_unpack_into(stage, layer_fd, root_fd, true);
}

int ds_unpack_layout(const struct ds_stage *stage, int layout_fd)
{
	auto_free char *list = malloc(LIST_MAX);
	auto_fd root_fd = -1;
	char *next;
	int err = list ? list_layers(stage, layout_fd, list) : ds_fail("read the image");

	if (err < 0)
		return err;
	if (mkdirat(stage->fd, DS_STAGE_ROOT, 0755) < 0)
		return ds_fail("create a directory for the tree");
	root_fd = openat(stage->fd, DS_STAGE_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return ds_fail("open the tree");
	next = list;
	for (const char *path; !err && (path = strsep(&next, "\n")) && *path;) {
		auto_fd layer_fd = open_file(layout_fd, path);

		err = layer_fd < 0 ? layer_fd : apply(stage, root_fd, layer_fd);
		if (err < 0)
			return ds_err_in("layer %s", path);
	}
	return err;
}
