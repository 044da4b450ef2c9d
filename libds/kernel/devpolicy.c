// SPDX-License-Identifier: GPL-3.0-or-later
/* devpolicy - see devpolicy.h. */
#include "libds/kernel/devpolicy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/kernel/hierarchy.h"

#define PROLOGUE 7
#define PER_RULE 5
#define OPS_MAX (PROLOGUE + PER_RULE * DS_DEVPOLICY_MAX + 2)
#define LIST_MAX (DS_DEVRULE_TEXT_MAX * DS_DEVPOLICY_MAX)
#define ANY 255         /* in the table below */
#define PROGRAMS_MAX 16 /* attached to one directory */

/* Documentation/admin-guide/devices.txt: dev.c's nodes, ptmx, and ptys. console is one of them: 5:1 is the
 * host's. */
static const unsigned char standard[][2] = {
	{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}, {10, 200}, {10, 229}, {136, ANY},
};

void ds_devpolicy_init(struct ds_devpolicy *policy)
{
	struct ds_devrule *rule = policy->rule;

	*rule++ = (struct ds_devrule){'c', DS_DEV_MKNOD, DS_DEV_ANY, DS_DEV_ANY};
	*rule++ = (struct ds_devrule){'b', DS_DEV_MKNOD, DS_DEV_ANY, DS_DEV_ANY};
	for (size_t i = 0; i < sizeof(standard) / sizeof(*standard); i++) {
		int minor = standard[i][1] == ANY ? DS_DEV_ANY : standard[i][1];

		*rule++ = (struct ds_devrule){'c', DS_DEV_ALL, standard[i][0], minor};
	}
	policy->count = (int)(rule - policy->rule);
}

struct ds_devrule *ds_devpolicy_rule(struct ds_devpolicy *policy, const struct ds_devrule *like)
{
	for (int i = 0; i < policy->count; i++) {
		struct ds_devrule *rule = &policy->rule[i];

		if (rule->type == like->type && rule->major == like->major &&
		    rule->minor == like->minor)
			return rule;
	}
	return NULL;
}

int ds_devpolicy_add(struct ds_devpolicy *policy, const struct ds_devrule *rule)
{
	struct ds_devrule *old = ds_devpolicy_rule(policy, rule);

	if (old)
		old->access |= rule->access;
	else if (policy->count == DS_DEVPOLICY_MAX)
		return ds_fail_with(E2BIG, "allow more than %d devices", DS_DEVPOLICY_MAX);
	else
		policy->rule[policy->count++] = *rule;
	return 0;
}

static const char letters[] = "rwm";

/* READ, WRITE, MKNOD */
static unsigned bit_of(int letter)
{
	return letter == 2 ? DS_DEV_MKNOD : DS_DEV_READ << letter;
}

const char *ds_devrule_text(char text[DS_DEVRULE_TEXT_MAX], const struct ds_devrule *rule)
{
	char numbers[2][12] = {"*", "*"}, access[4], *end = access;

	if (rule->major >= 0)
		snprintf(numbers[0], sizeof(numbers[0]), "%d", rule->major);
	if (rule->minor >= 0)
		snprintf(numbers[1], sizeof(numbers[1]), "%d", rule->minor);
	for (int i = 0; letters[i]; i++) {
		if (rule->access & bit_of(i))
			*end++ = letters[i];
	}
	*end = 0;
	snprintf(text, DS_DEVRULE_TEXT_MAX, "%c %s:%s %s", rule->type, numbers[0], numbers[1],
		 access);
	return text;
}

unsigned ds_devrule_access(const char *words)
{
	unsigned access = 0;

	for (; *words; words++) {
		const char *letter = strchr(letters, *words);

		if (!letter)
			return 0;
		access |= bit_of((int)(letter - letters));
	}
	return access;
}

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	int result = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	return result < 0 ? -errno : result;
}

#define OP(how, dst, src, offset, value)                                                           \
	((struct bpf_insn){.code = (how),                                                          \
			   .dst_reg = BPF_REG_##dst,                                               \
			   .src_reg = BPF_REG_##src,                                               \
			   .off = (short)(offset),                                                 \
			   .imm = (value)})
#define EXIT OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* The rule's tests, each to the op behind the last when it does not match; then exit with the 1 in r0,
 * or 0. */
static struct bpf_insn *put_rule(struct bpf_insn *op, const struct ds_devrule *rule)
{
	struct bpf_insn *const first = op;

	*op++ = OP(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0,
		   rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (rule->major >= 0)
		*op++ = OP(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, rule->major);
	if (rule->minor >= 0)
		*op++ = OP(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, rule->minor);
	if (rule->access && rule->access != DS_DEV_ALL)
		*op++ = OP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 0, DS_DEV_ALL & ~rule->access);
	for (struct bpf_insn *test = first; test < op; test++)
		test->off = (short)(op - test + !rule->access);
	if (!rule->access)
		*op++ = OP(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	*op++ = EXIT;
	return op;
}

/* r2 type, r3 access, r4 major, r5 minor. Returns how many. */
static unsigned make(struct bpf_insn ops[OPS_MAX], const struct ds_devpolicy *policy)
{
	const struct bpf_insn prologue[PROLOGUE] = {
		OP(BPF_LDX | BPF_W | BPF_MEM, 2, 1, 0, 0),
		OP(BPF_LDX | BPF_W | BPF_MEM, 4, 1, 4, 0),
		OP(BPF_LDX | BPF_W | BPF_MEM, 5, 1, 8, 0),
		OP(BPF_ALU64 | BPF_MOV | BPF_X, 3, 2, 0, 0),
		OP(BPF_ALU64 | BPF_RSH | BPF_K, 3, 0, 0, 16),
		OP(BPF_ALU64 | BPF_AND | BPF_K, 2, 0, 0, 0xffff),
		OP(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1),
	};
	struct bpf_insn *op = ops + PROLOGUE;

	memcpy(ops, prologue, sizeof(prologue));
	for (int i = 0; i < policy->count; i++)
		op = put_rule(op, &policy->rule[i]);
	*op++ = OP(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	*op++ = EXIT;
	return (unsigned)(op - ops);
}

int ds_try_devpolicy_load(const struct ds_devpolicy *policy)
{
	const struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
	struct bpf_insn ops[OPS_MAX];
	struct rlimit was = all;
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insn_cnt = make(ops, policy);
	attr.insns = (uintptr_t)ops;
	attr.license = (uintptr_t) "GPL";
	/* Before Linux 5.11 what root has locked in memory, all programs together, is limited to 64 KiB. */
	prlimit(0, RLIMIT_MEMLOCK, &all, &was);
	fd = bpf(BPF_PROG_LOAD, &attr);
	prlimit(0, RLIMIT_MEMLOCK, &was, NULL);
	return fd;
}

/* How many are attached to this directory itself, or -errno. */
static int query(int cgroup2_fd, uint32_t ids[PROGRAMS_MAX])
{
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (unsigned)cgroup2_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = PROGRAMS_MAX;
	err = bpf(BPF_PROG_QUERY, &attr);
	return err < 0 ? err : (int)attr.query.prog_cnt;
}

bool ds_devpolicy_is_attached(int cgroup2_fd)
{
	uint32_t ids[PROGRAMS_MAX];

	return query(cgroup2_fd, ids) > 0;
}

/* Attach or detach; for BPF_PROG_GET_FD_BY_ID, target is the id: it lies in the same place. */
static int change(enum bpf_cmd command, uint32_t target, int program_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = target;
	if (command != BPF_PROG_GET_FD_BY_ID) {
		attr.attach_bpf_fd = (unsigned)program_fd;
		attr.attach_type = BPF_CGROUP_DEVICE;
	}
	if (command == BPF_PROG_ATTACH)
		attr.attach_flags = BPF_F_ALLOW_MULTI;
	return bpf(command, &attr);
}

/* All that are attached must allow: the new one comes first. */
int ds_try_devpolicy_attach(int cgroup2_fd, const struct ds_devpolicy *policy)
{
	uint32_t ids[PROGRAMS_MAX];
	int count = query(cgroup2_fd, ids), err = count;

	if (count >= 0 && policy->count) {
		auto_fd fd = ds_try_devpolicy_load(policy);

		err = fd < 0 ? fd : change(BPF_PROG_ATTACH, (unsigned)cgroup2_fd, fd);
	}
	for (int i = 0; err >= 0 && i < count; i++) {
		auto_fd fd = change(BPF_PROG_GET_FD_BY_ID, ids[i], -1);

		err = fd < 0 ? fd : change(BPF_PROG_DETACH, (unsigned)cgroup2_fd, fd);
	}
	return err < 0 ? err : 0;
}

static ssize_t read_list(int v1_fd, char list[LIST_MAX])
{
	return ds_try_file_read(v1_fd, "devices.list", list, LIST_MAX);
}

bool ds_devpolicy_is_written(int v1_fd)
{
	char list[LIST_MAX];

	return read_list(v1_fd, list) >= 0 && list[0] != 'a';
}

static bool has_line(const struct ds_devpolicy *policy, const char *line)
{
	char text[DS_DEVRULE_TEXT_MAX];

	for (int i = 0; i < policy->count; i++) {
		if (strcmp(ds_devrule_text(text, &policy->rule[i]), line) == 0)
			return true;
	}
	return false;
}

/* What is denied, is so in all below, too; what is allowed is not. */
int ds_try_devpolicy_write(int v1_fd, const char *sub, const struct ds_devpolicy *policy)
{
	char list[LIST_MAX], text[DS_DEVRULE_TEXT_MAX], path[300], *next = list, *line;
	int err = (int)read_list(v1_fd, list);

	for (err = err < 0 ? err : 0; !err && (line = strsep(&next, "\n"));) {
		if (*line && !has_line(policy, line))
			err = ds_try_file_write(v1_fd, "devices.deny", line);
	}
	for (int i = 0; !err && i < policy->count; i++) {
		if (!policy->rule[i].access)
			continue;
		ds_devrule_text(text, &policy->rule[i]);
		err = ds_try_file_write(v1_fd, "devices.allow", text);
		/* In somebody else's container more than that allows: it is denied all the same. */
		if (err == -EPERM)
			err = 0;
		if (!err && sub) {
			snprintf(path, sizeof(path), "%s/devices.allow", sub);
			ds_try_file_write(v1_fd, path, text);
		}
	}
	return err;
}

/* The directory that has the policy: an fd, or -1 for none. */
static int open_enforcing(const char *dir, enum ds_devpolicy_kind *kind)
{
	for (*kind = DS_DEVPOLICY_BPF; *kind > DS_DEVPOLICY_NONE; --*kind) {
		bool v2 = *kind == DS_DEVPOLICY_BPF;
		struct ds_hierarchy hierarchy;
		auto_fd base_fd = -1, fd = -1;

		if ((v2 ? ds_try_hierarchy_find(DS_CGROUP2, &hierarchy)
			: ds_try_hierarchy_of("devices", &hierarchy)) < 0)
			continue;
		base_fd = ds_hierarchy_open(&hierarchy);
		fd = openat(base_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (v2 ? ds_devpolicy_is_attached(fd) : ds_devpolicy_is_written(fd))
			return take_fd(&fd);
	}
	return -1;
}

enum ds_devpolicy_kind ds_devpolicy_find(const char *dir)
{
	enum ds_devpolicy_kind kind;
	int fd = open_enforcing(dir, &kind);

	close_fd(&fd);
	return kind;
}

int ds_try_devpolicy_exchange(const char *dir, const char *sub, const struct ds_devpolicy *policy)
{
	enum ds_devpolicy_kind kind;
	auto_fd fd = open_enforcing(dir, &kind);

	if (kind == DS_DEVPOLICY_NONE)
		return 0;
	return kind == DS_DEVPOLICY_BPF ? ds_try_devpolicy_attach(fd, policy)
					: ds_try_devpolicy_write(fd, sub, policy);
}
