// SPDX-License-Identifier: GPL-3.0-or-later
/* loop - binding a file, finding who has it, letting go; as "loop DIR classic" with the calls of
 * kernels before 5.8. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/host/workspace.h"
#include "libds/kernel/loop.h"
#include "without.h"

static const struct ds_undo_verb verbs[] = {
	{DS_LOOP_VERB, false, ds_loop_undo},
	{NULL, false, NULL},
};

struct found {
	int count, read_only;
	char path[DS_LOOP_PATH_MAX];
};

static int count(const struct ds_loop_user *user, void *ctx)
{
	struct found *found = ctx;

	found->count++;
	found->read_only += user->read_only;
	memcpy(found->path, user->path, sizeof(found->path));
	return 0;
}

static struct found users_of(const char *path)
{
	struct found found = {0};
	struct stat st;

	MUST(stat(path, &st) == 0 && ds_loop_each(&st, count, &found) == 0);
	return found;
}

static unsigned flags_of(int loop_fd)
{
	struct loop_info64 info;

	MUST(ioctl(loop_fd, LOOP_GET_STATUS64, &info) == 0);
	return info.lo_flags;
}

static bool can_write(const char *path)
{
	auto_fd fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0;
}

static void binds(int file_fd)
{
	auto_undo undo = DS_UNDO_CLOSED;
	auto_loop loop = DS_LOOP_CLOSED, again = DS_LOOP_CLOSED;
	struct found found;
	char text[8] = "";

	MUST(ds_undo_open(&undo, "web", verbs) == 0);
	CLAIM("a file is bound to a device",
	      ds_loop_attach(&loop, &undo, file_fd, "file", false) == 0 &&
		      pread(loop.fd, text, 4, 0) == 4 && strcmp(text, "text") == 0);
	CLAIM("the device lets go by itself", flags_of(loop.fd) & LO_FLAGS_AUTOCLEAR);
	MUST(rename("file", "renamed") == 0);
	found = users_of("renamed");
	CLAIM("a file under another name is still found to be bound",
	      found.count == 1 && !found.read_only && strcmp(found.path, loop.path) == 0);
	MUST(rename("renamed", "file") == 0);
	CLAIM("what was asked to be read-only cannot be written to",
	      ds_loop_attach(&again, &undo, file_fd, "file", true) == 0 &&
		      flags_of(again.fd) & LO_FLAGS_READ_ONLY && !can_write(again.path));
	found = users_of("file");
	CLAIM("both devices of a file are found", found.count == 2 && found.read_only == 1);
	ds_loop_close(&again);
	CLAIM("closed and not mounted, a device is free", users_of("file").count == 1);
	MUST(stat("other", &(struct stat){0}) == 0);
	CLAIM("another file is bound to none", users_of("other").count == 0);
}

static void writes_nothing(void)
{
	auto_undo undo = DS_UNDO_CLOSED;
	auto_loop loop = DS_LOOP_CLOSED;
	auto_fd file_fd = open("file", O_RDONLY | O_CLOEXEC);

	MUST(ds_undo_open(&undo, "db", verbs) == 0);
	CLAIM("a file that is open for reading makes a device for reading",
	      ds_loop_attach(&loop, &undo, file_fd, "file", true) == 0 &&
		      flags_of(loop.fd) & LO_FLAGS_READ_ONLY);
	ds_loop_close(&loop);
}

/* Another process has the device open for a while, which is what a mount in a guest's dying
 * namespace looks like. */
static pid_t hold(const char *path, int ms)
{
	int ready[2];
	char c;
	pid_t pid;

	MUST(pipe(ready) == 0 && (pid = fork()) >= 0);
	if (pid == 0) {
		int fd = open(path, O_RDONLY);

		if (fd < 0 || write(ready[1], "", 1) != 1)
			_exit(1);
		poll(NULL, 0, ms);
		_exit(0);
	}
	close(ready[1]);
	MUST(read(ready[0], &c, 1) == 1);
	close(ready[0]);
	return pid;
}

static void lets_go(int file_fd)
{
	auto_undo undo = DS_UNDO_CLOSED;
	auto_loop loop = DS_LOOP_CLOSED;
	long long since;
	pid_t holder;

	MUST(ds_undo_open(&undo, "web", verbs) == 0);
	MUST(ds_loop_attach(&loop, &undo, file_fd, "file", false) == 0);
	holder = hold(loop.path, 300);
	ds_loop_close(&loop);
	since = ds_now_ms();
	CLAIM("undoing waits for whoever still has the device", ds_undo_now(&undo) == 0);
	CLAIM("and goes on as soon as that one has let go", ds_now_ms() - since < 2000);
	CLAIM("the device is free then", users_of("file").count == 0);
	MUST(waitpid(holder, NULL, 0) == holder);

	MUST(ds_loop_attach(&loop, &undo, file_fd, "file", false) == 0);
	holder = hold(loop.path, 60000);
	ds_loop_close(&loop);
	CLAIM("what is not let go is an error that names device and file",
	      ds_undo_now(&undo) == -EBUSY && strstr(ds_err_last()->text, loop.path) &&
		      strstr(ds_err_last()->text, "file"));
	MUST(kill(holder, SIGKILL) == 0 && waitpid(holder, NULL, 0) == holder);
	CLAIM("and is undone at the next attempt",
	      ds_undo_replay("web", verbs) == 0 && users_of("file").count == 0);
	close_fd(&undo.fd);
	undo.armed = false;
}

static void leaves_alone(int file_fd)
{
	auto_undo undo = DS_UNDO_CLOSED;
	auto_loop loop = DS_LOOP_CLOSED;
	const char *args[DS_UNDO_ARGS] = {"/dev/loop1048000", "1", "2", "file"};

	MUST(ds_undo_open(&undo, "web", verbs) == 0);
	CLAIM("a device that is not there is free", ds_loop_undo(args) == 0);
	MUST(symlink("loop0", "loop0") == 0);
	args[0] = "./loop0";
	CLAIM("one that cannot be asked is not known to be", ds_loop_undo(args) == -ELOOP);
	MUST(ds_loop_attach(&loop, &undo, file_fd, "file", false) == 0);
	args[0] = loop.path;
	CLAIM("a device that another file is bound to is left alone",
	      ds_loop_undo(args) == 0 && users_of("file").count == 1);
	ds_loop_close(&loop);
}

#define RACERS 8

static void races(int file_fd)
{
	int start[2], failed = 0, status;
	char name[32];

	MUST(pipe(start) == 0);
	for (int i = 0; i < RACERS; i++) {
		if (fork() == 0) {
			struct ds_undo undo = DS_UNDO_CLOSED;
			auto_loop loop = DS_LOOP_CLOSED;
			char c;

			close(start[1]);
			snprintf(name, sizeof(name), "racer%d", i);
			if (ds_undo_open(&undo, name, verbs) < 0 || read(start[0], &c, 1) != 0)
				_exit(2);
			status = ds_loop_attach(&loop, &undo, file_fd, "file", false) < 0;
			/* All of them at once, or one could be free again. */
			if (!status)
				poll(NULL, 0, 300);
			if (status)
				fprintf(stderr, "%s\n", ds_err_last()->text);
			ds_loop_close(&loop);
			ds_undo_auto(&undo);
			_exit(status);
		}
	}
	close(start[0]);
	close(start[1]);
	while (wait(&status) > 0)
		failed += status != 0;
	CLAIM("whoever loses the race for a device takes the next", failed == 0);
	CLAIM("all of them are free afterwards", users_of("file").count == 0);
}

int main(int argc, char **argv)
{
	auto_fd file_fd = -1;

	MUST(argc >= 2 && chdir(argv[1]) == 0);
	MUST(ds_workspace_choose(argv[1]) == 0 && ds_workspace_create() == 0);
	put("file", "text");
	put("other", "text");
	MUST(truncate("file", 1 << 20) == 0 && truncate("other", 1 << 20) == 0);
	file_fd = open("file", O_RDWR | O_CLOEXEC);
	MUST(file_fd >= 0);
	if (argc > 2)
		without_ioctl(LOOP_CONFIGURE);
	binds(file_fd);
	writes_nothing();
	leaves_alone(file_fd);
	races(file_fd);
	if (argc == 2)
		lets_go(file_fd);
	return 0;
}
