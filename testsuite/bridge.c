// SPDX-License-Identifier: GPL-3.0-or-later
/* bridge.c - clients of the daemon's bridge as they should not be; daemon.test tells
 *
 *	bridge ask SOCKET		sends what is on stdin, prints what comes, whatever fails in between
 *	bridge drip SOCKET MS		sends that a byte at a time, so long apart; prints what comes
 *	bridge hold SOCKET COUNT	sends that on so many connections, says "held", then reads one
 *					after the other to its end; prints how many had no answer
 *	bridge deaf SOCKET COUNT	the same, and never reads: says "deaf" and waits to be ended
 *	bridge flood SOCKET COUNT	so many one after the other, closed at once, half with a byte sent
 *
 * SOCKET is a path, or an abstract name behind an @. Static, so that it runs in any guest. */

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char input[2 << 20];
static size_t input_len;

static int dial(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size = offsetof(struct sockaddr_un, sun_path) + strlen(name) + (*name != '@');
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, name, strlen(name));
	if (*name == '@')
		address.sun_path[0] = 0;
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0) {
		perror(name);
		exit(1);
	}
	return fd;
}

static void send_all(int fd)
{
	size_t sent = 0;

	while (sent < input_len) {
		ssize_t done = write(fd, input + sent, input_len - sent);

		if (done < 0)
			return;
		sent += (size_t)done;
	}
}

static void print_all(int fd)
{
	char data[4096];
	ssize_t got;

	while ((got = read(fd, data, sizeof(data))) > 0)
		fwrite(data, 1, (size_t)got, stdout);
	if (got < 0)
		perror("read");
}

static void drip(int fd, long ms)
{
	const struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

	for (size_t i = 0; i < input_len; i++) {
		struct pollfd answer = {.fd = fd, .events = POLLIN};

		if (poll(&answer, 1, 0) > 0 || write(fd, input + i, 1) < 0)
			break;
		nanosleep(&pause, NULL);
	}
	print_all(fd);
}

static void say(const char *word)
{
	puts(word);
	fflush(stdout);
}

static void hold(const char *name, int count, int deaf)
{
	int *fds = calloc((size_t)count, sizeof(*fds)), silent = 0;

	for (int i = 0; i < count; i++) {
		fds[i] = dial(name);
		send_all(fds[i]);
	}
	say(deaf ? "deaf" : "held");
	while (deaf)
		pause();
	for (int i = 0; i < count; i++) {
		char data[65536];
		ssize_t got, all = 0;

		while ((got = read(fds[i], data, sizeof(data))) > 0)
			all += got;
		silent += !all;
		if (got < 0)
			perror("read");
	}
	printf("%d silent\n", silent);
}

int main(int argc, char **argv)
{
	struct rlimit files = {8192, 8192};

	if (argc < 3)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_NOFILE, &files);
	if (strcmp(argv[1], "flood") != 0)
		input_len = fread(input, 1, sizeof(input), stdin);
	if (strcmp(argv[1], "ask") == 0) {
		int fd = dial(argv[2]);

		send_all(fd);
		print_all(fd);
	} else if (argc == 4 && strcmp(argv[1], "drip") == 0) {
		drip(dial(argv[2]), atol(argv[3]));
	} else if (argc == 4 && strcmp(argv[1], "flood") == 0) {
		for (int i = 0; i < atoi(argv[3]); i++) {
			int fd = dial(argv[2]);

			if (i % 2 && write(fd, "D", 1) < 0)
				perror("write");
			close(fd);
		}
	} else if (argc == 4) {
		hold(argv[2], atoi(argv[3]), strcmp(argv[1], "deaf") == 0);
	}
	return 0;
}
