// SPDX-License-Identifier: GPL-3.0-or-later
/* calls - make the system calls of calls.h in every ABI that this kernel lets one program use, and compare
 * errno with what is declared there
 *
 * usage: calls [shield] [namespaces] [CAPABILITY]...
 *
 * Run it as a guest's process, with what was added to the guest: capabilities by their numbers. Exit 1,
 * and a line for each, where the kernel answers otherwise. numbers.h is what filter.c prints. On x86_64
 * one program calls as x86_64, as i386 (int $0x80) and as x32. Where a call is let through, the kernel's own
 * answer must be another than the filter's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <unistd.h>

#include "calls.h"
#include "numbers.h"

static int made, wrong;

#ifdef __x86_64__
static long by_interrupt(long number, const unsigned long *args)
{
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(args[0]), "c"(args[1]), "d"(args[2]), "S"(args[3]),
			   "D"(args[4])
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
}
#endif

/* -errno, or what the call gives. */
static long make(const char *abi, long number, const unsigned long *args)
{
#ifdef __x86_64__
	if (strcmp(abi, "i386") == 0)
		return by_interrupt(number, args);
#endif
	(void)abi;
	return syscall(number, args[0], args[1], args[2], args[3], args[4]) < 0 ? -errno : 0;
}

/* In a child of its own: some of the calls change the caller when they are let through. */
static int answer(const char *abi, long number, const unsigned long *args)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		long result = make(abi, number, args);

		_exit(result < 0 && result > -200 ? (int)-result : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

enum {
	UNKNOWN,
	FILTERED,
	KNOWN
}; /* to this kernel; FILTERED: a filter sees its calls all the same */

static int find_abi(const char *abi)
{
#ifdef __x86_64__
	static const unsigned long none[5];

	/* getpid. A kernel without 32-bit programs kills who says int $0x80. */
	if (strcmp(abi, "i386") == 0)
		return answer(abi, 20, none) >= 0 ? KNOWN : UNKNOWN;
	if (strcmp(abi, "x32") == 0)
		return answer(abi, 0x40000000 | 39, none) == ENOSYS ? FILTERED : KNOWN;
	return strcmp(abi, "x86_64") == 0 ? KNOWN : UNKNOWN;
#elif defined(__aarch64__)
	return strcmp(abi, "aarch64") == 0 ? KNOWN : UNKNOWN;
#elif defined(__arm__)
	return strcmp(abi, "arm") == 0 ? KNOWN : UNKNOWN;
#elif defined(__riscv)
	return strcmp(abi, "riscv64") == 0 ? KNOWN : UNKNOWN;
#else
	return strcmp(abi, "i386") == 0 ? KNOWN : UNKNOWN;
#endif
}

static void compare(const char *abi, bool known, long number, const struct call *call, int expected)
{
	bool is_lifted = !expected && call->answer;
	int got;

	/* One that is never filtered may have any answer of the kernel's: a capability is missing, say. */
	if (!call->answer || (is_lifted && !known))
		return;
	got = answer(abi, number, call->args);
	made++;
	if (is_lifted ? got >= 0 && got != call->answer : got == expected)
		return;
	wrong++;
	printf("%s %s(%#lx, %#lx): errno %d, %s\n", abi, call->name, call->args[0], call->args[1],
	       got, is_lifted ? "not lifted" : strerror(expected));
}

/* Not the clock's setting but its reading is for everybody. */
static void read_clock(void)
{
	struct timex timex = {0};

	made++;
	if (adjtimex(&timex) >= 0)
		return;
	wrong++;
	printf("adjtimex does not read: %s\n", strerror(errno));
}

int main(int argc, char **argv)
{
	struct settings settings = {0};
	const char *abi = "";
	int kind = UNKNOWN;

	for (int i = 1; i < argc; i++) {
		settings.shield |= strcmp(argv[i], "shield") == 0;
		settings.namespaces |= strcmp(argv[i], "namespaces") == 0;
		if (*argv[i] >= '0' && *argv[i] <= '9')
			settings.caps |= 1ull << atoi(argv[i]);
	}
	for (size_t n = 0; n < sizeof(numbers) / sizeof(*numbers); n++) {
		if (strcmp(abi, numbers[n].abi) != 0) {
			abi = numbers[n].abi;
			kind = find_abi(abi);
			printf("%s: %s\n", abi, kind == UNKNOWN ? "not on this kernel" : "asked");
		}
		for (size_t c = 0; kind != UNKNOWN && c < CALLS; c++) {
			if (strcmp(calls[c].name, numbers[n].name) == 0)
				compare(abi, kind == KNOWN, numbers[n].number, &calls[c],
					declared(&calls[c], &settings));
		}
	}
	read_clock();
	printf("%d answers, %d wrong\n", made, wrong);
	return wrong || made < 20;
}
