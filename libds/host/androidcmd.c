// SPDX-License-Identifier: GPL-3.0-or-later
/* androidcmd - see androidcmd.h. */
#include "libds/host/androidcmd.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/clock.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/tool.h"

#define BIN "/system/bin/"
#define IDLE "deviceidle/"
#define UNSET "null"
#define STUCK_MS 30000 /* for which none is asked after one that did not answer */

bool ds_android_runs(void)
{
	return access(BIN "app_process", F_OK) == 0;
}

bool ds_androidcmd_is_kept(const char *path)
{
	return path[0] != '/' && !ds_str_has_prefix(path, IDLE);
}

/* When its time is up, ctx is where that stands. */
static void end_late(const struct ds_tool *tool, pid_t pid)
{
	long long *ends = tool->ctx;

	if (ds_now_ms() < *ends)
		return;
	*ends = 0;
	kill(-pid, SIGKILL);
}

static int run(const char *const *argv, char *out, size_t size)
{
	static long long stuck_until;
	long long ends = ds_now_ms() + DS_ANDROIDCMD_MS;
	struct ds_tool tool = DS_TOOL_ARGV(argv);
	int status;

	tool.out = out;
	tool.out_size = size;
	tool.tick = end_late;
	tool.ctx = &ends;
	if (access(argv[0], X_OK) < 0)
		return ds_fail("%s", argv[0]);
	if (ds_now_ms() < stuck_until)
		return ds_fail_with(ETIMEDOUT, "%s %s", argv[0], argv[1]);
	status = ds_tool_run(&tool);
	ds_str_trim_end(out);
	if (!ends) {
		stuck_until = ds_now_ms() + STUCK_MS;
		return ds_fail_with(ETIMEDOUT, "%s %s", argv[0], argv[1]);
	}
	return status ? ds_tool_failed(&tool, status) : 0;
}

int ds_androidcmd_prop(const char *name, char *value, size_t size)
{
	return run((const char *const[]){BIN "getprop", name, NULL}, value, size);
}

/* Run cmd for the path; value NULL asks for it. */
static int ask(const char *path, const char *value, char *out, size_t size)
{
	const char *argv[7] = {BIN "cmd"};
	char words[128], *next = words;
	bool is_idle = ds_str_has_prefix(path, IDLE), is_unset = value && !strcmp(value, UNSET);
	int count = 3, err = ds_str_copy(words, sizeof(words), path);

	if (err < 0)
		return err;
	argv[1] = strsep(&next, "/");
	if (is_idle)
		argv[2] = !value ? "enabled" : *value == '0' ? "disable" : "enable";
	else
		argv[2] = !value ? "get" : is_unset ? "delete" : "put";
	while (next && count < 5)
		argv[count++] = strsep(&next, "/");
	if (value && !is_idle && !is_unset)
		argv[count] = value;
	return run(argv, out, size);
}

int ds_androidcmd_read(const char *path, char *value, size_t size)
{
	return ask(path, NULL, value, size);
}

int ds_androidcmd_write(const char *path, const char *value)
{
	char said[512];

	return ask(path, value, said, sizeof(said));
}
