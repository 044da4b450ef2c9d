/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_PROBE_H
#define DS_LIFE_PROBE_H

/* probe - does this kernel do it? By doing it.
 *
 * Each is called in a child of its own that ends afterwards (check.h): it may unshare, mount and
 * filter as it likes there, and nothing of it reaches the host. None makes the kernel load a module
 * either: what is a module that isn't loaded yet counts as there. 0, -errno for no, or
 * DS_PROBE_UNTRIED where something else that the probe stands on is missing. */

#include <stdbool.h>

#define DS_PROBE_UNTRIED (-255)
/* Yes, and in which way. */
enum { DS_PROBE_RAMDISK = 1, DS_PROBE_BPF, DS_PROBE_V1 };

/* probe_mount.c: namespaces and what is mounted in them */
int ds_probe_mount_namespace(void);
int ds_probe_pid_namespace(void);
int ds_probe_uts_namespace(void);
int ds_probe_ipc_namespace(void);
int ds_probe_net_namespace(void);
int ds_probe_user_namespace(void);
int ds_probe_locked_mode(void);
int ds_probe_cgroup_namespace(void);
int ds_probe_tmpfs(void);
int ds_probe_proc(void);
int ds_probe_sysfs(void);
int ds_probe_devpts(void);
int ds_probe_root_switch(void); /* DS_PROBE_RAMDISK: pivot.h */
int ds_probe_overlay(void);
int ds_probe_ext4(void);
int ds_probe_squashfs(void);
int ds_probe_erofs(void);

/* probe_cgroup.c */
int ds_probe_cgroup(void);
int ds_probe_cgroup2(void);
int ds_probe_cgroup_kill(void);
int ds_probe_memory_limit(void);
int ds_probe_cpu_limit(void);
int ds_probe_pids_limit(void);
int ds_probe_device_control(void);

/* probe_call.c: system calls and devices */
int ds_probe_root(void);
int ds_probe_epoll(void);
int ds_probe_signalfd(void);
int ds_probe_timerfd(void);
int ds_probe_inotify(void);
int ds_probe_fhandle(void);
int ds_probe_memfd(void);
int ds_probe_unix_sockets(void);
int ds_probe_seccomp(void);
int ds_probe_pidfd(void);
int ds_probe_openat2(void);
int ds_probe_mount_api(void);
int ds_probe_mount_setattr(void);
int ds_probe_clone3(void);
int ds_probe_close_range(void);
int ds_probe_loop(void);
int ds_probe_fuse(void);
int ds_probe_tun(void);

/* ---- For the probes themselves ---- */

/* A private mount namespace with an empty tmpfs as working directory; 0, or DS_PROBE_UNTRIED. */
int ds_probe_scratch(void);

/* mkdir NAME and mount a filesystem there. */
int ds_probe_mount(const char *type, const char *name, const char *options);

/* Run it in a child; its result. */
int ds_probe_fork(int (*probe)(void));

/* Does modules.dep of the running kernel list NAME.ko? */
bool ds_probe_has_module(const char *name);

#endif
