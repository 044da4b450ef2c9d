// SPDX-License-Identifier: GPL-3.0-or-later
/* signals - see signals.h. */
#include "libds/core/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>

#include "libds/core/err.h"
#include "libds/core/str.h"

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

/* In the order of their numbers, which is this on all machines that we build for (signal(7)). */
int ds_try_signal(const char *name)
{
	static const char names[] =
		"HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM "
		"STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH "
		"IO PWR SYS ";
	size_t len;
	long long number;
	int sig = 1;

	if (ds_try_number(name, 1, _NSIG - 1, &number) == 0)
		return (int)number;
	name += ds_str_has_prefix(name, "SIG") ? strlen("SIG") : 0;
	for (const char *at = names; *at; at += len + 1, sig++) {
		len = strcspn(at, " ");
		if (strlen(name) == len && strncmp(name, at, len) == 0)
			return sig;
	}
	return -EINVAL;
}
