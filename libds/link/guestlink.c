// SPDX-License-Identifier: GPL-3.0-or-later
/* guestlink - see guestlink.h. */
#include "libds/link/guestlink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "gen/version.h"
#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"

#define TRY_MS 500
#define ANSWER_MS 10000 /* for what the host does at once */

void ds_guestlink_close(struct ds_guestlink *link)
{
	close_fd(&link->fd);
	close_fd(&link->busy_fd);
	ds_wire_in_free(&link->in);
}

/* A host that is about to listen gets two more chances: there is no event to wait for, the directory may
 * not be there yet. */
static int connect_to(const char *path, int tries)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || ds_str_copy(address.sun_path, sizeof(address.sun_path), path) < 0)
		return ds_fail("connect to the host");
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int code = errno;

		if (code == EINTR)
			continue;
		if ((code == ENOENT || code == ECONNREFUSED || code == EAGAIN) && --tries > 0) {
			poll(NULL, 0, TRY_MS);
			continue;
		}
		ds_fail_with(code, "connect to the host at %.100s", path);
		if (code == ENOENT)
			ds_hint("\"ds-start --integrate\" makes this link, on the host");
		return -code;
	}
	return take_fd(&fd);
}

static int say_hello(struct ds_guestlink *link, unsigned set)
{
	auto_builder hello = {0};
	char name[NAME_MAX + 1] = "";
	int err = ds_build(&hello, "hello");

	if (err < 0)
		return err;
	ds_try_file_read(AT_FDCWD, DS_LINK_DIR "/name", name, sizeof(name));
	ds_json_number(&hello.json, "protocol_version", DS_LINK_VERSION);
	ds_json_string(&hello.json, "guest_version", DS_VERSION);
	ds_json_string(&hello.json, "container", ds_str_trim_end(name));
	ds_json_open(&hello.json, "capabilities", '[');
	for (int i = 0; i < DS_INTERCEPTORS; i++) {
		if (set & 1U << i)
			ds_json_string(&hello.json, NULL, ds_interceptors[i].capability);
	}
	ds_json_close(&hello.json, ']');
	return ds_guestlink_send(link, &hello);
}

/* What was not asked for is not believed. */
static int hear_hello(struct ds_guestlink *link, unsigned set)
{
	auto_message ack = {0};
	int err = ds_guestlink_wait(link, &ack, "hello_ack", ANSWER_MS), version;

	if (err < 0)
		return err;
	version = ds_message_number(&ack, "protocol_version");
	if (version >= 0 && version != DS_LINK_VERSION)
		return ds_refuse(DS_EXIT_UNSUPPORTED,
				 "the host speaks version %d of the protocol, this is %d", version,
				 DS_LINK_VERSION);
	link->idle_timeout = ds_message_number(&ack, "idle_timeout_secs");
	for (int i = ds_message_count(&ack, "accepted") - 1; i >= 0; i--) {
		const char *word = ds_message_element(&ack, "accepted", i, NULL);

		for (int k = 0; word && k < DS_INTERCEPTORS; k++) {
			if (set & 1U << k && strcmp(word, ds_interceptors[k].capability) == 0)
				link->accepted |= 1U << k;
		}
	}
	return 0;
}

/* A descriptor of ours must not be taken for the standard input that our caller has closed. */
static void fill_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	close(fd);
}

int ds_guestlink_open(struct ds_guestlink *link, unsigned set, int tries)
{
	const char *path = getenv("DS_LINK");
	int err;

	fill_stdio();
	*link = (struct ds_guestlink){.fd = -1, .busy_fd = -1};
	link->fd = connect_to(path && *path ? path : DS_LINK_SOCKET, tries);
	if (link->fd < 0)
		return link->fd;
	err = say_hello(link, set);
	return err < 0 ? err : hear_hello(link, set);
}

static int lock_busy(int operation)
{
	auto_fd fd = open(DS_GUEST_BIN, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 || flock(fd, operation | LOCK_NB) < 0 ? -errno : take_fd(&fd);
}

int ds_guestlink_open_for(struct ds_guestlink *link, enum ds_interceptor which)
{
	int err = ds_guestlink_open(link, 1U << which, 1);

	if (err < 0)
		return err;
	link->busy_fd = lock_busy(LOCK_SH);
	if (link->accepted)
		return 0;
	ds_refuse(DS_EXIT_PERMISSION, "the host does not accept %s",
		  ds_interceptors[which].capability);
	ds_hint("\"ds-start --integrate=%s\" on the host does", ds_interceptors[which].capability);
	return -ECANCELED;
}

bool ds_guestlink_is_busy(void)
{
	auto_fd fd = lock_busy(LOCK_EX);

	return fd == -EWOULDBLOCK;
}

int ds_guestlink_send(struct ds_guestlink *link, struct ds_builder *builder)
{
	int err = ds_build_end(builder);

	if (!err)
		err = ds_wire_send(link->fd, builder->frame, builder->len, -1);
	return err == -EPIPE || err == -ECONNRESET ? 0 : err;
}

int ds_guestlink_say(struct ds_guestlink *link, const char *type)
{
	auto_builder builder = {0};
	int err = ds_build(&builder, type);

	return err < 0 ? err : ds_guestlink_send(link, &builder);
}

int ds_guestlink_deny(struct ds_guestlink *link, const struct ds_message *message)
{
	auto_builder builder = {0};
	char reason[100];
	int err = ds_build(&builder, "error");

	if (err < 0)
		return err;
	snprintf(reason, sizeof(reason), "unexpected type %.60s", message->type);
	ds_json_string(&builder.json, "reason", reason);
	return ds_guestlink_send(link, &builder);
}

int ds_guestlink_read(struct ds_guestlink *link, struct ds_message *message, int exit_status)
{
	uint32_t size = link->in.size;
	const char *reason;
	int err;

	ds_message_free(message);
	err = ds_message_parse(message, take_ptr(link->in.text), size);
	if (err < 0)
		return ds_err_in("the host sent");
	if (strcmp(message->type, "ping") == 0)
		return 0;
	if (strcmp(message->type, "error") != 0)
		return 1;
	reason = ds_message_string(message, "reason");
	return ds_refuse((enum ds_exit)exit_status, "the host says: %.300s",
			 reason ? reason : "no");
}

int ds_guestlink_wait(struct ds_guestlink *link, struct ds_message *message, const char *type,
		      int wait_ms)
{
	for (;;) {
		int err = ds_wire_receive(&link->in, link->fd, DS_FRAME_MAX, wait_ms);

		if (err == 0)
			return ds_refuse(DS_EXIT_FAILED, "the host closed the link");
		if (err > 0)
			err = ds_guestlink_read(link, message, DS_EXIT_FAILED);
		if (err > 0 && strcmp(message->type, type) == 0)
			return 0;
		if (err > 0)
			err = ds_guestlink_deny(link, message);
		if (err < 0)
			return err;
	}
}

int ds_guestlink_ask(struct ds_guestlink *link, struct ds_builder *builder,
		     struct ds_message *answer, const char *type, int wait_ms)
{
	int err = ds_guestlink_send(link, builder);

	return err < 0 ? err : ds_guestlink_wait(link, answer, type, wait_ms);
}
