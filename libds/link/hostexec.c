// SPDX-License-Identifier: GPL-3.0-or-later
/* hostexec - see hostexec.h. */
#include "libds/link/hostexec.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/signals.h"

#define CHUNK 16384      /* bytes of standard input in one message */
#define WAITING 262144   /* bytes for the host at most; above half of it nothing more is read */
#define PIPE_ROOM 4096UL /* what a pipe takes for certain where poll(2) says that it is writable */

struct exchange {
	struct ds_guestlink *link;
	struct ds_wire_out out;
	bool has_input;
	struct ds_message message; /* whose data goes to the descriptor: */
	const char *data;
	size_t len;
	int data_fd;
	int status; /* -1 until the command has ended */
};

static int queue(struct exchange *x, struct ds_builder *builder)
{
	int err = ds_build_end(builder);

	if (!err)
		err = ds_try_wire_queue(&x->out, builder->frame, builder->len, DS_FRAME_MAX);
	return err == -ENOBUFS ? ds_fail_with(err, "send to the host") : err;
}

static int ask(struct exchange *x, char **argv)
{
	auto_builder builder = {0};
	int err = ds_build(&builder, "host_exec");

	if (err < 0)
		return err;
	ds_json_string(&builder.json, "cmd", argv[0]);
	ds_json_open(&builder.json, "args", '[');
	for (char **arg = argv + 1; *arg; arg++)
		ds_json_string(&builder.json, NULL, *arg);
	ds_json_close(&builder.json, ']');
	ds_json_bool(&builder.json, "stdin", true);
	return queue(x, &builder);
}

static int take_input(struct exchange *x)
{
	auto_builder builder = {0};
	char data[CHUNK];
	ssize_t len = read(STDIN_FILENO, data, sizeof(data));
	int err;

	if (len < 0 && (errno == EINTR || errno == EAGAIN))
		return 0;
	x->has_input = len > 0;
	err = ds_build(&builder, len > 0 ? "host_exec_stdin" : "host_exec_stdin_eof");
	if (err < 0)
		return err;
	if (len > 0)
		ds_build_data(&builder, "data", data, (size_t)len);
	return queue(x, &builder);
}

static int take_signal(struct exchange *x, int signal_fd)
{
	auto_builder builder = {0};
	struct signalfd_siginfo info;
	int err;

	if (read(signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	err = ds_build(&builder, "host_exec_signal");
	if (err < 0)
		return err;
	ds_json_number(&builder.json, "signal", info.ssi_signo);
	return queue(x, &builder);
}

/* Some of what goes without waiting. A descriptor that is closed takes all of it. */
static int give_output(struct exchange *x, short events)
{
	size_t part = x->len < PIPE_ROOM ? x->len : PIPE_ROOM;
	ssize_t len = events & POLLNVAL ? (ssize_t)x->len : write(x->data_fd, x->data, part);

	if (len < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : ds_fail("write what it says");
	x->data += len;
	x->len -= (size_t)len;
	return 0;
}

static int begin_output(struct exchange *x, int fd)
{
	char *data;
	ssize_t len = ds_message_data(&x->message, "data", &data);

	if (len < 0)
		return ds_refuse(DS_HOSTEXEC_LOST, "the host sent no data");
	x->data = data;
	x->len = (size_t)len;
	x->data_fd = fd;
	return 0;
}

static int take_message(struct exchange *x)
{
	int err = ds_guestlink_read(x->link, &x->message, DS_HOSTEXEC_REFUSED), status;
	const char *type = x->message.type;

	if (err <= 0) {
		status = err < 0 && type ? ds_message_number(&x->message, "exit_code") : -1;
		if (status >= 0)
			ds_err_exit_status((enum ds_exit)(status & 255));
		return err;
	}
	if (strcmp(type, "host_exec_stdout") == 0)
		return begin_output(x, STDOUT_FILENO);
	if (strcmp(type, "host_exec_stderr") == 0)
		return begin_output(x, STDERR_FILENO);
	if (strcmp(type, "host_exec_done") != 0)
		return ds_guestlink_deny(x->link, &x->message);
	status = ds_message_number(&x->message, "exit_code");
	x->status = status < 0 ? DS_HOSTEXEC_LOST : status & 255;
	return 0;
}

static int take_messages(struct exchange *x)
{
	int got = 0, err = 0;

	while (!err && !x->len && x->status < 0 &&
	       (got = ds_try_wire_read(&x->link->in, x->link->fd, DS_FRAME_MAX)) == 1)
		err = take_message(x);
	if (err < 0 || got >= 0)
		return err;
	ds_fail_with(got == -ENODATA ? -ECONNRESET : got, "the host");
	ds_err_exit_status((enum ds_exit)DS_HOSTEXEC_LOST);
	return got;
}

static int flush(struct exchange *x)
{
	int err = ds_try_wire_flush(&x->out, x->link->fd);

	/* What it said before it went, a refusal say, is still to be read. */
	if (err == -EPIPE || err == -ECONNRESET) {
		x->has_input = false;
		ds_wire_out_free(&x->out);
		return 0;
	}
	return err < 0 ? ds_fail_with(err, "send to the host") : 0;
}

static int turn(struct exchange *x, int signal_fd)
{
	enum { LINK, SIGNALS, INPUT, OUTPUT, COUNT };
	size_t waiting = ds_wire_waiting(&x->out);
	struct pollfd polled[COUNT] = {
		[LINK] = {x->link->fd, (x->len ? 0 : POLLIN) | (waiting ? POLLOUT : 0), 0},
		[SIGNALS] = {signal_fd, POLLIN, 0},
		[INPUT] = {x->has_input && waiting < WAITING / 2 ? STDIN_FILENO : -1, POLLIN, 0},
		[OUTPUT] = {x->len ? x->data_fd : -1, POLLOUT, 0},
	};
	int err = 0;

	/* A host that has gone is noticed when what it said is out: till then it would only wake us. */
	if (!polled[LINK].events)
		polled[LINK].fd = -1;
	if (poll(polled, COUNT, -1) < 0)
		return errno == EINTR ? 0 : ds_fail("wait for the host");
	if (polled[SIGNALS].revents)
		err = take_signal(x, signal_fd);
	if (!err && polled[INPUT].revents)
		err = take_input(x);
	if (!err && polled[OUTPUT].revents)
		err = give_output(x, polled[OUTPUT].revents);
	if (!err && ds_wire_waiting(&x->out))
		err = flush(x);
	if (!err && polled[LINK].revents && !x->len)
		err = take_messages(x);
	return err;
}

int ds_hostexec(struct ds_guestlink *link, char **argv)
{
	static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	auto_fd signal_fd = ds_signals_open(signals, sizeof(signals) / sizeof(*signals));
	struct exchange x = {.link = link, .has_input = true, .status = -1};
	int err = signal_fd < 0 ? signal_fd : ask(&x, argv);

	while (!err && (x.status < 0 || x.len))
		err = turn(&x, signal_fd);
	ds_message_free(&x.message);
	ds_wire_out_free(&x.out);
	return err < 0 ? err : x.status;
}
