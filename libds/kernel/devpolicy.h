/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_DEVPOLICY_H
#define DS_KERNEL_DEVPOLICY_H

/* devpolicy - which devices the processes of a cgroup may open, whatever nodes they make.
 *
 * A policy lists what is allowed, all else is denied. The kernel asks it at each open(2) and mknod(2) of a
 * device node. It is a BPF program of our own making, attached to the container's directory in cgroup2
 * (Linux 4.15, CONFIG_CGROUP_BPF), else lines of the v1 hierarchy "devices". It goes with the directory,
 * so there is nothing to undo. Programs that a guest attaches below can only deny more
 * (BPF_F_ALLOW_MULTI). No descriptor that is open already is asked about. */

#include <stdbool.h>

#define DS_DEV_ANY (-1) /* a major or minor number */
#define DS_DEVPOLICY_MAX 128

/* As in <linux/bpf.h>. */
enum { DS_DEV_MKNOD = 1, DS_DEV_READ = 2, DS_DEV_WRITE = 4, DS_DEV_ALL = 7 };

struct ds_devrule {
	char type; /* 'c' or 'b' */
	/* DS_DEV_ bits; all that an open asks for must be in one rule. 0 = denied, whatever rules behind
	 * it allow; lines of v1 cannot say that, and leave it out. */
	unsigned char access;
	int major, minor;
};

struct ds_devpolicy {
	int count; /* 0 = everything is allowed: no policy */
	struct ds_devrule rule[DS_DEVPOLICY_MAX];
};

enum ds_devpolicy_kind { DS_DEVPOLICY_NONE, DS_DEVPOLICY_V1, DS_DEVPOLICY_BPF };

/* What every guest may open: the nodes that dev.h makes and the ptys of its devpts. It may make any node:
 * systemd's container interface leaves it CAP_MKNOD, and a node is nothing while it cannot be opened. */
void ds_devpolicy_init(struct ds_devpolicy *policy);

/* The rule for the same type and numbers, or NULL. */
struct ds_devrule *ds_devpolicy_rule(struct ds_devpolicy *policy, const struct ds_devrule *like);

/* Allow more; one device has one rule. -E2BIG recorded. */
int ds_devpolicy_add(struct ds_devpolicy *policy, const struct ds_devrule *rule);

#define DS_DEVRULE_TEXT_MAX 40

/* "c 1:3 rwm", as the files of the v1 hierarchy have it. */
const char *ds_devrule_text(char text[DS_DEVRULE_TEXT_MAX], const struct ds_devrule *rule);

/* Letters of "rwm" as bits; 0 when one is none of them, or there is none. */
unsigned ds_devrule_access(const char *letters);

/* The BPF program, loaded: an fd, or -errno, quiet: the kernel is too old, was built without it or is
 * locked down. */
int ds_try_devpolicy_load(const struct ds_devpolicy *policy);

/* Have the policy enforced for a directory of cgroup2 or of the v1 hierarchy, in place of the one that
 * was. While it is exchanged, no process gets more than one of both allows. -errno, quiet.
 * BPF: every program that is attached to this very directory counts as the former one.
 * v1: a directory that has others in it cannot get its first policy; there, sub (or NULL) names one
 * below that is to have the same. */
int ds_try_devpolicy_attach(int cgroup2_fd, const struct ds_devpolicy *policy);
int ds_try_devpolicy_write(int v1_fd, const char *sub, const struct ds_devpolicy *policy);

/* Has it one? */
bool ds_devpolicy_is_attached(int cgroup2_fd);
bool ds_devpolicy_is_written(int v1_fd);

/* Which of them the kernel enforces for the container whose directory in each hierarchy is dir, and another
 * in its place; -errno, quiet. Nothing is done where it has none. */
enum ds_devpolicy_kind ds_devpolicy_find(const char *dir);
int ds_try_devpolicy_exchange(const char *dir, const char *sub, const struct ds_devpolicy *policy);

#endif
