/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_PROC_H
#define DS_HOST_PROC_H

/* proc - which process is which, told by the host's kernel through the host's /proc.
 *
 * A pid alone names whoever has it today. An identity adds the boot, the start time and the PID
 * namespace, checked together (design: the host is the only authority). */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define DS_BOOT_ID_LEN 36

struct ds_proc_id {
	char boot_id[DS_BOOT_ID_LEN + 1]; /* /proc/sys/kernel/random/boot_id */
	pid_t pid;                        /* in the host's PID namespace; 0 = nobody */
	unsigned long long start;         /* clock ticks after boot, proc_pid_stat(5) field 22 */
	ino_t pid_ns;                     /* inode of /proc/PID/ns/pid */
};

/* This boot's id; "" recorded as an error when /proc is not there. */
int ds_proc_boot_id(char boot_id[DS_BOOT_ID_LEN + 1]);

/* Identify a living process; -ESRCH when there is none (zombies count as gone). Quiet. */
int ds_try_proc_identify(pid_t pid, struct ds_proc_id *id);

/* Is this very process alive, not merely one with its pid? */
bool ds_proc_is_alive(const struct ds_proc_id *id);

/* A pidfd of this very process; -ESRCH when it is gone, -ENOSYS before Linux 5.3. Quiet. */
int ds_try_proc_open(const struct ds_proc_id *id);

/* Signal it; pidfd < 0 falls back on a check and kill(2). 0 or -errno, quiet. */
int ds_try_proc_signal(const struct ds_proc_id *id, int pidfd, int sig);

/* Wait until it is gone: true, or false after timeout_ms (-1 = no bound). With pidfd < 0 (before
 * Linux 5.3, which offers no event for a stranger's exit) it looks every 10 ms. */
bool ds_proc_wait_gone(const struct ds_proc_id *id, int pidfd, int timeout_ms);

/* The value after "Field:" in /proc/PID/status, trimmed; -ENOENT without it. Quiet. */
int ds_try_proc_status(pid_t pid, const char *field, char *value, size_t size);

/* A 64-bit mask of /proc/PID/status, of signals (SigBlk, SigCgt ...) or capabilities (CapBnd ...); 0
 * when unknown. */
uint64_t ds_proc_signal_mask(pid_t pid, const char *field);

/* Target of /proc/PID/exe as seen by the host, "" when unknown; " (deleted)" is kept. */
void ds_proc_exe(pid_t pid, char *path, size_t size);

/* Does the link /proc/PID/ns/<ns> lead to the same namespace for both? pid 0 = the caller. */
bool ds_proc_shares_ns(pid_t a, pid_t b, const char *ns);

/* Call visit for every process until it returns nonzero; that value, or 0. */
int ds_proc_each(int (*visit)(pid_t pid, void *ctx), void *ctx);

#endif
