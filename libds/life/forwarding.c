// SPDX-License-Identifier: GPL-3.0-or-later
/* forwarding - see forwarding.h. */
#include "libds/life/forwarding.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/loop.h"
#include "libds/core/pack.h"
#include "libds/core/str.h"
#include "libds/core/texts.h"
#include "libds/host/state.h"
#include "libds/kernel/rlimit.h"
#include "libds/life/forward.h"
#include "libds/life/links.h"
#include "libds/link/bridge.h"
#include "libds/link/dial.h"
#include "libds/link/hostsocket.h"
#include "libds/link/linklog.h"

#define DIALS_MAX 32 /* processes at a time */
#define FILES_A_ONE                                                                                \
	8 /* that a connection may need: two, what both ways wait in, what waits there */

/* Somebody may come. */
struct door {
	struct ds_loop_entry entry; /* first */
	struct door *next;
	bool from_guest;
	char id[DS_SHA256_HEX + 1];
	struct ds_hostsocket host; /* from_guest: what is at its target */
};

/* Somebody has come, and a process dials for him. */
struct call {
	struct ds_loop_entry entry; /* first; of the process */
	struct call *next;
	const struct door *door;
	int client_fd;
	unsigned flags;
};

static struct {
	const struct ds_spec *spec;
	struct ds_undo *undo;
	char *list;
	struct door *doors;
	struct call *calls;
	int call_count;
	bool is_full, is_stuck; /* nobody is let in, the latter until somebody leaves */
	bool has_files;         /* so many may be open as it takes */
} us DS_KEPT;

/* ---- The list ---- */

/* Take the item with that identifier out of it. */
static bool look_up(const char *list, const char *id, bool from_guest, struct ds_forward *forward)
{
	char its_id[DS_SHA256_HEX + 1];

	while (ds_forward_next(&list, forward) > 0) {
		ds_forward_id(us.spec->uuid, forward, its_id);
		if (forward->from_guest == from_guest && strcmp(its_id, id) == 0)
			return true;
	}
	return false;
}

static struct door *find_door(const struct ds_forward *forward)
{
	char id[DS_SHA256_HEX + 1];
	struct door *door = us.doors;

	ds_forward_id(us.spec->uuid, forward, id);
	while (door && (door->from_guest != forward->from_guest || strcmp(door->id, id) != 0))
		door = door->next;
	return door;
}

/* ---- Whoever comes ---- */

static bool has_room(void)
{
	return !us.is_stuck && us.call_count < DIALS_MAX &&
	       us.call_count + ds_bridge_count(NULL) < DS_BRIDGES_MAX;
}

/* Others wait in the kernel's queue meanwhile. */
static void let_in(void)
{
	bool is_full = !has_room();

	if (is_full == us.is_full)
		return;
	us.is_full = is_full;
	for (struct door *door = us.doors; door; door = door->next)
		ds_loop_change(&door->entry, is_full ? 0 : EPOLLIN);
}

static void left(void)
{
	us.is_stuck = false;
	let_in();
}

/* Not for PID 1, which gets the monitor's own. */
static void make_room_for_files(void)
{
	struct rlimit limit;
	const rlim_t wanted = (rlim_t)DS_BRIDGES_MAX * FILES_A_ONE;

	if (us.has_files || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	us.has_files = true;
	if (limit.rlim_cur < wanted)
		limit.rlim_cur = wanted;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void end_call(struct call *call)
{
	struct call **link = &us.calls;

	while (*link != call)
		link = &(*link)->next;
	*link = call->next;
	us.call_count--;
	ds_loop_remove(&call->entry);
	close_fd(&call->entry.fd);
	close_fd(&call->client_fd);
	free(call);
}

/* A guest may ask and ask, and an errno value's text has to be unpacked. */
static bool may_say(void)
{
	static long long last = -1000;
	long long now = ds_now_ms();

	if (now - last < 1000)
		return false;
	last = now;
	return true;
}

static void say_failed(const struct door *door, int err)
{
	struct ds_forward forward;

	if (!may_say() || !look_up(us.list, door->id, door->from_guest, &forward))
		return;
	ds_linklog(us.spec->name, "forward to %.120s: dial %.120s: %s", forward.target,
		   forward.source, ds_texts_ready() ? strerror(err) : "failed");
	ds_pack_drop_texts();
}

static void take_dialled(struct ds_loop_entry *entry, uint32_t events)
{
	struct call *call = (struct call *)entry;
	int fd, err = ETIMEDOUT;
	ssize_t len = ds_try_fd_receive(entry->fd, &err, sizeof(err), &fd);

	(void)events;
	if (fd >= 0)
		ds_bridge_begin(take_fd(&call->client_fd), fd, call->flags, call->door);
	else
		say_failed(call->door, len == sizeof(err) ? err : ETIMEDOUT);
	end_call(call);
	left();
}

static int begin_call(const struct door *door, int client_fd, const struct ds_dial *dial,
		      unsigned flags)
{
	struct call *call = malloc(sizeof(*call));
	int fd = call ? ds_dial_begin(dial) : -ENOMEM;

	if (fd < 0) {
		free(call);
		return fd;
	}
	*call = (struct call){.entry = {.take = take_dialled, .fd = fd},
			      .next = us.calls,
			      .door = door,
			      .client_fd = client_fd,
			      .flags = flags};
	us.calls = call;
	us.call_count++;
	ds_loop_add(&call->entry, EPOLLIN);
	return 0;
}

/* Both fds are closed where it fails. */
static int connect_through(const struct door *door, int client_fd)
{
	struct ds_forward forward;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	auto_state state = {0};
	struct ds_dial dial = {.path = forward.source};
	unsigned flags;
	int fd;

	if (!look_up(us.list, door->id, door->from_guest, &forward)) {
		if (may_say())
			ds_linklog(us.spec->name, "forward: nothing is known as %s", door->id);
		return -ENOENT;
	}
	if (getsockopt(client_fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
	    (door->from_guest && ds_try_state_load(us.spec->name, &state) < 0))
		return -ESRCH;
	dial.type = forward.seqpacket ? SOCK_SEQPACKET : SOCK_STREAM;
	dial.uid = peer.uid;
	dial.gid = peer.gid;
	dial.init = door->from_guest ? &state.init : NULL;
	flags = (forward.no_fds ? DS_FLOW_NO_FDS : 0) | (forward.seqpacket ? DS_FLOW_SEQPACKET : 0);
	fd = ds_try_dial(&dial);
	if (fd == -EAGAIN)
		return begin_call(door, client_fd, &dial, flags);
	if (fd >= 0)
		return ds_bridge_begin(client_fd, fd, flags, door) < 0 ? 1 : 0;
	say_failed(door, -fd);
	return fd;
}

static void come(struct ds_loop_entry *entry, uint32_t events)
{
	int fd = accept4(entry->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)events;
	make_room_for_files();
	if (fd >= 0 && connect_through((struct door *)entry, fd) < 0)
		close(fd);
	/* The kernel is out of what that takes, and would say so again and again. */
	us.is_stuck = fd < 0 && errno != EAGAIN && errno != ECONNABORTED &&
		      (ds_bridge_count(NULL) || us.call_count);
	ds_err_clear();
	let_in();
}

/* ---- Doors ---- */

static int open_door(const struct ds_forward *forward)
{
	struct door *door = calloc(1, sizeof(*door));
	struct ds_door what = {.type = forward->seqpacket ? SOCK_SEQPACKET : SOCK_STREAM,
			       .mode = forward->mode,
			       .uid = forward->uid,
			       .gid = forward->gid};
	int fd;

	if (!door)
		return ds_fail("listen");
	ds_forward_id(us.spec->uuid, forward, door->id);
	what.name = door->id;
	fd = forward->from_guest ? ds_hostsocket_open(forward->target, &what, us.undo, &door->host)
				 : ds_links_listen(us.spec->name, us.undo, &what);
	door->entry = (struct ds_loop_entry){.take = come, .fd = fd};
	door->from_guest = forward->from_guest;
	if (fd >= 0 && ds_loop_add(&door->entry, us.is_full ? 0 : EPOLLIN) == 0) {
		door->next = us.doors;
		us.doors = door;
		return 0;
	}
	if (fd >= 0)
		ds_fail("watch its socket");
	close_fd(&door->entry.fd);
	free(door);
	return ds_forward_err_in(forward);
}

/* Nobody is heard there any more, and who is through is put out. */
static void close_door(struct door *door)
{
	struct door **link = &us.doors;

	while (*link != door)
		link = &(*link)->next;
	*link = door->next;
	for (struct call *call = us.calls, *next; call; call = next) {
		next = call->next;
		if (call->door == door)
			end_call(call);
	}
	ds_bridge_end(door);
	ds_loop_remove(&door->entry);
	close_fd(&door->entry.fd);
	free(door);
}

/* ---- All of them ---- */

static int open_all(const char *list)
{
	struct ds_forward forward;
	int more, err = 0;

	while (!err && (more = ds_forward_next(&list, &forward)) != 0) {
		err = more < 0 ? more : 0;
		if (!err && !find_door(&forward))
			err = open_door(&forward);
	}
	return err;
}

int ds_forwarding_open(const struct ds_spec *spec, struct ds_undo *undo)
{
	us.spec = spec;
	us.undo = undo;
	ds_bridge_ended = left;
	return *spec->forwards ? ds_forwarding_change(spec->forwards) : 0;
}

int ds_forwarding_show(const struct ds_spec *spec, int root_fd)
{
	const char *list = spec->forwards;
	char id[DS_SHA256_HEX + 1];
	struct ds_forward forward;
	int more;

	while ((more = ds_forward_next(&list, &forward)) > 0) {
		ds_forward_id(spec->uuid, &forward, id);
		if (!forward.from_guest &&
		    ds_links_bind(spec->name, id, root_fd, forward.target) < 0)
			return ds_forward_err_in(&forward);
	}
	return more;
}

/* The socket of what is not in the list any more goes now; at the guest's end the journal sees to that. */
static void close_missing(const char *list)
{
	const char *was = us.list ? us.list : "", *from, *end;
	struct ds_forward forward;

	while (ds_forward_next(&was, &forward) > 0) {
		struct door *door = find_door(&forward);

		if (!door || ds_forward_find(list, &forward, &from, &end) != 0)
			continue;
		if (door->from_guest)
			ds_hostsocket_remove(forward.target, &door->host);
		else
			ds_links_unlink(us.spec->name, door->id);
		close_door(door);
	}
}

int ds_forwarding_change(const char *list)
{
	char *copy = strdup(list);

	if (!copy)
		return ds_fail("keep the forwards");
	close_missing(list);
	free(us.list);
	us.list = copy;
	return open_all(copy);
}

void ds_forwarding_close(void)
{
	while (us.doors)
		close_door(us.doors);
	free(take_ptr(us.list));
	if (us.has_files)
		ds_rlimit_reset();
	us.has_files = us.is_full = us.is_stuck = false;
}
