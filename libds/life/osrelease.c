// SPDX-License-Identifier: GPL-3.0-or-later
/* osrelease - see osrelease.h. */
#include "libds/life/osrelease.h"

#include <stddef.h>
#include <string.h>

#include "libds/core/conf.h"
#include "libds/core/str.h"
#include "libds/kernel/tree.h"

/* The value as a shell would read it: os-release(5) allows quotes and, within double ones, escapes
 * by backslash. Nothing is expanded. */
static void unquote(char *to, size_t size, const char *value)
{
	char quote = *value == '"' || *value == '\'' ? *value++ : 0;
	size_t used = 0;

	while (*value && *value != quote && used + 1 < size) {
		if (*value == '\\' && quote != '\'' && value[1])
			value++;
		to[used++] = *value++;
	}
	to[used] = 0;
}

static void copy(char *to, size_t size, const struct ds_conf *conf, const char *key)
{
	const char *value = ds_conf_get(conf, key);

	unquote(to, size, value ? value : "");
}

int ds_try_os_release(int root_fd, struct ds_os_release *os)
{
	char text[8192];
	auto_conf conf = {0};
	int err;
	ssize_t len = ds_try_tree_read(root_fd, "etc/os-release", text, sizeof(text));

	*os = (struct ds_os_release){0};
	if (len < 0)
		len = ds_try_tree_read(root_fd, "usr/lib/os-release", text, sizeof(text));
	if (len < 0)
		return (int)len;
	err = ds_conf_parse(&conf, text);
	if (err < 0)
		return err;
	copy(os->id, sizeof(os->id), &conf, "ID");
	copy(os->version_id, sizeof(os->version_id), &conf, "VERSION_ID");
	copy(os->pretty_name, sizeof(os->pretty_name), &conf, "PRETTY_NAME");
	return 0;
}
