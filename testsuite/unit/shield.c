// SPDX-License-Identifier: GPL-3.0-or-later
/* shield - what a guest's processes may not do: capabilities and the seccomp filter. */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "claim.h"
#include "gen/config.h"
#include "libds/core/compat.h"
#include "libds/core/file.h"
#include "libds/host/proc.h"
#include "libds/kernel/caps.h"
#include "libds/kernel/seccomp.h"
#include "without.h"

#define BIT(cap) (1ull << (cap))

/* What facts.md, issue 2 and systemd's container interface say. */
static const int gone[] = {
	CAP_AUDIT_CONTROL, CAP_AUDIT_READ, CAP_MAC_ADMIN,       CAP_MAC_OVERRIDE,
	CAP_SYS_MODULE,    CAP_SYS_RAWIO,  CAP_SYS_TIME,        CAP_WAKE_ALARM,
	CAP_BLOCK_SUSPEND, CAP_SYSLOG,     CAP_DAC_READ_SEARCH,
};
static const int stays[] = {
	CAP_SYS_ADMIN, CAP_MKNOD,  CAP_AUDIT_WRITE, CAP_NET_ADMIN,    CAP_SYS_BOOT,
	CAP_SETPCAP,   CAP_SETUID, CAP_SYS_CHROOT,  CAP_DAC_OVERRIDE, CAP_SYS_PTRACE,
};

static unsigned long long caps(const char *field)
{
	return ds_proc_signal_mask(getpid(), field); /* any hexadecimal mask */
}

/* Run in a child, for neither comes back; its claims are its own. */
static void in_child(void (*body)(void))
{
	pid_t pid = fork();
	int status;

	MUST(pid >= 0);
	if (!pid) {
		body();
		_exit(0);
	}
	MUST(waitpid(pid, &status, 0) == pid && status == 0);
}

static int drop(const char *add, const char *drop)
{
	struct ds_caps caps;
	int err = ds_caps_parse(&caps, false, add, drop);

	if (!err)
		err = ds_caps_bound(&caps);
	return err ? err : ds_caps_drop(&caps);
}

/* What these words leave of the sets, and give back of the filter. */
static bool leaves(const char *add, const char *drop, uint64_t kept, uint64_t added)
{
	struct ds_caps caps;

	return ds_caps_parse(&caps, false, add, drop) == 0 && caps.kept == kept &&
	       caps.added == added;
}

static void words(void)
{
	static const char *const all =
		"chown,dac_override,dac_read_search,fowner,fsetid,kill,setgid,setuid,setpcap,"
		"linux_immutable,net_bind_service,net_broadcast,net_admin,net_raw,ipc_lock,ipc_"
		"owner,"
		"sys_module,sys_rawio,sys_chroot,sys_ptrace,sys_pacct,sys_admin,sys_boot,sys_nice,"
		"sys_resource,sys_time,sys_tty_config,mknod,lease,audit_write,audit_control,"
		"setfcap,"
		"mac_override,mac_admin,syslog,wake_alarm,block_suspend,audit_read,perfmon,bpf,"
		"checkpoint_restore";
	const uint64_t every = (1ull << 41) - 1;
	uint64_t usual = UINT64_MAX;

	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		usual &= ~BIT(gone[i]);
	CLAIM("the usual capabilities are all but a few, unknown ones too",
	      leaves("", "", usual, 0));
	CLAIM("every capability has its name, in order", leaves(all, "ALL", every, every));
	CLAIM("none is left when all are dropped", leaves("", "all", 0, 0));
	CLAIM("all are all", leaves("cap_all", "", UINT64_MAX, UINT64_MAX));
	CLAIM("but those that are dropped",
	      leaves("All", "SYS_TIME,kill", ~(BIT(25) | BIT(5)), ~(BIT(25) | BIT(5))));
	CLAIM("what is added gives back its system calls, also where it is usual",
	      leaves("Sys_Boot,SYS_TIME", "CAP_MKNOD", (usual | BIT(25)) & ~BIT(27),
		     BIT(22) | BIT(25)));
}

/* PR_CAPBSET_READ as of Linux 4.19. */
static void unknown(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_CAPBSET_READ, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, CAP_AUDIT_READ + 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 8, .filter = code};

	without(&program);
	CLAIM("a kernel that does not know a capability cannot give it",
	      drop("BPF", "") < 0 && ds_err_last()->exit_status == DS_EXIT_UNSUPPORTED &&
		      !strcmp(ds_err_last()->text, "this kernel has no capability BPF"));
	CLAIM("nor need it be dropped",
	      drop("", "BPF,PERFMON,KILL") == 0 && !(caps("CapEff") & BIT(CAP_KILL)));
}

static void capabilities(void)
{
	static const char *const sets[] = {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"};
	unsigned long long before, dropped = 0;
	bool right = true;

	for (size_t i = 0; i < sizeof(gone) / sizeof(*gone); i++)
		dropped |= BIT(gone[i]);
	/* One that is inheritable and ambient, too. */
	{
		struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
		struct __user_cap_data_struct data[2];

		MUST(syscall(SYS_capget, &header, data) == 0);
		data[0].inheritable |= 1u << CAP_SYS_TIME;
		MUST(syscall(SYS_capset, &header, data) == 0);
		MUST(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_TIME, 0, 0) == 0);
	}
	before = caps("CapBnd");
	CLAIM("capabilities are dropped, twice as well as once",
	      drop("", "") == 0 && drop("", "") == 0);
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		right &= !(caps(sets[i]) & dropped);
	CLAIM("the dropped ones are in no set", right);
	CLAIM("no other one is dropped", caps("CapBnd") == (before & ~dropped));
	right = true;
	for (size_t i = 0; i < sizeof(stays) / sizeof(*stays); i++)
		right &= !(before & BIT(stays[i])) || (caps("CapEff") & BIT(stays[i]));
	CLAIM("what systemd needs stays", right);
	CLAIM("a program that root executes does not get them back",
	      system("exit $((0x$(sed -n 's/^CapEff:.//p' /proc/self/status) >> 25 & 1))") == 0);
}

static void login(void)
{
	if (access("/proc/self/loginuid", F_OK) < 0 ||
	    ds_try_file_write(AT_FDCWD, "/proc/self/loginuid", "1000") < 0)
		return;
	ds_loginuid_reset();
	CLAIM("who logged in on the host is forgotten", is("/proc/self/loginuid", "4294967295"));
}

static long plain_clone(unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

	if (!pid)
		_exit(0);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, 0);
	return pid;
}

static bool gives(long result, int code)
{
	return result == -1 && errno == code;
}

/* unshare(CLONE_NEWNS) as a 32-bit program calls it; -errno, -ENOSYS without such programs. */
static long unshare_32(void)
{
#ifdef __x86_64__
	long result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(310), "b"(CLONE_NEWNS)
			 : "memory", "r8", "r9", "r10", "r11");
	return result;
#else
	return -EPERM;
#endif
}

static const struct ds_seccomp shield = {.shield = DS_SHIELD_ON};

static void filter(void)
{
	static const unsigned long flags[] = {
		CLONE_NEWNS,   CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC,
		CLONE_NEWUSER, CLONE_NEWPID,    CLONE_NEWNET,
	};
	bool right = true;

	CLAIM("the filter loads", ds_seccomp_load(&shield) == 0);
	CLAIM("root's su keeps working: no_new_privs stays clear",
	      prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0);
	CLAIM("keyrings are not there",
	      gives(syscall(SYS_keyctl, 0, 0, 0, 0, 0), ENOSYS) &&
		      gives(syscall(SYS_add_key, 0, 0, 0, 0, 0), ENOSYS) &&
		      gives(syscall(SYS_request_key, 0, 0, 0, 0), ENOSYS));
	CLAIM("clone3 is not there", gives(syscall(435, NULL, 0), ENOSYS));
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		right &= gives(unshare((int)flags[i]), EPERM);
		right &= gives(unshare((int)flags[i] | CLONE_FS), EPERM);
		right &= gives(plain_clone(flags[i]), EPERM);
	}
	CLAIM("no namespace is made, by unshare or by clone", right);
	CLAIM("no time namespace is made", gives(unshare(0x80), EPERM));
	CLAIM("unshare without namespaces works", unshare(CLONE_FS | CLONE_FILES) == 0);
	CLAIM("plain forks work", plain_clone(0) > 0 && system("exec true") == 0);
	CLAIM("a 32-bit call does not walk around it",
	      unshare_32() == -EPERM || unshare_32() == -ENOSYS);
}

static void unprivileged(void)
{
	MUST(setuid(65534) == 0);
	CLAIM("without privileges it loads too, with no_new_privs",
	      ds_seccomp_load(&shield) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 &&
		      gives(unshare(CLONE_NEWUSER), EPERM));
}

static void flags_go(void)
{
	MUST(personality(PER_LINUX32 | UNAME26 | ADDR_NO_RANDOMIZE) >= 0);
	CLAIM("a kernel that says 2.6 gets the shield",
	      ds_seccomp_load(&(struct ds_seccomp){0}) == 0 &&
		      gives(syscall(SYS_keyctl, 0, 0, 0, 0, 0), ENOSYS) &&
		      gives(unshare(CLONE_NEWNS), EPERM));
	ds_personality_reset();
	CLAIM("then the caller's personality has no flags, but its domain",
	      personality(0xffffffff) == PER_LINUX32);
}

static void release(void)
{
	bool wanted = ds_seccomp_shield_wanted();

	CLAIM("the shield is for kernels before 5.0",
	      wanted == (system("[ \"$(uname -r | cut -d. -f1)\" -lt 5 ]") == 0));
	MUST(personality(PER_LINUX | UNAME26) >= 0);
	CLAIM("a kernel that says 2.6 counts as old", ds_seccomp_shield_wanted());
}

int main(void)
{
	if (CFG_CAP_OPTIONS) {
		in_child(words);
		in_child(unknown);
	}
	in_child(capabilities);
	in_child(login);
	if (CFG_SECCOMP) {
		in_child(filter);
		in_child(unprivileged);
		in_child(flags_go);
		in_child(release);
	}
	return 0;
}
