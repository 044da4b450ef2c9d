// SPDX-License-Identifier: GPL-3.0-or-later
/* setting - host values with holders, and the IPv6 switch that is made of them. */
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>

#include "claim.h"
#include "libds/core/file.h"
#include "libds/host/ipv6.h"
#include "libds/host/proc.h"
#include "libds/host/setting.h"
#include "libds/host/workspace.h"

#define CONF "/proc/sys/net/ipv6/conf/"

static const struct ds_undo_verb verbs[] = {
	{DS_SETTING_VERB, false, ds_setting_release},
	{NULL, false, NULL},
};
static char value[PATH_MAX], host[PATH_MAX];

static bool host_is_empty(void)
{
	char command[PATH_MAX + 64];

	snprintf(command, sizeof(command), "[ -z \"$(ls -A '%s')\" ]", host);
	return system(command) == 0;
}

static void holders(void)
{
	auto_undo web = DS_UNDO_CLOSED, db = DS_UNDO_CLOSED, odd = DS_UNDO_CLOSED;

	put(value, "7\n");
	MUST(ds_undo_open(&web, "web", verbs) == 0 && ds_undo_open(&db, "db", verbs) == 0 &&
	     ds_undo_open(&odd, "odd", verbs) == 0);
	MUST(ds_setting_hold(&web, "web", value, "1") == 0);
	CLAIM("a held setting has the value", atoi(get(value)) == 1);
	CLAIM("another value is refused, naming the holder",
	      ds_setting_hold(&odd, "odd", value, "2") < 0 &&
		      ds_err_last()->exit_status == DS_EXIT_STATE &&
		      strstr(ds_err_last()->text, "web"));
	MUST(ds_undo_now(&odd) == 0);
	CLAIM("a refused container changes nothing when it undoes", atoi(get(value)) == 1);
	MUST(ds_setting_hold(&db, "db", value, "1") == 0);
	MUST(ds_setting_hold(&db, "db", value, "1") == 0);
	MUST(ds_undo_now(&web) == 0);
	CLAIM("the value stays for the second holder", atoi(get(value)) == 1);
	MUST(ds_undo_now(&db) == 0);
	CLAIM("the last holder gives back what was there", atoi(get(value)) == 7);
	CLAIM("no file stays in the workspace", host_is_empty());

	put(value, "1\n");
	MUST(ds_setting_hold(&web, "web", value, "1") == 0);
	CLAIM("a value that is there already is held too", ds_setting_is_held(value));
	MUST(ds_setting_hold(&db, "db", value, "1") == 0);
	MUST(ds_undo_now(&db) == 0 && ds_undo_now(&web) == 0);
	CLAIM("and stays what it was", atoi(get(value)) == 1 && host_is_empty());
	CLAIM("a value of two lines is refused",
	      ds_setting_hold(&web, "web", value, "1\n2") == -EINVAL);
}

static void odd_cases(void)
{
	const char *args[DS_UNDO_ARGS] = {value, "1", "web", ""};
	char command[2 * PATH_MAX];
	struct stat st;
	auto_undo web = DS_UNDO_CLOSED;

	put(value, "7\n");
	CLAIM("releasing what nobody holds is success",
	      ds_setting_release(args) == 0 && atoi(get(value)) == 7);
	MUST(ds_undo_open(&web, "web", verbs) == 0 &&
	     ds_setting_hold(&web, "web", value, "1") == 0);
	snprintf(command, sizeof(command),
		 "sed -i '1s/.*/00000000-0000-0000-0000-000000000000/' "
		 "'%s'/*",
		 host);
	MUST(system(command) == 0);
	CLAIM("holders of another boot do not count", !ds_setting_is_held(value));
	MUST(ds_undo_now(&web) == 0);
	CLAIM("and restore nothing", atoi(get(value)) == 1);
	put(value, "8\n");
	MUST(ds_setting_hold(&web, "web", value, "1") == 0 && ds_undo_now(&web) == 0);
	CLAIM("a file of another boot is replaced", atoi(get(value)) == 8 && host_is_empty());

	MUST(ds_setting_hold(&web, "web", value, "1") == 0 && unlink(value) == 0);
	CLAIM("a setting whose file is gone is released",
	      ds_undo_now(&web) == 0 && host_is_empty());
	CLAIM("a setting that is not there cannot be held",
	      ds_setting_hold(&web, "web", value, "1") == -ENOENT);
	MUST(ds_undo_now(&web) == 0);
	put(value, "");
	MUST(ds_setting_hold(&web, "web", value, "1") == 0 && ds_undo_now(&web) == 0);
	/* sysfs is not told of a write of no bytes. */
	MUST(stat(value, &st) == 0);
	CLAIM("an empty value is restored by a NUL", get(value)[0] == 0 && st.st_size == 1);
	put(value, "/usr/share\n");
	MUST(ds_setting_hold(&web, "web", value, "/lib") == 0);
	CLAIM("a value is written without a newline", strcmp(get(value), "/lib") == 0);
	MUST(ds_undo_now(&web) == 0);
}

static bool disabled(const char *name, const char *wanted)
{
	char path[128];

	snprintf(path, sizeof(path), CONF "%s/disable_ipv6", name);
	return atoi(get(path)) == atoi(wanted);
}

static void set_disabled(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), CONF "%s/disable_ipv6", name);
	MUST(ds_try_file_write(AT_FDCWD, path, text) == 0);
}

/* lo on, one interface off by the user, default on. */
static bool as_before(void)
{
	return disabled("all", "0") && disabled("default", "0") && disabled("lo", "0") &&
	       disabled("v0", "1") && disabled("v1", "0");
}

static void ipv6(void)
{
	auto_undo web = DS_UNDO_CLOSED, db = DS_UNDO_CLOSED;

	if (unshare(CLONE_NEWNET) < 0 || access(CONF, F_OK) < 0 ||
	    system("ip link add v0 type veth peer name v1 2>/dev/null") != 0) {
		CLAIM("without IPv6 it cannot be switched on, but off it is",
		      access(CONF, F_OK) == 0 || (ds_ipv6_switch(&web, "web", true) < 0 &&
						  ds_ipv6_switch(&web, "web", false) == 0));
		return;
	}
	for (const char *const *name =
		     (const char *const[]){"all", "default", "lo", "v0", "v1", NULL};
	     *name; name++)
		set_disabled(*name, strcmp(*name, "v0") == 0 ? "1\n" : "0\n");
	MUST(as_before());
	MUST(ds_undo_open(&web, "web", verbs) == 0 && ds_undo_open(&db, "db", verbs) == 0);
	MUST(ds_ipv6_switch(&web, "web", false) == 0);
	CLAIM("IPv6 goes off everywhere", disabled("all", "1") && disabled("default", "1") &&
						  disabled("lo", "1") && disabled("v1", "1"));
	MUST(system("ip link add v2 type dummy 2>/dev/null || ip link add v2 type veth peer name "
		    "v3") == 0);
	MUST(ds_ipv6_switch(&db, "db", false) == 0 && ds_undo_now(&web) == 0);
	CLAIM("it stays off for the second container", disabled("v1", "1") && disabled("v2", "1"));
	MUST(ds_undo_now(&db) == 0);
	CLAIM("each interface gets its own value back", as_before());
	CLAIM("one that came meanwhile gets that of all", disabled("v2", "0"));
	CLAIM("nothing of it stays in the workspace", host_is_empty());
	MUST(ds_ipv6_switch(&web, "web", true) == 0);
	CLAIM("IPv6 goes on everywhere", disabled("v0", "0"));
	CLAIM("on and off do not go together",
	      ds_ipv6_switch(&db, "db", false) < 0 && ds_err_last()->exit_status == DS_EXIT_STATE);
	MUST(ds_undo_now(&db) == 0);
	MUST(system("ip link del v2") == 0 && ds_undo_now(&web) == 0);
	CLAIM("a removed interface is no trouble", as_before() && host_is_empty());
}

int main(int argc, char **argv)
{
	MUST(argc == 2 && ds_workspace_choose(argv[1]) == 0 && ds_workspace_create() == 0);
	snprintf(value, sizeof(value), "%s/a value,%%", argv[1]);
	snprintf(host, sizeof(host), "%s/Host", argv[1]);
	holders();
	odd_cases();
	ipv6();
	return 0;
}
