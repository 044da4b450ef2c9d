// SPDX-License-Identifier: GPL-3.0-or-later
/* bridge - see bridge.h. */
#include "libds/link/bridge.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/loop.h"

#define POOL_SIZE (DS_BRIDGES_MAX * sizeof(struct bridge))
#define PIECES_IN_A_ROW 4 /* from one side, before all others have their turn */

struct side {
	struct ds_loop_entry entry; /* first */
	struct bridge *bridge;
	uint32_t events;     /* what its entry waits for */
	bool in_loop, is_up; /* hung up: there is nobody to be told anything */
	struct ds_flow flow; /* from here to the other side */
	bool waits;          /* for the other to take something */
	bool ended;          /* nothing more will come, and the other knows */
};

struct bridge {
	struct bridge *next;
	const void *owner;
	struct side sides[2];
};

static struct bridge *bridges;
static struct bridge *pool; /* of DS_BRIDGES_MAX, there while a bridge is; without owner = free */

void (*ds_bridge_ended)(void) DS_KEPT;

static struct side *other(const struct side *side)
{
	struct side *sides = side->bridge->sides;

	return &sides[side == sides];
}

static void end(struct bridge *bridge)
{
	struct bridge **link = &bridges;

	while (*link != bridge)
		link = &(*link)->next;
	*link = bridge->next;
	for (int i = 0; i < 2; i++) {
		struct side *side = &bridge->sides[i];

		ds_flow_drop(&side->flow);
		if (side->in_loop)
			ds_loop_remove(&side->entry);
		close_fd(&side->entry.fd);
	}
	bridge->owner = NULL;
	if (!bridges) {
		ds_flow_rest();
		munmap(pool, POOL_SIZE);
		pool = NULL;
	}
	if (ds_bridge_ended)
		ds_bridge_ended();
}

/* ---- Both ways ---- */

/* Nobody says or takes anything there any more. */
static void finish(struct side *side, bool refused)
{
	ds_flow_drop(&side->flow);
	side->waits = false;
	side->ended = true;
	shutdown(other(side)->entry.fd, SHUT_WR);
	if (refused)
		shutdown(side->entry.fd, SHUT_RD);
}

/* Too much waits already: only what finds room at once is read. */
static bool has_no_room(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	return ds_flow_backlog() > DS_BRIDGE_BACKLOG && poll(&room, 1, 0) == 0;
}

/* Move what this side says, as far as it goes without waiting. */
static void carry(struct side *side)
{
	int more = 2;

	for (int i = 0; i < PIECES_IN_A_ROW && more > 1 && !side->ended; i++) {
		side->waits = !ds_flow_waits(&side->flow) && has_no_room(other(side)->entry.fd);
		if (side->waits)
			return;
		more = ds_flow_move(&side->flow);
		side->waits = more == -EAGAIN && ds_flow_waits(&side->flow);
		if (more == 0)
			finish(side, false);
		else if (more < 0 && more != -EAGAIN && more != -EINTR)
			finish(side, true);
	}
}

/* Events of its own that a side waits for; 0 = only that it is hung up. */
static bool wants(const struct side *side, uint32_t *events)
{
	*events = (side->ended || side->waits ? 0 : EPOLLIN) | (other(side)->waits ? EPOLLOUT : 0);
	/* One that has hung up says so all the time, also while its last words find no room. */
	return *events || side->ended;
}

static void watch(struct side *side)
{
	uint32_t events;
	bool wanted = wants(side, &events);

	if (wanted && !side->in_loop)
		side->in_loop = ds_loop_add(&side->entry, events) == 0;
	else if (wanted && events != side->events)
		ds_loop_change(&side->entry, events);
	else if (!wanted && side->in_loop) {
		ds_loop_remove(&side->entry);
		side->in_loop = false;
	}
	side->events = events;
}

static void take(struct ds_loop_entry *entry, uint32_t events)
{
	struct side *side = (struct side *)entry, *peer = other(side);
	struct bridge *bridge = side->bridge;

	if (events & EPOLLOUT && peer->waits)
		carry(peer);
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !side->ended && !side->waits)
		carry(side);
	if (events & (EPOLLHUP | EPOLLERR))
		side->is_up = true;
	if ((side->ended && peer->ended) || (side->is_up && side->ended)) {
		end(bridge);
		return;
	}
	watch(side);
	watch(peer);
}

static struct bridge *make(void)
{
	struct bridge *bridge;

	if (!pool)
		pool = mmap(NULL, POOL_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0);
	if (pool == MAP_FAILED) {
		pool = NULL;
		return NULL;
	}
	for (bridge = pool; bridge < pool + DS_BRIDGES_MAX && bridge->owner; bridge++)
		continue;
	return bridge < pool + DS_BRIDGES_MAX ? bridge : NULL;
}

int ds_bridge_begin(int first_fd, int second_fd, unsigned flags, const void *owner)
{
	const int fds[2] = {first_fd, second_fd};
	struct bridge *bridge = ds_flow_prepare() < 0 ? NULL : make();

	if (!bridge) {
		close(first_fd);
		close(second_fd);
		return -ENOMEM;
	}
	*bridge = (struct bridge){.next = bridges, .owner = owner};
	bridges = bridge;
	for (int i = 0; i < 2; i++) {
		bridge->sides[i] = (struct side){.entry = {.take = take, .fd = fds[i]},
						 .bridge = bridge,
						 .flow = {.from_fd = fds[i],
							  .to_fd = fds[!i],
							  .flags = flags,
							  .pipe_fds = {-1, -1}}};
		watch(&bridge->sides[i]);
	}
	return 0;
}

static bool is_of(const struct bridge *bridge, const void *owner)
{
	return !owner || bridge->owner == owner;
}

void ds_bridge_end(const void *owner)
{
	for (struct bridge *bridge = bridges, *next; bridge; bridge = next) {
		next = bridge->next;
		if (!is_of(bridge, owner))
			continue;
		/* Last words. */
		carry(&bridge->sides[0]);
		carry(&bridge->sides[1]);
		end(bridge);
	}
}

int ds_bridge_count(const void *owner)
{
	int count = 0;

	for (const struct bridge *bridge = bridges; bridge; bridge = bridge->next)
		count += is_of(bridge, owner);
	return count;
}
