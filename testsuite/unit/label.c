// SPDX-License-Identifier: GPL-3.0-or-later
/* label - the SELinux context of a file and its way back, with a stand-in for selinuxfs. */
#include <errno.h>
#include <sched.h>
#include <sys/xattr.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/host/workspace.h"
#include "libds/kernel/label.h"
#include "libds/kernel/loop.h"
#include "libds/kernel/mnt.h"

#define XATTR "security.selinux"
#define OURS "u:object_r:vold_data_file:s0"
#define THEIRS "u:object_r:media_rw_data_file:s0"

static const struct ds_undo_verb verbs[] = {
	{DS_LABEL_VERB, true, ds_label_undo},
	{DS_LOOP_VERB, false, ds_loop_undo},
	{NULL, false, NULL},
};

static bool has(const char *path, const char *context)
{
	char text[256] = "";

	getxattr(path, XATTR, text, sizeof(text) - 1);
	return strcmp(text, context) == 0;
}

static void there_and_back(int fd)
{
	auto_undo undo = DS_UNDO_CLOSED, second = DS_UNDO_CLOSED;

	MUST(ds_undo_open(&undo, "web", verbs) == 0 && ds_undo_open(&second, "db", verbs) == 0);
	CLAIM("a file gets the context",
	      ds_label_set(&undo, fd, "file", OURS) == 0 && has("file", OURS));
	CLAIM("who finds it there promises nothing",
	      ds_label_set(&second, fd, "file", OURS) == 0 && second.lines == 1);
	CLAIM("undoing gives it back its own", ds_undo_now(&undo) == 0 && has("file", THEIRS));
}

static void leaves_alone(int fd)
{
	auto_undo undo = DS_UNDO_CLOSED, other = DS_UNDO_CLOSED;
	auto_loop loop = DS_LOOP_CLOSED;

	MUST(ds_undo_open(&undo, "web", verbs) == 0 && ds_undo_open(&other, "db", verbs) == 0);
	MUST(ds_label_set(&undo, fd, "file", OURS) == 0);
	MUST(ds_loop_attach(&loop, &other, fd, "file", false) == 0);
	CLAIM("while another has the file its context stays",
	      ds_undo_now(&undo) == 0 && has("file", OURS));
	ds_loop_close(&loop);
	MUST(setxattr("file", XATTR, THEIRS, sizeof(THEIRS), 0) == 0);
	MUST(ds_label_set(&undo, fd, "file", OURS) == 0);
	MUST(rename("file", "moved") == 0);
	put("file", "");
	CLAIM("another file under its name is left alone",
	      ds_undo_now(&undo) == 0 && has("file", "") && has("moved", OURS));
}

int main(int argc, char **argv)
{
	auto_fd fd = -1;

	MUST(argc >= 2 && chdir(argv[1]) == 0 && unshare(CLONE_NEWNS) == 0);
	MUST(ds_mnt_make_private() == 0 && ds_workspace_choose(argv[1]) == 0);
	MUST(ds_workspace_create() == 0);
	put("file", "text");
	if (setxattr("file", XATTR, THEIRS, sizeof(THEIRS), 0) < 0) {
		printf("skip a file gets the context # no %s here: %s\n", XATTR, strerror(errno));
		return 0;
	}
	fd = open("file", O_RDWR | O_CLOEXEC);
	MUST(fd >= 0 && truncate("file", 1 << 20) == 0);
	MUST(mount("stand-in", "/sys/fs", "tmpfs", 0, NULL) == 0);
	CLAIM("without SELinux nothing is changed",
	      ds_label_set(&(struct ds_undo)DS_UNDO_CLOSED, fd, "file", OURS) == 0 &&
		      has("file", THEIRS));
	MUST(mkdir("/sys/fs/selinux", 0755) == 0);
	put("/sys/fs/selinux/enforce", "1");
	there_and_back(fd);
	leaves_alone(fd);
	return 0;
}
