// SPDX-License-Identifier: GPL-3.0-or-later
/* droidspaces - run Linux distributions in containers
 *
 * usage: droidspaces [OPTION]... COMMAND [OPTION]... [OPERAND]...
 *        droidspaces --install [-s] DIR
 *
 * Runs a command: "droidspaces start" is "ds-start". Options of the command may stand on either
 * side of its name. A link to this program that is named as a command is that command.
 *
 * Beside the commands of its list it knows "version", "mode" (direct, or daemon where one answers)
 * and "help [COMMAND]".
 *
 * --install makes a link to this program in DIR for each command. It replaces links to this
 * program and nothing else.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container, 4 already running or not running,
 * 5 the kernel or the host lacks what is needed, 6 permission
 *
 * example: droidspaces --name=web --rootfs=/srv/web start
 * example: droidspaces --install -s /usr/local/bin
 */
#define OPTIONS(X)                                                                                 \
	X(FLAG, list, 0, "list", 0, ALWAYS, "print the names of the commands")                     \
	X(FLAG, install, 0, "install", 0, ALWAYS, "make hard links for all commands in DIR")       \
	X(FLAG, symbolic, 's', "symbolic", 0, ALWAYS, "make symbolic links instead")               \
	X(FLAG, version, 0, "version", 0, ALWAYS, "print the version")
#include "applet.h"
APPLET(droidspaces)
#include "gen/version.h"
#include "libds/api/bridge.h"
#include "libds/core/file.h"
#include "libds/core/pack.h"
#include "libds/core/str.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Every applet of the source tree; applet is NULL where it is not built in. */
static const struct entry {
	const char *name;
	const struct applet *applet;
	bool in_guest; /* for guests alone: no command of a host */
} entries[] = {
#define ENTRY(id, symbol, name) {name, CFG_##symbol ? &applet_##id : NULL, IN_GUEST_##id},
	APPLETS(ENTRY){0}};

/* Of each, what it is called in Kconfig. */
#define SYMBOL(id, symbol, name) #symbol "\0"
static const char symbols[] DS_TEXT_SECTION(__COUNTER__) = APPLETS(SYMBOL);

/* For what an applet declares, not only whether it is there: that of one that is seldom run is packed. */
static const struct applet *applet_of(const struct entry *e)
{
	if (ds_pack_has(DS_PACK_CODE, e->applet) && !ds_pack_ready(DS_PACK_CODE)) {
		ds_refuse(DS_EXIT_FAILED,
			  "this program is damaged, or may not execute what it inflated");
		exit(applet_fail());
	}
	return e->applet;
}

/* Commands that are this file's own. */
static const char *const builtins[] = {"version", "mode", "help", NULL};

/* "stop" of ds-stop. */
static const char *short_name(const struct entry *e)
{
	return e->name + (ds_str_has_prefix(e->name, "ds-") ? strlen("ds-") : 0);
}

/* Is it built in, and a command of a host? */
static bool is_command(const struct entry *e)
{
	return e->applet && !e->in_guest;
}

static const struct entry *find_entry(const char *word)
{
	const struct entry *e;

	for (e = entries; e->name; e++)
		if (!strcmp(word, e->name) || !strcmp(word, short_name(e)))
			return e;
	return NULL;
}

static bool is_builtin(const char *word)
{
	for (const char *const *b = builtins; *b; b++)
		if (!strcmp(word, *b))
			return true;
	return false;
}

static int refuse_command(const char *word)
{
	const struct entry *e = find_entry(word);
	const char *symbol = symbols;

	if (e) {
		for (long i = ds_texts_ready() ? e - entries : 0; i > 0; i--)
			symbol = ds_text_next(symbol);
		ds_refuse(DS_EXIT_USAGE, "%s is not built in (CONFIG_%s)", e->name, symbol);
		return applet_fail();
	}
	ds_refuse(DS_EXIT_USAGE, "unknown command %s", word);
	ds_hint("try 'droidspaces --help'");
	for (e = entries; e->name; e++) {
		const char *name = ds_str_has_prefix(word, "ds-") ? e->name : short_name(e);

		if (is_command(e) && ds_opt_is_near(word, strlen(word), name, strlen(name))) {
			ds_hint("did you mean %s?", name);
			break;
		}
	}
	return applet_fail();
}

/* Output that a full disk or a closed pipe swallowed is a failure, whatever the applet says. */
static int finish(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	ds_fail("write to standard output");
	applet_fail();
	return status ? status : DS_EXIT_FAILED;
}

static int run_applet(const struct applet *applet, int argc, char **argv)
{
	applet_name = applet->name;
	return finish(applet->main(argc, argv));
}

/* Links path to us. 0, or an error. */
static int install_link(const char *us, const struct stat *us_stat, const char *path, bool symbolic)
{
	struct stat there;

	if (lstat(path, &there) == 0) {
		/* A symbolic link is ours if it leads here, a file if it is the same inode. */
		if (stat(path, &there) < 0 || there.st_dev != us_stat->st_dev ||
		    there.st_ino != us_stat->st_ino)
			return ds_refuse(DS_EXIT_FAILED, "%s exists and is no link to %s", path,
					 us);
		if (unlink(path) < 0)
			return ds_fail("remove %s", path);
	} else if (errno != ENOENT) {
		return ds_fail("look at %s", path);
	}
	if (symbolic ? symlink(us, path) : link(us, path))
		return ds_fail("link %s to %s", path, us);
	return 0;
}

static int install(const char *dir, bool symbolic)
{
	char us[PATH_MAX], path[PATH_MAX];
	struct stat us_stat;
	int failed = 0;

	if (ds_try_file_resolve("/proc/self/exe", us) < 0 || stat(us, &us_stat) < 0) {
		ds_fail("find this program");
		return applet_fail();
	}
	for (const struct entry *e = entries; e->name; e++) {
		if (!is_command(e))
			continue;
		if (ds_str_fmt(path, sizeof(path), "%s/%s", dir, e->name) < 0 ||
		    install_link(us, &us_stat, path, symbolic) < 0) {
			applet_fail();
			failed++;
		}
	}
	if (failed)
		applet_warn("%d links could not be made", failed);
	return failed ? DS_EXIT_FAILED : DS_EXIT_OK;
}

static void print_list(bool with_summaries)
{
	for (const struct entry *e = entries; e->name; e++) {
		if (!is_command(e))
			continue;
		if (with_summaries)
			printf("  %-14s %s\n", short_name(e), applet_summary(applet_of(e)));
		else
			puts(e->name);
	}
}

static int help(const char *command)
{
	const struct entry *e = command ? find_entry(command) : NULL;
	int status;

	if (e && e->applet)
		return applet_help(applet_of(e));
	if (command && !is_builtin(command) && strcmp(command, "droidspaces") != 0)
		return refuse_command(command);
	status = applet_help(&applet_droidspaces);
	if (status == DS_EXIT_OK) {
		puts("\nCommands:");
		print_list(true);
	}
	return status;
}

static int run_builtin(const char *command, const struct options *o)
{
	if (!strcmp(command, "help"))
		return help(o->operands[1]);
	if (o->count > 1) {
		ds_refuse(DS_EXIT_USAGE, "too many operands: %s", o->operands[1]);
		return applet_fail();
	}
	if (!strcmp(command, "mode"))
		puts(CFG_DAEMON && ds_bridge_answers(o->workspace) ? "daemon" : "direct");
	else
		puts("v" DS_VERSION);
	return DS_EXIT_OK;
}

/* No command was found and the options are not ours: are they some applet's? Then what is wrong is
 * the command. */
static int refuse_words(int argc, char **argv)
{
	for (const struct entry *e = entries; e->name; e++) {
		int first = is_command(e) ? ds_opt_first_operand(&applet_of(e)->options, argc, argv)
					  : -1;

		if (first > 0 && first < argc && is_builtin(argv[first]))
			break;
		if (first > 0 && first < argc)
			return refuse_command(argv[first]);
		if (first == argc) {
			ds_refuse(DS_EXIT_USAGE, "no command given");
			ds_hint("try 'droidspaces --help'");
			return applet_fail();
		}
	}
	ds_opt_first_operand(&applet_droidspaces.options, argc, argv);
	if (!*ds_err_last()->hint)
		ds_hint("try 'droidspaces --help'");
	return applet_fail();
}

/* The words are ours: find_command() found no applet's name in them. */
int droidspaces_main(int argc, char **argv)
{
	struct options o = {0};

	if (argc < 2)
		return help(NULL);
	o.count = ds_opt_parse(&applet_droidspaces.options, 0, &o, argc, argv);
	o.operands = argv + 1;
	if (o.count < 0)
		return refuse_words(argc, argv);
	if (o.install && o.count == 1)
		return install(o.operands[0], o.symbolic);
	if (o.install) {
		ds_refuse(DS_EXIT_USAGE, "--install takes one directory");
		return applet_fail();
	}
	if (o.count > 0 && is_builtin(o.operands[0]))
		return run_builtin(o.operands[0], &o);
	if (o.count > 0)
		return refuse_command(o.operands[0]);
	if (o.help)
		return help(NULL);
	if (o.version)
		return run_builtin("version", &o);
	if (o.list) {
		print_list(false);
		return DS_EXIT_OK;
	}
	ds_refuse(DS_EXIT_USAGE, "no command given");
	ds_hint("try 'droidspaces --help'");
	return applet_fail();
}

/* Which word is the command: the first that names an applet and is an operand, not the value of an
 * option, when the words before it are read as options of that applet. Where those words are
 * options of no applet, the first that may be meant gets to say what is wrong with them. */
static const struct applet *find_command(int argc, char **argv, int *at)
{
	const struct applet *meant = NULL;

	for (int i = 1; i < argc; i++) {
		const struct entry *e = find_entry(argv[i]);
		int first;

		if (!e || !e->applet) {
			/* An operand that is not a command ends the search: it is the command. */
			if (ds_opt_first_operand(&applet_droidspaces.options, i + 1, argv) == i)
				break;
			continue;
		}
		first = ds_opt_first_operand(&applet_of(e)->options, i + 1, argv);
		if (first == i || (first < 0 && !meant)) {
			meant = e->applet;
			*at = i;
		}
		if (first == i)
			break;
	}
	return meant;
}

int main(int argc, char **argv)
{
	const struct applet *applet;
	const struct entry *e;
	char nothing[] = "droidspaces", *no_words[] = {nothing, NULL};
	const char *base;
	char *word;
	int at = 0;

	/* execve allows an empty argv (Linux before 5.18). */
	if (argc < 1 || !argv[0]) {
		argc = 1;
		argv = no_words;
	}
	/* Where a caller ignores it no wait ends with a child's status, neither ours nor a monitor's. */
	signal(SIGCHLD, SIG_DFL);
	base = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
	e = find_entry(base);
	if (ds_str_has_prefix(base, "ds-") || (e && e->applet && e->in_guest)) {
		return e && e->applet ? run_applet(applet_of(e), argc, argv) : refuse_command(base);
	}
	applet = find_command(argc, argv, &at);
	if (!applet)
		return run_applet(&applet_droidspaces, argc, argv);
	/* Bring the command's name before the options that preceded it. */
	word = argv[at];
	memmove(&argv[2], &argv[1], (at - 1) * sizeof(*argv));
	argv[1] = word;
	return run_applet(applet, argc - 1, argv + 1);
}
