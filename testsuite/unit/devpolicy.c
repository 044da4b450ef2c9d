// SPDX-License-Identifier: GPL-3.0-or-later
/* devpolicy - the program and the lines that are made of a policy, asked by really opening nodes, in each
 * hierarchy that this kernel and host have. Numbers 60 to 63 are for experiments: no driver has them, so
 * what is allowed fails with ENXIO. */
#include <errno.h>
#include <sys/sysmacros.h>

#include "claim.h"
#include "libds/core/file.h"
#include "libds/kernel/devpolicy.h"
#include "libds/kernel/hierarchy.h"

#define DIR "ds-unit-devpolicy"

static const struct ds_devrule rules[] = {
	{'c', DS_DEV_MKNOD, DS_DEV_ANY, DS_DEV_ANY},
	{'b', DS_DEV_MKNOD, 60, DS_DEV_ANY},
	{'c', DS_DEV_READ | DS_DEV_WRITE, 60, 1},
	{'c', DS_DEV_READ, 60, 2},
	{'c', DS_DEV_WRITE, 60, 3},
	{'b', DS_DEV_READ, 60, 4},
	{'c', DS_DEV_ALL, 61, DS_DEV_ANY},
	{'b', DS_DEV_ALL, 60, 1048575},
};

static const struct probe {
	char type;
	int major, minor, flags;
	bool allowed;
} probes[] = {
	{'c', 60, 1, O_RDONLY, true},        {'c', 60, 1, O_WRONLY, true},
	{'c', 60, 1, O_RDWR, true},          {'b', 60, 1, O_RDONLY, false},
	{'c', 62, 1, O_RDONLY, false},       {'c', 60, 0, O_RDONLY, false},
	{'c', 60, 2, O_RDONLY, true},        {'c', 60, 2, O_WRONLY, false},
	{'c', 60, 2, O_RDWR, false},         {'c', 60, 3, O_WRONLY, true},
	{'c', 60, 3, O_RDONLY, false},       {'c', 60, 3, O_RDWR, false},
	{'b', 60, 4, O_RDONLY, true},        {'b', 60, 4, O_RDWR, false},
	{'c', 60, 4, O_RDONLY, false},       {'c', 61, 0, O_RDWR, true},
	{'c', 61, 1048575, O_RDONLY, true},  {'c', 61 + 256, 0, O_RDONLY, false},
	{'b', 60, 1048575, O_RDWR, true},    {'b', 60, 1048574, O_RDONLY, false},
	{'b', 61, 1048575, O_RDONLY, false},
};

static int join_fd = -1;

/* What a process in there gets when it opens the node, or makes it. */
static int outcome(const struct probe *probe, bool make)
{
	mode_t mode = 0600 | (probe->type == 'b' ? S_IFBLK : S_IFCHR);
	dev_t number = makedev((unsigned)probe->major, (unsigned)probe->minor);
	int status;
	pid_t pid;

	unlink("node");
	MUST(make || mknod("node", mode, number) == 0);
	pid = fork();
	if (!pid) {
		if (write(join_fd, "0", 1) != 1)
			_exit(255);
		if (make)
			_exit(mknod("node", mode, number) < 0 ? errno : 0);
		_exit(open("node", probe->flags | O_NONBLOCK) < 0 ? errno : 0);
	}
	MUST(pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	MUST(WEXITSTATUS(status) != 255);
	return WEXITSTATUS(status);
}

static bool keeps_to_the_table(void)
{
	bool all = true;

	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		const struct probe *p = &probes[i];
		int got = outcome(p, false);

		if (got == (p->allowed ? ENXIO : EPERM))
			continue;
		fprintf(stderr, "%c %d:%d flags %d: %s\n", p->type, p->major, p->minor, p->flags,
			strerror(got));
		all = false;
	}
	return all;
}

static const struct probe same = {'c', 60, 1, O_RDONLY, true},
			  other = {'c', 62, 1, O_RDONLY, false}, made_block = {'b', 60, 9, 0, true},
			  other_block = {'b', 61, 9, 0, false};

static void ask(const char *kind, int dir_fd,
		int (*apply)(int dir_fd, const struct ds_devpolicy *policy),
		bool (*has)(int dir_fd))
{
	struct ds_devpolicy policy = {.count = 0};
	struct ds_devpolicy standard;
	char text[200];

	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		MUST(ds_devpolicy_add(&policy, &rules[i]) == 0);
#define KIND(what) (snprintf(text, sizeof(text), "%s: %s", kind, what), text)
	CLAIM(KIND("a directory has no policy at first"), !has(dir_fd));
	CLAIM(KIND("it is taken"), apply(dir_fd, &policy) == 0);
	CLAIM(KIND("and there"), has(dir_fd));
	CLAIM(KIND("each row of the table has its verdict"), keeps_to_the_table());
	CLAIM(KIND("making a node is a right of its own"),
	      outcome(&other, true) == 0 && outcome(&made_block, true) == 0 &&
		      outcome(&other_block, true) == EPERM);
	policy.rule[policy.count - 1].major = 61;
	policy.rule[2].minor = 7;
	CLAIM(KIND("another takes its place"), apply(dir_fd, &policy) == 0);
	CLAIM(KIND("what only the former allowed is denied"), outcome(&same, false) == EPERM);
	CLAIM(KIND("what only the new one allows is not"), outcome(&probes[20], false) == ENXIO);
	for (int i = policy.count; i < DS_DEVPOLICY_MAX; i++)
		MUST(ds_devpolicy_add(&policy,
				      &(struct ds_devrule){'c', DS_DEV_ALL, 1, 1000 + i}) == 0);
	policy.rule[DS_DEVPOLICY_MAX - 1] = (struct ds_devrule){'c', DS_DEV_READ, 62, 1};
	CLAIM(KIND("the longest is taken, to its last rule"),
	      apply(dir_fd, &policy) == 0 && outcome(&other, false) == ENXIO);
	ds_devpolicy_init(&standard);
	CLAIM(KIND("so is what every guest has"), apply(dir_fd, &standard) == 0);
	CLAIM(KIND("with it every node can be made"),
	      outcome(&other, true) == 0 && outcome(&other_block, true) == 0);
	CLAIM(KIND("and /dev/null opened, /dev/kmsg not"),
	      outcome(&(struct probe){'c', 1, 3, O_RDWR, true}, false) == 0 &&
		      outcome(&(struct probe){'c', 1, 11, O_RDONLY, false}, false) == EPERM);
}

static int write_v1(int dir_fd, const struct ds_devpolicy *policy)
{
	return ds_try_devpolicy_write(dir_fd, NULL, policy);
}

static void in_hierarchy(const char *id, bool v2)
{
	struct ds_hierarchy hierarchy;
	int base_fd, dir_fd;

	if (ds_try_hierarchy_find(id, &hierarchy) < 0) {
		printf("skip %s # this host has no such hierarchy\n", id);
		return;
	}
	base_fd = ds_hierarchy_open(&hierarchy);
	MUST(base_fd >= 0 && (mkdirat(base_fd, DIR, 0755) == 0 || errno == EEXIST));
	dir_fd = openat(base_fd, DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	join_fd = openat(dir_fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	MUST(join_fd >= 0);
	if (v2 && ds_try_devpolicy_load(&(struct ds_devpolicy){.count = 0}) < 0) {
		printf("skip bpf # this kernel has no such programs\n");
	} else if (v2) {
		ask("bpf", dir_fd, ds_try_devpolicy_attach, ds_devpolicy_is_attached);
		CLAIM("bpf: none frees all",
		      ds_try_devpolicy_attach(dir_fd, &(struct ds_devpolicy){.count = 0}) == 0 &&
			      !ds_devpolicy_is_attached(dir_fd) && outcome(&other, false) == ENXIO);
	} else {
		ask("v1", dir_fd, write_v1, ds_devpolicy_is_written);
	}
	close(join_fd);
	close(dir_fd);
	MUST(unlinkat(base_fd, DIR, AT_REMOVEDIR) == 0);
	close(base_fd);
}

static bool has_text(const struct ds_devrule *rule, const char *expected)
{
	char text[DS_DEVRULE_TEXT_MAX];

	return strcmp(ds_devrule_text(text, rule), expected) == 0;
}

int main(int argc, char **argv)
{
	struct ds_devpolicy policy = {.count = 0};
	int err = 0;

	MUST(argc > 1 && chdir(argv[1]) == 0);
	CLAIM("a rule has the v1 files' text", has_text(&rules[0], "c *:* m") &&
						       has_text(&rules[2], "c 60:1 rw") &&
						       has_text(&rules[7], "b 60:1048575 rwm"));
	CLAIM("accesses are letters of rwm",
	      ds_devrule_access("r") == DS_DEV_READ && ds_devrule_access("mwr") == DS_DEV_ALL &&
		      !ds_devrule_access("") && !ds_devrule_access("rx"));
	MUST(ds_devpolicy_add(&policy, &rules[3]) == 0);
	MUST(ds_devpolicy_add(&policy, &(struct ds_devrule){'c', DS_DEV_WRITE, 60, 2}) == 0);
	CLAIM("a device has one rule",
	      policy.count == 1 && policy.rule[0].access == (DS_DEV_READ | DS_DEV_WRITE));
	for (int i = 0; !err && i < DS_DEVPOLICY_MAX; i++)
		err = ds_devpolicy_add(&policy, &(struct ds_devrule){'b', DS_DEV_ALL, 60, i});
	CLAIM("one rule too many is an error", err == -E2BIG && policy.count == DS_DEVPOLICY_MAX);
	in_hierarchy(DS_CGROUP2, true);
	in_hierarchy("devices", false);
	return 0;
}
