// SPDX-License-Identifier: GPL-3.0-or-later
/* seccomp - see seccomp.h. */
#include "libds/kernel/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "gen/config.h"
#include "gen/seccomp_filter.h"
#include "libds/core/err.h"

#define QUERY 0xffffffff /* personality(2) */

bool ds_seccomp_shield_wanted(void)
{
	struct utsname name;

	return uname(&name) < 0 || atoi(name.release) < 5;
}

/* seccomp(2) came with 3.17; prctl(2) does the same before. */
static int load(const struct sock_fprog *program)
{
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0)
		return 0;
	return errno == ENOSYS ? prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) : -1;
}

static int load_filter(const struct sock_filter *ops, size_t size)
{
	struct sock_fprog program = {
		.len = (unsigned short)(size / sizeof(*ops)),
		.filter = (struct sock_filter *)ops,
	};

	if (load(&program) == 0)
		return 0;
	/* EACCES means: neither CAP_SYS_ADMIN nor no_new_privs. */
	if (errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && load(&program) == 0)
		return 0;
	return ds_fail("load the seccomp filter");
}

static int load_guard(void)
{
	int err = load_filter(ds_seccomp_guard, sizeof(ds_seccomp_guard));

	/* A kernel without CONFIG_SECCOMP_FILTER cannot guard; its guests boot all the same. */
	return err == -EINVAL || err == -ENOSYS ? 0 : err;
}

int ds_seccomp_load_shield(void)
{
	int err = load_filter(ds_seccomp_shield, sizeof(ds_seccomp_shield));

	if (err == -EINVAL || err == -ENOSYS) {
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("the kernel needs CONFIG_SECCOMP_FILTER");
	}
	return err;
}

int ds_seccomp_load(void)
{
	int err = load_guard();

	if (!err && CFG_SECCOMP && ds_seccomp_shield_wanted())
		err = ds_seccomp_load_shield();
	/* Not before: UNAME26 is one of them. */
	personality((unsigned long)personality(QUERY) & PER_MASK);
	return err;
}
