// SPDX-License-Identifier: GPL-3.0-or-later
/* seat - a client of the monitor's that speaks seat.h, for seats.test: quicker than ds-console, or worse
 *
 * usage: seat SOCKET cycle TERMINAL COUNT	sit down and leave, that often
 *        seat SOCKET hold TERMINAL COUNT	sit there that many times, until the end of stdin
 *        seat SOCKET ask VERSION TERMINAL	ask for a place; prints "let in" or "refused"
 *        seat SOCKET silent			connect and say nothing until the end of stdin
 *        seat SOCKET stall TERMINAL		sit there and read nothing until the end of stdin, then all
 *        seat SOCKET slow TERMINAL MS		read a message each so many milliseconds, to the end
 *        seat SOCKET look TERMINAL		print what is shown from now on, without the last screen
 *        seat SOCKET echo TERMINAL COUNT	type that often; prints the longest time, in microseconds, until
 *						it is shown
 *        seat SOCKET come TERMINAL COUNT	sit down that often; prints the median of microseconds to the
 *						first byte of the screen
 * What waits prints a line first when it has its place. */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "libds/life/seat.h"

static const char *path;

static void must(bool holds, const char *what)
{
	if (!holds) {
		perror(what);
		exit(1);
	}
}

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static int connect_to(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	return fd;
}

static void ask(int fd, int version, int terminal)
{
	struct ds_seat_request request = {.version = (uint8_t)version,
					  .terminal = (uint8_t)terminal};

	send(fd, &request, sizeof(request), MSG_NOSIGNAL);
}

/* A message; *master_fd is set if one came with it. */
static ssize_t receive(int fd, char *buf, size_t size, int *master_fd)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {.iov_base = buf, .iov_len = size};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = len > 0 ? CMSG_FIRSTHDR(&msg) : NULL;

	*master_fd = -1;
	if (header)
		memcpy(master_fd, CMSG_DATA(header), sizeof(int));
	return len;
}

/* The master, or -1 for a refusal; *first_us is when the first message came. */
static int wait_for_place(int fd, long long *first_us)
{
	static char buf[65536];
	int master_fd;

	*first_us = 0;
	while (receive(fd, buf, sizeof(buf), &master_fd) > 0) {
		if (!*first_us)
			*first_us = now_us();
		if (master_fd >= 0)
			return master_fd;
	}
	return -1;
}

static int sit(int terminal, int *master_fd)
{
	long long first_us;
	int fd = connect_to();

	ask(fd, DS_SEAT_VERSION, terminal);
	*master_fd = wait_for_place(fd, &first_us);
	must(*master_fd >= 0, "place");
	return fd;
}

static void wait_for_stdin(const char *line)
{
	char c;

	puts(line);
	fflush(stdout);
	while (read(STDIN_FILENO, &c, 1) > 0)
		continue;
}

/* All that comes, in the pace of a message each pause_ms. */
static void print_all(int fd, int pause_ms)
{
	static char buf[65536];
	int master_fd;
	ssize_t len;

	while ((len = receive(fd, buf, sizeof(buf), &master_fd)) > 0) {
		if (master_fd < 0)
			must(write(STDOUT_FILENO, buf, (size_t)len) == len, "write");
		poll(NULL, 0, pause_ms);
	}
}

static int compare(const void *a, const void *b)
{
	const long long x = *(const long long *)a, y = *(const long long *)b;

	return x < y ? -1 : x > y;
}

static void come(int terminal, int count)
{
	long long *times = calloc((size_t)count, sizeof(*times));

	for (int i = 0; i < count; i++) {
		long long begun = now_us(), first_us;
		int fd = connect_to();

		ask(fd, DS_SEAT_VERSION, terminal);
		close(wait_for_place(fd, &first_us));
		times[i] = first_us - begun;
		close(fd);
	}
	qsort(times, (size_t)count, sizeof(*times), compare);
	printf("%lld\n", times[count / 2]);
	free(times);
}

static void echo(int terminal, int count)
{
	char buf[65536];
	long long longest = 0;
	int master_fd, other_fd, fd = sit(terminal, &master_fd);

	for (int i = 0; i < count; i++) {
		long long begun = now_us(), took;

		must(write(master_fd, "x", 1) == 1, "type");
		must(receive(fd, buf, sizeof(buf), &other_fd) > 0, "echo");
		took = now_us() - begun;
		longest = took > longest ? took : longest;
	}
	printf("%lld\n", longest);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[2] : "";
	int first = argc > 3 ? atoi(argv[3]) : 0, second = argc > 4 ? atoi(argv[4]) : 0;
	int fd, master_fd;

	path = strrchr(argv[1], '/');
	must(path && argc > 2, "usage");
	/* An address takes 107 bytes of path. */
	*(char *)path++ = 0;
	must(chdir(argv[1]) == 0, argv[1]);
	if (strcmp(what, "cycle") == 0) {
		for (int i = 0; i < second; i++) {
			fd = sit(first, &master_fd);
			close(master_fd);
			close(fd);
		}
	} else if (strcmp(what, "hold") == 0) {
		for (int i = 0; i < second; i++)
			sit(first, &master_fd);
		wait_for_stdin("seated");
	} else if (strcmp(what, "ask") == 0) {
		long long first_us;

		fd = connect_to();
		ask(fd, first, second);
		puts(wait_for_place(fd, &first_us) < 0 ? "refused" : "let in");
	} else if (strcmp(what, "silent") == 0) {
		connect_to();
		wait_for_stdin("connected");
	} else if (strcmp(what, "stall") == 0) {
		fd = sit(first, &master_fd);
		wait_for_stdin("seated");
		print_all(fd, 0);
	} else if (strcmp(what, "slow") == 0 || strcmp(what, "look") == 0) {
		fd = sit(first, &master_fd);
		close(master_fd);
		print_all(fd, second);
	} else if (strcmp(what, "echo") == 0) {
		echo(first, second);
	} else if (strcmp(what, "come") == 0) {
		come(first, second);
	} else {
		return 2;
	}
	return 0;
}
