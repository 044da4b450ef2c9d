// SPDX-License-Identifier: GPL-3.0-or-later
/* filter - ask the seccomp filters of one machine about every system call of every ABI that its kernel
 * has, and compare the answers with calls.h
 *
 * usage: filter base|shield|lifted|foreign
 *        filter numbers      print the numbers of these calls for calls.c
 *
 * seccomp.c is in here as it is, with the machine's gen/seccomp_filter.h; what it would load is taken
 * instead, and run as the kernel runs it (Documentation/userspace-api/seccomp_filter.rst). So this proves
 * every machine's filters on any. */
#include <assert.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

static long take(long number, ...);
#define syscall take
#include "libds/kernel/seccomp.c"
#undef syscall
#include "calls.h"

#define HIGHEST 520 /* numbers are below */
#define X32 0x40000000u

static const struct abi {
	const char *name;
	uint32_t token, audit;
} abis[] = {
	{"x86_64", SCMP_ARCH_X86_64, AUDIT_ARCH_X86_64},
	{"i386", SCMP_ARCH_X86, AUDIT_ARCH_I386},
	{"x32", SCMP_ARCH_X32, AUDIT_ARCH_X86_64},
	{"aarch64", SCMP_ARCH_AARCH64, AUDIT_ARCH_AARCH64},
	{"arm", SCMP_ARCH_ARM, AUDIT_ARCH_ARM},
	{"riscv64", SCMP_ARCH_RISCV64, AUDIT_ARCH_RISCV64},
};

#define ABIS (sizeof(abis) / sizeof(*abis))

/* What ds_seccomp_load() has loaded. */
static struct {
	struct sock_filter ops[4][512];
	int lengths[4], count;
} loaded;
static int wrong, asked;

/* Of the errors only that there are some. */
int(ds_fail)(const char *fmt, ...)
{
	fprintf(stderr, "%s\n", fmt);
	return -1;
}
void(ds_hint)(const char *fmt, ...)
{
	(void)fmt;
}
void ds_err_exit_status(enum ds_exit status)
{
	(void)status;
}

static long take(long number, ...)
{
	const struct sock_fprog *program;
	va_list args;

	va_start(args, number);
	assert(number == SYS_seccomp && va_arg(args, int) == SECCOMP_SET_MODE_FILTER);
	(void)va_arg(args, int);
	program = va_arg(args, const struct sock_fprog *);
	va_end(args);
	assert(loaded.count < 4 && program->len <= 512);
	memcpy(loaded.ops[loaded.count], program->filter,
	       program->len * sizeof(struct sock_filter));
	loaded.lengths[loaded.count++] = program->len;
	return 0;
}

static uint32_t run(const struct sock_filter *ops, int length, const struct seccomp_data *data)
{
	uint32_t a = 0;

	for (int pc = 0; pc < length; pc++) {
		const struct sock_filter *op = &ops[pc];
		bool jumps;

		switch (op->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			assert(op->k % 4 == 0 && op->k < sizeof(*data));
			memcpy(&a, (const char *)data + op->k, 4);
			continue;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= op->k;
			continue;
		case BPF_JMP | BPF_JA:
			pc += (int)op->k;
			continue;
		case BPF_RET | BPF_K:
			return op->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			jumps = a == op->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			jumps = a >= op->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			jumps = a > op->k;
			break;
		default:
			fprintf(stderr, "no such instruction: %#x\n", op->code);
			assert(0);
		}
		pc += jumps ? op->jt : op->jf;
	}
	assert(!"runs to an end");
	return 0;
}

/* errno, 0 for a call that passes. Every filter is asked; ours either pass a call or answer it. */
static int answer(const struct seccomp_data *data)
{
	int code = 0;

	for (int i = 0; i < loaded.count; i++) {
		uint32_t action = run(loaded.ops[i], loaded.lengths[i], data);

		if (action == SECCOMP_RET_ALLOW)
			continue;
		/* No kill, no trap; no mark is left. */
		assert((action & SECCOMP_RET_ACTION) == SECCOMP_RET_ERRNO);
		assert((action & SECCOMP_RET_DATA) == EPERM ||
		       (action & SECCOMP_RET_DATA) == ENOSYS);
		code = (int)(action & SECCOMP_RET_DATA);
	}
	return code;
}

static void compare(const struct abi *abi, const struct seccomp_data *data, const char *name,
		    int expected)
{
	int got = answer(data);

	asked++;
	if (got == expected)
		return;
	wrong++;
	printf("%s %s (%#x) %#llx %#llx: errno %d, not %d\n", abi->name, name, data->nr,
	       (unsigned long long)data->args[0], (unsigned long long)data->args[1], got, expected);
}

static bool is_32(const struct abi *abi)
{
	return abi->token == SCMP_ARCH_X86 || abi->token == SCMP_ARCH_ARM;
}

/* Does the filter know this machine's calls? mkfilter's families, once more. */
static bool is_in_family(const struct abi *abi)
{
	static const char *const families[] = {" x86_64 i386 x32 ", " aarch64 arm ", " riscv64 "};
	char word[16];

	snprintf(word, sizeof(word), " %s ", abi->name);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		if (strstr(families[i], " " FAMILY " "))
			return strstr(families[i], word) != NULL;
	}
	return false;
}

static int number_of(const struct abi *abi, const struct call *call)
{
	return seccomp_syscall_resolve_name_arch(abi->token, call->name);
}

static void compare_rows(const struct abi *abi, const struct settings *settings)
{
	int known = 0;

	for (size_t i = 0; i < CALLS; i++) {
		struct seccomp_data data = {.arch = abi->audit};
		int number = number_of(abi, &calls[i]);

		if (number < 0)
			continue; /* this ABI has no such call */
		known++;
		data.nr = number;
		for (int a = 0; a < 5; a++)
			data.args[a] = is_32(abi) ? (uint32_t)calls[i].args[a] : calls[i].args[a];
		compare(abi, &data, calls[i].name, declared(&calls[i], settings));
	}
	assert(known > 50);
}

/* All that no row names passes, whatever its arguments. */
static void compare_rest(const struct abi *abi)
{
	static const unsigned long values[] = {0, 1, NONE, KSU, CLONE_NEWUSER, SIOCSIFFLAGS};

	for (int plain = 0; plain < HIGHEST; plain++) {
		uint32_t number = (uint32_t)plain | (abi->token == SCMP_ARCH_X32 ? X32 : 0);
		bool has_row = false;

		for (size_t i = 0; i < CALLS; i++)
			has_row |= number_of(abi, &calls[i]) == (int)number;
		for (size_t v = 0; !has_row && v < sizeof(values) / sizeof(*values); v++) {
			struct seccomp_data data = {.arch = abi->audit, .nr = (int)number};

			for (int a = 0; a < 6; a++)
				data.args[a] = values[v];
			compare(abi, &data, "that no row names", 0);
		}
	}
}

static void check(const struct settings *settings)
{
	const struct ds_seccomp how = {
		.caps_added = settings->caps,
		.shield = settings->shield ? DS_SHIELD_ON : DS_SHIELD_OFF,
		.block_namespaces = settings->namespaces,
	};

	loaded.count = 0;
	assert(ds_seccomp_load(&how) == 0);
	assert(loaded.count == 1 + (settings->shield || settings->namespaces));
	for (size_t i = 0; i < ABIS; i++) {
		if (!is_in_family(&abis[i]))
			continue;
		compare_rows(&abis[i], settings);
		compare_rest(&abis[i]);
	}
}

/* Those that are not of the family: the kernel of this machine would not run them. */
static void check_foreign(void)
{
	const struct ds_seccomp how = {.shield = DS_SHIELD_ON};

	assert(ds_seccomp_load(&how) == 0);
	for (size_t i = 0; i < ABIS; i++) {
		for (int number = 0; !is_in_family(&abis[i]) && number < HIGHEST; number++) {
			struct seccomp_data data = {.arch = abis[i].audit, .nr = number};

			compare(&abis[i], &data, "of another machine", ENOSYS);
		}
	}
}

static int print_numbers(void)
{
	printf("static const struct { const char *abi, *name; long number; } numbers[] = {\n");
	for (size_t i = 0; i < ABIS; i++) {
		for (size_t c = 0; is_in_family(&abis[i]) && c < CALLS; c++) {
			if ((!c || strcmp(calls[c - 1].name, calls[c].name) != 0) &&
			    number_of(&abis[i], &calls[c]) >= 0)
				printf("\t{\"%s\", \"%s\", %#x},\n", abis[i].name, calls[c].name,
				       number_of(&abis[i], &calls[c]));
		}
	}
	printf("};\n");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";

	if (strcmp(what, "numbers") == 0)
		return print_numbers();
	if (strcmp(what, "base") == 0)
		check(&(struct settings){0});
	if (strcmp(what, "shield") == 0) {
		check(&(struct settings){.shield = true});
		check(&(struct settings){.shield = true, .namespaces = true});
		check(&(struct settings){.namespaces = true});
	}
	if (strcmp(what, "lifted") == 0) {
		for (int cap = 0; cap < 64; cap++)
			check(&(struct settings){.caps = 1ull << cap});
		check(&(struct settings){.caps = ~0ull, .namespaces = true});
		check(&(struct settings){.caps = ~0ull, .shield = true});
	}
	if (strcmp(what, "foreign") == 0)
		check_foreign();
	printf("%d answers, %d wrong\n", asked, wrong);
	return !asked || wrong;
}
