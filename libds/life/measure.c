// SPDX-License-Identifier: GPL-3.0-or-later
/* measure - see measure.h. */
#include "libds/life/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"

enum { BLOCK = 4096, INODE = 256, FAST_LINK = 60, PER_INODE = 16384 };

/* A file with several names, once for each. */
struct link {
	dev_t dev;
	ino_t ino;
	uint64_t blocks;
};

struct walk {
	const struct ds_stage *stage;
	struct ds_measure *sum;
	struct link *links; /* owned */
	size_t count;
};

static int compare(const void *left, const void *right)
{
	const struct link *a = left, *b = right;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static int add_link(struct walk *walk, const struct stat *st, uint64_t blocks)
{
	/* Grows by doubling whenever the count is a power of two. */
	if (!(walk->count & (walk->count - 1))) {
		size_t room = walk->count ? 2 * walk->count : 1;
		struct link *links = realloc(walk->links, room * sizeof(*links));

		if (!links)
			return -ENOMEM;
		walk->links = links;
	}
	walk->links[walk->count++] =
		(struct link){.dev = st->st_dev, .ino = st->st_ino, .blocks = blocks};
	return 0;
}

static uint64_t in_blocks(uint64_t bytes)
{
	return (bytes + BLOCK - 1) / BLOCK;
}

/* What of it is no hole; all of it where that cannot be told. */
static uint64_t data_blocks(int dir_fd, const char *name, const struct stat *st)
{
	uint64_t blocks = 0;
	off_t at = 0;
	auto_fd fd = -1;

	if ((uint64_t)st->st_blocks * 512 >= (uint64_t)st->st_size)
		return in_blocks((uint64_t)st->st_size);
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	while (fd >= 0 && at < st->st_size) {
		off_t data = lseek(fd, at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			return blocks;
		hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
		if (hole < 0)
			break;
		blocks += in_blocks((uint64_t)hole) - (uint64_t)data / BLOCK;
		at = hole;
	}
	return fd >= 0 && at >= st->st_size ? blocks : in_blocks((uint64_t)st->st_size);
}

static void add_blocks(struct ds_measure *sum, uint64_t blocks)
{
	sum->inodes++;
	sum->bytes += blocks * BLOCK;
	/* An extent in the tree beside the inode has 12 bytes. */
	sum->blocks += blocks + blocks / 256;
}

static int add(struct walk *walk, int dir_fd, const char *name, const struct stat *st)
{
	char path[48 + NAME_MAX];
	uint64_t blocks = S_ISREG(st->st_mode) ? data_blocks(dir_fd, name, st) : 0;

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", dir_fd, name);
	if (llistxattr(path, NULL, 0) > 0)
		walk->sum->blocks++;
	if (S_ISLNK(st->st_mode) && st->st_size >= FAST_LINK)
		walk->sum->blocks++;
	if (!S_ISDIR(st->st_mode) && st->st_nlink > 1)
		return add_link(walk, st, blocks);
	add_blocks(walk->sum, blocks);
	return 0;
}

static int visit(struct walk *walk, int parent_fd, const char *dir_name)
{
	auto_fd fd = openat(parent_fd, dir_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir dir = fd < 0 ? NULL : fdopendir(fd);
	uint64_t entries = 0; /* bytes, as ext4 writes them */
	struct dirent *entry;
	int dir_fd, err = ds_stage_check(walk->stage);

	if (err < 0)
		return err;
	if (!dir)
		return ds_fail("open directory %s", dir_name);
	dir_fd = take_fd(&fd);
	while ((entry = readdir(dir))) {
		const char *name = entry->d_name;
		struct stat st;

		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
			continue;
		entries += 12 + strlen(name);
		if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return ds_fail("read %s", name);
		if (add(walk, dir_fd, name, &st) < 0)
			return ds_fail_with(ENOMEM, "read %s", name);
		err = S_ISDIR(st.st_mode) ? visit(walk, dir_fd, name) : 0;
		if (err < 0)
			return err;
	}
	/* A name that does not fit in what is left of a block goes into the next. */
	walk->sum->blocks += 1 + entries / (BLOCK - NAME_MAX);
	return 0;
}

int ds_measure(const struct ds_stage *stage, int dir_fd, struct ds_measure *measure)
{
	struct walk walk = {.stage = stage, .sum = measure};
	int err;

	*measure = (struct ds_measure){.inodes = 1};
	err = visit(&walk, dir_fd, ".");
	if (walk.count)
		qsort(walk.links, walk.count, sizeof(*walk.links), compare);
	for (size_t i = 0; i < walk.count; i++) {
		if (!i || compare(&walk.links[i - 1], &walk.links[i]) != 0)
			add_blocks(measure, walk.links[i].blocks);
	}
	free(walk.links);
	return err;
}

/* At least what mke2fs 1.47 sets aside for the journal, which grows in steps. */
static uint64_t journal(uint64_t bytes)
{
	if (bytes < 128 << 20)
		return 4 << 20;
	if (bytes < 512 << 20)
		return 16 << 20;
	return bytes / 32 > 1 << 30 ? 1 << 30 : bytes / 32;
}

uint64_t ds_measure_ext4(const struct ds_measure *measure)
{
	/* The first groups, lost+found, room for the table of groups to grow. */
	const uint64_t fixed = measure->blocks * BLOCK + measure->inodes * INODE + (6 << 20);
	uint64_t bytes = fixed;

	/* What depends on the size is a small part of it: this settles quickly. */
	for (int i = 0; i < 12; i++)
		bytes = fixed + journal(bytes) + bytes / PER_INODE * INODE + bytes / 100;
	return bytes;
}
