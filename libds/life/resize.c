// SPDX-License-Identifier: GPL-3.0-or-later
/* resize - ds_mkimg_resize() of mkimg.h. */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/host/tool.h"
#include "libds/life/image.h"
#include "libds/life/mkimg.h"

#define LOG_BLOCK_SIZE_AT (1024 + 0x18) /* of struct ext4_super_block: 0 = 1024 bytes */

/* Its file system to that many bytes; 0: to its file's size. */
static int resize(const char *path, uint64_t size)
{
	char kib[32];
	struct ds_tool tool = DS_TOOL("resize2fs", path, size ? kib : NULL);

	snprintf(kib, sizeof(kib), "%" PRIu64 "K", size / 1024);
	tool.package = "e2fsprogs";
	return ds_tool_do(&tool);
}

static int truncate_image(const struct ds_image *image, const char *path, uint64_t size)
{
	if (ftruncate(image->fd, (off_t)size) < 0 || fsync(image->fd) < 0)
		return ds_fail("resize image %s", path);
	return 0;
}

/* What resize2fs -P tells: "Estimated minimum size of the filesystem: BLOCKS". */
static int least_size(const struct ds_image *image, const char *path, uint64_t *bytes)
{
	char said[512];
	struct ds_tool tool = DS_TOOL("resize2fs", "-P", path);
	const char *colon;
	uint32_t shift;
	int err;

	tool.package = "e2fsprogs";
	tool.out = said;
	tool.out_size = sizeof(said);
	err = ds_tool_do(&tool);
	colon = strrchr(said, ':');
	if (err < 0)
		return err;
	if (!colon || pread(image->fd, &shift, sizeof(shift), LOG_BLOCK_SIZE_AT) != sizeof(shift))
		return ds_refuse(DS_EXIT_FAILED, "resize2fs tells no least size of %s", path);
	*bytes = ds_str_digits(colon + 1 + strspn(colon + 1, " "), 10, NULL) *
		 (UINT64_C(1024) << (le32toh(shift) & 15));
	return 0;
}

/* A signal in between would leave a file system of neither size. */
static void block_signals(void)
{
	sigset_t mask;

	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
}

static int open_image(struct ds_image *image, const char *path, uint64_t size, bool grow)
{
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct ds_superblock superblock;
	char text[24], now_text[24];
	uint64_t now;
	int err;

	if (fd >= 0 && ds_try_superblock_read(&superblock, fd) == 0 &&
	    strcmp(superblock.type->name, "ext4") != 0)
		return ds_refuse(DS_EXIT_FAILED, "image %s is %s: only the size of ext4 is changed",
				 path, superblock.type->name);
	err = ds_image_open(image, path, false, "");
	if (err < 0)
		return err;
	if (!S_ISREG(image->st.st_mode))
		return ds_refuse(DS_EXIT_USAGE, "image %s is a device", path);
	now = (uint64_t)image->st.st_size;
	if (grow ? size > now : size < now)
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "image %s has %s already: %s is not %s", path,
			 ds_size_text(now_text, now), ds_size_text(text, size),
			 grow ? "larger" : "smaller");
}

static int check_least(const struct ds_image *image, const char *path, uint64_t size)
{
	char text[24], least_text[24];
	uint64_t least = 0;
	int err = least_size(image, path, &least);

	if (err < 0 || size >= least)
		return err;
	ds_size_text(least_text, least);
	ds_refuse(DS_EXIT_FAILED, "size %s is too small for image %s: it needs %s",
		  ds_size_text(text, size), path, least_text);
	ds_hint("make room in it, or give --shrink=%s", least_text);
	return -ECANCELED;
}

int ds_mkimg_resize(const char *path, uint64_t size, bool grow, const struct ds_watch *watch)
{
	auto_image image = DS_IMAGE_CLOSED;
	int err;

	size &= ~UINT64_C(4095);
	block_signals();
	err = open_image(&image, path, size, grow);
	if (!err)
		err = ds_image_check(&image, path, watch);
	if (!err)
		err = grow ? truncate_image(&image, path, size) : check_least(&image, path, size);
	if (!err)
		err = resize(path, grow ? 0 : size);
	return err < 0 || grow ? err : truncate_image(&image, path, size);
}
