// SPDX-License-Identifier: GPL-3.0-or-later
/* fakeroot - see fakeroot.h. */
#include "libds/host/fakeroot.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/tool.h"

/* A cat in the session keeps it open until its input ends. The job in the background has lost our
 * input (POSIX gives it /dev/null), hence 9. */
static const char holder[] DS_TEXT_SECTION(__COUNTER__) =
	"exec 9<&0; fakeroot -- sh -c '"
	"printf \"%s\\n\" \"FAKEROOTKEY=$FAKEROOTKEY\" \"LD_LIBRARY_PATH=$LD_LIBRARY_PATH\" "
	"\"LD_PRELOAD=$LD_PRELOAD\" .; exec cat >/dev/null 2>&1' <&9 9<&- &";

/* Read up to the line that is the last; fakeroot itself holds the pipe open beyond it. */
static int read_variables(int fd, char *text, size_t size)
{
	size_t len = 0;

	text[0] = 0;
	while (!ds_str_has_suffix(text, "\n.\n")) {
		ssize_t got = read(fd, text + len, size - 1 - len);

		if (got <= 0)
			return ds_refuse(DS_EXIT_FAILED, "fakeroot does not start");
		len += (size_t)got;
		text[len] = 0;
	}
	return 0;
}

static int set_variables(char *text)
{
	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value++ = 0;
		if (setenv(line, value, 1) < 0)
			return ds_fail("set %s", line);
	}
	return 0;
}

int ds_fakeroot_begin(void)
{
	struct ds_tool tool = DS_TOOL("sh", "-c", holder);
	auto_fd input = -1, hold = -1, output = -1, answer = -1;
	char path[PATH_MAX], text[4096];
	int in[2], out[2], err;

	if (ds_tool_find("fakeroot", path, sizeof(path)) < 0) {
		ds_refuse(DS_EXIT_UNSUPPORTED,
			  "only root can keep owners and devices, and fakeroot "
			  "is not installed");
		ds_hint("install the package fakeroot, or run it with sudo or su");
		return -ds_err_last()->code;
	}
	if (pipe2(in, O_CLOEXEC) < 0)
		return ds_fail("start fakeroot");
	input = in[0];
	hold = in[1];
	if (pipe2(out, O_CLOEXEC) < 0)
		return ds_fail("start fakeroot");
	answer = out[0];
	output = out[1];
	tool.stdin_fd = input;
	tool.stdout_fd = output;
	err = ds_texts_need();
	if (!err)
		err = ds_tool_do(&tool);
	if (err < 0)
		return err;
	close_fd(&output);
	close_fd(&input);
	err = read_variables(answer, text, sizeof(text));
	if (!err)
		err = set_variables(text);
	return err < 0 ? err : take_fd(&hold);
}
