// SPDX-License-Identifier: GPL-3.0-or-later
/* report - see report.h. */
#include "applets/report.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applets/applet.h"
#include "applets/pairs.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/life/limits.h"

enum { KEY_MAX = 40, VALUE_MAX = 4096, LABEL_WIDTH = 14 };

int report_choose(struct report *report, bool json, bool pairs)
{
	*report = (struct report){.json.out = stdout};
	if (json && pairs)
		return ds_refuse(DS_EXIT_USAGE, "--json and --format exclude each other");
	report->format = json ? REPORT_JSON : pairs ? REPORT_PAIRS : REPORT_TEXT;
	return 0;
}

void report_begin(struct report *report, const char *key)
{
	if (report->format == REPORT_JSON)
		ds_json_open(&report->json, key, '{');
}

void report_end(struct report *report)
{
	if (report->format == REPORT_JSON)
		ds_json_close(&report->json, '}');
}

static void put_pair(const char *key, const char *value)
{
	char upper[KEY_MAX];
	size_t i;

	for (i = 0; key[i] && i + 1 < sizeof(upper); i++)
		upper[i] = (char)toupper((unsigned char)key[i]);
	upper[i] = 0;
	pair_string(upper, value);
}

static void put_line(const char *key, const char *value)
{
	char shown[VALUE_MAX];
	int width = LABEL_WIDTH - (int)strlen(key) - 1;

	for (; *key; key++)
		putchar(*key == '_' ? ' ' : *key);
	printf(":%*s%s\n", width > 1 ? width : 1, "",
	       ds_str_printable(shown, sizeof(shown), value));
}

static void put_text(const struct report *report, const char *key, const char *value)
{
	if (report->format == REPORT_PAIRS)
		put_pair(key, value);
	else
		put_line(key, value);
}

void report_string(struct report *report, const char *key, const char *value)
{
	if (report->format == REPORT_JSON)
		ds_json_string(&report->json, key, *value ? value : NULL);
	else if (*value || report->format == REPORT_PAIRS)
		put_text(report, key, value);
}

void report_number(struct report *report, const char *key, long long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", value);
	if (report->format == REPORT_JSON)
		ds_json_number(&report->json, key, value);
	else
		put_text(report, key, text);
}

void report_flag(struct report *report, const char *key, bool value)
{
	if (report->format == REPORT_JSON)
		ds_json_bool(&report->json, key, value);
	else if (report->format == REPORT_PAIRS)
		put_text(report, key, value ? "1" : "0");
	else
		put_text(report, key, value ? "yes" : "no");
}

/* For a person: bytes as a size, CPU time as a number of CPUs, of which the period is a part. */
static void put_limit(const struct ds_container *c, enum ds_limit limit, long long value)
{
	char text[DS_LIMIT_TEXT];
	long long percent;

	if (limit == DS_LIMIT_MEMORY || limit == DS_LIMIT_SWAP) {
		put_line(ds_limit_key(limit), ds_size_text(text, (uint64_t)value));
	} else if (limit == DS_LIMIT_QUOTA) {
		ds_limit_in_force(c, DS_LIMIT_PERIOD, text);
		percent = value * 100 / (long long)(ds_str_digits(text, 10, NULL) | !*text);
		snprintf(text, sizeof(text), "%lld.%02lld", percent / 100, percent % 100);
		put_line("cpus", text);
	} else if (limit != DS_LIMIT_PERIOD) {
		snprintf(text, sizeof(text), "%lld", value);
		put_line(ds_limit_key(limit), text);
	}
}

void report_limits(struct report *report, const struct ds_container *c)
{
	char text[DS_LIMIT_TEXT];

	for (enum ds_limit i = 0; i < DS_LIMITS; i++) {
		bool is_set = ds_limit_in_force(c, i, text);
		long long value = (long long)ds_str_digits(text, 10, NULL);

		if (i == DS_LIMIT_CPUSET)
			report_string(report, ds_limit_key(i), text);
		else if (report->format != REPORT_TEXT)
			report_number(report, ds_limit_key(i), value);
		else if (is_set)
			put_limit(c, i, value);
	}
}

int report_target(const char *option, char **operands, const char **name)
{
	int err;

	*name = option ? option : operands[0];
	if (geteuid() != 0) {
		err = ds_refuse(DS_EXIT_PERMISSION, "only root may ask about containers");
		ds_hint("run it with sudo or su");
		return err;
	}
	if (option && operands[0])
		return ds_refuse(DS_EXIT_USAGE, "two names: %s and %s", option, operands[0]);
	return 0;
}

int report_look(struct ds_container *container, const char *option, char **operands)
{
	const char *name;
	int err = report_target(option, operands, &name);

	if (err < 0)
		return err;
	return name ? ds_container_look(container, name) : ds_container_running(container, NULL);
}
