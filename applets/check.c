// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-check - try what containers need of this kernel and host
 *
 * usage: ds-check [OPTION]... [NAME]
 *
 * Tries every requirement in a child process, in namespaces of its own. Nothing on the host is
 * changed. What is missing is explained: what it is for, the option of the kernel's configuration,
 * and what will not work.
 *
 * With a container or a root file system it also looks for systemd in there and says whether this
 * kernel is new enough for it. That is a warning and does not change the exit status.
 *
 * Without root most things can't be tried; they are called unknown.
 *
 * exit status: 0 all must-haves are there, 1 failed, 2 usage, 3 no such container, 5 a must-have is
 * missing, 6 without root it can't be told whether all must-haves are there
 *
 * example: ds-check -v
 * example: ds-check -r /srv/debian
 *
 * config CHECK
 *	bool "ds-check"
 *	default y
 *	help
 *	  Tries what containers need of a kernel and says what is missing and why it matters. Keep it
 *	  unless every kernel you install on is known.
 */
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "also look into this container")              \
	X(STRING, rootfs, 'r', "rootfs", "DIR", ALWAYS, "also look into this root file system")    \
	X(FLAG, verbose, 'v', "verbose", 0, ALWAYS, "explain also what is there")                  \
	X(FLAG, json, 0, "json", 0, ALWAYS, "print JSON")                                          \
	X(FLAG, format, 0, "format", 0, ALWAYS, "print KEY=VALUE lines")

#include "applets/applet.h"
APPLET(check)
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/host/workspace.h"
#include "libds/life/check.h"
#include "libds/life/inspect.h"
#include "libds/life/systemd.h"

struct outcome {
	bool verbose;
	struct report report;
	int missing[3], unknown[3]; /* by level */
	bool has_cgroup2;
	bool has_guest;
	int systemd; /* the guest's version, 0 = none found */
};

static bool guest_fits(const struct outcome *outcome, const struct ds_host_facts *facts)
{
	if (facts->systemd_ceiling && outcome->systemd > facts->systemd_ceiling)
		return false;
	return outcome->has_cgroup2 || !ds_systemd_needs_cgroup2(outcome->systemd);
}

/* "mount_namespace" as "mount namespace", with the reason in a column of its own. */
static void print_name(const char *name, const char *reason)
{
	enum { REASON_COLUMN = 20 };
	int width = REASON_COLUMN - (int)strlen(name);

	for (; *name; name++)
		putchar(*name == '_' ? ' ' : *name);
	if (*reason)
		printf("%*s%s", width, "", reason);
	putchar('\n');
}

static void print_row(const struct outcome *outcome, const struct ds_check *check,
		      enum ds_check_result result, const char *reason)
{
	static const char *const colours[] = {"\033[32m", "\033[31m", "\033[33m"};

	printf("  %s%-7s%s  ", applet_colour(stdout, colours[result]), ds_check_result_name(result),
	       applet_colour(stdout, "\033[0m"));
	print_name(check->name, reason);
	if (result != DS_CHECK_MISSING && !outcome->verbose)
		return;
	if (CFG_LONG_HELP)
		printf("           for:      %s\n", check->purpose);
	if (*check->option)
		printf("           kernel:   %s\n", check->option);
	if (CFG_LONG_HELP)
		printf("           without:  %s\n", check->without);
}

static void put_row(struct report *report, const struct ds_check *check,
		    enum ds_check_result result, const char *reason)
{
	if (report->format == REPORT_PAIRS) {
		report_string(report, check->name, ds_check_result_name(result));
		return;
	}
	report_begin(report, NULL);
	report_string(report, "name", check->name);
	report_string(report, "level", ds_check_level_name(check->level));
	report_string(report, "result", ds_check_result_name(result));
	report_string(report, "reason", reason);
	if (CFG_LONG_HELP)
		report_string(report, "purpose", check->purpose);
	report_string(report, "kernel_option", check->option);
	if (CFG_LONG_HELP)
		report_string(report, "without", check->without);
	report_end(report);
}

static void run_checks(struct outcome *outcome)
{
	static const char *const titles[] = {"Must have", "Recommended", "Optional"};
	char reason[DS_CHECK_REASON_MAX];
	struct ds_check check = {0};
	int level = -1;

	while (ds_check_next(&check)) {
		enum ds_check_result result = ds_check_run(&check, reason);

		outcome->missing[check.level] += result == DS_CHECK_MISSING;
		outcome->unknown[check.level] += result == DS_CHECK_UNKNOWN;
		if (strcmp(check.name, "cgroup2") == 0)
			outcome->has_cgroup2 = result != DS_CHECK_MISSING;
		if (outcome->report.format != REPORT_TEXT) {
			put_row(&outcome->report, &check, result, reason);
			continue;
		}
		if (level != (int)check.level)
			printf("\n%s%s%s\n", applet_colour(stdout, "\033[1m"), titles[check.level],
			       applet_colour(stdout, "\033[0m"));
		level = (int)check.level;
		print_row(outcome, &check, result, reason);
	}
}

static void put_host(struct report *report, const struct ds_host_facts *facts)
{
	if (report->format == REPORT_TEXT) {
		printf("Linux %s %s, cgroups %s, SELinux %s%s\n", facts->uts.release,
		       facts->uts.machine, facts->cgroups, facts->selinux,
		       facts->android ? ", Android" : "");
		return;
	}
	report_string(report, "kernel", facts->uts.release);
	report_string(report, "machine", facts->uts.machine);
	report_string(report, "cgroups", facts->cgroups);
	report_string(report, "selinux", facts->selinux);
	report_flag(report, "android", facts->android);
	report_number(report, "systemd_ceiling", facts->systemd_ceiling);
}

static void print_ceiling(const struct ds_host_facts *facts)
{
	if (facts->systemd_ceiling)
		printf("\nsystemd in a guest: up to %d boots on this kernel\n",
		       facts->systemd_ceiling);
	else
		puts("\nsystemd in a guest: any version boots on this kernel");
}

static void put_guest(const struct outcome *outcome, const struct ds_host_facts *facts,
		      struct report *report)
{
	bool fits = guest_fits(outcome, facts);

	if (report->format != REPORT_TEXT) {
		report_number(report, "guest_systemd", outcome->systemd);
		report_flag(report, "guest_fits", fits);
	} else if (!outcome->systemd) {
		puts("  this guest has no systemd that could be found");
	} else {
		printf("  this guest has %d%s\n", outcome->systemd, fits ? ": it fits" : "");
	}
	if (fits)
		return;
	if (facts->systemd_ceiling && outcome->systemd > facts->systemd_ceiling)
		applet_warn("the guest's systemd %d will not boot on Linux %s: take a distribution "
			    "with systemd %d or older (Debian 13, Ubuntu 24.04), one with another "
			    "init (Alpine, Devuan), or a newer kernel",
			    outcome->systemd, facts->uts.release, facts->systemd_ceiling);
	else
		applet_warn("the guest's systemd %d boots only where cgroup version 2 can be "
			    "mounted: enable it in the kernel, or take a guest with systemd 257 "
			    "or older (Debian 13, Ubuntu 24.04)",
			    outcome->systemd);
}

/* The systemd in there; 0 or an error. */
static int look_into_guest(struct outcome *outcome, const char *name, const char *rootfs)
{
	auto_container c = {0};
	auto_fd root_fd = -1;
	int err;

	if (!name && !rootfs)
		return 0;
	if (name) {
		err = ds_container_look(&c, name);
		if (err < 0)
			return err;
		root_fd = ds_try_inspect_root(&c);
		rootfs = c.spec.rootfs_path;
	} else {
		root_fd = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root_fd < 0)
			root_fd = -errno;
	}
	if (root_fd < 0) {
		ds_fail_with(root_fd, "open root file system %s", rootfs);
		if (root_fd == -ENOTDIR)
			ds_hint("an image is looked into while its container runs");
		return root_fd;
	}
	outcome->has_guest = true;
	outcome->systemd = ds_try_systemd_version(root_fd);
	return 0;
}

static int verdict(const struct outcome *outcome)
{
	int missing = outcome->missing[DS_CHECK_MUST], unknown = outcome->unknown[DS_CHECK_MUST];

	if (outcome->report.format == REPORT_TEXT) {
		putchar('\n');
		if (missing)
			printf("%d of what is a must is missing: containers will not work\n",
			       missing);
		else if (unknown)
			printf("%d of what is a must could not be seen\n", unknown);
		else
			puts("all that is a must is there");
	}
	if (missing)
		return DS_EXIT_UNSUPPORTED;
	return unknown ? DS_EXIT_PERMISSION : DS_EXIT_OK;
}

static int choose(const struct options *o, struct outcome *outcome, const char **name)
{
	int err = report_choose(&outcome->report, o->json, o->format);

	*name = NULL;
	if (!err && (o->name || o->operands[0]))
		err = report_target(o->name, o->operands, name);
	if (!err && *name && o->rootfs)
		err = ds_refuse(DS_EXIT_USAGE, "a name and a root file system exclude each other");
	return err;
}

int check_main(int argc, char **argv)
{
	struct options o = {0};
	struct outcome outcome = {0};
	struct ds_host_facts facts;
	const char *name;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	outcome.verbose = o.verbose;
	if (ds_texts_need() < 0 || ds_workspace_choose(o.workspace) < 0 ||
	    choose(&o, &outcome, &name) < 0 || look_into_guest(&outcome, name, o.rootfs) < 0)
		return applet_fail();
	ds_check_host(&facts);
	report_begin(&outcome.report, NULL);
	put_host(&outcome.report, &facts);
	if (outcome.report.format == REPORT_JSON)
		ds_json_open(&outcome.report.json, "checks", '[');
	run_checks(&outcome);
	if (outcome.report.format == REPORT_JSON)
		ds_json_close(&outcome.report.json, ']');
	if (outcome.report.format == REPORT_TEXT)
		print_ceiling(&facts);
	if (outcome.has_guest)
		put_guest(&outcome, &facts, &outcome.report);
	if (outcome.report.format != REPORT_TEXT) {
		report_number(&outcome.report, "missing_must", outcome.missing[DS_CHECK_MUST]);
		report_number(&outcome.report, "unknown_must", outcome.unknown[DS_CHECK_MUST]);
	}
	report_end(&outcome.report);
	return verdict(&outcome);
}
