/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_UNIT_CLAIM_H
#define DS_UNIT_CLAIM_H

/* claim - what the drivers are written with: each prints "ok CLAIM", "not ok CLAIM" or
 * "skip CLAIM # REASON" a line, and unit.test reports them. A driver gets an empty scratch
 * directory as its argument and is root in a mount namespace of its own. */

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libds/core/err.h"

#define CLAIM(text, condition) claim(text, condition, #condition, __FILE__, __LINE__)

static inline void claim(const char *text, bool holds, const char *condition, const char *file,
			 int line)
{
	printf("%s %s\n", holds ? "ok" : "not ok", text);
	fflush(stdout);
	if (!holds)
		fprintf(stderr, "%s:%d: %s\n  last error: %s\n", file, line, condition,
			ds_err_last()->text);
}

/* What cannot be checked here because a tool is missing. */
#define SKIP(text, tool) (printf("skip %s # %s is not installed\n", text, tool), fflush(stdout))

/* For what a driver itself needs: its failure is no claim's. */
#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			perror(__FILE__ ": " #condition);                                          \
			exit(2);                                                                   \
		}                                                                                  \
	} while (0)

static inline void put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	MUST(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

/* A file's text, in a buffer that the next but three calls overwrite; "(none)" without one. */
static inline const char *get(const char *path)
{
	static char texts[4][8192];
	static int next;
	char *text = texts[next++ % 4];
	FILE *file = fopen(path, "r");
	size_t len;

	if (!file)
		return "(none)";
	len = fread(text, 1, sizeof(texts[0]) - 1, file);
	text[len] = 0;
	fclose(file);
	return text;
}

static inline bool is(const char *path, const char *text)
{
	bool same = strcmp(get(path), text) == 0;

	if (!same)
		fprintf(stderr, "%s is: %s\n", path, get(path));
	return same;
}

#endif
