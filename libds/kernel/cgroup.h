/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_CGROUP_H
#define DS_KERNEL_CGROUP_H

/* cgroup - the container's cgroups on the host, and what the guest sees of them.
 *
 * A container has the directory droidspaces/NAME in each hierarchy used: in cgroup2 wherever the
 * kernel has it (through the host's mount, or a mount of our own that is attached nowhere), or in
 * every v1 hierarchy that the host has mounted, when the kernel has no cgroup2 or the user asks for
 * v1. That one tracks its processes; besides it has one where the controllers are that its limits
 * need. Nothing is mounted on or removed from the host's own tree.
 *
 * Limits, the device policy and freezing are the host's, on droidspaces/NAME. The guest's processes live
 * in droidspaces/NAME/guest: PID 1 joins that before it unshares its cgroup namespace (Linux 4.6), so it
 * is the root that the guest sees, and whatever the guest mounts or writes it stays below its limits.
 * The monitor has droidspaces/.monitor/NAME, where neither its guest nor what kills the session of who
 * started it reaches it. */

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "libds/host/undo.h"
#include "libds/kernel/devpolicy.h"

#define DS_CGROUP_MAX 16 /* hierarchies in use: cgroup2, or the v1 ones */
#define DS_CGROUP_ID_MAX 64
#define DS_CGROUP_PARENT "droidspaces"               /* of all containers' */
#define DS_CGROUP_GUEST "guest"                      /* in a container's */
#define DS_CGROUP_ASIDE DS_CGROUP_PARENT "/.monitor" /* no container has such a name */
#define DS_CGROUP_ASIDE_VERB "monitor" /* its arguments: ID, DIR, where it was before */
/* An attribute of DS_CGROUP_PARENT in cgroup2: the controllers that the host did not hand down. */
#define DS_CGROUP_NOTE "trusted.droidspaces"

/* A hierarchy: "v2", or a v1 hierarchy's controllers as mounted ("cpu,cpuacct", "name=systemd"). */
struct ds_hierarchy {
	char id[DS_CGROUP_ID_MAX];
	char mount[PATH_MAX]; /* where the host has it; "" = nowhere (only v2) */
};

struct ds_cgroup {
	char dir[256]; /* droidspaces/NAME, below each hierarchy's root */
	bool v1;
	bool is_joined; /* by ds_cgroup_clone */
	bool is_bare;   /* by ds_cgroup_join: without a namespace */
	const struct ds_devpolicy
		*devices; /* to be enforced for it, or NULL; for ds_cgroup_create */
	bool is_enforced; /* that is */
	int count;
	struct {
		char id[DS_CGROUP_ID_MAX];
		int guest_fd; /* droidspaces/NAME/guest */
		int procs_fd; /* its cgroup.procs, for writing */
	} member[DS_CGROUP_MAX];
};

#define auto_cgroup __attribute__((cleanup(ds_cgroup_close))) struct ds_cgroup

void ds_cgroup_close(struct ds_cgroup *cgroup);

/* Make the container's directories, each promised first: to track it, and where the controllers are that
 * are wanted, as words with blanks between; those that this host has not are passed over. In cgroup2 they
 * and all that the host hands down are handed on to the guest; what the host did not is taken back when
 * the last container goes. The policy for devices is in force when it returns, in cgroup2 or else in v1:
 * is_enforced. The kernel knows no cgroups: count is 0 and that is success; ds-check tells what will not
 * work. */
int ds_cgroup_create(struct ds_cgroup *cgroup, struct ds_undo *undo, const char *name, bool v1,
		     const char *wanted);

/* fork() with namespace flags, the child made inside the container's cgroup2 where the kernel can:
 * to move a process there, it first waits until every processor has passed a quiet state (RCU), for
 * milliseconds. The child still calls ds_cgroup_join. -1 and errno as clone(2). */
pid_t ds_cgroup_clone(struct ds_cgroup *cgroup, unsigned long flags);

/* Move the calling process into them and give it a cgroup namespace of its own. */
int ds_cgroup_join(struct ds_cgroup *cgroup);

/* Show the guest its cgroups on /sys/fs/cgroup, where sysfs is mounted in the tree: a cgroup2 mount
 * rooted in its own namespace, or for v1 a tmpfs with a bind per hierarchy and links for the single
 * controllers of co-mounted ones. On a kernel without cgroup namespaces /proc/self/cgroup tells paths
 * from the hierarchy's root: there the guest sees the whole hierarchy, read-only, and in it its own
 * directory writable (what systemd's container interface asks for). */
int ds_cgroup_show(const struct ds_cgroup *cgroup, int root_fd);

/* Move the calling process to where the guest's PID 1 is, in each hierarchy in which that lies
 * below dir ("": anywhere); but_v2: not in cgroup2, where ds_cgroup_fork() has made it. */
int ds_cgroup_follow(const char *dir, pid_t init_pid, bool but_v2);

/* A child of the guest's root in cgroup2, for what one ds-run puts there: the guest's own rules forbid no
 * process in there, and what it wrote into other cgroups does not hold in this one. */
struct ds_leaf {
	int guest_fd; /* the guest's root; -1 = there is no leaf */
	char name[24];
};

/* fork() into a new leaf of the container whose record says cgroup=path and cgroup_dir=dir, without the
 * wait that moving costs. Before Linux 5.7 the child is made where the caller is, *is_in false, and moves
 * with ds_leaf_join(). -1 and no leaf where none can be made: no cgroup2, or the guest's root is a threaded
 * domain or is full. */
pid_t ds_leaf_fork(struct ds_leaf *leaf, const char *path, const char *dir, bool *is_in);
int ds_leaf_join(const struct ds_leaf *leaf);

/* Take it away, and close it; wait: once the killed processes are gone. What still holds it keeps it, until
 * the container stops or it is empty when this is called for another. */
void ds_leaf_remove(struct ds_leaf *leaf, bool wait);

/* fork() into there, for a container in cgroup2, without the wait that following costs; in other
 * hierarchies the child has to follow. -1 where that cannot be done: then fork, and follow. */
pid_t ds_cgroup_fork(const char *dir, pid_t init_pid);

/* The host's path of the directory that tracks the guest's processes; "" when it has none. */
void ds_cgroup_host_path(const struct ds_cgroup *cgroup, char *path, size_t size);

/* Move the calling monitor, whose guest runs, out of its starter's cgroup into one of its own. It waits
 * for the kernel (RCU). Only in the hierarchy that tracks the guest: in the others nobody kills by cgroup. */
int ds_cgroup_stand_aside(const struct ds_cgroup *cgroup, struct ds_undo *undo);

/* Have the controllers that are wanted handed down to what is in dir, below base_fd, cgroup2's root; as
 * ds_cgroup_create() does. */
int ds_cgroup_hand_down(int base_fd, const char *dir, const char *wanted);

#define DS_CGROUP_EVENTS "cgroup.events"

/* Wait until a file of a cgroup's holds word. -errno, quiet: -ETIMEDOUT, whatever else changes in it. */
int ds_try_cgroup_wait(int dir_fd, const char *file, const char *word, int timeout_ms);

/* Wait until all have gone, where processes are killed. */
void ds_cgroup_wait_until_empty(int dir_fd, int timeout_ms);

/* Undo verb "cgroup ID DIR": kill what is left inside, remove the directories. */
int ds_cgroup_remove(const char *const args[DS_UNDO_ARGS]);

/* Undo verb "monitor ID DIR FROM": a monitor that is in there moves out, then the directory goes. */
int ds_cgroup_come_back(const char *const args[DS_UNDO_ARGS]);

#endif
