// SPDX-License-Identifier: GPL-3.0-or-later
/* xdg-open - open a link on the host, from a container
 *
 * usage: xdg-open URI
 *
 * The host opens what it allows: http, https, mailto, geo and tel, and what its configuration adds. It
 * sees no files of the container.
 *
 * exit status: 0 done, 1 usage, 2 a file that is not there, 3 no link to the host, 4 it refused or
 * failed
 *
 * example: xdg-open https://www.debian.org/
 *
 * config GUEST_XDG_OPEN
 *	bool "xdg-open, in containers"
 *	default y
 *	depends on GUEST
 *	help
 *	  Opens links in the host's browser.
 */
#define OPTIONS(X) X(FLAG, version, 0, "version", 0, ALWAYS, "print the version")

#include "applets/applet.h"
APPLET_IN_GUEST(xdg_open, 0)
#include <unistd.h>

#include "gen/version.h"
#include "libds/link/guestlink.h"

/* What the real one ends with. */
enum { MISUSED = 1, MISSING = 2, NO_HOST = 3, FAILED = 4 };

enum { ANSWER_MS = 60000 }; /* for the host's command */

static int ask(struct ds_guestlink *link, const char *uri)
{
	auto_builder builder = {0};
	auto_message answer = {0};
	int err = ds_build(&builder, "xdg_open");

	if (err < 0)
		return err;
	ds_json_string(&builder.json, "uri", uri);
	return ds_guestlink_ask(link, &builder, &answer, "done", ANSWER_MS);
}

int xdg_open_main(int argc, char **argv)
{
	struct options o = {0};
	auto_guestlink link = {.fd = -1, .busy_fd = -1};

	if (!parse(&o, argc, argv, 0, 1))
		return o.status ? MISUSED : 0;
	if (o.version) {
		puts("xdg-open of droidspaces " DS_VERSION);
		return 0;
	}
	if (!o.count) {
		ds_refuse(DS_EXIT_USAGE, "an operand is missing");
		applet_fail();
		return MISUSED;
	}
	if (ds_guestlink_open_for(&link, DS_XDG_OPEN) < 0) {
		applet_fail();
		return NO_HOST;
	}
	if (ask(&link, o.operands[0]) < 0) {
		applet_fail();
		return FAILED;
	}
	return 0;
}
