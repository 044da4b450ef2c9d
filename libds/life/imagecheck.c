// SPDX-License-Identifier: GPL-3.0-or-later
/* imagecheck - checking an image's file system with its own tool; see image.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "libds/core/err.h"
#include "libds/core/field.h"
#include "libds/host/tool.h"
#include "libds/life/image.h"
#include "libds/life/imageuse.h"

/* Exit status of e2fsck, e2fsck(8). */
enum { FSCK_CORRECTED = 3, FSCK_LEFT_ERRORS = 4 };

/* A tool that only looks, of the types that are not repaired here. squashfs has none. */
static const struct checker {
	const char *type;
	const char *words[4];
	const char *package;
	const char *repair; /* what a person runs */
} checkers[] = {
	{"btrfs", {"btrfs", "check", "--readonly"}, "btrfs-progs", "btrfs check --repair"},
	{"erofs", {"fsck.erofs"}, "erofs-utils", NULL},
	{"f2fs", {"fsck.f2fs", "--dry-run"}, "f2fs-tools", "fsck.f2fs -f"},
	{"xfs", {"xfs_repair", "-n"}, "xfsprogs", "xfs_repair"},
};

struct bar {
	const struct ds_watch *watch;
	char what[300];
	bool shown;
};

static void begin(struct bar *bar, struct ds_tool *tool, const char *path,
		  const struct ds_watch *watch)
{
	*bar = (struct bar){.watch = watch};
	snprintf(bar->what, sizeof(bar->what), "check %s", path);
	tool->ctx = bar;
}

static void end(const struct bar *bar)
{
	if (bar->shown)
		ds_watch_progress(bar->watch, bar->what, 100, 100);
}

static bool has_tool(const char *name, const char *path, const struct ds_watch *watch)
{
	char found[PATH_MAX];

	if (ds_tool_find(name, found, sizeof(found)) == 0)
		return true;
	ds_watch_note(watch, "image %s is not checked: %s is not installed", path, name);
	return false;
}

/* Refuse it: what the tool said last, on one line. */
static int refuse_damaged(const char *path, const struct ds_tool *tool, int status)
{
	char said[241];
	size_t len = strlen(tool->said), most = sizeof(said) - 1;

	while (len && tool->said[len - 1] == '\n')
		len--;
	snprintf(said, sizeof(said), "%.*s", (int)(len < most ? len : most),
		 tool->said + (len < most ? 0 : len - most));
	for (char *newline = said; (newline = strchr(newline, '\n'));)
		*newline = ' ';
	return ds_refuse(DS_EXIT_FAILED, "image %s is damaged: %s (status %d): %s%s", path,
			 tool->argv[0], status, len < most ? "" : "...", said);
}

/* --- ext4 ------------------------------------------------------------------------------------- */

/* A line of e2fsck -C: "PASS DONE TOTAL DEVICE". Where its passes begin, in percent of the time that
 * they take on the whole, is e2fsck's own guess. */
static void show_pass(const struct ds_tool *tool, char *line)
{
	static const unsigned char begins[] = {0, 70, 90, 92, 95, 100};
	struct bar *bar = tool->ctx;
	long long pass = ds_field_number(line, 1), done = ds_field_number(line, 2);
	long long total = ds_field_number(line, 3);

	if (pass < 1 || pass > 5 || done < 0 || total < done || total < 1)
		return;
	bar->shown = true;
	done = begins[pass - 1] + (begins[pass] - begins[pass - 1]) * done / total;
	/* Only the end of the run is the end. */
	ds_watch_progress(bar->watch, bar->what, (uint64_t)(done < 99 ? done : 99), 100);
}

static int e2fsck(struct ds_tool *tool, const char *path, const struct ds_watch *watch)
{
	struct bar bar;
	int status;

	begin(&bar, tool, path, watch);
	tool->package = "e2fsprogs";
	tool->line = show_pass;
	status = ds_tool_run(tool);
	end(&bar);
	return status;
}

static int repair_ext4(const struct ds_image *image, const char *path, const struct ds_watch *watch)
{
	struct ds_tool tool = DS_TOOL("e2fsck", "-f", "-y", "-C", "3", path);
	int status = e2fsck(&tool, path, watch);

	if (status < 0)
		return status;
	if (status >= FSCK_LEFT_ERRORS) {
		refuse_damaged(path, &tool, status);
		ds_hint("look yourself: e2fsck -f %s; if its superblock is lost: e2fsck -b 32768 "
			"%s; "
			"else take a backup",
			path, path);
		return -ECANCELED;
	}
	if (image->needs_recovery)
		ds_watch_note(watch, "image %s was not unmounted cleanly: its journal is replayed",
			      path);
	/* 1.47 corrects some of what it finds in the resize inode and ends with 0. */
	else if (status & FSCK_CORRECTED || strstr(tool.said, "? yes"))
		ds_watch_note(watch, "corrected errors in image %s", path);
	return 0;
}

/* An image for reading that must be written to first: as its only user. */
static int repair_alone(const struct ds_image *image, const char *path,
			const struct ds_watch *watch)
{
	struct ds_image alone = *image;
	int err;

	alone.read_only = false;
	/* Changing a lock lets go of it for a moment, so what follows is asked anew. */
	err = ds_imageuse_check(&alone, path, "", flock(image->fd, LOCK_EX | LOCK_NB) == 0);
	if (err < 0)
		return ds_err_in("image %s needs a repair", path);
	err = repair_ext4(image, path, watch);
	if (!err)
		err = ds_imageuse_check(image, path, "", flock(image->fd, LOCK_SH | LOCK_NB) == 0);
	return err;
}

static int check_ext4(struct ds_image *image, const char *path, const struct ds_watch *watch)
{
	struct ds_tool tool = DS_TOOL("e2fsck", "-f", "-n", "-C", "3", path);
	int status = FSCK_LEFT_ERRORS, err;

	if (!has_tool("e2fsck", path, watch))
		return 0;
	if (image->read_only && !image->needs_recovery)
		status = e2fsck(&tool, path, watch);
	if (status <= 0)
		return status;
	err = image->read_only ? repair_alone(image, path, watch) : repair_ext4(image, path, watch);
	if (!err)
		image->needs_recovery = false;
	return err;
}

/* --- the others ------------------------------------------------------------------------------- */

static void show_busy(const struct ds_tool *tool, pid_t pid)
{
	struct bar *bar = tool->ctx;

	(void)pid;
	bar->shown = true;
	ds_watch_progress(bar->watch, bar->what, 0, 0);
}

static int look(const struct checker *checker, const char *path, const struct ds_watch *watch)
{
	const char *argv[6];
	struct ds_tool tool = DS_TOOL_ARGV(argv);
	int count = 0, status;
	struct bar bar;

	if (!has_tool(checker->words[0], path, watch))
		return 0;
	while (checker->words[count]) {
		argv[count] = checker->words[count];
		count++;
	}
	argv[count++] = path;
	argv[count] = NULL;
	tool.package = checker->package;
	begin(&bar, &tool, path, watch);
	tool.tick = show_busy;
	status = ds_tool_run(&tool);
	end(&bar);
	/* What xfs_repair finds beside a log that the mount is to replay is no damage. */
	if (status <= 0 || strstr(tool.said, "valuable metadata changes in a log"))
		return status < 0 ? status : 0;
	refuse_damaged(path, &tool, status);
	if (checker->repair)
		ds_hint("repair it by hand: %s %s", checker->repair, path);
	else
		ds_hint("make it anew, or take a backup");
	return -ECANCELED;
}

static const struct checker *find_checker(const struct ds_image *image)
{
	for (size_t i = 0; i < sizeof(checkers) / sizeof(*checkers); i++) {
		if (strcmp(image->type->name, checkers[i].type) == 0)
			return &checkers[i];
	}
	return NULL;
}

const char *ds_image_checker(const struct ds_image *image)
{
	const struct checker *checker = find_checker(image);

	if (strcmp(image->type->name, "ext4") == 0)
		return "e2fsck";
	return checker ? checker->words[0] : NULL;
}

int ds_image_check(struct ds_image *image, const char *path, const struct ds_watch *watch)
{
	const struct checker *checker = find_checker(image);

	if (strcmp(image->type->name, "ext4") == 0)
		return check_ext4(image, path, watch);
	return checker ? look(checker, path, watch) : 0;
}
