// SPDX-License-Identifier: GPL-3.0-or-later
/* client - see client.h. */
#include "libds/link/client.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "libds/core/auto.h"
#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/link/message.h"
#include "libds/link/request.h"

#define HELLO_MS 10000      /* from the connection to hello */
#define ANSWER_MS 5000      /* from check_idle to its answer */
#define STUCK_MS 30000      /* for which it may not read what it is told */
#define HELLO_MAX 65536U    /* bytes of a frame before hello */
#define LARGE (1U << 20)    /* bytes; of larger frames there is one at a time */
#define WAITING_MAX 262144U /* bytes to be read by guest or job, from which nothing more is taken */
#define CHUNK 16384
#define CHUNKS 64

enum { SOCKET, IN, OUT, ERR };

void ds_client_open(struct ds_client *client, int fd)
{
	struct ucred peer = {.uid = (uid_t)-1};
	socklen_t size = sizeof(peer);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	*client = (struct ds_client){
		.fd = fd, .used = true, .uid = (int)peer.uid, .job = DS_JOB_NONE};
	client->heard = ds_now_ms();
}

static bool runs_command(const struct ds_client *client)
{
	return client->job.pid && client->kind == DS_DO_HOST_EXEC;
}

static bool is_busy(const struct ds_client *client)
{
	return client->job.pid || client->exited;
}

static bool takes_frames(const struct ds_client *client, const struct ds_link_host *host)
{
	if (client->ended || client->closing || ds_wire_waiting(&client->out) > WAITING_MAX)
		return false;
	if (client->waits_for_big && host->big && host->big != client)
		return false;
	return !is_busy(client) ||
	       (client->kind == DS_DO_HOST_EXEC && ds_wire_waiting(&client->job.in) <= WAITING_MAX);
}

static bool takes_output(const struct ds_client *client)
{
	return client->kind != DS_DO_HOST_EXEC || client->fd < 0 ||
	       ds_wire_waiting(&client->out) <= WAITING_MAX;
}

void ds_client_polls(const struct ds_client *client, const struct ds_link_host *host,
		     bool throttled, struct pollfd polled[DS_CLIENT_POLLS])
{
	bool output = takes_output(client);

	bool held = throttled || (client->said_hello && host->actions < DS_LINK_ONE);
	/* Who has hung up meanwhile is to be heard all the same. */
	bool deaf = held && !client->ended && !is_busy(client);

	polled[SOCKET] = (struct pollfd){.fd = client->used && !deaf ? client->fd : -1};
	polled[IN] = polled[OUT] = polled[ERR] = (struct pollfd){.fd = -1};
	if (!client->used)
		return;
	if (!throttled && takes_frames(client, host))
		polled[SOCKET].events |= POLLIN;
	if (ds_wire_waiting(&client->out))
		polled[SOCKET].events |= POLLOUT;
	if (ds_wire_waiting(&client->job.in))
		polled[IN] = (struct pollfd){.fd = client->job.in_fd, .events = POLLOUT};
	if (output) {
		polled[OUT] = (struct pollfd){.fd = client->job.out_fd, .events = POLLIN};
		polled[ERR] = (struct pollfd){.fd = client->job.err_fd, .events = POLLIN};
	}
}

/* A command ends with the guest's end, and what it alone waits for. */
static void hang_up(struct ds_client *client, struct ds_link_host *host)
{
	if (host->big == client)
		host->big = NULL;
	close_fd(&client->fd);
	ds_wire_in_free(&client->in);
	ds_wire_out_free(&client->out);
	if (client->kind == DS_DO_XDG_OPEN)
		ds_job_close(&client->job);
	else if (client->kind == DS_DO_HOST_EXEC || client->kind == DS_DO_CLIPBOARD_GET ||
		 client->tells)
		ds_job_end(&client->job);
}

static void read_frame(struct ds_client *client, struct ds_link_host *host)
{
	uint32_t most = !client->said_hello ? HELLO_MAX : DS_FRAME_MAX;
	bool is_taken = host->big && host->big != client;
	auto_message message = {0};
	int got;

	if (client->waits_for_big)
		host->big = client;
	client->waits_for_big = false;
	got = ds_try_wire_read(&client->in, client->fd,
			       most < LARGE || host->big == client ? most : LARGE);
	if (got == -EMSGSIZE && client->in.size <= most) {
		client->waits_for_big = true;
		if (!is_taken)
			host->big = client;
		return;
	}
	if (got == 0) {
		if (client->in.have && !client->begun)
			client->begun = ds_now_ms();
		return;
	}
	client->begun = 0;
	if (host->big == client)
		host->big = NULL;
	if (got == 1) {
		host->frames -= DS_LINK_ONE + client->in.size / 65;
		got = ds_message_parse(&message, take_ptr(client->in.text), client->in.size);
		ds_request_take(client, host, got < 0 ? NULL : &message);
	} else if (got == -ENODATA) {
		client->ended = true;
		client->job.in_ends = true;
		ds_job_feed(&client->job);
	} else if (got == -EMSGSIZE) {
		ds_refuse(DS_EXIT_FAILED, "a frame of %u bytes: at most %u", client->in.size, most);
		ds_request_take(client, host, NULL);
	} else {
		hang_up(client, host);
	}
}

/* The last line, where it is not empty. */
static void keep_last(struct ds_client *client, const char *data, size_t len)
{
	char line[sizeof(client->said_last)];
	const char *end = data + len, *from;

	while (end > data && (end[-1] == '\n' || !end[-1]))
		end--;
	from = memrchr(data, '\n', (size_t)(end - data));
	from = from ? from + 1 : data;
	if (end == from)
		return;
	snprintf(line, sizeof(line), "%.*s", (int)(end - from), from);
	memcpy(client->said_last, line, sizeof(line));
}

static void end_big(struct ds_client *client)
{
	static const char why[] = "it is more than 1 MiB";

	memcpy(client->said_last, why, sizeof(why));
	ds_job_end(&client->job);
}

static void read_job(struct ds_client *client, int *fd)
{
	bool is_error = fd == &client->job.err_fd;
	char buf[CHUNK];
	size_t len;

	/* Others have their turn, too. */
	for (int i = 0; i < CHUNKS; i++) {
		len = takes_output(client) ? ds_job_read(fd, buf, sizeof(buf)) : 0;
		if (!len)
			return;
		if (client->kind == DS_DO_HOST_EXEC)
			ds_request_stream(client,
					  is_error ? "host_exec_stderr" : "host_exec_stdout", buf,
					  len);
		else if (is_error)
			keep_last(client, buf, len);
		else if (ds_try_wire_queue(&client->got, buf, len, DS_LINK_TEXT_MAX) < 0)
			end_big(client);
	}
}

void ds_client_take(struct ds_client *client, struct ds_link_host *host,
		    const struct pollfd polled[DS_CLIENT_POLLS])
{
	if (polled[IN].revents)
		ds_job_feed(&client->job);
	if (polled[OUT].revents)
		read_job(client, &client->job.out_fd);
	if (polled[ERR].revents)
		read_job(client, &client->job.err_fd);
	if (polled[SOCKET].revents & POLLIN)
		read_frame(client, host);
	if (client->fd >= 0 && !(polled[SOCKET].revents & POLLIN) &&
	    polled[SOCKET].revents & (POLLHUP | POLLERR))
		hang_up(client, host);
}

void ds_client_reap(struct ds_client *client, pid_t pid, int status)
{
	if (!client->used || client->job.pid != pid)
		return;
	client->job.pid = 0;
	client->exited = true;
	client->status = status;
	close_fd(&client->job.in_fd);
	ds_wire_out_free(&client->job.in);
}

/* It has ended, and what it wrote is read, whoever else may hold its pipes; then the answer is due. */
static void settle_job(struct ds_client *client)
{
	int *pipes[] = {&client->job.out_fd, &client->job.err_fd};

	if (!client->exited)
		return;
	for (int i = 0; i < 2; i++) {
		read_job(client, pipes[i]);
		if (!takes_output(client))
			return;
	}
	client->exited = false;
	if (client->fd >= 0)
		ds_request_answer(client);
	ds_job_close(&client->job);
	ds_wire_out_free(&client->got);
	client->job_until = 0;
}

static void time_job(struct ds_client *client, long long now, long long *next)
{
	struct ds_job *job = &client->job;

	if (!job->pid)
		return;
	if (client->job_until && now >= client->job_until) {
		client->job_until = 0;
		if (client->kind == DS_DO_XDG_OPEN) {
			/* The browser is open, and stays. */
			ds_request_say(client, "done");
			ds_job_close(job);
			return;
		}
		ds_job_end(job);
	}
	if (job->kill_at && now >= job->kill_at) {
		ds_job_signal(job, SIGKILL);
		job->kill_at = now + DS_JOB_KILL_MS;
	}
	if (client->job_until && client->job_until < *next)
		*next = client->job_until;
	if (job->kill_at && job->kill_at < *next)
		*next = job->kill_at;
}

/* Is it still there, does it still listen? */
static void time_peer(struct ds_client *client, struct ds_link_host *host, long long now,
		      long long *next)
{
	long long idle = host->policy->idle_s * 1000LL, due = 0;

	if (client->closing && !client->stuck)
		client->stuck = now;
	if (client->stuck) {
		due = client->stuck + STUCK_MS;
	} else if (!client->said_hello) {
		due = client->heard + HELLO_MS;
	} else if (client->begun) {
		due = client->begun + STUCK_MS;
	} else if (client->asked) {
		due = client->asked + ANSWER_MS;
	} else if (idle && is_busy(client)) {
		if (now >= client->said + idle / 2) {
			ds_request_say(client, "ping");
			client->said = now;
		}
		/* Its own time begins behind the answer. */
		client->heard = now;
		*next = client->said + idle / 2 < *next ? client->said + idle / 2 : *next;
		return;
	} else if (idle && now >= client->heard + idle) {
		ds_request_say(client, "check_idle");
		client->asked = now;
		due = now + ANSWER_MS;
	} else if (idle) {
		due = client->heard + idle;
	}
	if (due && now >= due)
		hang_up(client, host);
	else if (due && due < *next)
		*next = due;
}

/* What it has to be told, as far as it takes it. */
static void flush(struct ds_client *client, struct ds_link_host *host, long long now)
{
	size_t waited = ds_wire_waiting(&client->out);
	int left = ds_try_wire_flush(&client->out, client->fd);

	/* It is gone, and may have left frames behind. */
	if (left < 0)
		ds_wire_out_free(&client->out);
	if (left < 1 && (client->closing || (client->ended && !is_busy(client))))
		hang_up(client, host);
	/* A command's output may wait for a person. */
	else if (left < 1 || runs_command(client))
		client->stuck = 0;
	else if (!client->stuck || ds_wire_waiting(&client->out) < waited)
		client->stuck = now;
}

int ds_client_tick(struct ds_client *client, struct ds_link_host *host)
{
	const long long now = ds_now_ms(), never = now + 3600000;
	long long next = never;

	if (!client->used)
		return -1;
	settle_job(client);
	if (client->fd >= 0)
		time_peer(client, host, now, &next);
	if (client->fd >= 0)
		flush(client, host, now);
	/* Last: the others may have asked it to end. */
	time_job(client, now, &next);
	if (client->fd < 0 && !client->job.pid) {
		ds_job_close(&client->job);
		ds_wire_out_free(&client->got);
		client->used = false;
	}
	return client->used && next < never ? (int)(next - now) : -1;
}

void ds_client_shut_down(struct ds_client *client)
{
	if (!client->used || client->fd < 0)
		return;
	ds_request_say(client, "shutdown");
	client->closing = true;
}
