// SPDX-License-Identifier: GPL-3.0-or-later
/* signals - see signals.h. */
#include "libds/core/signals.h"

#include <signal.h>
#include <sys/signalfd.h>

#include "libds/core/err.h"

int ds_signals_open(const int *taken, size_t count)
{
	struct sigaction was;
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	for (size_t i = 0; i < count; i++) {
		if (sigaction(taken[i], NULL, &was) < 0 || was.sa_handler != SIG_IGN)
			sigaddset(&mask, taken[i]);
	}
	sigprocmask(SIG_BLOCK, &mask, NULL);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? ds_fail("watch signals") : fd;
}

void ds_signals_reset(void)
{
	sigset_t none;

	for (int sig = 1; sig < _NSIG; sig++)
		signal(sig, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}
