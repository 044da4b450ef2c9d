// SPDX-License-Identifier: GPL-3.0-or-later
/* seats - see seats.h. What moves output runs in an idle monitor: it keeps to the code that the Makefile
 * lays together, and away from constants in memory, which lie on pages of their own. */
#include "libds/life/seats.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/loop.h"
#include "libds/core/unixsock.h"
#include "libds/life/answer.h"
#include "libds/life/links.h"

#define CHUNK 4096         /* what a pty gives at most, N_TTY_BUF_SIZE of the kernel */
#define CHUNKS_IN_A_ROW 16 /* from one terminal, before the others and the caller have their turn */
#define QUEUE 65536        /* bytes on their way to a viewer that reads no more */

struct terminal {
	struct ds_loop_entry entry; /* first; of the master, not owned; -1 between two lives */
	int screen_fd; /* -1 before the first output, or on a kernel without memfd_create (3.17) */
	uint64_t written;
	bool ready; /* there may be something to read */
};

struct viewer {
	struct ds_loop_entry entry; /* first; -1 = a free place */
	int terminal;               /* -1 = has not said which yet */
	long long
		deadline; /* takes no more now, and is waited for until then (ds_now_ms()); 0 = takes */
	bool stalled;     /* has been waited for; what comes is lost to it */
};

static struct {
	struct ds_conlog *log; /* of the console */
	struct ds_loop_entry door;
	struct terminal terminals[DS_PTYS_MAX];
	struct viewer viewers[DS_VIEWERS_MAX];
} seats;

static char chunk[CHUNK];

static void take_again(struct viewer *viewer)
{
	viewer->deadline = 0;
	viewer->stalled = false;
}

static void leave(struct viewer *viewer)
{
	/* ds-start may hold it, too. */
	ds_loop_remove(&viewer->entry);
	close_fd(&viewer->entry.fd);
	take_again(viewer);
}

static void show(struct viewer *viewer, size_t len)
{
	struct pollfd room = {.fd = viewer->entry.fd, .events = POLLOUT};

	if (send(viewer->entry.fd, chunk, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno != EAGAIN) {
		leave(viewer);
		return;
	}
	/* Asked for behind each message, since there is nowhere to keep what finds no room: an UNIX
	 * socket is writable while it is less than a quarter full. */
	if (poll(&room, 1, 0) == 0)
		viewer->deadline = ds_now_ms() + DS_SEAT_PATIENCE_MS;
}

static void show_screen(struct viewer *viewer)
{
	const struct terminal *terminal = &seats.terminals[viewer->terminal];
	uint64_t at = terminal->written < DS_SCREEN_SIZE ? 0 : terminal->written - DS_SCREEN_SIZE;

	while (terminal->screen_fd >= 0 && viewer->entry.fd >= 0 && at < terminal->written) {
		uint64_t left = terminal->written - at, place = at % DS_SCREEN_SIZE;
		size_t size = left < CHUNK ? (size_t)left : CHUNK;
		ssize_t len;

		if (size > DS_SCREEN_SIZE - place)
			size = DS_SCREEN_SIZE - place;
		len = pread(terminal->screen_fd, chunk, size, (off_t)place);
		if (len <= 0)
			return;
		show(viewer, (size_t)len);
		at += (uint64_t)len;
	}
}

static void hand_master(struct viewer *viewer)
{
	int master_fd = seats.terminals[viewer->terminal].entry.fd;

	if (master_fd >= 0 && viewer->entry.fd >= 0 &&
	    ds_try_fd_send(viewer->entry.fd, master_fd, chunk, 1) < 0)
		leave(viewer);
}

static void seat(struct viewer *viewer, int number)
{
	viewer->terminal = number;
	show_screen(viewer);
	hand_master(viewer);
}

static void hear(struct viewer *viewer)
{
	struct ds_seat_request request;
	ssize_t len = recv(viewer->entry.fd, &request, sizeof(request), MSG_DONTWAIT);

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (len == sizeof(request) && viewer->terminal < 0 && request.version == DS_SEAT_VERSION &&
	    request.terminal < DS_PTYS_MAX && seats.terminals[request.terminal].entry.fd >= 0)
		seat(viewer, request.terminal);
	else {
		if (CFG_LINKS && len == sizeof(request) && request.terminal == DS_SEAT_LINKS)
			ds_links_reload(viewer->entry.fd);
		leave(viewer);
	}
}

static void take_of(struct ds_loop_entry *entry, uint32_t events)
{
	struct viewer *viewer = (struct viewer *)entry;

	if (events & (EPOLLHUP | EPOLLRDHUP | EPOLLERR)) {
		leave(viewer);
		return;
	}
	if (events & EPOLLOUT) {
		bool missed = viewer->stalled;

		take_again(viewer);
		if (missed)
			show_screen(viewer);
	}
	if (events & EPOLLIN && viewer->entry.fd >= 0)
		hear(viewer);
}

static bool watch(struct viewer *viewer, int fd)
{
	*viewer = (struct viewer){.entry = {.take = take_of, .fd = fd}, .terminal = -1};
	if (ds_loop_add(&viewer->entry, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET) == 0)
		return true;
	viewer->entry.fd = -1;
	return false;
}

/* A new viewer, or one too many, who is sent away. */
static struct viewer *come(int fd)
{
	const int queue = QUEUE;
	struct viewer *viewer = seats.viewers;

	while (viewer < seats.viewers + DS_VIEWERS_MAX && viewer->entry.fd >= 0)
		viewer++;
	if (viewer == seats.viewers + DS_VIEWERS_MAX || !watch(viewer, fd)) {
		close(fd);
		return NULL;
	}
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &queue, sizeof(queue));
	return viewer;
}

static void let_in(struct ds_loop_entry *door, uint32_t events)
{
	int fd = accept4(door->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	if (fd >= 0)
		come(fd);
}

static void mark_ready(struct ds_loop_entry *entry, uint32_t events)
{
	(void)events;
	((struct terminal *)entry)->ready = true;
}

void ds_seats_open(int first_fd, struct ds_conlog *log)
{
	struct viewer *first;

	seats.log = log;
	seats.door.fd = -1;
	for (int i = 0; i < DS_VIEWERS_MAX; i++)
		seats.viewers[i].entry.fd = -1;
	for (int i = 0; i < DS_PTYS_MAX; i++)
		seats.terminals[i].entry.fd = seats.terminals[i].screen_fd = -1;
	first = DS_VIEWERS_MAX == 0 || first_fd < 0 ? NULL : come(first_fd);
	if (!first)
		return;
	fcntl(first->entry.fd, F_SETFL, O_RDWR | O_NONBLOCK);
	seat(first, 0);
}

int ds_seats_listen(const char *path)
{
	seats.door.fd = ds_unix_listen(path);
	if (seats.door.fd < 0)
		return seats.door.fd;
	seats.door.take = let_in;
	return ds_loop_add(&seats.door, EPOLLIN) < 0 ? ds_fail("watch %s", path) : 0;
}

int ds_seats_use(const struct ds_ptys *ptys)
{
	if (!ptys)
		close_fd(&seats.door.fd);
	for (int i = 0; i < DS_PTYS_MAX; i++) {
		struct terminal *terminal = &seats.terminals[i];

		/* A viewer holds the master too, so that closing ours does not unwatch it. */
		if (terminal->entry.fd >= 0)
			ds_loop_remove(&terminal->entry);
		terminal->entry.fd = ptys && i < ptys->count ? ptys->master_fds[i] : -1;
		/* Edge-triggered: one that nobody in the guest has open is "hung up" all the time. */
		terminal->entry.take = mark_ready;
		if (terminal->entry.fd >= 0 && ds_loop_add(&terminal->entry, EPOLLIN | EPOLLET) < 0)
			return ds_fail("watch a terminal");
	}
	for (int i = 0; i < DS_VIEWERS_MAX; i++) {
		struct viewer *viewer = &seats.viewers[i];

		if (viewer->entry.fd >= 0 && viewer->terminal >= 0)
			hand_master(viewer);
	}
	return 0;
}

static void keep(struct terminal *terminal, size_t len)
{
	static char name[] = "screen"; /* not constant, see above */
	size_t at = terminal->written % DS_SCREEN_SIZE, first = DS_SCREEN_SIZE - at;

	if (CFG_CONSOLE && terminal->screen_fd < 0 && !terminal->written)
		terminal->screen_fd = ds_sys_memfd_create(name, DS_MFD_CLOEXEC);
	if (first > len)
		first = len;
	if (terminal->screen_fd >= 0 &&
	    (pwrite(terminal->screen_fd, chunk, first, (off_t)at) < 0 ||
	     pwrite(terminal->screen_fd, chunk + first, len - first, 0) < 0))
		close_fd(&terminal->screen_fd);
	terminal->written += len;
}

/* Until when the terminal waits for somebody; 0 = for nobody. Each has his own time, which begins anew
 * with whatever he takes: one who reads slowly loses nothing. */
static long long waits_until(int number)
{
	long long until = 0;

	for (int i = 0; i < DS_VIEWERS_MAX; i++) {
		const struct viewer *viewer = &seats.viewers[i];

		if (viewer->terminal == number && viewer->deadline && !viewer->stalled &&
		    (!until || viewer->deadline < until))
			until = viewer->deadline;
	}
	return until;
}

/* One piece of what the guest wrote there; false if there is none, or nobody may be passed over. */
static bool move(int number)
{
	struct terminal *terminal = &seats.terminals[number];
	ssize_t len = read(terminal->entry.fd, chunk, sizeof(chunk));
	bool is_seen = false;

	/* EIO: nobody in the guest has it open. */
	if (len <= 0) {
		terminal->ready = len < 0 && errno == EINTR;
		return false;
	}
	if (CFG_CONSOLE_LOG && number == 0)
		ds_conlog_write(seats.log, chunk, (size_t)len);
	keep(terminal, (size_t)len);
	for (int i = 0; i < DS_VIEWERS_MAX; i++) {
		struct viewer *viewer = &seats.viewers[i];

		if (viewer->entry.fd < 0 || viewer->terminal != number)
			continue;
		is_seen = true;
		if (!viewer->stalled)
			show(viewer, (size_t)len);
	}
	if (!is_seen)
		ds_answer(terminal->entry.fd, chunk, (size_t)len);
	return !waits_until(number);
}

int ds_seats_run(void)
{
	long long next = -1;

	for (int i = 0; i < DS_VIEWERS_MAX; i++) {
		struct viewer *viewer = &seats.viewers[i];

		if (viewer->deadline && ds_now_ms() >= viewer->deadline)
			viewer->stalled = true;
	}
	for (int i = 0; i < DS_PTYS_MAX; i++) {
		struct terminal *terminal = &seats.terminals[i];
		long long until;

		if (terminal->entry.fd < 0 || !terminal->ready)
			continue;
		for (int n = 0; n < CHUNKS_IN_A_ROW && !waits_until(i); n++) {
			if (!move(i))
				break;
		}
		until = terminal->ready ? waits_until(i) : next;
		if (next < 0 || until < next)
			next = until;
	}
	/* The clock is for those who wait: its code is none of the pages that an idle monitor runs on. */
	if (next > 0) {
		next -= ds_now_ms();
		next = next > 0 ? next : 0;
	}
	return (int)next;
}

void ds_seats_finish(void)
{
	int wait_ms;

	for (int i = 0; i < DS_PTYS_MAX; i++)
		seats.terminals[i].ready = true;
	while ((wait_ms = ds_seats_run()) >= 0) {
		struct pollfd polled[DS_VIEWERS_MAX];

		for (int i = 0; i < DS_VIEWERS_MAX; i++) {
			const struct viewer *viewer = &seats.viewers[i];

			polled[i] = (struct pollfd){.fd = viewer->deadline ? viewer->entry.fd : -1,
						    .events = POLLOUT};
		}
		poll(polled, DS_VIEWERS_MAX, wait_ms);
		for (int i = 0; i < DS_VIEWERS_MAX; i++) {
			if (polled[i].revents & (POLLHUP | POLLERR))
				leave(&seats.viewers[i]);
			else if (polled[i].revents & POLLOUT)
				take_again(&seats.viewers[i]);
		}
	}
}
