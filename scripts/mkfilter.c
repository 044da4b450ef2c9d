// SPDX-License-Identifier: GPL-3.0-or-later
/* mkfilter - print the seccomp filters as C arrays (see libds/kernel/seccomp.h)
 *
 * usage: mkfilter ARCH
 *
 * Runs while building, with libseccomp; nothing of that library gets into the program, and a build for
 * another machine needs no more than one for this (linked in it would be 100 KiB). ARCH is the
 * first word of the target's triplet. Every architecture that one kernel runs side by side is in
 * the filter: with one alone, `int $0x80` on x86_64 walks around it (measured), and a 32-bit build
 * must not stop the 64-bit programs of its guest. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/sockios.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#define NEWTIME 0x80ul /* CLONE_NEWTIME, for unshare(2) only: to clone(2) part of the exit signal */
#define NAMESPACES                                                                                 \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |             \
	 CLONE_NEWPID | CLONE_NEWNET)

static const struct family {
	const char *machines; /* blank before and after each */
	uint32_t arches[4];
} families[] = {
	{" x86_64 i386 i486 i586 i686 ", {SCMP_ARCH_X86_64, SCMP_ARCH_X86, SCMP_ARCH_X32}},
	{" aarch64 arm armv7l armv8l ", {SCMP_ARCH_AARCH64, SCMP_ARCH_ARM}},
	{" riscv64 ", {SCMP_ARCH_RISCV64}},
};

static const struct {
	int call;
	unsigned long flags;
} namespace_calls[] = {
	{SCMP_SYS(clone), NAMESPACES},
	{SCMP_SYS(unshare), NAMESPACES | NEWTIME},
};

/* In place of an errno: what lifts the rule (ds_seccomp_load()). A capability's number, or KEYS. */
#define MARK 0x800u
#define KEYS 64
#define NEVER (-1)

struct rule {
	int call, lifted_by;
};

/* clone3's flags are in memory, out of a filter's sight: C libraries fall back on clone. */
static const struct rule missing_calls[] = {
	{SCMP_SYS(keyctl), KEYS},
	{SCMP_SYS(add_key), KEYS},
	{SCMP_SYS(request_key), KEYS},
	{SCMP_SYS(clone3), NEVER},
};

/* adjtimex(2) and clock_adjtime(2) are left to the capability: they also read, which chrony and
 * timedatectl do. bpf(2) is left, too: container engines make their device policies by it. */
static const struct rule refused_calls[] = {
	{SCMP_SYS(init_module), CAP_SYS_MODULE},
	{SCMP_SYS(finit_module), CAP_SYS_MODULE},
	{SCMP_SYS(delete_module), CAP_SYS_MODULE},
	{SCMP_SYS(kexec_load), CAP_SYS_BOOT},
	{SCMP_SYS(kexec_file_load), CAP_SYS_BOOT},
	{SCMP_SYS(open_by_handle_at), CAP_DAC_READ_SEARCH},
	{SCMP_SYS(settimeofday), CAP_SYS_TIME},
	{SCMP_SYS(stime), CAP_SYS_TIME},
	{SCMP_SYS(clock_settime), CAP_SYS_TIME},
	{SCMP_SYS(clock_settime64), CAP_SYS_TIME},
	{SCMP_SYS(iopl), CAP_SYS_RAWIO},
	{SCMP_SYS(ioperm), CAP_SYS_RAWIO},
	{SCMP_SYS(pciconfig_read), CAP_SYS_RAWIO},
	{SCMP_SYS(pciconfig_write), CAP_SYS_RAWIO},
	{SCMP_SYS(syslog), CAP_SYSLOG},
	{SCMP_SYS(perf_event_open), CAP_PERFMON},
	/* With CAP_SYS_ADMIN, which every guest has. */
	{SCMP_SYS(swapon), NEVER},
	{SCMP_SYS(swapoff), NEVER},
	{SCMP_SYS(lookup_dcookie), NEVER},
	/* It writes what is read-only in /proc/sys (until Linux 5.5). */
	{SCMP_SYS(_sysctl), NEVER},
};

/* By these KernelSU makes its caller the phone's root, whatever namespaces he is in; the kernel itself
 * knows neither. */
static const int kernelsu_calls[] = {SCMP_SYS(reboot), SCMP_SYS(prctl)};
#define KERNELSU_MAGIC 0xdeadbeef

static const struct family *find_family(const char *machine)
{
	char word[32];

	snprintf(word, sizeof(word), " %s ", machine);
	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++) {
		if (strstr(families[i].machines, word))
			return &families[i];
	}
	return NULL;
}

static int add_arches(scmp_filter_ctx filter, const struct family *family)
{
	int err = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);

	for (size_t i = 0; !err && family->arches[i]; i++)
		err = seccomp_arch_add(filter, family->arches[i]);
	/* What is of no known architecture cannot be judged. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_ERRNO(ENOSYS));
	/* A binary tree: 120 bytes more, but of the base a call of x86_64 runs 11 instructions, not 43. */
	if (!err)
		err = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	return err;
}

static int add_rules(scmp_filter_ctx filter, const struct rule *rules, size_t count, unsigned code)
{
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		unsigned lifted_by = (unsigned)rules[i].lifted_by;

		err = seccomp_rule_add(
			filter, SCMP_ACT_ERRNO(rules[i].lifted_by < 0 ? code : MARK | lifted_by),
			rules[i].call, 0);
	}
	return err;
}

static int add_shield(scmp_filter_ctx filter)
{
	int err = add_rules(filter, missing_calls, sizeof(missing_calls) / sizeof(*missing_calls),
			    ENOSYS);

	for (size_t i = 0; i < sizeof(namespace_calls) / sizeof(*namespace_calls); i++) {
		for (unsigned long flag = 1; !err && flag <= CLONE_NEWNET; flag <<= 1) {
			if (namespace_calls[i].flags & flag)
				err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM),
						       namespace_calls[i].call, 1,
						       SCMP_A0(SCMP_CMP_MASKED_EQ, flag, flag));
		}
	}
	return err;
}

/* What halt scripts of a guest do to what it shares with the host (both measured, sysvinit 3.06).
 *
 * A remount that is no bind's changes the superblock, which a rootfs directory and sysfs share: the
 * host's own / became read-only. fspick begins the same by the newer calls, its flags out of sight;
 * without it mount(8) takes the old.
 *
 * "halt -i" takes down every link, and the network is the host's. It does so by ioctl; netlink, by which
 * a VPN in the guest sets up its own, is left. */
static int add_halt_rules(scmp_filter_ctx filter)
{
	const unsigned long judged = MS_REMOUNT | MS_BIND | MS_RDONLY;
	int err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(mount), 1,
				   SCMP_A3(SCMP_CMP_MASKED_EQ, judged, MS_REMOUNT | MS_RDONLY));

	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(fspick), 0);
	/* The kernel looks at the lower half alone. */
	if (!err)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(ioctl), 1,
				       SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, SIOCSIFFLAGS));
	return err;
}

static int add_base(scmp_filter_ctx filter)
{
	int err = add_rules(filter, refused_calls, sizeof(refused_calls) / sizeof(*refused_calls),
			    EPERM);

	for (size_t i = 0; !err && i < sizeof(kernelsu_calls) / sizeof(*kernelsu_calls); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), kernelsu_calls[i], 1,
				       SCMP_A0(SCMP_CMP_MASKED_EQ, 0xffffffff, KERNELSU_MAGIC));
	return err ? err : add_halt_rules(filter);
}

static const struct {
	const char *name;
	int (*add_rules)(scmp_filter_ctx filter);
} filters[] = {{"shield", add_shield}, {"base", add_base}};

static int print(scmp_filter_ctx filter, const char *name)
{
	int fd = memfd_create("filter", 0);
	struct sock_filter op;
	int err = fd < 0 ? -errno : seccomp_export_bpf(filter, fd);

	if (err)
		return err;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	printf("static const struct sock_filter ds_seccomp_%s[] = {\n", name);
	while (read(fd, &op, sizeof(op)) == sizeof(op))
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", op.code, op.jt, op.jf, op.k);
	printf("};\n");
	return fflush(stdout) ? -errno : 0;
}

static int make(const struct family *family, size_t which)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int err = filter ? add_arches(filter, family) : -ENOMEM;

	if (!err)
		err = filters[which].add_rules(filter);
	return err ? err : print(filter, filters[which].name);
}

int main(int argc, char **argv)
{
	const struct family *family = argc == 2 ? find_family(argv[1]) : NULL;
	int err = 0;

	if (!family) {
		fprintf(stderr, "mkfilter: no filter for the architecture '%s'\n",
			argc == 2 ? argv[1] : "");
		return 2;
	}
	printf("/* Generated by scripts/mkfilter.c for %s. */\n", argv[1]);
	printf("#define DS_SECCOMP_MARK 0x%x\n#define DS_SECCOMP_KEYS %d\n", MARK, KEYS);
	for (size_t i = 0; !err && i < sizeof(filters) / sizeof(*filters); i++)
		err = make(family, i);
	if (err)
		fprintf(stderr, "mkfilter: %s\n", strerror(-err));
	return err ? 1 : 0;
}
