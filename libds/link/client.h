/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LINK_CLIENT_H
#define DS_LINK_CLIENT_H

/* client - one connection from the guest: what it said, what it is waiting for (docs/links.md).
 *
 * It says hello first, then asks for one thing at a time. What it asks for and may not is refused, logged,
 * and the connection goes on; what is no message ends it. */

#include <poll.h>
#include <stdbool.h>

#include "libds/link/action.h"
#include "libds/link/job.h"
#include "libds/link/policy.h"
#include "libds/link/wire.h"

#define DS_LINK_TEXT_MAX (1U << 20) /* bytes of clipboard, or of input at once */
#define DS_CLIENT_POLLS 4           /* its socket, and its job's stdin, stdout, stderr */

/* What all connections of a container share. */
struct ds_link_host {
	const struct ds_policy *policy;
	const struct ds_link_user *user;
	long long frames, actions, lines; /* thousandths of one that may come now, or be logged */
	long long counted;                /* ds_now_ms() of that */
	unsigned unlogged;                /* refusals that had no line of their own */
	const struct ds_client *big;      /* has the one place for a large frame */
};

struct ds_client {
	int fd; /* -1: it is gone, and its job is to end */
	bool used;
	int uid;           /* in the guest, as the host sees it */
	unsigned accepted; /* bit n: enum ds_link_can */
	bool said_hello, ended, closing, waits_for_big;
	struct ds_wire_in in;
	struct ds_wire_out out;
	long long heard, asked, said, stuck, begun; /* ds_now_ms(); 0: not */
	struct ds_job job;
	enum ds_action_kind kind; /* of the job */
	bool tells, exited;
	int status;
	long long job_until; /* 0: as long as it takes */
	struct ds_wire_out got;
	char said_last[200]; /* the end of what it wrote to stderr */
};

/* So many a second, and so many at once; what is more waits, or (lines) is counted. A long frame is
 * several. */
#define DS_LINK_ONE 1000
#define DS_LINK_FRAMES 500
#define DS_LINK_ACTIONS 10
#define DS_LINK_LINES 10
#define DS_LINK_BURST 1000
#define DS_LINK_ACTION_BURST 20
#define DS_LINK_LINE_BURST 60

void ds_client_open(struct ds_client *client, int fd);

/* What it waits for; unused places have fd -1. throttled: nothing new is read. */
void ds_client_polls(const struct ds_client *client, const struct ds_link_host *host,
		     bool throttled, struct pollfd polled[DS_CLIENT_POLLS]);

/* Take what has come of that. */
void ds_client_take(struct ds_client *client, struct ds_link_host *host,
		    const struct pollfd polled[DS_CLIENT_POLLS]);

/* Its job, if it is this one, has ended with that status of waitpid(2). */
void ds_client_reap(struct ds_client *client, pid_t pid, int status);

/* Do what is due by time; when there is more, in milliseconds (-1: nothing). */
int ds_client_tick(struct ds_client *client, struct ds_link_host *host);

/* Tell it that the container stops. */
void ds_client_shut_down(struct ds_client *client);

#endif
