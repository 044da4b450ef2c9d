/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_SECCOMP_H
#define DS_KERNEL_SECCOMP_H

/* seccomp - what a guest's system calls may not do.
 *
 * The base is on every kernel. EPERM answers calls that change the kernel or the host, whatever
 * capabilities a process may have come by: modules, kexec, swap, the clock, open_by_handle_at, I/O
 * ports, syslog(2) (which without kernel.dmesg_restrict shows the host's log to everybody), perf events,
 * lookup_dcookie, the binary sysctl (which passes by a read-only /proc/sys), and the two calls by which
 * KernelSU makes its caller the phone's root: reboot and prctl with 0xdeadbeef. Those that a capability
 * stands for are allowed again where that is added.
 *
 * The base is also a guard. A remount to read-only that is not a bind's answers EPERM, and fspick
 * ENOSYS. Such a remount changes the superblock, which a rootfs directory and /sys have in common
 * with the host: the halt scripts of sysvinit, runit and OpenRC do it to every mount they see, and
 * made the host's own / read-only (measured). Remounts of binds, and of anything to read-write,
 * pass. ioctl SIOCSIFFLAGS answers EPERM: "halt -i" of the same scripts took the host's links down
 * (measured). It is also what ifconfig and busybox's ip set links up by; netlink passes.
 *
 * The shield (feature SECCOMP) stands between a guest's systemd and a kernel below 5.0. keyctl,
 * add_key, request_key and clone3 answer ENOSYS: on Android a new session keyring would lose the
 * keys of the file-based encryption (ENOKEY on every file). unshare and clone with a namespace flag
 * answer EPERM: the sandboxes that systemd makes for its services can hang the mount code of kernels
 * up to 4.19; it runs the services without. Blocked namespaces are the shield without the keyrings.
 *
 * All else is allowed; setns is not touched, so that the host can enter. Each filter judges the calls of
 * every architecture that the kernel runs beside its own (i386 and x32 on x86_64, 32-bit ARM on
 * aarch64); what comes by another one answers ENOSYS. The filters are made while building
 * (scripts/mkfilter.c). */

#include <stdbool.h>
#include <stdint.h>

struct ds_seccomp {
	uint64_t caps_added; /* capabilities that give calls of the base back, bit N for N */
	enum {
		DS_SHIELD_AUTO, /* on kernels below 5.0 */
		DS_SHIELD_ON,
		DS_SHIELD_OFF,
	} shield;
	bool block_namespaces; /* also where there is no shield */
	bool no_base;          /* the shield alone, where it is wanted */
	bool only_namespaces;  /* ds_seccomp_load() sets it for itself */
};

/* Is this kernel older than 5.0? A release that cannot be read, and the 2.6.x that the UNAME26
 * personality tells, count as old. */
bool ds_seccomp_shield_wanted(void);

/* Load the base, and the shield where it is built in and wanted, into the calling thread; what it
 * executes and forks keeps them. For a caller with CAP_SYS_ADMIN no_new_privs stays clear, for su and
 * sudo must work in the guest; without the capability the kernel demands it (seccomp(2)), and it is
 * set. A kernel without filters (CONFIG_SECCOMP_FILTER) goes without the base, but a shield that is
 * wanted and cannot be had is exit 5. */
int ds_seccomp_load(const struct ds_seccomp *how);

/* Take the flags off the personality, which were those of whoever called (setarch -R takes address
 * space randomization away). The execution domain stays: "setarch linux32" is meant for the guest.
 * Not before ds_seccomp_load(): UNAME26 is one of them. */
void ds_personality_reset(void);

#endif
