// SPDX-License-Identifier: GPL-3.0-or-later
/* mkfilter - print the seccomp filters as C arrays (see libds/kernel/seccomp.h)
 *
 * usage: mkfilter ARCH
 *
 * Runs while building, with libseccomp; nothing of that library gets into the program. ARCH is the
 * first word of the target's triplet. Every architecture that one kernel runs side by side is in
 * the filter: with one alone, `int $0x80` on x86_64 walks around it (measured), and a 32-bit build
 * must not stop the 64-bit programs of its guest. */
#define _GNU_SOURCE
#include <errno.h>
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

/* clone3's flags are in memory, out of a filter's sight: C libraries fall back on clone. */
static const int missing_calls[] = {
	SCMP_SYS(keyctl),
	SCMP_SYS(add_key),
	SCMP_SYS(request_key),
	SCMP_SYS(clone3),
};

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
	return err;
}

static int add_shield(scmp_filter_ctx filter)
{
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(missing_calls) / sizeof(*missing_calls); i++)
		err = seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), missing_calls[i], 0);
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
static int add_guard(scmp_filter_ctx filter)
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

static const struct {
	const char *name;
	int (*add_rules)(scmp_filter_ctx filter);
} filters[] = {{"shield", add_shield}, {"guard", add_guard}};

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
	for (size_t i = 0; !err && i < sizeof(filters) / sizeof(*filters); i++)
		err = make(family, i);
	if (err)
		fprintf(stderr, "mkfilter: %s\n", strerror(-err));
	return err ? 1 : 0;
}
