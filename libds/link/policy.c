// SPDX-License-Identifier: GPL-3.0-or-later
/* policy - see policy.h. */
#include "libds/link/policy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "libds/core/err.h"
#include "libds/core/str.h"

#define KEY "link."
#define EXEC KEY "exec."
#define URI_MAX 8192 /* bytes */
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

const char *const ds_link_words[DS_CANS] = {"notify", "xdg_open", "clipboard", "host_exec"};

/* Scripts of the page that is open, the host's files, and pages out of nothing. */
static const char never[] = "file javascript data";
static const char usual[] = "http https mailto geo tel";

const char *ds_policy_get(const struct ds_policy *policy, const char *key)
{
	char name[64];

	snprintf(name, sizeof(name), KEY "%s", key);
	return ds_conf_get(policy->conf, name);
}

static int read_words(struct ds_policy *policy, const char *list)
{
	while (*list) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < DS_CANS && (strlen(ds_link_words[i]) != len ||
				       memcmp(ds_link_words[i], list, len) != 0))
			i++;
		if (len && i == DS_CANS) {
			int err = ds_refuse(DS_EXIT_USAGE, "integrate: unknown word '%.*s'",
					    (int)(len < 40 ? len : 40), list);

			ds_hint("it takes notify, xdg_open, clipboard, host_exec");
			return err;
		}
		if (len)
			policy->can |= 1U << i;
		list += len + (list[len] == ',');
	}
	return 0;
}

/* The alias of a line "link.exec.ALIAS=/path" and where its "=" is; NULL: it is none. */
static const char *alias_of(const char *line, const char **equals)
{
	*equals = strchr(line, '=');
	return *equals && ds_str_has_prefix(line, EXEC) ? line + strlen(EXEC) : NULL;
}

static int check_aliases(const struct ds_conf *conf)
{
	for (size_t i = 0; i < conf->count; i++) {
		const char *line = conf->lines[i] + strspn(conf->lines[i], " \t"), *equals;
		const char *alias = alias_of(line, &equals);

		if (!alias)
			continue;
		if (alias == equals || memchr(alias, '/', (size_t)(equals - alias)))
			return ds_refuse(DS_EXIT_USAGE, "%.*s: no name for a command",
					 (int)(equals - line), line);
		if (equals[1 + strspn(equals + 1, " \t")] != '/')
			return ds_refuse(DS_EXIT_USAGE, "%.80s: not an absolute path", line);
	}
	return 0;
}

int ds_policy_read(struct ds_policy *policy, const char *container, const char *integrate,
		   const struct ds_conf *conf)
{
	const char *commands[] = {"notify", "xdg_open", "clipboard_set", "clipboard_get"};
	const char *idle, *schemes, *next;
	long long seconds = DS_LINK_IDLE;
	int err;

	*policy = (struct ds_policy){.container = container, .conf = conf};
	err = read_words(policy, integrate);
	if (err < 0 || !policy->can)
		return err;
	idle = ds_policy_get(policy, "idle_timeout");
	if (idle && ds_try_number(idle, 0, 86400 * 7, &seconds) < 0)
		return ds_refuse(DS_EXIT_USAGE, KEY "idle_timeout %.20s: not a number of seconds",
				 idle);
	policy->idle_s = (int)seconds;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		const char *command = ds_policy_get(policy, commands[i]);

		if (command && command[0] != '/')
			return ds_refuse(DS_EXIT_USAGE, KEY "%s %.80s: not an absolute path",
					 commands[i], command);
	}
	schemes = ds_policy_get(policy, "uri_schemes");
	for (next = schemes ? schemes : ""; *next; next += *next == ',') {
		size_t len = strcspn(next, ",");
		char scheme[32];

		snprintf(scheme, sizeof(scheme), "%.*s", (int)(len < 31 ? len : 31), next);
		for (char *c = scheme; *c; c++)
			*c |= *c >= 'A' && *c <= 'Z' ? 0x20 : 0;
		if (ds_str_has_word(never, scheme))
			return ds_refuse(DS_EXIT_USAGE, KEY "uri_schemes: never %s", scheme);
		next += len;
	}
	return check_aliases(conf);
}

/* A mail program takes the host's files by other fields ("attach"). */
static int check_mail(const char *uri)
{
	static const char fields[] = "to cc bcc subject body in-reply-to";
	const char *field = strpbrk(uri, "?&"); /* some programs part fields by & alone */

	while (field) {
		char name[16];
		size_t len = strcspn(++field, "=&");

		snprintf(name, sizeof(name), "%.*s", (int)(len < 15 ? len : 15), field);
		for (char *c = name; *c; c++)
			*c |= *c >= 'A' && *c <= 'Z' ? 0x20 : 0;
		if (!ds_str_has_word(fields, name))
			return ds_refuse(DS_EXIT_FAILED,
					 "mailto: with the field '%s' is not opened", name);
		field = strchr(field, '&');
	}
	return 0;
}

int ds_policy_uri(const struct ds_policy *policy, const char *uri)
{
	const char *more = ds_policy_get(policy, "uri_schemes");
	size_t len = strspn(uri, LETTERS "0123456789+.-");
	char scheme[32];

	if (strlen(uri) > URI_MAX || !ds_str_is_printable(uri) || strchr(uri, ' '))
		return ds_refuse(DS_EXIT_FAILED, "not a URI: too long, or with blanks or controls");
	if (!len || len >= sizeof(scheme) || uri[len] != ':' || !strchr(LETTERS, uri[0]))
		return ds_refuse(DS_EXIT_FAILED, "not a URI: no scheme before a colon");
	for (size_t i = 0; i <= len; i++)
		scheme[i] =
			(char)(i == len ? 0 : uri[i] | (uri[i] >= 'A' && uri[i] <= 'Z' ? 0x20 : 0));
	if (!ds_str_has_word(usual, scheme) &&
	    (!more || !ds_str_has_word(more, scheme) || ds_str_has_word(never, scheme)))
		return ds_refuse(DS_EXIT_FAILED, "%s: is not opened; allowed: %s%s%s", scheme,
				 usual, more ? " " : "", more ? more : "");
	return strcmp(scheme, "mailto") == 0 ? check_mail(uri) : 0;
}

/* Their names, for a person. */
static const char *list_aliases(const struct ds_conf *conf, char *list, size_t size)
{
	size_t len = 0;

	snprintf(list, size, "none");
	for (size_t i = 0; i < conf->count; i++) {
		const char *line = conf->lines[i] + strspn(conf->lines[i], " \t"), *equals;
		const char *alias = alias_of(line, &equals);

		if (!alias || len + (size_t)(equals - alias) + 3 > size)
			continue;
		len += (size_t)snprintf(list + len, size - len, "%s%.*s", len ? ", " : "",
					(int)(equals - alias), alias);
		while (list[len - 1] == ' ' || list[len - 1] == '\t')
			list[--len] = 0;
	}
	return list;
}

const char *ds_policy_command(const struct ds_policy *policy, const char *alias)
{
	char key[128], list[200];
	const char *path = NULL;

	if (*alias && !strchr(alias, '/') &&
	    (size_t)snprintf(key, sizeof(key), EXEC "%s", alias) < sizeof(key))
		path = ds_conf_get(policy->conf, key);
	if (path && *path != '/')
		path = NULL;
	if (!path)
		ds_refuse(DS_EXIT_FAILED, "command '%.80s' is not allowed; allowed: %s", alias,
			  list_aliases(policy->conf, list, sizeof(list)));
	return path;
}

/* Such an option has programs run, files read or hosts spoken to by who is told. getopt_long(3) takes the
 * beginning of a name for the name, and a program may have more that begin like it. */
static bool is_dangerous(const char *word)
{
	static const char *const names[] = {"exec-path", "config", "plugin",
					    "load",      "module", "remote"};
	size_t len;

	if (word[0] != '-' || !word[1])
		return false;
	if (word[1] != '-')
		return memchr(word + 1, 'o', strspn(word + 1, LETTERS)) != NULL;
	word += 2;
	len = strcspn(word, "=");
	for (size_t i = 0; len && i < sizeof(names) / sizeof(*names); i++) {
		if (strncmp(word, names[i], len) == 0 ||
		    (i != sizeof(names) / sizeof(*names) - 1 && ds_str_has_prefix(word, names[i])))
			return true;
	}
	return false;
}

int ds_policy_argument(const struct ds_policy *policy, const char *word)
{
	const char *why = NULL, *value = strchr(word, '=');
	char list[200];

	if (strpbrk(word, ";|&$`"))
		why = "has a character of the shell's";
	else if (is_dangerous(word))
		why = "is an option that is not passed on";
	else if (word[0] == '/' || (value && value[1] == '/'))
		why = "is a path in the guest, which is another on the host";
	if (!why)
		return 0;
	return ds_refuse(DS_EXIT_FAILED, "argument '%.80s' %s; allowed commands: %s", word, why,
			 list_aliases(policy->conf, list, sizeof(list)));
}
