// SPDX-License-Identifier: GPL-3.0-or-later
/* androiddns - see androiddns.h. */
#include "libds/kernel/androiddns.h"

#include <string.h>

#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/androidcmd.h"
#include "libds/kernel/net.h"

#define SERVER_MAX 64 /* bytes of an address, with its interface */

const char *ds_android_dns(void)
{
	static char list[4 * SERVER_MAX];

	if (!ds_android_runs())
		return "";
	*list = 0;
	for (int i = 1; i <= 4; i++) {
		char name[] = "net.dns1", server[SERVER_MAX];
		size_t used = strlen(list);

		name[7] = (char)('0' + i);
		if (ds_androidcmd_prop(name, server, sizeof(server)) < 0 || !*server)
			break;
		/* Whoever may set properties must not be able to make a start fail. */
		if (ds_net_check_dns(server) == 0)
			ds_str_fmt(list + used, sizeof(list) - used, "%s%s", used ? "," : "",
				   server);
	}
	ds_err_clear();
	return list;
}
