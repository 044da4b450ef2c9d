// SPDX-License-Identifier: GPL-3.0-or-later
/* logwriter - write a console's log as a monitor does
 *
 * usage: logwriter [-b] NAME LIMIT <output
 *
 * In the workspace $DS_WORKSPACE, limit in bytes a file; with -b a boot comes first. What one read(2)
 * gets is one chunk. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libds/host/workspace.h"
#include "libds/life/conlog.h"

int main(int argc, char **argv)
{
	bool boots = argc > 1 && strcmp(argv[1], "-b") == 0;
	struct ds_conlog log;
	char buf[4096];
	ssize_t got;

	argv += boots;
	if (argc != 3 + boots || ds_workspace_choose(NULL) < 0)
		return 2;
	ds_conlog_open(&log, argv[1], atoll(argv[2]));
	if (boots)
		ds_conlog_boot(&log);
	while ((got = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		ds_conlog_write(&log, buf, (size_t)got);
	return 0;
}
