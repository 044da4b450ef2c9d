// SPDX-License-Identifier: GPL-3.0-or-later
/* client - see client.h. */
#include "libds/api/client.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "libds/api/action.h"
#include "libds/api/query.h"
#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/loop.h"

#define REFUSED_MAX 32
#define JOBS_MAX 32
#define REPLIES_MAX (4U << 20) /* bytes, beyond which no further answer is begun */
#define REQUEST_MS 5000
#define REPLY_MS 30000
#define LEAVE_MS 1000

enum state {
	FREE,
	READING, /* its request comes */
	READY,   /* that is complete, and waits its turn */
	WORKING, /* a process does what it asked for */
	WRITING, /* its answer goes */
	LEAVING, /* it has that, and is to close; what it still sends is dropped */
};

struct client {
	struct ds_loop_entry entry;
	enum state state;
	bool is_refused;
	pid_t job;
	unsigned turn;
	long long deadline; /* ds_now_ms(); -1 = none */
	size_t have;
	uint8_t data[DS_REQUEST_MAX];
	struct ds_reply reply;
};

static struct client *clients;
static int count, refused, jobs;
static unsigned turns;
static size_t replies; /* bytes of all answers that are on their way */

int ds_clients_open(void)
{
	clients = calloc(DS_CLIENTS_MAX, sizeof(*clients));
	return clients ? 0 : ds_fail("keep clients");
}

bool ds_clients_are_full(void)
{
	return count == DS_CLIENTS_MAX;
}

static void free_reply(struct client *c)
{
	replies -= c->reply.room;
	ds_reply_free(&c->reply);
}

/* The job that it may have goes on. */
static void drop(struct client *c)
{
	ds_loop_remove(&c->entry);
	close_fd(&c->entry.fd);
	free_reply(c);
	c->state = FREE;
	count--;
	refused -= c->is_refused;
}

static void enter(struct client *c, enum state state, int bound_ms, uint32_t events)
{
	c->state = state;
	c->deadline = bound_ms < 0 ? -1 : ds_now_ms() + bound_ms;
	ds_loop_change(&c->entry, events);
}

static void write_reply(struct client *c)
{
	int done = ds_try_reply_send(&c->reply, c->entry.fd);

	if (done < 0) {
		drop(c);
	} else if (done) {
		free_reply(c);
		/* Closed with something of it unread, it would get an error in place of the end. */
		shutdown(c->entry.fd, SHUT_WR);
		enter(c, LEAVING, LEAVE_MS, EPOLLIN);
	}
}

static void answer(struct client *c, enum socketd_status status)
{
	ds_reply_end(&c->reply, status);
	replies += c->reply.room;
	enter(c, WRITING, REPLY_MS, EPOLLOUT);
	write_reply(c);
}

static void read_request(struct client *c)
{
	struct ds_request request;
	int missing;

	while ((missing = ds_try_request_parse(c->data, c->have, &request)) > 0) {
		ssize_t got = recv(c->entry.fd, c->data + c->have, (size_t)missing, MSG_DONTWAIT);

		if (got < 0 && errno != EAGAIN && errno != EINTR)
			drop(c);
		else if (!got)
			answer(c, SOCKETD_BAD_REQUEST);
		if (got <= 0)
			return;
		c->have += (size_t)got;
	}
	if (missing < 0) {
		answer(c, SOCKETD_BAD_REQUEST);
		return;
	}
	c->turn = turns++;
	enter(c, READY, -1, 0);
}

static void drain(struct client *c)
{
	static char nowhere[16384];
	ssize_t got = recv(c->entry.fd, nowhere, sizeof(nowhere), MSG_DONTWAIT);

	if (!got || (got < 0 && errno != EAGAIN && errno != EINTR))
		drop(c);
}

static void take(struct ds_loop_entry *entry, uint32_t events)
{
	struct client *c = (struct client *)entry;

	if (c->state == READING)
		read_request(c);
	else if (c->state == LEAVING)
		drain(c);
	else if (events & (EPOLLHUP | EPOLLERR))
		drop(c);
	else if (c->state == WRITING)
		write_reply(c);
}

void ds_client_new(int fd, bool is_allowed)
{
	struct client *c = clients;

	while (c->state != FREE)
		c++;
	*c = (struct client){.entry = {take, fd}, .is_refused = !is_allowed};
	count++;
	refused += !is_allowed;
	c->state = READING;
	c->deadline = ds_now_ms() + REQUEST_MS;
	if (ds_loop_add(&c->entry, EPOLLIN) < 0)
		drop(c);
	else if (!is_allowed)
		answer(c, SOCKETD_FORBIDDEN);
	if (refused > REFUSED_MAX && c->state != FREE)
		drop(c);
}

static bool is_lifecycle(const struct client *c)
{
	uint64_t opcode = SOCKETD_GET(((const struct socketd_header *)c->data)->code);

	return opcode >= SOCKETD_START && opcode <= SOCKETD_RESTART;
}

void ds_clients_job_ended(pid_t pid, int wait_status)
{
	jobs--;
	for (struct client *c = clients; c < clients + DS_CLIENTS_MAX; c++) {
		struct ds_request request;

		if (c->state != WORKING || c->job != pid)
			continue;
		ds_try_request_parse(c->data, c->have, &request);
		answer(c, ds_action_end(&request, wait_status));
	}
}

static void begin_job(struct client *c, const struct ds_request *request)
{
	enum socketd_status status = ds_action_begin(request, &c->job);

	if (status != SOCKETD_OK) {
		answer(c, status);
		return;
	}
	jobs++;
	c->state = WORKING;
}

static void serve(struct client *c)
{
	struct ds_request request;

	ds_try_request_parse(c->data, c->have, &request);
	if (!ds_query_is_built_in(request.opcode))
		answer(c, SOCKETD_UNSUPPORTED);
	else if (is_lifecycle(c))
		begin_job(c, &request);
	else
		answer(c, ds_query(&request, &c->reply));
	ds_err_clear();
}

/* Who has waited longest, of those for whom there is room. */
static struct client *next(void)
{
	struct client *found = NULL;

	for (struct client *c = clients; c < clients + DS_CLIENTS_MAX; c++) {
		if (c->state == READY &&
		    (is_lifecycle(c) ? jobs < JOBS_MAX : replies < REPLIES_MAX) &&
		    (!found || (int)(c->turn - found->turn) < 0))
			found = c;
	}
	return found;
}

int ds_clients_step(void)
{
	struct client *c = next();
	long long now, first = -1;

	if (c)
		serve(c);
	now = ds_now_ms();
	for (c = clients; c < clients + DS_CLIENTS_MAX; c++) {
		if (c->state != FREE && c->deadline >= 0 && c->deadline <= now) {
			if (c->state == READING)
				answer(c, SOCKETD_BAD_REQUEST);
			else
				drop(c);
		}
		if (c->state != FREE && c->deadline >= 0 && (first < 0 || c->deadline < first))
			first = c->deadline;
	}
	if (next())
		return 0;
	return first < 0 ? -1 : (int)(first - now);
}
