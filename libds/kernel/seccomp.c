// SPDX-License-Identifier: GPL-3.0-or-later
/* seccomp - see seccomp.h. */
#include "libds/kernel/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "gen/config.h"
#include "gen/seccomp_filter.h"
#include "libds/core/err.h"

#define QUERY 0xffffffff /* personality(2) */
#define MOST_OPS                                                                                   \
	((sizeof(ds_seccomp_base) > sizeof(ds_seccomp_shield) ? sizeof(ds_seccomp_base)            \
							      : sizeof(ds_seccomp_shield)) /       \
	 sizeof(struct sock_filter))

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

/* A marked rule's action under these settings: its mark tells what lifts it (scripts/mkfilter.c). */
static uint32_t decide(uint32_t action, const struct ds_seccomp *how)
{
	unsigned mark = action & (DS_SECCOMP_MARK - 1);
	bool lifted;

	if ((action & ~(DS_SECCOMP_MARK - 1)) != (SECCOMP_RET_ERRNO | DS_SECCOMP_MARK))
		return action;
	if (mark == DS_SECCOMP_KEYS)
		return how->only_namespaces ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | ENOSYS;
	lifted = how->caps_added >> mark & 1;
	return lifted ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EPERM;
}

static int load_filter(const struct sock_filter *marked, size_t size, const struct ds_seccomp *how)
{
	struct sock_filter ops[MOST_OPS];
	struct sock_fprog program = {(unsigned short)(size / sizeof(*ops)), ops};

	memcpy(ops, marked, size);
	for (size_t i = 0; i < program.len; i++) {
		if (ops[i].code == (BPF_RET | BPF_K))
			ops[i].k = decide(ops[i].k, how);
	}
	if (load(&program) == 0)
		return 0;
	/* EACCES means: neither CAP_SYS_ADMIN nor no_new_privs. */
	if (errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && load(&program) == 0)
		return 0;
	return ds_fail("load the seccomp filter");
}

static int load_base(const struct ds_seccomp *how)
{
	int err = load_filter(ds_seccomp_base, sizeof(ds_seccomp_base), how);

	/* A kernel without CONFIG_SECCOMP_FILTER filters nothing; its guests boot all the same. */
	return err == -EINVAL || err == -ENOSYS ? 0 : err;
}

static int load_shield(const struct ds_seccomp *how)
{
	int err = load_filter(ds_seccomp_shield, sizeof(ds_seccomp_shield), how);

	if (err == -EINVAL || err == -ENOSYS) {
		ds_err_exit_status(DS_EXIT_UNSUPPORTED);
		ds_hint("the kernel needs CONFIG_SECCOMP_FILTER");
	}
	return err;
}

int ds_seccomp_load(const struct ds_seccomp *how)
{
	struct ds_seccomp decided = *how;
	int err = how->no_base ? 0 : load_base(how);

	if (err < 0 || !CFG_SECCOMP)
		return err;
	decided.only_namespaces = how->shield == DS_SHIELD_OFF ||
				  (how->shield == DS_SHIELD_AUTO && !ds_seccomp_shield_wanted());
	return !decided.only_namespaces || how->block_namespaces ? load_shield(&decided) : 0;
}

void ds_personality_reset(void)
{
	personality((unsigned long)personality(QUERY) & PER_MASK);
}
