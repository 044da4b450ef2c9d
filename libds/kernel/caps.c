// SPDX-License-Identifier: GPL-3.0-or-later
/* caps - see caps.h. */
#include "libds/kernel/caps.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/opt.h"

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

#define BIT(cap) (1ull << (cap))

/* In the order of their numbers (linux/capability.h, 6.x), and ALL. Packed (core/texts.h): read_list()
 * comes before all that reads them. */
#define LAST_CAP 40
static const char names[] DS_TEXT_SECTION(__COUNTER__) =
	"CHOWN\0DAC_OVERRIDE\0DAC_READ_SEARCH\0FOWNER\0FSETID\0KILL\0SETGID\0SETUID\0SETPCAP\0"
	"LINUX_IMMUTABLE\0NET_BIND_SERVICE\0NET_BROADCAST\0NET_ADMIN\0NET_RAW\0IPC_LOCK\0"
	"IPC_OWNER\0SYS_MODULE\0SYS_RAWIO\0SYS_CHROOT\0SYS_PTRACE\0SYS_PACCT\0SYS_ADMIN\0"
	"SYS_BOOT\0SYS_NICE\0SYS_RESOURCE\0SYS_TIME\0SYS_TTY_CONFIG\0MKNOD\0LEASE\0AUDIT_WRITE\0"
	"AUDIT_CONTROL\0SETFCAP\0MAC_OVERRIDE\0MAC_ADMIN\0SYSLOG\0WAKE_ALARM\0BLOCK_SUSPEND\0"
	"AUDIT_READ\0PERFMON\0BPF\0CHECKPOINT_RESTORE\0ALL\0";

static const char *name_of(int cap)
{
	const char *name = names;

	while (cap--)
		name += strlen(name) + 1;
	return name;
}

static int refuse_name(const char *name, size_t len)
{
	int err = ds_refuse(DS_EXIT_USAGE, "there is no capability %.*s", len > 40 ? 40 : (int)len,
			    name);

	for (const char *near = names; *near; near += strlen(near) + 1) {
		if (ds_opt_is_near(name, len, near, strlen(near))) {
			ds_hint("did you mean %s?", near);
			break;
		}
	}
	return err;
}

/* The bit of one name, or all bits for ALL. */
static int read_name(const char *from, size_t len, uint64_t *bits)
{
	char upper[32];
	const char *text = upper;
	int cap = 0;

	if (!len || len > sizeof(upper))
		return refuse_name(from, len);
	for (size_t i = 0; i < len; i++)
		upper[i] = (char)toupper((unsigned char)from[i]);
	if (len > 4 && !memcmp(upper, "CAP_", 4)) {
		text += 4;
		len -= 4;
	}
	for (const char *name = names; *name; name += strlen(name) + 1, cap++) {
		if (strlen(name) != len || memcmp(name, text, len) != 0)
			continue;
		*bits = cap > LAST_CAP ? UINT64_MAX : BIT(cap);
		return 0;
	}
	return refuse_name(text, len);
}

static int read_list(const char *list, uint64_t *bits, bool *all)
{
	int err = *list ? ds_texts_need() : 0;

	while (!err && *list) {
		size_t len = strcspn(list, ",");
		uint64_t more = 0;

		err = read_name(list, len, &more);
		if (more == UINT64_MAX)
			*all = true;
		else
			*bits |= more;
		list += len + (list[len] == ',');
	}
	return err;
}

int ds_caps_parse(struct ds_caps *caps, bool all, const char *add, const char *drop)
{
	uint64_t usual = UINT64_MAX, added = 0, removed = 0;
	bool add_all = all, drop_all = false;

	for (size_t i = 0; i < sizeof(dropped); i++)
		usual &= ~BIT(dropped[i]);
	if (CFG_CAP_OPTIONS) {
		int err = read_list(add, &added, &add_all);

		if (!err)
			err = read_list(drop, &removed, &drop_all);
		if (!err && ((added & removed) || (add_all && drop_all)))
			err = ds_refuse(DS_EXIT_USAGE, "capability %s is both added and dropped",
					name_of(add_all && drop_all
							? LAST_CAP + 1
							: __builtin_ctzll(added & removed)));
		if (err < 0)
			return err;
	}
	caps->named = added;
	caps->added = (add_all ? UINT64_MAX : added) & ~removed;
	caps->kept = ((drop_all ? 0 : usual) | caps->added) & ~removed;
	return 0;
}

static int read_permitted(struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, data) < 0 ? ds_fail("read the capabilities") : 0;
}

int ds_caps_check(const struct ds_caps *caps)
{
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int err;

	if (!CFG_CAP_OPTIONS || !caps->named)
		return 0;
	err = read_permitted(data);
	for (int cap = 0; !err && cap <= LAST_CAP; cap++) {
		int has;

		if (!(caps->named & BIT(cap)))
			continue;
		has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
		if (has < 0)
			return ds_refuse(DS_EXIT_UNSUPPORTED, "this kernel has no capability %s",
					 name_of(cap));
		if (!has || !(data[CAP_TO_INDEX(cap)].permitted & CAP_TO_MASK(cap)))
			return ds_refuse(
				DS_EXIT_PERMISSION,
				"capability %s is not here to be given: root has less than all",
				name_of(cap));
	}
	return err;
}

int ds_caps_bound(const struct ds_caps *caps)
{
	int err = ds_caps_check(caps);

	for (int cap = 0; !err && cap < 64; cap++) {
		/* EINVAL for what the kernel does not know, 0 for one that is gone. */
		int has = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (has < 0 && errno == EINVAL)
			break;
		if (has < 0 || (has > 0 && !(caps->kept & BIT(cap)) &&
				prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0))
			return ds_fail("drop capability %d", cap);
	}
	return err;
}

int ds_caps_drop(const struct ds_caps *caps)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];
	int err = read_permitted(data);

	if (err < 0)
		return err;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		uint32_t mask = (uint32_t)(caps->kept >> (32 * i));

		data[i].permitted &= mask;
		data[i].effective &= mask;
		data[i].inheritable &= mask;
	}
	/* The ambient set follows the inheritable one (Linux 4.3, where it came). */
	return syscall(SYS_capset, &header, data) < 0 ? ds_fail("drop capabilities") : 0;
}

void ds_loginuid_reset(void)
{
	ds_try_file_write(AT_FDCWD, "/proc/self/loginuid", "4294967295");
}
