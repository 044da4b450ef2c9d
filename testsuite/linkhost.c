// SPDX-License-Identifier: GPL-3.0-or-later
/* linkhost - a host's end of the link (docs/links.md) that does what files say
 *
 * usage: linkhost SOCKET DIRECTORY
 *
 * Listens there, and answers each connection in a process of its own. Each frame that comes is a line of
 * DIRECTORY/log, without its line breaks. For a frame of type T the lines of DIRECTORY/T are done, in order:
 *
 *	{...}		sent, as a frame
 *	!raw HEX	these bytes are sent
 *	!as TYPE	the frame is sent back, as one of that type
 *	!fill TYPE N	N times a frame of that type with 65536 letters as data
 *	!until FILE	goes on when DIRECTORY/FILE is there
 *	!close		the connection ends
 *
 * The end of a connection is a line "end". */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char *directory;
static int fd;

static void note(const char *text)
{
	char path[4096];
	FILE *log;

	snprintf(path, sizeof(path), "%s/log", directory);
	log = fopen(path, "a");
	if (!log)
		exit(1);
	for (; *text; text++)
		if (*text != '\n')
			putc(*text, log);
	putc('\n', log);
	fclose(log);
}

static int read_full(void *data, size_t size)
{
	for (size_t have = 0; have < size;) {
		ssize_t len = read(fd, (char *)data + have, size - have);

		if (len <= 0)
			return -1;
		have += (size_t)len;
	}
	return 0;
}

static void write_full(const void *data, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t len = write(fd, (const char *)data + done, size - done);

		if (len < 0) {
			note("end");
			exit(0);
		}
		done += (size_t)len;
	}
}

static void send_frame(const char *text)
{
	uint32_t len = (uint32_t)strlen(text);
	unsigned char prefix[] = {(unsigned char)(len >> 24), (unsigned char)(len >> 16),
				  (unsigned char)(len >> 8), (unsigned char)len};

	write_full(prefix, sizeof(prefix));
	write_full(text, len);
}

static void send_raw(const char *hex)
{
	unsigned byte;

	for (; sscanf(hex, "%2x", &byte) == 1; hex += 2) {
		unsigned char one = (unsigned char)byte;

		write_full(&one, 1);
	}
}

static void send_as(const char *frame, const char *type)
{
	const char *was = strstr(frame, "\"type\": \"") + strlen("\"type\": \"");
	size_t len = strlen(frame) + strlen(type) + 1;
	char *text = malloc(len);

	snprintf(text, len, "%.*s%s%s", (int)(was - frame), frame, type, strchr(was, '"'));
	send_frame(text);
	free(text);
}

static void fill(const char *words)
{
	static char text[66000];
	char type[100];
	int count, len;

	if (sscanf(words, "%99s %d", type, &count) != 2)
		exit(1);
	len = snprintf(text, sizeof(text), "{\"type\":\"%s\",\"data\":\"", type);
	memset(text + len, 'x', 65536);
	memcpy(text + len + 65536, "\"}", 3);
	while (count--)
		send_frame(text);
}

static void wait_for(const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	while (access(path, F_OK) < 0)
		usleep(20000);
}

static void answer(const char *frame)
{
	static char line[1 << 20];
	const char *type = strstr(frame, "\"type\": \"");
	char path[4096];
	FILE *rules;

	if (!type)
		return;
	type += strlen("\"type\": \"");
	snprintf(path, sizeof(path), "%s/%.*s", directory, (int)strcspn(type, "\"/"), type);
	rules = fopen(path, "r");
	while (rules && fgets(line, sizeof(line), rules)) {
		line[strcspn(line, "\n")] = 0;
		if (!strncmp(line, "!raw ", 5))
			send_raw(line + 5);
		else if (!strncmp(line, "!as ", 4))
			send_as(frame, line + 4);
		else if (!strncmp(line, "!fill ", 6))
			fill(line + 6);
		else if (!strncmp(line, "!until ", 7))
			wait_for(line + 7);
		else if (!strcmp(line, "!close"))
			exit(0);
		else
			send_frame(line);
	}
	if (rules)
		fclose(rules);
}

static void serve(void)
{
	unsigned char prefix[4];

	while (read_full(prefix, sizeof(prefix)) == 0) {
		size_t len = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 |
			     (size_t)prefix[2] << 8 | prefix[3];
		char *frame = malloc(len + 1);

		if (!frame || read_full(frame, len) < 0)
			break;
		frame[len] = 0;
		note(frame);
		answer(frame);
		free(frame);
	}
	note("end");
	exit(0);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	directory = argv[2];
	memcpy(address.sun_path, argv[1], strlen(argv[1]) + 1);
	unlink(argv[1]);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (bind(listening, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listening, 16) < 0)
		return 1;
	for (;;) {
		fd = accept(listening, NULL, NULL);
		if (fd < 0 && errno != EINTR)
			return 1;
		if (fd >= 0 && fork() == 0) {
			close(listening);
			serve();
		}
		close(fd);
	}
}
