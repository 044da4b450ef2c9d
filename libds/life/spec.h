/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_SPEC_H
#define DS_LIFE_SPEC_H

/* spec - what the user asked for: a container's settings, in memory and in container.config.
 *
 * The rows below are the one declaration of every setting that is both an option of ds-start and a
 * key of container.config (shared/spec/contract.md): the field is the key. They stand here and not
 * in applets/start.c because the record, the monitor's restart and ds-restart read them too.
 * Columns as in core/opt.h. Keys that no row names are kept for those who wrote them. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "gen/config.h"
#include "libds/core/conf.h"

/* Those that ds-update can change, too (life/limits.h). */
#define LIMIT_OPTIONS(X)                                                                           \
	X(STRING, memory_limit, 0, "memory", "SIZE", LIMITS, "its memory at most: 512M, 2G")       \
	X(STRING, memory_swap, 0, "memory-swap", "SIZE", LIMITS,                                   \
	  "its memory and swap together at most; the same as its memory: no swap")                 \
	X(STRING, cpu_quota, 0, "cpus", "N", LIMITS, "time of so many CPUs at most: 0.5, 2")       \
	X(STRING, cpu_period, 0, "cpu-period", "US", LIMITS,                                       \
	  "microseconds in which that is counted; default: 100000")                                \
	X(STRING, cpu_weight, 0, "cpu-weight", "N", LIMITS,                                        \
	  "its share of CPU time where that is short, 1 to 10000; default: 100")                   \
	X(STRING, pids_limit, 0, "pids-limit", "N", LIMITS, "processes and threads at most")       \
	X(STRING, io_weight, 0, "io-weight", "N", LIMITS,                                          \
	  "its share of the disks, 1 to 10000; default: 100")                                      \
	X(STRING, cpuset, 0, "cpuset", "LIST", LIMITS, "the CPUs it may run on: 0-3,6")

#define SPEC_OPTIONS(X)                                                                            \
	X(STRING, name, 'n', "name", "NAME", ALWAYS,                                               \
	  "the container's name; without it one is made from the guest's os-release")              \
	X(STRING, hostname, 'h', "hostname", "NAME", ALWAYS,                                       \
	  "the guest's hostname; default: its name")                                               \
	X(STRING, rootfs_path, 'r', "rootfs", "DIR", ALWAYS,                                       \
	  "the directory that becomes the guest's /")                                              \
	X(FLAG, volatile_mode, 'V', "volatile", 0, VOLATILE,                                       \
	  "keep all changes in memory, drop them at stop")                                         \
	X(STRING, volatile_size, 0, "volatile-size", "SIZE", VOLATILE,                             \
	  "memory for them: 64M, 2G or 50%; default: half of it")                                  \
	X(FLAG, hw_access_disks, 0, "hw-access=all", 0, HW_ACCESS,                                 \
	  "give it the host's devices, and disks: its root can destroy all that is on them")       \
	X(FLAG, enable_hw_access, 'H', "hw-access", 0, HW_ACCESS,                                  \
	  "give it the host's devices, but no disks: only for guests that you trust")              \
	X(FLAG, enable_gpu, 0, "gpu", 0, GPU, "give it the host's GPU, and the groups that may")   \
	X(LIST, bind_mounts, 'B', "bind|bind-mount", "SRC:DST[:OPTION]...", BIND_MOUNTS,           \
	  "show a directory or file of the host in the guest; may be repeated, '' forgets all; "   \
	  "options: ro, rec, nosuid, nodev, noexec, mkdir, required")                              \
	X(LIST, devices, 0, "device", "/dev/X[:ACCESS]...", DEVICES,                               \
	  "let the guest use this device of the host; may be repeated, '' forgets all; "           \
	  "ACCESS: letters of rwm, default: rw")                                                   \
	X(LIST, forwards, 0, "forward", "[guest:]SOCKET:PATH[:OPTION]...", FORWARD,                \
	  "show a socket of the host's in the guest, or with guest: one of the guest's on the "    \
	  "host; may be repeated, '' forgets all; options: mode=0660, uid=, gid=, nofd, "          \
	  "seqpacket")                                                                             \
	X(FLAG, enable_android_storage, 'S', "enable-android-storage", 0, ANDROID_STORAGE,         \
	  "show the guest the phone's shared storage at /storage/emulated/0")                      \
	X(FLAG, allow_doze, 0, "allow-doze", 0, ANDROID_COMMANDS,                                  \
	  "leave it to Android to doze and to end processes while it runs")                        \
	X(LIST, integrate, 0, "integrate", "WHAT,...", INTEGRATE,                                  \
	  "what its programs may ask of the host: notify, xdg_open, clipboard, host_exec; '' "     \
	  "forgets all")                                                                           \
	X(STRING, pidfile, 0, "pidfile", "FILE", ALWAYS, "also write PID 1's number to this file") \
	X(FLAG, foreground, 'f', "foreground", 0, FOREGROUND,                                      \
	  "stay attached to the guest's console; end with the guest's exit status")                \
	X(STRING, ttys, 0, "ttys", "N", TTYS,                                                      \
	  "how many terminals with a login it gets beside its console, 0 to 6")                    \
	X(STRING, log_size, 0, "log-size", "SIZE", CONSOLE_LOG,                                    \
	  "keep twice that of what its console showed; 0 = nothing; default: 1M")                  \
	X(FLAG, autostart, 0, "autostart", 0, AUTOSTART,                                           \
	  "ds-autostart starts it when the host boots")                                            \
	X(STRING, autostart_order, 0, "autostart-order", "N", AUTOSTART,                           \
	  "its place among those, from 1 on; without one it comes after those that have one")      \
	X(FLAG, tune, 0, "tune", 0, TUNE, "at each boot do in it what ds-tune --apply does")       \
	X(STRING, custom_init, 0, "init", "PATH", ALWAYS, "run this in place of /sbin/init")       \
	X(STRING, init_command, 0, "command", "COMMAND", INIT_SHIM,                                \
	  "with --init=shim, an init of ours for guests that have none: what it runs, as after "   \
	  "--; '' forgets it: the services in /etc/ds-init")                                       \
	X(STRING, oom_score_adj, 0, "oom-score-adj", "N", RLIMITS,                                 \
	  "when memory is out: -1000 spares its processes, 1000 ends them first; default: 0")      \
	X(LIST, rlimits, 0, "rlimit", "NAME=SOFT[:HARD]", RLIMITS,                                 \
	  "a resource limit of each of its processes, as nofile=1024:4096 or core=unlimited; may " \
	  "be repeated, '' forgets all")                                                           \
	X(STRING, nice, 0, "nice", "N", RLIMITS,                                                   \
	  "its processes' nice value, -20 to 19; default: the caller's")                           \
	X(STRING, env_file, 'E', "env", "FILE", ALWAYS,                                            \
	  "file of KEY=VALUE lines for the environment of the guest's init")                       \
	X(STRING, dns_servers, 'd', "dns", "LIST", ALWAYS,                                         \
	  "name servers for the guest, separated by commas; default: the host's")                  \
	X(FLAG, enable_ipv6, 0, "enable-ipv6", 0, IPV6,                                            \
	  "switch IPv6 on in the host's network, which the guest shares, until it stops")          \
	X(FLAG, disable_ipv6, 'I', "disable-ipv6", 0, IPV6,                                        \
	  "switch IPv6 off in the host's network, which the guest shares, until it stops")         \
	X(FLAG, enable_firmware, 0, "firmware", 0, FIRMWARE,                                       \
	  "have the kernel look for firmware in the guest's /lib/firmware until it stops")         \
	X(FLAG, selinux_permissive, 0, "selinux-permissive", 0, SELINUX,                           \
	  "make the host's SELinux permissive until it stops")                                     \
	X(STRING, privileged, 0, "privileged", "WORD[,WORD]...", PRIVILEGED,                       \
	  "open what is kept from it: nomask, nocaps, noseccomp, unfiltered-dev, shared, full")    \
	X(FLAG, force_cgroupv1, 0, "force-cgroupv1", 0, CGROUP_V1,                                 \
	  "show the guest the cgroup v1 hierarchies (systemd up to 257)")                          \
	X(LIST, cap_add, 0, "cap-add", "NAME,...", CAP_OPTIONS,                                    \
	  "capabilities the guest is to have beyond the usual, or ALL; '' forgets all")            \
	X(LIST, cap_drop, 0, "cap-drop", "NAME,...", CAP_OPTIONS,                                  \
	  "usual capabilities the guest is not to have, or ALL; '' forgets all")                   \
	X(STRING, seccomp_shield, 0, "seccomp-shield", "WHEN", SECCOMP_OPTIONS,                    \
	  "keep keyrings and namespaces from the guest: auto (below Linux 5.0), on or off")        \
	X(FLAG, block_nested_ns, 0, "block-nested-namespaces", 0, SECCOMP_OPTIONS,                 \
	  "keep the guest from making namespaces: no sandboxes, no containers in it")              \
	X(STRING, isolation, 0, "isolation", "MODE", LOCKED,                                       \
	  "default, which is no wall against the guest's root; or locked: a user namespace of "    \
	  "its own is one")                                                                        \
	LIMIT_OPTIONS(X)

/* DS_SPEC_hostname and so on: the keys by number, in the order of the rows. */
#define DS_SPEC_KEY(kind, field, ...) DS_SPEC_##field,

enum ds_spec_key { SPEC_OPTIONS(DS_SPEC_KEY) DS_SPEC_KEYS };

#define DS_UUID_LEN 32     /* lower-case hex digits */
#define DS_HOSTNAME_MAX 64 /* bytes, sethostname(2) */
#define DS_DEFAULT_INIT "/sbin/init"

#define DS_SPEC_FLAG(field) bool field;
#define DS_SPEC_STRING(field) const char *field;
#define DS_SPEC_LIST(field) const char *field; /* items with commas between */
#define DS_SPEC_FIELD(kind, field, ...) DS_SPEC_##kind(field)

/* Strings are never NULL; "" is the default. They point into conf and change with it. */
struct ds_spec {
	SPEC_OPTIONS(DS_SPEC_FIELD)
	const char *uuid; /* "" until the first start */
	struct ds_conf conf;
};

#define auto_spec __attribute__((cleanup(ds_spec_free))) struct ds_spec

void ds_spec_free(struct ds_spec *spec);

/* All defaults. */
int ds_spec_init(struct ds_spec *spec);

/* Read a config file. Refused unless root owns it and no one else may write to it or to the
 * directory that holds it. Missing file: -ENOENT recorded, exit 3. */
int ds_spec_load(struct ds_spec *spec, const char *path);

/* Take the settings out of key=value lines (a record's, say); conf's lines are copied. */
int ds_spec_from_conf(struct ds_spec *spec, const struct ds_conf *conf);

/* The key as text. */
const char *ds_spec_key(enum ds_spec_key key);

/* Set one key as text; FLAG keys take 0 or 1. value NULL returns it to its default. */
int ds_spec_set(struct ds_spec *spec, const char *key, const char *value);

/* Return every setting to its default but name, rootfs and uuid. Foreign keys stay. */
int ds_spec_reset(struct ds_spec *spec);

/* Check every value that can be checked without touching anything; exit 2 with the reason. */
int ds_spec_check(const struct ds_spec *spec);

/* Write Containers/NAME/container.config if it differs from what is there. *was is what was there, to
 * be freed; NULL = no file. */
int ds_spec_save(const struct ds_spec *spec, char **was);

/* Put back what ds_spec_save() found: what was asked for did not work. The recorded error stays. */
void ds_spec_unsave(const struct ds_spec *spec, const char *was);

/* The guest's hostname: as set, else its name cut to DS_HOSTNAME_MAX. */
void ds_spec_hostname(const struct ds_spec *spec, char hostname[DS_HOSTNAME_MAX + 1]);

/* How many ttys: as set, else CFG_TTYS_DEFAULT. */
int ds_spec_ttys(const struct ds_spec *spec);

/* Is it to be locked into a user namespace? */
static inline bool ds_spec_is_locked(const struct ds_spec *spec)
{
	return CFG_LOCKED && strcmp(spec->isolation, "locked") == 0;
}

/* Its place among those that ds-autostart starts; 0 = none, behind all that have one. */
int ds_spec_autostart_order(const struct ds_spec *spec);

/* Bytes of one of the two files of the console's log; 0 = no log. */
uint64_t ds_spec_log_size(const struct ds_spec *spec);

/* Which of the host's devices it sees, as of kernel/hostdev.h; 0 = none. */
unsigned ds_spec_hostdev(const struct ds_spec *spec);

/* Words of --privileged, as bits; "full" has them all. */
enum {
	DS_NOMASK = 1,
	DS_NOCAPS = 2,
	DS_NOSECCOMP = 4,
	DS_UNFILTERED_DEV = 8,
	DS_SHARED = 16,
};

/* Is that kept from the guest no more? */
bool ds_spec_is_privileged(const struct ds_spec *spec, unsigned bit);

#define DS_PRIVILEGED_MAX 200

/* For a person what stands open by --privileged, or "". */
const char *ds_spec_privileged_text(const struct ds_spec *spec, char text[DS_PRIVILEGED_MAX]);

/* The init to run: as set, else /sbin/init; our own is at a place of ours (guestbin.h). */
const char *ds_spec_init_path(const struct ds_spec *spec);

#define DS_INIT_SHIM_WORD "shim"

/* Is that to be ds-init-shim? */
static inline bool ds_spec_has_shim(const struct ds_spec *spec)
{
	return CFG_INIT_SHIM && strcmp(spec->custom_init, DS_INIT_SHIM_WORD) == 0;
}

#endif
