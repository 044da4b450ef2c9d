// SPDX-License-Identifier: GPL-3.0-or-later
/* bench-latency - what a guest that takes all it can get costs the rest of the host
 *
 * usage:               forks for ever, and so does each child
 *        latency N     N times sleeps a millisecond and then forks a child that ends; prints
 *                      "WAKE FORK" lines: microseconds by which it woke late, and until the child
 *                      was waited for
 *
 * Without arguments it is a guest's init, which goes on when it cannot fork any more. */

#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void __attribute__((noreturn)) bomb(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		fork();
}

static int latency(int times)
{
	const struct timespec pause = {.tv_nsec = 1000000};

	for (int i = 0; i < times; i++) {
		long long began = now_us(), woke, ended;
		pid_t pid;

		nanosleep(&pause, NULL);
		woke = now_us();
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) < 0)
			return 1;
		ended = now_us();
		printf("%lld %lld\n", woke - began - 1000, ended - woke);
	}
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "latency") == 0)
		return latency(atoi(argv[2]));
	if (argc == 1)
		bomb();
	return 2;
}
