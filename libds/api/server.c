// SPDX-License-Identifier: GPL-3.0-or-later
/* server - see server.h. */
#include "libds/api/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/api/bridge.h"
#include "libds/api/client.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/loop.h"
#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/detach.h"

#define ACCEPTS 16     /* of one door at a time */
#define SPARE_FILES 64 /* beside one for each client */
#define SHUT_MS 100    /* for doors where the system has no file for a client */

static int lock_fd = -1;
static struct ds_loop_entry doors[] = {{.fd = -1}, {.fd = -1}};
static struct ds_loop_entry signals = {.fd = -1};
static bool ends, is_short; /* of files: nobody is accepted for a moment */

#define DOORS (sizeof(doors) / sizeof(*doors))

static int take_lock(void)
{
	char path[PATH_MAX], pid[16];
	auto_fd fd = -1;
	int err = ds_str_fmt(path, sizeof(path), "%s/daemon.lock", ds_workspace_root());

	if (err < 0)
		return err;
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ds_fail("open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			return ds_fail("lock %s", path);
		ds_try_file_read(AT_FDCWD, path, pid, sizeof(pid));
		return ds_refuse(DS_EXIT_STATE, "a daemon runs already, PID %s",
				 ds_str_trim_end(pid));
	}
	lock_fd = take_fd(&fd);
	return 0;
}

void ds_server_is(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d\n", (int)pid);
	if (ftruncate(lock_fd, 0) == 0)
		pwrite(lock_fd, text, strlen(text), 0);
}

int ds_server_open(void)
{
	int err = take_lock();

	if (err < 0)
		return err;
	if (CFG_SOCKETD_BACKEND)
		doors[1].fd = ds_bridge_listen_abstract();
	if (CFG_SOCKETD_BACKEND && doors[1].fd < 0)
		return doors[1].fd;
	doors[0].fd = ds_bridge_listen();
	return doors[0].fd < 0 ? doors[0].fd : 0;
}

int ds_server_detach(int ready_fd)
{
	int *const kept[] = {&lock_fd, &doors[0].fd, &doors[1].fd, &ready_fd};
	int err = ds_detach(kept, sizeof(kept) / sizeof(*kept));

	close_fd(&ready_fd);
	return err;
}

static void watch_doors(uint32_t events)
{
	for (size_t i = 0; i < DOORS; i++) {
		if (doors[i].fd >= 0)
			ds_loop_change(&doors[i], events);
	}
}

static void accept_some(struct ds_loop_entry *door, uint32_t events)
{
	(void)events;
	for (int i = 0; i < ACCEPTS && !is_short && !ds_clients_are_full(); i++) {
		int fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0)
			ds_client_new(fd, ds_bridge_is_allowed(fd));
		else if (errno == EAGAIN)
			return;
		else if (errno != EINTR && errno != ECONNABORTED)
			is_short = true;
	}
}

static void take_signals(struct ds_loop_entry *entry, uint32_t events)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	(void)events;
	while (read(entry->fd, &info, sizeof(info)) == sizeof(info))
		ends |= info.ssi_signo != SIGCHLD;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		ds_clients_job_ended(pid, status);
}

static int prepare(void)
{
	static const int taken[] = {SIGCHLD, SIGTERM, SIGINT, SIGHUP};
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 &&
	    files.rlim_cur < DS_CLIENTS_MAX + SPARE_FILES) {
		files.rlim_cur = files.rlim_max < DS_CLIENTS_MAX + SPARE_FILES
					 ? files.rlim_max
					 : DS_CLIENTS_MAX + SPARE_FILES;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	/* Where our caller ignores it no child's end would be told. */
	signal(SIGCHLD, SIG_DFL);
	signals.fd = ds_signals_open(taken, sizeof(taken) / sizeof(*taken));
	signals.take = take_signals;
	if (signals.fd < 0 || ds_loop_open() < 0 || ds_clients_open() < 0)
		return -ds_err_last()->code;
	for (size_t i = 0; i < DOORS; i++) {
		doors[i].take = accept_some;
		if (doors[i].fd >= 0 && ds_loop_add(&doors[i], EPOLLIN) < 0)
			return ds_fail("wait for clients");
	}
	return ds_loop_add(&signals, EPOLLIN) < 0 ? ds_fail("wait for signals") : 0;
}

int ds_server_run(void)
{
	int err = prepare();
	bool was_open = true;

	while (!err && !ends) {
		int wait_ms = ds_clients_step();
		bool open = !is_short && !ds_clients_are_full();

		if (open != was_open)
			watch_doors(open ? EPOLLIN : 0);
		was_open = open;
		if (is_short && (wait_ms < 0 || wait_ms > SHUT_MS))
			wait_ms = SHUT_MS;
		is_short = false;
		ds_loop_step(wait_ms);
	}
	ds_bridge_unlink();
	return err;
}
