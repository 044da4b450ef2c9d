// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-init-shim - be PID 1 where there is no init
 *
 * usage: ds-init-shim [OPTION]... [COMMAND [ARGUMENT]...]
 *
 * For containers: runs a command as its child, passes every signal on to it, takes away processes that
 * nobody waits for, and ends with the command's exit status. On a terminal the command is its
 * foreground job. It mounts nothing. "ds-start --init=shim" makes it the init of a guest that has
 * none.
 *
 * Without a command it runs what the files in /etc/ds-init describe: a file a service, lines as
 * command=, restart=never|on-failure|always, user=, env=. With services, or with --guest, it is an
 * init: the signals by which systemd, busybox, sysvinit, LXC, Docker and others ask an init to power
 * off or reboot make it do that. All that runs gets SIGTERM then, what still runs after --grace is
 * killed.
 *
 * Where the host has links with the guest it starts the guest's agent first; with --exec that is all,
 * and it becomes the command, an init itself.
 *
 * exit status: the command's own; 128+N if signal N ended it, 127 not found, 126 not executable; 2 usage
 *
 * example: ds-init-shim -g -- nginx -g 'daemon off;'
 * example: ds-init-shim --services=/etc/services --grace=20
 * example: ds-start --name=web --rootfs=/srv/web --init=shim -- httpd -f
 *
 * config INIT_SHIM
 *	bool "ds-init-shim"
 *	default y
 *	help
 *	  An init for containers that have none, "ds-start --init=shim": runs one command, or the
 *	  services that a few small files describe. Say n if all your containers are whole distributions.
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, guest, 0, "guest", 0, ALWAYS,                                                      \
	  "be asked to stop as an init is, by any init's signals")                                 \
	X(STRING, services, 0, "services", "DIR", ALWAYS,                                          \
	  "run the services described in there; default without a command: /etc/ds-init")          \
	X(INT, grace, 0, "grace", "SECONDS", ALWAYS,                                               \
	  "kill what runs so long after it was asked to end; default: 5")                          \
	X(FLAG, exec, 0, "exec", 0, ALWAYS, "become the command, which is an init itself")         \
	X(FLAG, group, 'g', "group", 0, ALWAYS,                                                    \
	  "send signals to the command's whole process group")                                     \
	X(STRING, parent_death, 'p', "parent-death", "SIGNAL", ALWAYS,                             \
	  "have this signal when the parent process dies")                                         \
	X(FLAG, subreaper, 's', "subreaper", 0, ALWAYS,                                            \
	  "take processes that nobody waits for away also where not PID 1")                        \
	X(LIST, forgiven, 'e', "expect", "CODE", ALWAYS,                                           \
	  "end with 0 where the command ends with this status; may be repeated")                   \
	X(FLAG, verbose, 'v', "verbose", 0, ALWAYS, "tell all that is done")

#include "applets/applet.h"
APPLET_WITH(init_shim, DS_OPT_STOP_AT_OPERAND)
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "libds/core/signals.h"
#include "libds/core/str.h"
#include "libds/life/shim.h"

#define GRACE_MAX 86400

static void print_note(const struct ds_watch *watch, const char *text)
{
	(void)watch;
	fprintf(stderr, "%s: %s\n", applet_name, text);
}

static const struct ds_watch watch = {.note = print_note};

static int forgive(struct ds_shim *shim, const struct ds_list *codes)
{
	for (int i = 0; i < codes->count; i++) {
		long long code;

		if (ds_try_number(codes->values[i], 0, 255, &code) < 0)
			return ds_refuse(DS_EXIT_USAGE, "%.40s: not an exit status, 0 to 255",
					 codes->values[i]);
		shim->forgiven[code / 8] |= (uint8_t)(1U << code % 8);
	}
	return 0;
}

static int settle(struct ds_shim *shim, const struct options *o)
{
	int sig = o->parent_death ? ds_try_signal(o->parent_death) : 0, reaps = 0;

	if (sig < 0)
		return ds_refuse(DS_EXIT_USAGE, "%.40s: no signal", o->parent_death);
	if (o->grace < 0 || o->grace > GRACE_MAX)
		return ds_refuse(DS_EXIT_USAGE, "grace %d: not from 0 to %d", o->grace, GRACE_MAX);
	if (!shim->command && !shim->services) {
		ds_refuse(DS_EXIT_USAGE, "nothing to run: no command, no " DS_SHIM_SERVICES);
		ds_hint("give a command, or the directory of services with --services=DIR");
		return -ds_err_last()->code;
	}
	if ((sig && prctl(PR_SET_PDEATHSIG, sig) < 0) ||
	    (o->subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0))
		return ds_fail("prctl");
	if (getpid() != 1 && (prctl(PR_GET_CHILD_SUBREAPER, &reaps) < 0 || !reaps) && !o->exec)
		applet_warn("not PID 1 and no subreaper (-s): orphans are not ours to take away");
	return forgive(shim, &o->forgiven);
}

int init_shim_main(int argc, char **argv)
{
	struct options o = {.grace = 5};
	int status;

	if (!parse(&o, argc, argv, 0, MANY))
		return o.status;
	struct ds_shim shim = {
		.command = o.count ? o.operands : NULL,
		.services = o.services,
		.grace_s = o.grace,
		.group = o.group,
		.watch = &watch,
		.verbose = o.verbose,
	};

	if (!o.count && !o.services && access(DS_SHIM_SERVICES, F_OK) == 0)
		shim.services = DS_SHIM_SERVICES;
	shim.is_init = o.guest || shim.services;
	prctl(PR_SET_NAME, "ds-init-shim");
	if (settle(&shim, &o) < 0)
		return applet_fail();
	ds_shim_start_agent();
	if (o.exec && o.count) {
		execvp(o.operands[0], o.operands);
		ds_fail("%s", o.operands[0]);
		return applet_fail();
	}
	status = ds_shim_run(&shim);
	return status < 0 ? applet_fail() : status;
}
