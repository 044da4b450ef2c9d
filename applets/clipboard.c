// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-clipboard - copy to and paste from the host's clipboard, from a container
 *
 * usage: ds-clipboard set
 *        ds-clipboard get
 *
 * "set" takes standard input, 1 MiB at most; "get" prints what the clipboard holds.
 *
 * exit status: 0 done, 1 failed, 2 usage, 6 the host does not accept it
 *
 * example: ds-clipboard set <notes.txt
 *
 * config GUEST_CLIPBOARD
 *	bool "ds-clipboard, in containers"
 *	default y
 *	depends on GUEST
 *	help
 *	  Copies to and pastes from the host's clipboard.
 */
#define OPTIONS(X)

#include "applets/applet.h"
APPLET_IN_GUEST(clipboard, 0)
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/file.h"
#include "libds/link/guestlink.h"

enum {
	ANSWER_MS = 60000, /* for the host's command */
	TEXT_MAX = 1 << 20 /* bytes, as the host takes them */
};

/* All of standard input, to be freed; its length, or an error. */
static ssize_t read_input(char **input)
{
	size_t room = 4096, have = 0;
	auto_free char *text = malloc(room);

	for (;;) {
		ssize_t got = text ? ds_try_read_full(STDIN_FILENO, text + have, room - have) : -1;
		char *grown;

		if (got < 0)
			return ds_fail("read standard input");
		have += (size_t)got;
		if (have > TEXT_MAX)
			return ds_fail_with(EMSGSIZE, "read standard input");
		if (have < room)
			break;
		room *= 2;
		grown = realloc(text, room);
		free(grown ? NULL : take_ptr(text));
		text = grown;
	}
	*input = take_ptr(text);
	return (ssize_t)have;
}

static int set(struct ds_guestlink *link)
{
	auto_builder builder = {0};
	auto_message answer = {0};
	auto_free char *text = NULL;
	ssize_t len = read_input(&text);
	int err = len < 0 ? (int)len : ds_build(&builder, "clipboard_set");

	if (err < 0)
		return err;
	ds_build_data(&builder, "text", text, (size_t)len);
	return ds_guestlink_ask(link, &builder, &answer, "done", ANSWER_MS);
}

static int get(struct ds_guestlink *link)
{
	auto_builder builder = {0};
	auto_message answer = {0};
	ssize_t len;
	char *text;
	int err = ds_build(&builder, "clipboard_get");

	if (!err)
		err = ds_guestlink_ask(link, &builder, &answer, "clipboard_data", ANSWER_MS);
	if (err < 0)
		return err;
	len = ds_message_data(&answer, "text", &text);
	if (len < 0)
		return ds_refuse(DS_EXIT_FAILED, "the host sent no text");
	fwrite(text, 1, (size_t)len, stdout);
	return 0;
}

int clipboard_main(int argc, char **argv)
{
	struct options o = {0};
	auto_guestlink link = {.fd = -1, .busy_fd = -1};
	bool is_get;

	if (!parse(&o, argc, argv, 1, 1))
		return o.status;
	is_get = strcmp(o.operands[0], "get") == 0;
	if (!is_get && strcmp(o.operands[0], "set") != 0) {
		ds_refuse(DS_EXIT_USAGE, "either set or get, not %s", o.operands[0]);
		return applet_fail();
	}
	if (ds_guestlink_open_for(&link, DS_CLIPBOARD) < 0 ||
	    (is_get ? get(&link) : set(&link)) < 0)
		return applet_fail();
	return DS_EXIT_OK;
}
