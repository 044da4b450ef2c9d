/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_COMPAT_H
#define DS_CORE_COMPAT_H

/* compat - system calls and constants that the C library does not know yet.
 *
 * The functions are the bare calls: -1 and errno, ENOSYS on a kernel without them. Whoever calls
 * one has the older way at hand. The kernel that added each stands beside it (man-pages 6.x). */

#include <fcntl.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#define SYS_move_mount 429
#define SYS_fsopen 430
#define SYS_fsconfig 431
#define SYS_fsmount 432
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
/* rt_sigtimedwait as /proc/PID/syscall shows it: by the number that the program uses, which may be of the
 * other width than this one. With 64-bit times, for 32-bit programs (5.1), it is 421 on all machines. */
#if defined(__x86_64__) || defined(__i386__)
#define DS_SYS_SIGTIMEDWAIT_ON_64 128
#else
#define DS_SYS_SIGTIMEDWAIT_ON_64 137
#endif
#define DS_SYS_SIGTIMEDWAIT_ON_32 177
#define DS_SYS_SIGTIMEDWAIT_TIME64 421
#ifndef SYS_renameat2
#define SYS_renameat2 __NR_renameat2
#endif
#define DS_RENAME_NOREPLACE 1
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#define DS_ST_NOSYMFOLLOW 0x2000
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif
#ifndef TIOCGPTPEER
#define TIOCGPTPEER 0x5441
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#ifndef LOOP_CONFIGURE
#define LOOP_CONFIGURE 0x4C0A
struct loop_config {
	uint32_t fd;
	uint32_t block_size;
	struct loop_info64 info;
	uint64_t reserved[8];
};
#endif
#ifndef LOOP_SET_DIRECT_IO
#define LOOP_SET_DIRECT_IO 0x4C08
#endif

#define DS_MFD_CLOEXEC 1U
#define DS_MFD_ALLOW_SEALING 2U
#define DS_F_ADD_SEALS 1033 /* fcntl(2), 3.17 */
#define DS_F_GET_SEALS 1034
#define DS_F_SEAL_SEAL 1
#define DS_F_SEAL_SHRINK 2
#define DS_F_SEAL_GROW 4
#define DS_F_SEAL_WRITE 8

/* 3.17; glibc has had it under this name since 2.27 only */
static inline int ds_sys_memfd_create(const char *name, unsigned flags)
{
	return (int)syscall(SYS_memfd_create, name, flags);
}

/* The C library's own do the same in every thread of the process, and here is one. On 32-bit machines
 * these names are of calls with 16-bit ids. */
#ifdef SYS_setgroups32
#define DS_SYS_ID(call) SYS_##call##32
#else
#define DS_SYS_ID(call) SYS_##call
#endif
static inline int ds_sys_setgroups(size_t count, const gid_t *groups)
{
	return (int)syscall(DS_SYS_ID(setgroups), count, groups);
}
static inline int ds_sys_setgid(gid_t gid)
{
	return (int)syscall(DS_SYS_ID(setgid), gid);
}
static inline int ds_sys_setuid(uid_t uid)
{
	return (int)syscall(DS_SYS_ID(setuid), uid);
}

/* fork(2) without what a program with threads needs around it (POSIX 2024; musl 1.2.2, glibc 2.34). */
static inline pid_t ds_fork(void)
{
	return _Fork();
}

/* 5.3 */
static inline int ds_sys_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* 5.1 */
static inline int ds_sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

/* 5.6 */
static inline int ds_sys_openat2(int dir_fd, const char *path, struct open_how *how)
{
	return (int)syscall(SYS_openat2, dir_fd, path, how, sizeof(*how));
}

/* 5.2 */
static inline int ds_sys_open_tree(int dir_fd, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir_fd, path, flags);
}

/* 5.2 */
static inline int ds_sys_move_mount(int from_fd, const char *from, int to_fd, const char *to,
				    unsigned flags)
{
	return (int)syscall(SYS_move_mount, from_fd, from, to_fd, to, flags);
}

/* 5.2 */
static inline int ds_sys_fsopen(const char *type, unsigned flags)
{
	return (int)syscall(SYS_fsopen, type, flags);
}

/* 5.2 */
static inline int ds_sys_fsconfig(int fs_fd, unsigned cmd, const char *key, const void *value)
{
	return (int)syscall(SYS_fsconfig, fs_fd, cmd, key, value, 0);
}

/* 5.2 */
static inline int ds_sys_fsmount(int fs_fd, unsigned flags, unsigned attr)
{
	return (int)syscall(SYS_fsmount, fs_fd, flags, attr);
}

/* 5.12 */
static inline int ds_sys_mount_setattr(int dir_fd, const char *path, unsigned flags,
				       struct mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir_fd, path, flags, attr, sizeof(*attr));
}

/* 5.9 */
static inline int ds_sys_close_range(unsigned first, unsigned last)
{
	return (int)syscall(SYS_close_range, first, last, 0);
}

/* 3.15 */
static inline int ds_sys_renameat2(int from_fd, const char *from, int to_fd, const char *to,
				   unsigned flags)
{
	return (int)syscall(SYS_renameat2, from_fd, from, to_fd, to, flags);
}

/* struct statx of statx(2), as far as it is wanted here. */
struct ds_statx {
	uint32_t mask, head[19];
	int64_t birth; /* seconds since 1970 */
	uint32_t tail[42];
};
_Static_assert(sizeof(struct ds_statx) == 256, "as the kernel has it");
#define DS_STATX_BTIME 0x800U
#define DS_AT_STATX_DONT_SYNC 0x4000

/* 4.11 */
static inline int ds_sys_statx(int dir_fd, const char *path, int flags, unsigned mask,
			       struct ds_statx *st)
{
	return (int)syscall(SYS_statx, dir_fd, path, flags, mask, st);
}

static inline int ds_sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

/* fork() with namespace flags: no stack, no shared memory, so the plain syscall serves. The
 * argument order differs on some architectures, but all unused arguments are 0 (clone(2)). */
static inline pid_t ds_sys_clone(unsigned long flags)
{
	return (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
}

/* The same as a member of a cgroup2 directory from the first moment. 5.7 */
static inline pid_t ds_sys_clone_into(unsigned long flags, int cgroup_fd)
{
	struct clone_args args = {.flags = flags | CLONE_INTO_CGROUP,
				  .exit_signal = SIGCHLD,
				  .cgroup = (uint64_t)cgroup_fd};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

/* Of a variable that every monitor writes to: on the page that is its own anyway, beside the others. */
#define DS_KEPT __attribute__((section(".data.kept")))

#endif
