// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-mkimg - make, resize and examine rootfs images
 *
 * usage: ds-mkimg [-t TYPE] [-s SIZE] [-L LABEL] SOURCE IMAGE
 *        ds-mkimg --distro=NAME:SUITE [OPTION]... IMAGE
 *        ds-mkimg --grow=SIZE|--shrink=SIZE|--check|--info IMAGE
 *
 * Makes a file that ds-start --rootfs-img boots. SOURCE is a directory; a tar archive, plain or packed
 * with gzip, xz or zstd, "-" for one from a pipe; an OCI layout, or what "docker save" writes. --distro
 * installs Debian or Ubuntu by mmdebstrap.
 *
 * Nothing is mounted. The image appears when it is complete. An archive needs root or fakeroot. SIZE is
 * in bytes or like 512M, 4G; without one ext4 gets room to live in. What is in use is not touched.
 *
 * exit status: 0 done, 1 failed, 2 usage, 4 the image is in use, 5 a tool is missing, 6 permission
 *
 * example: ds-mkimg /srv/web web.img
 * example: xzcat rootfs.tar.xz | ds-mkimg -s 8G - web.img
 * example: ds-mkimg --distro=debian:trixie web.img
 * example: ds-mkimg --grow=16G web.img
 *
 * config MKIMG
 *	bool "ds-mkimg"
 *	default y
 *	depends on IMAGES
 *	help
 *	  Makes images from directories, archives and container images, and changes their size. It
 *	  drives mke2fs, bsdtar and others, which must be there when it runs. Say n where images
 *	  are made on another machine.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, type, 't', "type", "TYPE", ALWAYS, "ext4 (default), erofs or squashfs")          \
	X(STRING, size, 's', "size", "SIZE", ALWAYS,                                               \
	  "how large an ext4 is; default: with some room")                                         \
	X(STRING, label, 'L', "label", "LABEL", ALWAYS, "the name of an ext4, up to 16 bytes")     \
	X(STRING, distro, 0, "distro", "NAME:SUITE", ALWAYS, "install debian or ubuntu")           \
	X(FLAG, force, 'f', "force", 0, ALWAYS, "replace an image that is there")                  \
	X(STRING, grow, 0, "grow", "SIZE", ALWAYS, "make an ext4 image larger")                    \
	X(STRING, shrink, 0, "shrink", "SIZE", ALWAYS, "make an ext4 image smaller")               \
	X(FLAG, check, 0, "check", 0, ALWAYS, "check it and correct what can be")                  \
	X(FLAG, info, 0, "info", 0, ALWAYS, "tell what it is")                                     \
	X(FLAG, json, 0, "json", 0, ALWAYS, "with --info: print JSON")                             \
	X(FLAG, format, 0, "format", 0, ALWAYS, "with --info: print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(mkimg)
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "applets/act.h"
#include "applets/progress.h"
#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/core/size.h"
#include "libds/host/tool.h"
#include "libds/host/workspace.h"
#include "libds/life/imageuse.h"
#include "libds/life/mkimg.h"

static int parse_size(const char *text, uint64_t *bytes)
{
	if (!text || ds_try_size(text, bytes) == 0)
		return 0;
	return ds_refuse(DS_EXIT_USAGE, "size %s is not a number of bytes, or of K, M, G or T",
			 text);
}

static int make(const struct options *o)
{
	auto_fd signal_fd = -1;
	struct ds_mkimg request = {
		.source = o->distro ? NULL : o->operands[0],
		.distro = o->distro,
		.image = o->operands[o->count - 1],
		.type = o->type,
		.label = o->label,
		.replace = o->force,
		.watch = &progress_watch,
	};
	int err = parse_size(o->size, &request.size);

	if (err < 0)
		return err;
	signal_fd = act_signals();
	if (signal_fd < 0)
		return signal_fd;
	request.cancel_fd = signal_fd;
	err = ds_mkimg(&request);
	if (err == -EINTR)
		ds_refuse(DS_EXIT_FAILED, "interrupted");
	return err;
}

static int change_size(const struct options *o, const char *image)
{
	uint64_t size = 0;
	int err = parse_size(o->grow ? o->grow : o->shrink, &size);

	if (err < 0)
		return err;
	return ds_mkimg_resize(image, size, o->grow, &progress_watch);
}

/* What can be told of an image without being in anyone's way. */
static int look(const char *path, int fd, struct ds_superblock *superblock)
{
	int err = fd < 0 ? -errno : ds_try_superblock_read(superblock, fd);

	if (err == -ENODATA)
		return ds_refuse(DS_EXIT_FAILED, "image %s has no file system that is known here",
				 path);
	return err < 0 ? ds_fail_with(err, "image %s", path) : 0;
}

static int open_to_look(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

/* What was not looked at is not called good. */
static int need_checker(const struct ds_image *image)
{
	const char *tool = ds_image_checker(image);
	char path[PATH_MAX];

	if (!tool)
		return ds_refuse(DS_EXIT_UNSUPPORTED, "nothing here checks %s", image->type->name);
	if (ds_tool_find(tool, path, sizeof(path)) < 0)
		return ds_refuse(DS_EXIT_UNSUPPORTED, "%s is not installed", tool);
	return 0;
}

static int check(const char *path)
{
	auto_fd fd = open_to_look(path);
	auto_image image = DS_IMAGE_CLOSED;
	struct ds_superblock superblock;
	int err = look(path, fd, &superblock);

	if (!err)
		err = ds_image_open(&image, path, superblock.type->read_only, "");
	if (!err)
		err = need_checker(&image);
	return err < 0 ? err : ds_image_check(&image, path, &progress_watch);
}

static int info(const char *path, const struct options *o)
{
	auto_fd fd = open_to_look(path);
	struct ds_superblock superblock;
	struct report report;
	struct stat st = {0};
	bool used;
	int err = report_choose(&report, o->json, o->format);

	if (!err)
		err = look(path, fd, &superblock);
	if (err < 0)
		return err;
	fstat(fd, &st);
	used = ds_imageuse_any(fd, path) < 0 && ds_err_last()->exit_status == DS_EXIT_STATE;
	report_begin(&report, NULL);
	report_string(&report, "image", path);
	report_string(&report, "type", superblock.type->name);
	report_string(&report, "label", superblock.label);
	report_string(&report, "uuid", superblock.uuid);
	report_number(&report, "size_kb", (long long)(st.st_size / 1024));
	report_number(&report, "fs_kb", (long long)(superblock.size / 1024));
	report_number(&report, "disk_kb", (long long)(st.st_blocks / 2));
	report_flag(&report, "read_only", superblock.type->read_only);
	report_flag(&report, "clean", !superblock.needs_recovery);
	report_string(&report, "in_use", used ? ds_err_last()->text : "");
	report_end(&report);
	return 0;
}

/* What is asked for, or a refusal of too much at once. */
static int check_words(const struct options *o)
{
	int others = !!o->grow + !!o->shrink + o->check + o->info;
	bool makes = o->given.type || o->size || o->label || o->distro || o->force;
	int wanted = others || o->distro ? 1 : 2;

	if (others > 1 || (others && makes))
		return ds_refuse(DS_EXIT_USAGE, "these options exclude each other");
	if ((o->json || o->format) && !o->info)
		return ds_refuse(DS_EXIT_USAGE, "--json and --format go with --info");
	if (o->count == wanted)
		return 0;
	if (o->count > wanted)
		ds_refuse(DS_EXIT_USAGE, "too many operands: %s", o->operands[o->count - 1]);
	else
		ds_refuse(DS_EXIT_USAGE, "the image's path is missing");
	ds_hint("try 'ds-mkimg --help'");
	return -ECANCELED;
}

int mkimg_main(int argc, char **argv)
{
	struct options o = {.type = "ext4"};
	int err;

	if (!parse(&o, argc, argv, 1, 2))
		return o.status;
	err = check_words(&o);
	if (!err)
		err = ds_workspace_choose(o.workspace);
	if (err < 0)
		return applet_fail();
	if (o.info)
		err = info(o.operands[0], &o);
	else if (o.check)
		err = check(o.operands[0]);
	else if (o.grow || o.shrink)
		err = change_size(&o, o.operands[0]);
	else
		err = make(&o);
	return err < 0 ? applet_fail() : DS_EXIT_OK;
}
