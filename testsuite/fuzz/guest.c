// SPDX-License-Identifier: GPL-3.0-or-later
/* guest - what a host sends to its guest's agent, to a command that waits for an answer, and to host-exec: the
 * first byte says to which. */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/link/agent.h"
#include "libds/link/hostexec.h"

static void must(int holds)
{
	if (!holds)
		abort();
}

static void wait_for(struct ds_guestlink *link, const char *type)
{
	auto_message message = {0};
	char *data;

	if (ds_guestlink_wait(link, &message, type, 0) < 0)
		return;
	must(message.type != NULL);
	ds_message_data(&message, "text", &data);
	ds_message_string(&message, "action_key");
	ds_message_number(&message, "notification_id");
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd = open("/dev/null", O_RDWR);

	(void)argc;
	(void)argv;
	must(fd >= 0 && dup2(fd, 0) == 0 && dup2(fd, 1) == 1);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const answers[] = {"done", "clipboard_data", "notify_action_result"};
	char cmd[] = "x", *argv[] = {cmd, NULL};
	auto_guestlink link = {.fd = -1, .busy_fd = -1};
	int ends[2];

	/* What is answered stays in the socket. */
	if (!size || size > 4096)
		return 0;
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	link.fd = ends[0];
	must(write(ends[1], data + 1, size - 1) == (ssize_t)size - 1);
	shutdown(ends[1], SHUT_WR);
	if (data[0] % 5 == 0)
		ds_agent_serve(&link, data[0] & 1);
	else if (data[0] % 5 == 1)
		must(ds_hostexec(&link, argv) <= 255);
	else
		wait_for(&link, answers[data[0] % 5 - 2]);
	close(ends[1]);
	return 0;
}
