// SPDX-License-Identifier: GPL-3.0-or-later
/* serve - see serve.h. */
#include "libds/link/serve.h"

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/pack.h"
#include "libds/core/signals.h"
#include "libds/link/client.h"
#include "libds/link/request.h"

#define END_MS 3000 /* within which all ends, commands that heed no SIGTERM too */
#define LONG_MS 1000
#define TURN_MS 100 /* a second's tenth for what is refilled by time */

enum { DOOR, CONTROL, SIGNALS, FIRST, POLLS = FIRST + DS_LINK_CLIENTS * DS_CLIENT_POLLS };

struct server {
	struct ds_link_host host;
	int fds[FIRST];
	struct ds_client clients[DS_LINK_CLIENTS];
	long long ends_at; /* 0: nobody said so */
};

/* ---- The process "ds-link" ---- */

static const struct budget {
	size_t offset; /* in struct ds_link_host */
	int a_second, at_once;
} budgets[] = {
	{offsetof(struct ds_link_host, frames), DS_LINK_FRAMES, DS_LINK_BURST},
	{offsetof(struct ds_link_host, actions), DS_LINK_ACTIONS, DS_LINK_ACTION_BURST},
	{offsetof(struct ds_link_host, lines), DS_LINK_LINES, DS_LINK_LINE_BURST},
};

/* Is all of it there again? */
static bool refill(struct ds_link_host *host)
{
	long long now = ds_now_ms(), ms = now - host->counted;
	bool is_full = true;

	host->counted = now;
	for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++) {
		long long *left = (long long *)((char *)host + budgets[i].offset);
		long long most = budgets[i].at_once * (long long)DS_LINK_ONE;

		*left += ms * budgets[i].a_second;
		if (*left > most)
			*left = most;
		is_full &= *left == most;
	}
	return is_full;
}

static void welcome(struct server *server)
{
	int fd = accept4(server->fds[DOOR], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ds_client extra, *client = &extra;

	if (fd < 0)
		return;
	server->host.frames -= DS_LINK_ONE;
	for (int i = 0; client == &extra && i < DS_LINK_CLIENTS; i++) {
		if (!server->clients[i].used)
			client = &server->clients[i];
	}
	ds_client_open(client, fd);
	if (client != &extra)
		return;
	ds_refuse(DS_EXIT_FAILED, "too many are connected");
	ds_request_refuse(client);
	ds_try_wire_flush(&client->out, fd);
	ds_wire_out_free(&client->out);
	close(fd);
}

static void reap(struct server *server)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(server->fds[SIGNALS], &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM)
			server->fds[CONTROL] = -1;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (int i = 0; i < DS_LINK_CLIENTS; i++)
			ds_client_reap(&server->clients[i], pid, status);
	}
}

/* How long to wait for events, at most; 0: there is nothing to wait for. */
static int tick(struct server *server)
{
	int wait_ms = -1;
	bool is_full = refill(&server->host), is_used = false;

	for (int i = 0; i < DS_LINK_CLIENTS; i++) {
		struct ds_client *client = &server->clients[i];
		int ms = ds_client_tick(client, &server->host);

		is_used |= client->used;
		if (ms >= 0 && (wait_ms < 0 || ms < wait_ms))
			wait_ms = ms;
	}
	if (!is_used && (server->ends_at || is_full))
		return 0;
	if (server->ends_at && ds_now_ms() >= server->ends_at)
		return 0;
	/* Something is to be refilled, or ended. */
	if (!is_used || server->ends_at || server->host.frames <= 0 ||
	    server->host.actions < DS_LINK_ONE)
		return TURN_MS;
	return wait_ms > 0 ? wait_ms : wait_ms < 0 ? -1 : 1;
}

/* The monitor says so, or is gone. */
static void begin_end(struct server *server)
{
	/* Not closed: by that the monitor sees that all is over. */
	server->fds[CONTROL] = -1;
	close_fd(&server->fds[DOOR]);
	server->ends_at = ds_now_ms() + END_MS;
	for (int i = 0; i < DS_LINK_CLIENTS; i++)
		ds_client_shut_down(&server->clients[i]);
}

/* Who waits for long does without the texts of errors, some 60 KiB. */
static int wait_for(struct pollfd polled[POLLS], int wait_ms)
{
	bool is_long = wait_ms < 0 || wait_ms > LONG_MS;
	int ready = poll(polled, POLLS, is_long ? LONG_MS : wait_ms);

	if (ready || !is_long)
		return ready;
	ds_pack_drop_texts();
	return poll(polled, POLLS, wait_ms);
}

static void serve(struct server *server)
{
	struct pollfd polled[POLLS];
	int wait_ms = TURN_MS;

	for (; wait_ms; wait_ms = tick(server)) {
		bool throttled = server->host.frames <= 0;

		for (int i = 0; i < FIRST; i++)
			polled[i] = (struct pollfd){.fd = server->fds[i], .events = POLLIN};
		if (throttled)
			polled[DOOR].fd = -1;
		for (int i = 0; i < DS_LINK_CLIENTS; i++)
			ds_client_polls(&server->clients[i], &server->host, throttled,
					polled + FIRST + i * DS_CLIENT_POLLS);
		if (wait_for(polled, wait_ms) < 0)
			continue;
		if (polled[SIGNALS].revents)
			reap(server);
		for (int i = 0; i < DS_LINK_CLIENTS; i++) {
			if (server->clients[i].used)
				ds_client_take(&server->clients[i], &server->host,
					       polled + FIRST + i * DS_CLIENT_POLLS);
		}
		if (polled[DOOR].revents)
			welcome(server);
		if (!server->ends_at && (polled[CONTROL].revents || server->fds[CONTROL] < 0))
			begin_end(server);
	}
}

void ds_link_serve(struct ds_link *link, int control_fd)
{
	static const int taken[] = {SIGCHLD, SIGTERM};
	static struct server server;

	server.host = (struct ds_link_host){.policy = &link->policy, .user = &link->user};
	/* For the time since the boot: all of it is there. */
	refill(&server.host);
	server.fds[DOOR] = link->door.fd;
	server.fds[CONTROL] = control_fd;
	server.fds[SIGNALS] = ds_signals_open(taken, sizeof(taken) / sizeof(*taken));
	if (server.fds[SIGNALS] >= 0)
		serve(&server);
	ds_request_log_rest(&server.host);
}

/* ---- The monitor's part ---- */

/* By a pointer that is read: no instruction leads into packed code (pack.test). */
static void (*volatile const packed_serve)(struct ds_link *link, int control_fd) = ds_link_serve;

/* Whom nobody can serve, or the monitor would see him again and again. */
static void send_away(const struct ds_link *link)
{
	close(accept4(link->door.fd, NULL, NULL, SOCK_CLOEXEC));
}

/* Its code is packed. */
static void __attribute__((noreturn)) run(struct ds_link *link, int control_fd)
{
	int *const kept[] = {&link->door.fd, &control_fd};

	prctl(PR_SET_NAME, DS_LINK_COMM, 0, 0, 0);
	if (link->detach(kept, 2) < 0 || !ds_pack_ready(DS_PACK_CODE))
		send_away(link);
	else
		packed_serve(link, control_fd);
	_exit(0);
}

static struct ds_link *link_of(struct ds_loop_entry *server)
{
	return (struct ds_link *)((char *)server - offsetof(struct ds_link, server));
}

/* It has ended. Whoever came meanwhile is at the door. */
static void server_ended(struct ds_loop_entry *server, uint32_t events)
{
	struct ds_link *link = link_of(server);

	(void)events;
	ds_loop_remove(server);
	close_fd(&server->fd);
	if (link->door.fd >= 0)
		ds_loop_add(&link->door, EPOLLIN);
	/* What only making it needed. */
	link->shed();
}

static void somebody_came(struct ds_loop_entry *door, uint32_t events)
{
	struct ds_link *link = (struct ds_link *)((char *)door - offsetof(struct ds_link, door));
	int ends[2];

	(void)events;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
		send_away(link);
		return;
	}
	link->server.fd = ends[0];
	link->pid = ds_loop_add(&link->server, EPOLLIN) < 0 ? -1 : ds_fork();
	if (link->pid == 0)
		run(link, ends[1]);
	close(ends[1]);
	if (link->pid > 0) {
		ds_loop_remove(door);
		return;
	}
	ds_loop_remove(&link->server);
	close_fd(&link->server.fd);
	send_away(link);
}

int ds_link_open(struct ds_link *link)
{
	link->door.take = somebody_came;
	link->server = (struct ds_loop_entry){server_ended, -1};
	return ds_loop_add(&link->door, EPOLLIN) < 0 ? ds_fail("watch for links") : 0;
}

void ds_link_shut_down(struct ds_link *link)
{
	if (link->server.fd >= 0)
		shutdown(link->server.fd, SHUT_WR);
}

void ds_link_close(struct ds_link *link)
{
	struct pollfd polled = {.fd = link->server.fd, .events = POLLIN};

	ds_link_shut_down(link);
	/* Its cgroup is the monitor's, which is to be empty. */
	if (link->server.fd >= 0) {
		if (poll(&polled, 1, END_MS + TURN_MS) < 1)
			kill(link->pid, SIGKILL);
		waitpid(link->pid, NULL, 0);
		ds_loop_remove(&link->server);
	} else if (link->door.fd >= 0) {
		ds_loop_remove(&link->door);
	}
	close_fd(&link->server.fd);
	close_fd(&link->door.fd);
}
