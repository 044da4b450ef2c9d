// SPDX-License-Identifier: GPL-3.0-or-later
/* undo - the journal: what is promised is undone, backwards, once, and on the right boot. */
#include <errno.h>

#include "claim.h"
#include "libds/host/proc.h"
#include "libds/host/undo.h"
#include "libds/host/workspace.h"

static char done[4096]; /* what the verbs were called with */
static bool refuse;

static int note(const char *const args[DS_UNDO_ARGS])
{
	snprintf(done + strlen(done), sizeof(done) - strlen(done), "[%s|%s|%s|%s]", args[0],
		 args[1], args[2], args[3]);
	return 0;
}

static int stubborn(const char *const args[DS_UNDO_ARGS])
{
	note(args);
	errno = EBUSY;
	return refuse ? ds_fail("undo %s", args[0]) : 0;
}

static int counted;

static int count(const char *const args[DS_UNDO_ARGS])
{
	counted += *args[0] == 'x';
	return 0;
}

static const struct ds_undo_verb verbs[] = {
	{"count", false, count},       {"note", false, note}, {"kept", true, note},
	{"stubborn", false, stubborn}, {NULL, false, NULL},
};

static char journal[PATH_MAX];

static const char *replayed(void)
{
	*done = 0;
	ds_undo_replay("web", verbs);
	return done;
}

static void order_and_escapes(void)
{
	{
		auto_undo undo = DS_UNDO_CLOSED;

		MUST(ds_undo_open(&undo, "web", verbs) == 0);
		MUST(ds_undo_promise(&undo, "note", "1", NULL) == 0);
		MUST(ds_undo_promise(&undo, "note", "a b", "c\nd", "", "\\040", NULL) == 0);
		MUST(ds_undo_promise(&undo, "note", "tab\t", NULL) == 0);
		CLAIM("an unknown promise is refused", ds_undo_promise(&undo, "x", NULL) < 0);
		CLAIM("a journal is not opened twice", ({
			      struct ds_undo second = DS_UNDO_CLOSED;

			      ds_undo_open(&second, "web", verbs) == -EEXIST;
		      }));
		CLAIM("a second opener leaves the first one's journal", access(journal, F_OK) == 0);
	}
	CLAIM("leaving the scope undoes backwards, arguments as they were",
	      !strcmp(done, "[tab\t|||][a b|c\nd||\\040][1|||]"));
	CLAIM("what is undone leaves no journal", access(journal, F_OK) < 0);
	CLAIM("no journal, nothing to undo", ds_undo_replay("web", verbs) == 0);
}

static void disarmed(void)
{
	*done = 0;
	{
		auto_undo undo = DS_UNDO_CLOSED;

		MUST(ds_undo_open(&undo, "web", verbs) == 0);
		MUST(ds_undo_promise(&undo, "note", "1", NULL) == 0);
		CLAIM("undoing now keeps the journal open for more",
		      ds_undo_now(&undo) == 0 && !strcmp(done, "[1|||]") &&
			      ds_undo_promise(&undo, "note", "2", NULL) == 0);
		undo.armed = false;
	}
	CLAIM("a disarmed journal waits for its replay",
	      !strcmp(done, "[1|||]") && !strcmp(replayed(), "[2|||]"));
}

static void full(void)
{
	char arg[4000] = "";
	int promised = 0;

	memset(arg, 'x', sizeof(arg) - 1);
	{
		auto_undo undo = DS_UNDO_CLOSED;

		MUST(ds_undo_open(&undo, "web", verbs) == 0);
		while (promised < 1000 && ds_undo_promise(&undo, "count", arg, NULL) == 0)
			promised++;
		CLAIM("a promise that could not be read back is refused",
		      promised > 100 && promised < 1000);
	}
	CLAIM("then all that were made are kept", counted == promised && access(journal, F_OK) < 0);
}

static void partly(void)
{
	struct ds_undo undo = DS_UNDO_CLOSED;
	int mark;

	*done = 0;
	MUST(ds_undo_open(&undo, "web", verbs) == 0);
	MUST(ds_undo_promise(&undo, "kept", "image", NULL) == 0);
	mark = ds_undo_mark(&undo);
	MUST(ds_undo_promise(&undo, "note", "1", NULL) == 0);
	CLAIM("back to a mark undoes what came after it",
	      ds_undo_back(&undo, mark) == 0 && !strcmp(done, "[1|||]"));
	MUST(ds_undo_promise(&undo, "note", "2", NULL) == 0);
	ds_undo_leave(&undo);
	ds_undo_auto(&undo);
	CLAIM("what is left is not undone", !strcmp(done, "[1|||]") && access(journal, F_OK) == 0);
	CLAIM("it is not adopted for a verb that it does not have",
	      ds_undo_try_adopt(&undo, "web", verbs, "stubborn", &mark) == -ENOENT);
	CLAIM("it is adopted up to the last line of a verb",
	      ds_undo_try_adopt(&undo, "web", verbs, "kept", &mark) == 0 && mark == 2);
	CLAIM("and goes back to there",
	      ds_undo_back(&undo, mark) == 0 && !strcmp(done, "[1|||][2|||]"));
	MUST(ds_undo_promise(&undo, "note", "3", NULL) == 0);
	ds_undo_auto(&undo);
	CLAIM("then all of it is undone as ever",
	      !strcmp(done, "[1|||][2|||][3|||][image|||]") && access(journal, F_OK) < 0);
	CLAIM("no journal, none to adopt",
	      ds_undo_try_adopt(&undo, "web", verbs, "kept", &mark) == -ENOENT);
}

static void removed(void)
{
	*done = 0;
	{
		auto_undo undo = DS_UNDO_CLOSED;

		MUST(ds_undo_open(&undo, "web", verbs) == 0);
		MUST(ds_undo_promise(&undo, "note", "1", NULL) == 0);
		MUST(unlink(journal) == 0);
	}
	CLAIM("a journal that somebody removed is undone by who has it open",
	      !strcmp(done, "[1|||]") && access(journal, F_OK) < 0);
}

static void failures(const char *boot)
{
	char text[512];

	snprintf(text, sizeof(text), "boot %s\nnote 1\nstubborn 2\nnote 3\n", boot);
	put(journal, text);
	refuse = true;
	*done = 0;
	CLAIM("what cannot be undone is told, the rest is undone",
	      ds_undo_replay("web", verbs) == -EBUSY && !strcmp(done, "[3|||][2|||][1|||]"));
	snprintf(text, sizeof(text), "boot %s\nstubborn 2\n", boot);
	CLAIM("and only that stays in the journal", is(journal, text));
	refuse = false;
	CLAIM("the next attempt finishes",
	      !strcmp(replayed(), "[2|||]") && access(journal, F_OK) < 0);

	snprintf(text, sizeof(text), "boot %s\nnote 1\nsince_version_9 x\n\nnote 2", boot);
	put(journal, text);
	CLAIM("a line that was cut off by a crash was no promise yet",
	      !strcmp(replayed(), "[1|||]"));
	CLAIM("a verb that is not built in is kept", strstr(get(journal), "since_version_9 x\n"));
	MUST(unlink(journal) == 0);
}

static void other_boots(void)
{
	static const char dead[] = "boot 00000000-0000-0000-0000-000000000000\n";
	char text[512];

	snprintf(text, sizeof(text), "%snote 1\nkept 2\n", dead);
	put(journal, text);
	CLAIM("of another boot only what survives one is undone",
	      !strcmp(replayed(), "[2|||]") && access(journal, F_OK) < 0);
	put(journal, "");
	CLAIM("an empty journal is removed", !*replayed() && access(journal, F_OK) < 0);
	put(journal, "note 1\nnote 2\n");
	CLAIM("a journal without its boot is that of another one", !*replayed());
}

static void identity(void)
{
	struct ds_proc_id id;
	char *field, *stat;

	MUST(ds_try_proc_identify(getpid(), &id) == 0);
	stat = (char *)get("/proc/self/stat");
	field = strrchr(stat, ')') + 2;
	for (int i = 3; i < 22; i++)
		field = strchr(field, ' ') + 1;
	CLAIM("a process's start is field 22 of its stat", id.start == strtoull(field, NULL, 10));
	CLAIM("I am alive", ds_proc_is_alive(&id));
	id.start++;
	CLAIM("who has my pid but not my start is someone else", !ds_proc_is_alive(&id));
}

int main(int argc, char **argv)
{
	char boot[DS_BOOT_ID_LEN + 1];

	MUST(argc == 2 && ds_workspace_choose(argv[1]) == 0 && ds_workspace_create() == 0);
	MUST(ds_proc_boot_id(boot) == 0);
	MUST(ds_workspace_path(journal, sizeof(journal), DS_WS_JOURNAL, "web") == 0);
	order_and_escapes();
	disarmed();
	full();
	partly();
	removed();
	failures(boot);
	other_boots();
	identity();
	return 0;
}
