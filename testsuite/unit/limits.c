// SPDX-License-Identifier: GPL-3.0-or-later
/* limits - values as people and other software write them. */
#include "libds/life/limits.h"
#include "claim.h"

/* The settings that pairs of key and value, which end with NULL, make; normalized. */
static void make(struct ds_spec *spec, const char *const *pairs)
{
	MUST(ds_spec_init(spec) == 0);
	for (; *pairs; pairs += 2)
		MUST(ds_spec_set(spec, pairs[0], pairs[1]) == 0);
	MUST(ds_limits_normalize(spec) == 0);
}

static bool are_right(const char *const *pairs)
{
	auto_spec spec = {0};

	make(&spec, pairs);
	return ds_limits_check(&spec) == 0;
}

static bool is_right(const char *key, const char *value)
{
	return are_right((const char *const[]){key, value, NULL});
}

#define ARE_RIGHT(...) are_right((const char *const[]){__VA_ARGS__, NULL})

/* What key is stored as when that is given. */
static const char *stored(const char *key, const char *const *pairs)
{
	static char text[100];
	auto_spec spec = {0};
	const char *value;

	make(&spec, pairs);
	value = ds_conf_get(&spec.conf, key);
	snprintf(text, sizeof(text), "%s", value ? value : "(none)");
	return text;
}

#define STORED(key, wanted, ...)                                                                   \
	(strcmp(stored(key, (const char *const[]){__VA_ARGS__, NULL}), wanted) == 0)

static bool needs(const char *wanted, const char *const *pairs)
{
	char list[DS_LIMITS_CONTROLLERS_MAX];
	auto_spec spec = {0};

	make(&spec, pairs);
	ds_limits_controllers(&spec, list);
	return strcmp(list, wanted) == 0;
}

#define NEEDS(wanted, ...) needs(wanted, (const char *const[]){__VA_ARGS__, NULL})

int main(void)
{
	static const char *const wrong[][2] = {
		{"memory_limit", "5x"},     {"memory_limit", "1048575"},
		{"memory_limit", "1.5G"},   {"memory_limit", "-5"},
		{"memory_limit", "8000T0"}, {"memory_limit", "1 G"},
		{"memory_swap", "1G"},      {"cpu_quota", "0.009"},
		{"cpu_quota", "1.x"},       {"cpu_quota", "."},
		{"cpu_quota", "1.2345"},    {"cpu_quota", "-2"},
		{"cpu_quota", "1e3"},       {"cpu_quota", "99999999999"},
		{"cpu_weight", "10001"},    {"cpu_weight", "-2"},
		{"pids_limit", "4194305"},  {"pids_limit", "1k"},
		{"io_weight", "10001"},     {"cpuset", "a"},
		{"cpuset", "0 1"},          {"cpuset", "0-1\t"},
	};
	static const char *const right[][2] = {
		{"memory_limit", "1M"},    {"memory_limit", "536870912"},
		{"memory_limit", "2g"},    {"cpu_quota", "0.01"},
		{"cpu_quota", "1"},        {"cpu_quota", "1.5"},
		{"cpu_quota", "1000"},     {"cpu_quota", "999.999"},
		{"cpu_weight", "1"},       {"cpu_weight", "10000"},
		{"pids_limit", "4194304"}, {"cpuset", "0"},
		{"cpuset", "0-3,6"},       {"io_weight", "100"},
	};
	static const char *const keys[] = {"memory_limit", "memory_swap", "cpu_quota",
					   "cpu_weight",   "pids_limit",  "io_weight"};
	static const char *const none[] = {"", "0", "-1", "max"};
	bool holds = true;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		if (is_right(wrong[i][0], wrong[i][1]) ||
		    ds_err_last()->exit_status != DS_EXIT_USAGE)
			holds = !fprintf(stderr, "%s=%s is taken\n", wrong[i][0], wrong[i][1]);
	}
	CLAIM("what is no value is a usage error", holds);
	holds = true;
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++) {
		if (!is_right(right[i][0], right[i][1]))
			holds = !fprintf(stderr, "%s=%s is refused\n", right[i][0], right[i][1]);
	}
	CLAIM("what is one is none", holds);
	holds = true;
	for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
		for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
			holds &= is_right(keys[k], none[i]) &&
				 STORED(keys[k], "(none)", keys[k], none[i]) &&
				 NEEDS("", keys[k], none[i]);
	}
	CLAIM("'', 0, -1 and max are no limit, need nothing and are not stored", holds);
	CLAIM("CPUs are stored as quota and period",
	      STORED("cpu_quota", "150000", "cpu_quota", "1.5") &&
		      STORED("cpu_period", "100000", "cpu_quota", "1.5") &&
		      STORED("cpu_quota", "1000", "cpu_quota", "0.01") &&
		      STORED("cpu_quota", "5000", "cpu_quota", "0.25", "cpu_period", "20000") &&
		      STORED("cpu_period", "20000", "cpu_quota", "0.25", "cpu_period", "20000"));
	CLAIM("a quota stays as it is, and a period without one goes",
	      STORED("cpu_quota", "40000", "cpu_quota", "40000") &&
		      STORED("cpu_period", "(none)", "cpu_period", "20000"));
	CLAIM("processor 0 is a list",
	      STORED("cpuset", "0", "cpuset", "0") && NEEDS("cpuset  ", "cpuset", "0"));
	CLAIM("each controller is wanted once, by both its names",
	      NEEDS("memory  cpu  blkio io ", "memory_limit", "1G", "memory_swap", "1G",
		    "cpu_quota", "1", "cpu_weight", "5", "io_weight", "5"));
	CLAIM("memory and swap are no less than memory",
	      ARE_RIGHT("memory_limit", "64M", "memory_swap", "64M") &&
		      !ARE_RIGHT("memory_limit", "64M", "memory_swap", "63M"));
	CLAIM("a period is one that the kernel takes",
	      ARE_RIGHT("cpu_quota", "1", "cpu_period", "1000") &&
		      !ARE_RIGHT("cpu_quota", "1", "cpu_period", "999") &&
		      !ARE_RIGHT("cpu_quota", "1", "cpu_period", "1000001"));
	return 0;
}
