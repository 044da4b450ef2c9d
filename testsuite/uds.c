// SPDX-License-Identifier: GPL-3.0-or-later
/* uds - services and clients of UNIX sockets that a forward is tried and measured with
 *
 * usage: uds COMMAND PATH [ARGUMENT]...
 *
 * services; they listen at PATH, print "ready", and serve until they are killed, all clients at once:
 *   echo          say what was said, message by message
 *   echo-seq      the same, of SOCK_SEQPACKET
 *   count         hear everything to the end, then say how many bytes it was
 *   tally         the same, and how many descriptors came along
 *   who           say the client's uid
 *   lend          take a descriptor, say what can be read from it, and give back one that reads "lent"
 *   deaf          take connections and read nothing
 *   greet         say "hello" and close
 * clients:
 *   read          print all that is said
 *   half FILE     say all of it, end, and print the answer
 *   borrow FILE   give a descriptor of it, print what is said and what the one that comes back reads
 *   mix           say 200 pieces of 48 KiB, every seventh with a descriptor; print the answer
 *   seq           say messages of many sizes; each has to come back as it was
 *   hold N        have N connections at a time, each used twice; print N
 *   flood N KIB   have N connections, each of which says KIB and reads nothing; print how much was taken
 *   flood-fds N   the same with bytes that each bring 60 descriptors
 *   stall         say "x" for ever; print how many bytes it was after a second without progress
 *   latency N     echo of a byte, N times; print nanoseconds of the median
 *   rate SIZE MB  say MB megabytes in pieces of SIZE to "count"; print MB per second */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 2100

struct client {
	int fd, fds;
	unsigned long long count;
	int is_over;
};

static char buffer[1 << 20];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(const char *path, int type, int listens)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "path too long\n");
		exit(1);
	}
	strcpy(address.sun_path, path);
	if (listens)
		unlink(path);
	if (listens ? bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
			      listen(fd, 8) < 0
		    : connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

/* A service goes on without a client that has gone. */
static int is_service;

static void say(int fd, const void *data, size_t size)
{
	const char *from = data;

	while (size) {
		ssize_t len = send(fd, from, size, MSG_NOSIGNAL);

		if (len < 0 && is_service)
			return;
		if (len < 0)
			die("send");
		from += len;
		size -= (size_t)len;
	}
}

static void send_fd(int fd, int sent, const char *text)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {.iov_base = (void *)text, .iov_len = strlen(text)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &sent, sizeof(int));
	if (sendmsg(fd, &msg, MSG_NOSIGNAL) < 0 && !is_service)
		die("sendmsg");
}

/* -1 when none comes along. */
static int receive_fd(int fd, char *text, size_t size)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = text, .iov_len = size - 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t len = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	int received = -1;

	text[len < 0 ? 0 : len] = 0;
	if (len > 0 && header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&received, CMSG_DATA(header), sizeof(int));
	return received;
}

/* ---- Services ---- */

static void lend(int fd)
{
	char text[64], said[128];
	int lent, ends[2], borrowed = receive_fd(fd, text, sizeof(text));
	ssize_t len = borrowed < 0 ? -1 : read(borrowed, text, sizeof(text) - 1);

	snprintf(said, sizeof(said), "%.*s", len < 0 ? 4 : (int)len, len < 0 ? "none" : text);
	if (pipe(ends) < 0 || write(ends[1], "lent", 4) != 4)
		die("pipe");
	close(ends[1]);
	lent = ends[0];
	send_fd(fd, lent, said);
	close(lent);
	if (borrowed >= 0)
		close(borrowed);
}

static void tell_who(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	char text[32];

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size);
	snprintf(text, sizeof(text), "%u\n", (unsigned)peer.uid);
	say(fd, text, strlen(text));
}

static ssize_t receive_counting(struct client *client)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 253)];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = buffer, .iov_len = sizeof(buffer)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	ssize_t len = recvmsg(client->fd, &msg, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	size_t count = header ? (header->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0;

	for (size_t i = 0; len > 0 && i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
		close(fd);
		client->fds++;
	}
	return len;
}

/* Returns whether it is over. */
static int serve_one(const char *what, struct client *client)
{
	ssize_t len;

	if (strcmp(what, "lend") == 0) {
		lend(client->fd);
		return 1;
	}
	if (strcmp(what, "tally") == 0) {
		len = receive_counting(client);
		client->count += len > 0 ? (unsigned long long)len : 0;
		if (len <= 0) {
			char text[48];

			snprintf(text, sizeof(text), "%llu %d\n", client->count, client->fds);
			say(client->fd, text, strlen(text));
		}
		return len <= 0;
	}
	len = recv(client->fd, buffer, sizeof(buffer), 0);
	if (len > 0 && strcmp(what, "count") == 0)
		client->count += (unsigned long long)len;
	else if (len > 0)
		say(client->fd, buffer, (size_t)len);
	if (len <= 0 && strcmp(what, "count") == 0) {
		char text[32];

		snprintf(text, sizeof(text), "%llu\n", client->count);
		send(client->fd, text, strlen(text), MSG_NOSIGNAL);
	}
	return len <= 0;
}

static void serve(const char *what, int listen_fd)
{
	static struct pollfd fds[CLIENTS_MAX + 1];
	static struct client clients[CLIENTS_MAX];
	nfds_t count = 0;

	is_service = 1;
	puts("ready");
	fflush(stdout);
	for (;;) {
		fds[count] = (struct pollfd){.fd = listen_fd, .events = POLLIN};
		if (poll(fds, count + 1, -1) < 0)
			die("poll");
		if (fds[count].revents && count < CLIENTS_MAX) {
			int fd = accept(listen_fd, NULL, NULL);

			if (fd < 0)
				continue;
			if (strcmp(what, "who") == 0 || strcmp(what, "greet") == 0) {
				if (*what == 'w')
					tell_who(fd);
				else
					say(fd, "hello\n", 6);
				close(fd);
				continue;
			}
			clients[count] = (struct client){.fd = fd};
			fds[count++] =
				(struct pollfd){.fd = *what == 'd' ? -1 : fd, .events = POLLIN};
			continue;
		}
		for (nfds_t i = 0; i < count; i++) {
			if (!fds[i].revents || !serve_one(what, &clients[i]))
				continue;
			close(clients[i].fd);
			clients[i] = clients[--count];
			fds[i] = fds[count];
			break;
		}
	}
}

/* ---- Clients ---- */

static void print_rest(int fd)
{
	ssize_t len;

	while ((len = recv(fd, buffer, sizeof(buffer), 0)) > 0)
		fwrite(buffer, 1, (size_t)len, stdout);
	if (len < 0)
		die("recv");
}

/* Two processes: an echo comes while there is more to say. */
static void half(int fd, const char *file)
{
	int in = open(file, O_RDONLY);
	ssize_t len;

	if (in < 0)
		die(file);
	if (fork() == 0) {
		while ((len = read(in, buffer, sizeof(buffer))) > 0)
			say(fd, buffer, (size_t)len);
		shutdown(fd, SHUT_WR);
		_exit(0);
	}
	print_rest(fd);
}

static void borrow(int fd, const char *file)
{
	int in = open(file, O_RDONLY), lent;
	char text[64];
	ssize_t len;

	if (in < 0)
		die(file);
	send_fd(fd, in, "x");
	lent = receive_fd(fd, text, sizeof(text));
	printf("%s", text);
	len = lent < 0 ? -1 : read(lent, text, sizeof(text));
	printf(" %.*s\n", len < 0 ? 4 : (int)len, len < 0 ? "none" : text);
}

static void mix(int fd)
{
	for (int i = 0; i < 200; i++) {
		size_t size = 48 << 10;

		if (i % 7 == 0) {
			send_fd(fd, 0, "x");
			size--;
		}
		say(fd, buffer, size);
	}
	shutdown(fd, SHUT_WR);
	print_rest(fd);
}

static void seq(int fd)
{
	static const size_t sizes[] = {1, 4096, 100000, 0, 7, 65537, 200000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		ssize_t len;

		/* To the service it is the end. */
		if (!sizes[i])
			continue;
		memset(buffer, (int)('a' + i), sizes[i]);
		if (send(fd, buffer, sizes[i], MSG_NOSIGNAL) < 0)
			die("send");
		len = recv(fd, buffer, sizeof(buffer), 0);
		if (len != (ssize_t)sizes[i] || buffer[len - 1] != (char)('a' + i)) {
			fprintf(stderr, "%zu bytes came back as %zd\n", sizes[i], len);
			exit(1);
		}
	}
	puts("all");
}

static void hold(const char *path, int n)
{
	static int fds[CLIENTS_MAX];

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < n; i++) {
			char byte = (char)i;

			if (!round)
				fds[i] = open_socket(path, SOCK_STREAM, 0);
			say(fds[i], &byte, 1);
		}
		for (int i = 0; i < n; i++) {
			char byte;

			if (recv(fds[i], &byte, 1, 0) != 1 || byte != (char)i) {
				fprintf(stderr, "connection %d of %d is lost\n", i, n);
				exit(1);
			}
		}
	}
	printf("%d\n", n);
}

static void flood(const char *path, int n, size_t size)
{
	unsigned long long taken = 0;

	memset(buffer, 'x', sizeof(buffer));
	for (int i = 0; i < n; i++) {
		int fd = open_socket(path, SOCK_STREAM, 0);
		ssize_t len;

		for (size_t left = size; left; left -= (size_t)len) {
			struct pollfd room = {.fd = fd, .events = POLLOUT};

			if (poll(&room, 1, 50) != 1)
				break;
			len = send(fd, buffer, left < sizeof(buffer) ? left : sizeof(buffer),
				   MSG_NOSIGNAL | MSG_DONTWAIT);
			if (len <= 0)
				break;
			taken += (unsigned long long)len;
		}
	}
	printf("%llu\n", taken);
	fflush(stdout);
	pause();
}

static void flood_fds(const char *path, int n)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int) * 60)];
		struct cmsghdr align;
	} control = {0};
	struct iovec iov = {.iov_base = buffer, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.bytes,
			     .msg_controllen = sizeof(control.bytes)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&msg);
	unsigned long long taken = 0;

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int) * 60);
	memset(CMSG_DATA(header), 0, sizeof(int) * 60);
	for (int i = 0; i < n; i++) {
		int fd = open_socket(path, SOCK_STREAM, 0);
		struct pollfd room = {.fd = fd, .events = POLLOUT};

		while (poll(&room, 1, 50) == 1 &&
		       sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) == 1)
			taken++;
	}
	printf("%llu\n", taken);
	fflush(stdout);
	pause();
}

static void stall(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	unsigned long long all = 0;
	ssize_t len;

	memset(buffer, 'x', sizeof(buffer));
	while (poll(&room, 1, 1000) == 1) {
		len = send(fd, buffer, sizeof(buffer), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (len < 0 && errno != EAGAIN)
			die("send");
		all += len > 0 ? (unsigned long long)len : 0;
	}
	printf("%llu\n", all);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void latency(int fd, int n)
{
	uint64_t *took = calloc((size_t)n, sizeof(*took));

	for (int i = 0; i < n; i++) {
		uint64_t began = now_ns();
		char byte = 'x';

		say(fd, &byte, 1);
		if (recv(fd, &byte, 1, 0) != 1)
			die("recv");
		took[i] = now_ns() - began;
	}
	qsort(took, (size_t)n, sizeof(*took), compare);
	printf("%llu\n", (unsigned long long)took[n / 2]);
}

static void rate(int fd, size_t size, unsigned long long megabytes)
{
	unsigned long long left = megabytes * 1000000;
	uint64_t began = now_ns();

	for (; left; left -= left < size ? left : size)
		say(fd, buffer, left < size ? (size_t)left : size);
	shutdown(fd, SHUT_WR);
	if (recv(fd, buffer, sizeof(buffer), 0) <= 0)
		die("recv");
	printf("%llu\n", megabytes * 1000000000 / (now_ns() - began));
}

static long number(char **argv, int i)
{
	return argv[i] ? strtol(argv[i], NULL, 10) : 0;
}

int main(int argc, char **argv)
{
	static const char *const services[] = {"echo", "echo-seq", "count", "tally",
					       "who",  "lend",     "deaf",  "greet"};
	struct rlimit limit;
	const char *what, *path;
	int is_seq, fd;

	if (argc < 3)
		return 2;
	what = argv[1];
	path = argv[2];
	is_seq = strcmp(what, "echo-seq") == 0 || strcmp(what, "seq") == 0;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < CLIENTS_MAX + 50) {
		limit.rlim_cur = CLIENTS_MAX + 50;
		if (limit.rlim_max < limit.rlim_cur)
			limit.rlim_max = limit.rlim_cur;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	for (size_t i = 0; i < sizeof(services) / sizeof(*services); i++) {
		if (strcmp(what, services[i]) == 0)
			serve(what, open_socket(path, is_seq ? SOCK_SEQPACKET : SOCK_STREAM, 1));
	}
	if (strcmp(what, "hold") == 0) {
		hold(path, (int)number(argv, 3));
		return 0;
	}
	if (strcmp(what, "flood") == 0) {
		flood(path, (int)number(argv, 3), (size_t)number(argv, 4) << 10);
		return 0;
	}
	if (strcmp(what, "flood-fds") == 0) {
		flood_fds(path, (int)number(argv, 3));
		return 0;
	}
	fd = open_socket(path, is_seq ? SOCK_SEQPACKET : SOCK_STREAM, 0);
	if (strcmp(what, "half") == 0 && argv[3])
		half(fd, argv[3]);
	else if (strcmp(what, "borrow") == 0 && argv[3])
		borrow(fd, argv[3]);
	else if (strcmp(what, "read") == 0)
		print_rest(fd);
	else if (strcmp(what, "mix") == 0)
		mix(fd);
	else if (is_seq)
		seq(fd);
	else if (strcmp(what, "stall") == 0)
		stall(fd);
	else if (strcmp(what, "latency") == 0)
		latency(fd, (int)number(argv, 3));
	else if (strcmp(what, "rate") == 0)
		rate(fd, (size_t)number(argv, 3), (unsigned long long)number(argv, 4));
	else
		return 2;
	return 0;
}
