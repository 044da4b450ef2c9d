// SPDX-License-Identifier: GPL-3.0-or-later
/* caps - see caps.h. */
#include "libds/kernel/caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"

/* What stays, against other lists:
 * CAP_MKNOD, CAP_SYS_ADMIN: the container interface asks for them; device policy is the cgroup's.
 * CAP_AUDIT_WRITE: pam answers "System error" to root's su without it where the kernel has audit
 *   and the guest shares the host's network, over which audit is reached (Debian's libpam 1.5).
 * CAP_NET_ADMIN: the guest brings up its own network, also a VPN in the host's.
 * CAP_BPF, CAP_PERFMON, CAP_CHECKPOINT_RESTORE: CAP_SYS_ADMIN implies them (capabilities(7)).
 * CAP_SYS_BOOT: reboot(2) ends a PID namespace, not the host (Linux 3.4).
 * CAP_SYS_PACCT: acct(2) is a PID namespace's own. */
/* What goes, and what of the host the guest would have with it. */
static const unsigned char dropped[] = {
	CAP_AUDIT_CONTROL, /* the rules of its audit, which is not namespaced */
	CAP_AUDIT_READ,    /* its audit log */
	CAP_BLOCK_SUSPEND, /* its sleep: EPOLLWAKEUP keeps a phone awake; without it, it is ignored */
	CAP_DAC_READ_SEARCH, /* its files, by open_by_handle_at(2); CAP_DAC_OVERRIDE is left */
	CAP_MAC_ADMIN,       /* the policy of its security module */
	CAP_MAC_OVERRIDE,    /* the same policy, passed by */
	CAP_SYSLOG,          /* its kernel log, which tells addresses and can be cleared */
	CAP_SYS_MODULE,      /* its kernel: modules are code in it */
	CAP_SYS_RAWIO,       /* its hardware: I/O ports, /dev/mem, commands to disks */
	CAP_SYS_TIME,   /* its clock; timesyncd and chrony see that it is missing and stay off */
	CAP_WAKE_ALARM, /* its sleep: alarms wake a phone; systemd uses plain timers without it */
};

int ds_caps_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, data) < 0)
		return ds_fail("read the capabilities");
	for (size_t i = 0; i < sizeof(dropped) / sizeof(*dropped); i++) {
		int cap = dropped[i];
		uint32_t mask = ~(uint32_t)CAP_TO_MASK(cap);

		/* EINVAL for a capability the kernel does not know, 0 for one that is gone. */
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if ((has < 0 && errno != EINVAL) ||
		    (has > 0 && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0))
			return ds_fail("drop capability %d", cap);
		data[CAP_TO_INDEX(cap)].permitted &= mask;
		data[CAP_TO_INDEX(cap)].effective &= mask;
		data[CAP_TO_INDEX(cap)].inheritable &= mask;
	}
	/* The ambient set follows the inheritable one (Linux 4.3, where it came). */
	if (syscall(SYS_capset, &header, data) < 0)
		return ds_fail("drop capabilities");
	return 0;
}

void ds_loginuid_reset(void)
{
	ds_try_file_write(AT_FDCWD, "/proc/self/loginuid", "4294967295");
}
