// SPDX-License-Identifier: GPL-3.0-or-later
/* net - the guest's network files in all the states that guests have them. */
#include <errno.h>
#include <limits.h>
#include <sched.h>

#include "claim.h"
#include "gen/config.h"
#include "libds/kernel/android.h"
#include "libds/kernel/groups.h"
#include "libds/kernel/net.h"

#define OURS "root/run/resolvconf/resolv.conf"
#define KEPT "root/etc/resolv.conf.before-droidspaces"
#define ONE "# droidspaces\nnameserver 9.9.9.9\n"

static int root_fd = -1;

static void run(const char *command)
{
	MUST(system(command) == 0);
}

/* A new guest with a fresh /run, as PID 1 finds it. */
static void new_guest(void)
{
	if (root_fd >= 0) {
		close(root_fd);
		MUST(umount2("root/run", MNT_DETACH) == 0);
		run("rm -rf root");
	}
	run("mkdir -p root/etc root/run");
	MUST(mount("tmpfs", "root/run", "tmpfs", 0, NULL) == 0);
	root_fd = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	MUST(root_fd >= 0);
}

static void reboot_guest(void)
{
	MUST(umount("root/run") == 0 && mount("tmpfs", "root/run", "tmpfs", 0, NULL) == 0);
}

static const char *link_of(const char *path)
{
	static char target[PATH_MAX];
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	target[len < 0 ? 0 : len] = 0;
	return target;
}

static void hostname(void)
{
	struct stat before, after;
	char name[65];

	new_guest();
	MUST(ds_net_set_hostname(root_fd, "web") == 0);
	CLAIM("the hostname is set", gethostname(name, sizeof(name)) == 0 && !strcmp(name, "web"));
	CLAIM("and written", is("root/etc/hostname", "web\n"));
	CLAIM("a missing hosts file gets localhost and the name",
	      is("root/etc/hosts", "127.0.0.1\tlocalhost\n"
				   "::1\tlocalhost ip6-localhost ip6-loopback\n"
				   "# droidspaces\n127.0.1.1\tweb\n"));
	MUST(stat("root/etc/hosts", &before) == 0 && ds_net_set_hostname(root_fd, "web") == 0 &&
	     stat("root/etc/hosts", &after) == 0);
	CLAIM("a second time nothing is written", before.st_ino == after.st_ino);

	put("root/etc/hosts", "127.0.0.1 localhost # x \n\n10.0.0.1\tdb  \n# droidspaces\n"
			      "127.0.1.1\told\n127.0.1.1 mine\nfe80::1 a");
	MUST(ds_net_set_hostname(root_fd, "new") == 0);
	CLAIM("only our former line goes, every other stays verbatim",
	      is("root/etc/hosts", "127.0.0.1 localhost # x \n\n10.0.0.1\tdb  \n127.0.1.1 mine\n"
				   "fe80::1 a\n# droidspaces\n127.0.1.1\tnew\n"));
	put("root/etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1 web.lan web#c\n");
	MUST(ds_net_set_hostname(root_fd, "web") == 0);
	CLAIM("a name that is there already is enough",
	      is("root/etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1 web.lan web#c\n"));
	put("root/etc/hosts", "#127.0.0.1 localhost\n127.0.1.1 other #web\n");
	MUST(ds_net_set_hostname(root_fd, "web") == 0);
	CLAIM("comments map nothing", strstr(get("root/etc/hosts"), "\n127.0.0.1\tlocalhost\n") &&
					      strstr(get("root/etc/hosts"), "\n127.0.1.1\tweb\n"));
	put("root/etc/hostname", "web");
	MUST(ds_net_set_hostname(root_fd, "web") == 0);
	CLAIM("a hostname without newline is right too", is("root/etc/hostname", "web"));
	CLAIM("a hostname cannot bring a line along",
	      ds_net_set_hostname(root_fd, "a\n1.2.3.4\tbank") < 0 &&
		      !strstr(get("root/etc/hosts"), "bank"));
	CLAIM("a container's name in UTF-8 serves as hostname", ({
		      ds_net_set_hostname(root_fd, "caf\xc3\xa9") == 0 &&
			      strstr(get("root/etc/hosts"), "\n127.0.1.1\tcaf\xc3\xa9\n");
	      }));
	run("rm root/etc/hosts; echo x >store; ln -s ../../store root/etc/hosts");
	MUST(ds_net_set_hostname(root_fd, "web") == 0);
	CLAIM("a hosts file that is a link is left alone", *link_of("root/etc/hosts"));
}

static void servers(void)
{
	static const char *const good[] = {
		"",
		"1.1.1.1",
		"1.1.1.1,8.8.8.8",
		"[2001:4860:4860::8888]",
		"::1, 1.1.1.1",
		"fe80::1%wlan0",
	};
	static const char *const bad[] = {
		"1.1.1",    "1.1.1.1;", "dns.example",  "1.1.1.1\n", "1.1.1.1\nsearch x",
		"[1.1.1.1", "[]",       "1.1.1.1%eth0", "::1%\x1b",  "999.1.1.1",
	};
	bool right = true;

	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		right &= ds_net_check_dns(good[i]) == 0;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		right &=
			ds_net_check_dns(bad[i]) < 0 && ds_err_last()->exit_status == DS_EXIT_USAGE;
	CLAIM("a name server is an address, and nothing else", right);
	new_guest();
	MUST(ds_net_resolv(root_fd, "1.1.1.1, [::2],fe80::1%wlan0") == 0);
	CLAIM("each server gets its line",
	      is(OURS, "# droidspaces\nnameserver 1.1.1.1\nnameserver ::2\n"
		       "nameserver fe80::1%wlan0\n"));
}

/* The host's files are replaced by ours for a moment, in this mount namespace. */
static void host_servers(void)
{
	new_guest();
	run("mkdir -p hostetc hostrun/systemd/resolve");
	MUST(mount("hostetc", "/etc", NULL, MS_BIND, NULL) == 0);
	MUST(mount("hostrun", "/run", NULL, MS_BIND, NULL) == 0);
	MUST(ds_net_resolv(root_fd, "") == 0);
	CLAIM("without a host file there are public servers",
	      strstr(get(OURS), "nameserver 1.1.1.1\nnameserver 8.8.8.8\nnameserver 2001:"));
	put("hostetc/resolv.conf", "; c\nnameserver 10.0.0.1\nsearch lan\nnonsense\noptions edns0");
	MUST(ds_net_resolv(root_fd, "") == 0);
	CLAIM("the host's lines with a meaning are taken over",
	      is(OURS, "# droidspaces\nnameserver 10.0.0.1\nsearch lan\noptions edns0\n"));
	put("hostetc/resolv.conf", "nameserver 127.0.0.53\noptions trust-ad\n");
	MUST(ds_net_resolv(root_fd, "") == 0);
	CLAIM("resolved's stub serves where nothing else is known",
	      is(OURS, "# droidspaces\nnameserver 127.0.0.53\noptions trust-ad\n"));
	put("hostrun/systemd/resolve/resolv.conf", "nameserver 10.0.0.2\n");
	MUST(ds_net_resolv(root_fd, "") == 0);
	CLAIM("resolved's own servers are preferred to its stub",
	      is(OURS, "# droidspaces\nnameserver 10.0.0.2\n"));
	MUST(umount2("/run", MNT_DETACH) == 0 && umount2("/etc", MNT_DETACH) == 0);
}

static void resolv_places(void)
{
	static const char *const into_run[][2] = {
		{"../run/systemd/resolve/stub-resolv.conf",
		 "root/run/systemd/resolve/stub-resolv.conf"},
		{"/run/NetworkManager/resolv.conf", "root/run/NetworkManager/resolv.conf"},
		{"../var/run/x/resolv.conf", "root/run/x/resolv.conf"},
		{"resolvconf/run/resolv.conf", "root/run/resolvconf/resolv.conf"},
	};
	char command[128];
	bool right = true;

	for (size_t i = 0; i < sizeof(into_run) / sizeof(*into_run); i++) {
		new_guest();
		run("mkdir -p root/var root/etc/resolvconf root/run/resolvconf; ln -s ../run "
		    "root/var/run;"
		    "ln -s /run/resolvconf root/etc/resolvconf/run");
		snprintf(command, sizeof(command), "ln -s %s root/etc/resolv.conf", into_run[i][0]);
		run(command);
		right &= ds_net_resolv(root_fd, "9.9.9.9") == 0 && is(into_run[i][1], ONE) &&
			 !strcmp(link_of("root/etc/resolv.conf"), into_run[i][0]);
	}
	CLAIM("through a link into /run is written where it leads", right);

	new_guest();
	put("root/etc/resolv.conf", "nameserver 1.2.3.4\n");
	MUST(ds_net_resolv(root_fd, "9.9.9.9") == 0);
	CLAIM("a regular file becomes a link to ours",
	      is(OURS, ONE) &&
		      !strcmp(link_of("root/etc/resolv.conf"), "../run/resolvconf/resolv.conf"));
	CLAIM("and is kept", is(KEPT, "nameserver 1.2.3.4\n"));
	reboot_guest();
	MUST(ds_net_resolv(root_fd, "9.9.9.9") == 0);
	CLAIM("the next boot finds its link", is(OURS, ONE) && is(KEPT, "nameserver 1.2.3.4\n"));
	run("rm root/etc/resolv.conf; echo nameserver 4.4.4.4 >root/etc/resolv.conf");
	MUST(ds_net_resolv(root_fd, "9.9.9.9") == 0);
	CLAIM("the first original is the one that is kept", is(KEPT, "nameserver 1.2.3.4\n"));

	new_guest();
	run(": >root/etc/resolv.conf");
	MUST(ds_net_resolv(root_fd, "9.9.9.9") == 0);
	CLAIM("an empty file is not kept",
	      access(KEPT, F_OK) < 0 && *link_of("root/etc/resolv.conf"));
	new_guest();
	run("ln -s /mnt/wsl/resolv.conf root/etc/resolv.conf; rm -rf root/mnt");
	MUST(ds_net_resolv(root_fd, "9.9.9.9") == 0);
	CLAIM("a link to nowhere is replaced, its directories are not made",
	      is("root/etc/resolv.conf", ONE) && access("root/mnt", F_OK) < 0);
	CLAIM("no temporary stays", system("! find root -name '*.new' | grep .") == 0);
}

static void read_only(void)
{
	new_guest();
	put("root/etc/resolv.conf", "nameserver 1.2.3.4\n");
	put("root/etc/hosts", "");
	MUST(mount("root/etc", "root/etc", NULL, MS_BIND, NULL) == 0);
	MUST(mount(NULL, "root/etc", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0);
	CLAIM("a read-only tree fails no boot",
	      ds_net_set_hostname(root_fd, "web") == 0 && ds_net_resolv(root_fd, "9.9.9.9") == 0 &&
		      ds_android_groups(root_fd) == 0 && !ds_err_last()->code);
	CLAIM("on a read-only tree our resolv.conf is bound over its own",
	      is("root/etc/resolv.conf", ONE));
	umount2("root/etc/resolv.conf", MNT_DETACH);
	MUST(umount("root/etc") == 0);
	CLAIM("which stays as it is", is("root/etc/resolv.conf", "nameserver 1.2.3.4\n"));
}

static void android(void)
{
	new_guest();
	put("root/etc/group", "root:x:0:\ninet:x:3003:web\n");
	unsetenv("ANDROID_ROOT");
	MUST(ds_android_groups(root_fd) == 0);
	CLAIM("only Android has Android's groups",
	      is("root/etc/group", "root:x:0:\ninet:x:3003:web\n"));
	setenv("ANDROID_ROOT", "/system", 1);
	for (int i = 0; i < 2; i++)
		MUST(ds_android_groups(root_fd) == 0);
	CLAIM("root is in each of them, and each is there once",
	      is("root/etc/group", "root:x:0:\ninet:x:3003:web,root\naid_net_raw:x:3004:root\n"
				   "aid_net_admin:x:3005:root\n"));
	put("root/etc/group", "a:x:3003\nb:x:3004:\nc:x:3005:root,rooty");
	MUST(ds_android_groups(root_fd) == 0);
	CLAIM("malformed and unfinished lines are no trouble",
	      is("root/etc/group", "a:x:3003\nb:x:3004:root\nc:x:3005:root,rooty\n"
				   "aid_inet:x:3003:root\n"));
	MUST(unlink("root/etc/group") == 0 && ds_android_groups(root_fd) == 0);
	CLAIM("a guest without groups gets none", access("root/etc/group", F_OK) < 0);
	unsetenv("ANDROID_ROOT");
}

static void groups(void)
{
	static const struct ds_group wanted[] = {{"video", 44}, {"render", 105}};

	new_guest();
	put("root/etc/group", "root:x:0:\nvideo:x:444:\nssh:x:105:bob\n");
	for (int i = 0; i < 2; i++)
		MUST(ds_groups_add(root_fd, wanted, 2) == 0);
	CLAIM("a name that has another number in the guest gets ours behind it",
	      is("root/etc/group",
		 "root:x:0:\nvideo:x:444:\nssh:x:105:bob,root\nvideo-44:x:44:root\n"));
	put("root/etc/group", "video:x:4294967340:\nrender:x:0105:\n");
	MUST(ds_groups_add(root_fd, wanted, 2) == 0);
	CLAIM("a number too large for a group is no other one",
	      is("root/etc/group",
		 "video:x:4294967340:\nrender:x:0105:root\nvideo-44:x:44:root\n"));
}

int main(int argc, char **argv)
{
	MUST(argc == 2 && chdir(argv[1]) == 0);
	MUST(unshare(CLONE_NEWUTS) == 0);
	hostname();
	servers();
	host_servers();
	resolv_places();
	read_only();
	if (CFG_ANDROID)
		android();
	groups();
	MUST(umount2("root/run", MNT_DETACH) == 0);
	return 0;
}
