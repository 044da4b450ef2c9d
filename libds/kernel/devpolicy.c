// SPDX-License-Identifier: GPL-3.0-or-later
/* devpolicy - see devpolicy.h. */
#include "libds/kernel/devpolicy.h"

#include <errno.h>
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

#define PROLOGUE 7
#define PER_RULE 5
#define OPS_MAX (PROLOGUE + PER_RULE * DS_DEVPOLICY_MAX + 2)
#define LIST_MAX (DS_DEVRULE_TEXT_MAX * DS_DEVPOLICY_MAX)
#define PROGRAMS_MAX 16 /* attached to one directory */

/* Documentation/admin-guide/devices.txt. console is a pty: 5:1 is the host's. */
static const struct ds_devrule standard[] = {
	{'c', DS_DEV_MKNOD, DS_DEV_ANY, DS_DEV_ANY},
	{'b', DS_DEV_MKNOD, DS_DEV_ANY, DS_DEV_ANY},
	{'c', DS_DEV_ALL, 1, 3},
	{'c', DS_DEV_ALL, 1, 5},
	{'c', DS_DEV_ALL, 1, 7},
	{'c', DS_DEV_ALL, 1, 8},
	{'c', DS_DEV_ALL, 1, 9},
	{'c', DS_DEV_ALL, 5, 0},
	{'c', DS_DEV_ALL, 5, 2},
	{'c', DS_DEV_ALL, 10, 200},
	{'c', DS_DEV_ALL, 10, 229},
	{'c', DS_DEV_ALL, 136, DS_DEV_ANY},
};

void ds_devpolicy_init(struct ds_devpolicy *policy)
{
	policy->count = sizeof(standard) / sizeof(*standard);
	memcpy(policy->rule, standard, sizeof(standard));
}

int ds_devpolicy_add(struct ds_devpolicy *policy, const struct ds_devrule *rule)
{
	for (int i = 0; i < policy->count; i++) {
		struct ds_devrule *old = &policy->rule[i];

		if (old->type == rule->type && old->major == rule->major &&
		    old->minor == rule->minor) {
			old->access |= rule->access;
			return 0;
		}
	}
	if (policy->count == DS_DEVPOLICY_MAX)
		return ds_fail_with(E2BIG, "allow more than %d devices", DS_DEVPOLICY_MAX);
	policy->rule[policy->count++] = *rule;
	return 0;
}

static const struct {
	char letter;
	unsigned char bit;
} letters[] = {{'r', DS_DEV_READ}, {'w', DS_DEV_WRITE}, {'m', DS_DEV_MKNOD}};

const char *ds_devrule_text(char text[DS_DEVRULE_TEXT_MAX], const struct ds_devrule *rule)
{
	char *end = text;

	*end++ = rule->type;
	for (int i = 0; i < 2; i++) {
		int number = i ? rule->minor : rule->major;

		*end++ = i ? ':' : ' ';
		end += snprintf(end, 12, number < 0 ? "*" : "%d", number);
	}
	*end++ = ' ';
	for (int i = 0; i < 3; i++) {
		if (rule->access & letters[i].bit)
			*end++ = letters[i].letter;
	}
	*end = 0;
	return text;
}

unsigned ds_devrule_access(const char *words)
{
	unsigned access = 0;

	for (; *words; words++) {
		unsigned bit = 0;

		for (int i = 0; i < 3; i++) {
			if (*words == letters[i].letter)
				bit = letters[i].bit;
		}
		if (!bit)
			return 0;
		access |= bit;
	}
	return access;
}

static int bpf(enum bpf_cmd command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

#define OP(how, dst, src, offset, value)                                                           \
	((struct bpf_insn){.code = (how),                                                          \
			   .dst_reg = BPF_REG_##dst,                                               \
			   .src_reg = BPF_REG_##src,                                               \
			   .off = (short)(offset),                                                 \
			   .imm = (value)})
#define EXIT OP(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

/* The rule's tests, each to the op behind the last when it does not match; then exit with the 1 in r0. */
static struct bpf_insn *put_rule(struct bpf_insn *op, const struct ds_devrule *rule)
{
	struct bpf_insn *const first = op;

	*op++ = OP(BPF_JMP | BPF_JNE | BPF_K, 2, 0, 0,
		   rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (rule->major >= 0)
		*op++ = OP(BPF_JMP | BPF_JNE | BPF_K, 4, 0, 0, rule->major);
	if (rule->minor >= 0)
		*op++ = OP(BPF_JMP | BPF_JNE | BPF_K, 5, 0, 0, rule->minor);
	if (rule->access != DS_DEV_ALL)
		*op++ = OP(BPF_JMP | BPF_JSET | BPF_K, 3, 0, 0, DS_DEV_ALL & ~rule->access);
	for (struct bpf_insn *test = first; test < op; test++)
		test->off = (short)(op - test);
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
	struct rlimit was;
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attr.insn_cnt = make(ops, policy);
	attr.insns = (uintptr_t)ops;
	attr.license = (uintptr_t) "GPL";
	/* Before Linux 5.11 what root has locked in memory, all programs together, is limited to 64 KiB. */
	getrlimit(RLIMIT_MEMLOCK, &was);
	setrlimit(RLIMIT_MEMLOCK, &all);
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0)
		fd = -errno;
	setrlimit(RLIMIT_MEMLOCK, &was);
	return fd;
}

/* How many are attached to this directory itself, or -1. */
static int query(int cgroup2_fd, uint32_t ids[PROGRAMS_MAX])
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.query.target_fd = (unsigned)cgroup2_fd;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = PROGRAMS_MAX;
	return bpf(BPF_PROG_QUERY, &attr) < 0 ? -1 : (int)attr.query.prog_cnt;
}

bool ds_devpolicy_is_attached(int cgroup2_fd)
{
	uint32_t ids[PROGRAMS_MAX];

	return query(cgroup2_fd, ids) > 0;
}

static int change(enum bpf_cmd command, int cgroup2_fd, int program_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = (unsigned)cgroup2_fd;
	attr.attach_bpf_fd = (unsigned)program_fd;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = command == BPF_PROG_ATTACH ? BPF_F_ALLOW_MULTI : 0;
	return bpf(command, &attr) < 0 ? -errno : 0;
}

static int detach(int cgroup2_fd, uint32_t id)
{
	union bpf_attr attr;
	auto_fd fd = -1;

	memset(&attr, 0, sizeof(attr));
	attr.prog_id = id;
	fd = bpf(BPF_PROG_GET_FD_BY_ID, &attr);
	return fd < 0 ? -errno : change(BPF_PROG_DETACH, cgroup2_fd, fd);
}

/* All that are attached must allow: the new one comes first. */
int ds_try_devpolicy_attach(int cgroup2_fd, const struct ds_devpolicy *policy)
{
	uint32_t ids[PROGRAMS_MAX];
	int count = query(cgroup2_fd, ids), err = 0;

	if (count < 0)
		return -errno;
	if (policy->count) {
		auto_fd fd = ds_try_devpolicy_load(policy);

		err = fd < 0 ? fd : change(BPF_PROG_ATTACH, cgroup2_fd, fd);
	}
	for (int i = 0; !err && i < count; i++)
		err = detach(cgroup2_fd, ids[i]);
	return err;
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
		ds_devrule_text(text, &policy->rule[i]);
		err = ds_try_file_write(v1_fd, "devices.allow", text);
		if (!err && sub) {
			snprintf(path, sizeof(path), "%s/devices.allow", sub);
			ds_try_file_write(v1_fd, path, text);
		}
	}
	return err;
}
