/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CALLS_H
#define DS_CALLS_H

/* calls - which system calls of a guest are answered how: what seccomp.h and docs/security.md say, once
 * more, for filter.c, which asks the filters, and for calls.c, which makes the calls.
 *
 * The arguments are such that the kernel itself refuses the call, by another errno than the filter, or
 * does nothing. */

#include <errno.h>
#include <linux/capability.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdbool.h>
#include <sys/mount.h>

enum part { BASE, NAMESPACES, KEYRINGS };

struct call {
	const char *name;
	enum part part;
	int answer;    /* errno, or 0: it reaches the kernel */
	int lifted_by; /* a capability, or -1 */
	unsigned long args[5];
};

#define BAD 1ul /* no address */
#define NONE (~0ul)
#define GARBAGE (0xabcdul << 32) /* in the half of a register that the kernel does not look at */
#define KSU 0xdeadbeeful

static const struct call calls[] = {
	{"init_module", BASE, EPERM, CAP_SYS_MODULE, {BAD, 0, BAD}},
	{"finit_module", BASE, EPERM, CAP_SYS_MODULE, {NONE, BAD, 0}},
	{"delete_module", BASE, EPERM, CAP_SYS_MODULE, {BAD}},
	{"kexec_load", BASE, EPERM, CAP_SYS_BOOT, {0, 0, BAD, NONE}},
	{"kexec_file_load", BASE, EPERM, CAP_SYS_BOOT, {NONE, NONE, 0, BAD, NONE}},
	{"open_by_handle_at", BASE, EPERM, CAP_DAC_READ_SEARCH, {NONE, BAD, 0}},
	{"name_to_handle_at", BASE, 0, -1, {NONE, BAD, BAD, BAD}},
	{"settimeofday", BASE, EPERM, CAP_SYS_TIME, {BAD}},
	{"stime", BASE, EPERM, CAP_SYS_TIME, {BAD}},
	{"clock_settime", BASE, EPERM, CAP_SYS_TIME, {0, BAD}},
	{"clock_settime64", BASE, EPERM, CAP_SYS_TIME, {0, BAD}},
	{"adjtimex", BASE, 0, -1, {BAD}},
	{"clock_adjtime", BASE, 0, -1, {0, BAD}},
	{"iopl", BASE, EPERM, CAP_SYS_RAWIO, {4}},
	{"ioperm", BASE, EPERM, CAP_SYS_RAWIO, {NONE, 2, 1}},
	{"pciconfig_read", BASE, EPERM, CAP_SYS_RAWIO, {0}},
	{"pciconfig_write", BASE, EPERM, CAP_SYS_RAWIO, {0}},
	{"syslog", BASE, EPERM, CAP_SYSLOG, {99}},
	{"perf_event_open", BASE, EPERM, CAP_PERFMON, {BAD, 0, 0, NONE}},
	{"bpf", BASE, 0, -1, {NONE, BAD, 8}},
	{"swapon", BASE, EPERM, -1, {BAD}},
	{"swapoff", BASE, EPERM, -1, {BAD}},
	{"lookup_dcookie", BASE, EPERM, -1, {0}},
	{"_sysctl", BASE, EPERM, -1, {BAD}},
	{"reboot", BASE, EPERM, -1, {KSU, 0xcafebabe}},
	{"reboot", BASE, EPERM, -1, {~0ul << 32 | KSU, ~0ul << 32 | 0xcafebabe}},
	{"reboot", BASE, 0, -1, {0xfee1dead, 0}},
	{"prctl", BASE, EPERM, -1, {KSU, 1}},
	{"prctl", BASE, EPERM, -1, {GARBAGE | KSU, 1}},
	{"prctl", BASE, 0, -1, {0xdeadbeee}},
	{"mount", BASE, EPERM, -1, {BAD, BAD, BAD, MS_REMOUNT | MS_RDONLY}},
	{"mount",
	 BASE,
	 EPERM,
	 -1,
	 {BAD, BAD, BAD, MS_REMOUNT | MS_RDONLY | MS_NOSUID | 0xc0ed0000}},
	{"mount", BASE, 0, -1, {BAD, BAD, BAD, MS_REMOUNT | MS_RDONLY | MS_BIND}},
	{"mount", BASE, 0, -1, {BAD, BAD, BAD, MS_REMOUNT}},
	{"mount", BASE, 0, -1, {BAD, BAD, BAD, MS_RDONLY}},
	{"fspick", BASE, ENOSYS, -1, {NONE, BAD, NONE}},
	{"fsopen", BASE, 0, -1, {BAD, 0}},
	{"ioctl", BASE, EPERM, -1, {NONE, SIOCSIFFLAGS, BAD}},
	{"ioctl", BASE, EPERM, -1, {NONE, GARBAGE | SIOCSIFFLAGS, BAD}},
	{"ioctl", BASE, 0, -1, {NONE, SIOCGIFFLAGS, BAD}},
	{"setns", BASE, 0, -1, {NONE, 0}},

	{"keyctl", KEYRINGS, ENOSYS, -1, {NONE}},
	{"add_key", KEYRINGS, ENOSYS, -1, {BAD}},
	{"request_key", KEYRINGS, ENOSYS, -1, {BAD}},

	{"clone3", NAMESPACES, ENOSYS, -1, {BAD, 1}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWNS}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWCGROUP}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWUTS}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWIPC}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWUSER}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWPID}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_NEWNET}},
	{"unshare", NAMESPACES, EPERM, -1, {0x80}},
	{"unshare", NAMESPACES, EPERM, -1, {CLONE_FS | CLONE_NEWNS | CLONE_NEWNET}},
	{"unshare", NAMESPACES, 0, -1, {CLONE_FS | CLONE_FILES}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWNS | 17}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWCGROUP | 17}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWUTS | 17}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWIPC | 17}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWUSER | 17}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWPID | 17}},
	{"clone", NAMESPACES, EPERM, -1, {CLONE_NEWNET | 17}},
	{"clone", NAMESPACES, 0, -1, {0x80 | CLONE_SIGHAND}},
};

#define CALLS (sizeof(calls) / sizeof(*calls))

/* What a guest gets that has these. */
struct settings {
	unsigned long long caps; /* that were added */
	bool shield, namespaces;
};

static inline int declared(const struct call *call, const struct settings *settings)
{
	bool is_on = call->part == BASE || settings->shield ||
		     (call->part == NAMESPACES && settings->namespaces);

	if (!is_on || (call->lifted_by >= 0 && settings->caps >> call->lifted_by & 1))
		return 0;
	return call->answer;
}

#endif
