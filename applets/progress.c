// SPDX-License-Identifier: GPL-3.0-or-later
/* progress - see progress.h. */
#include "applets/progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "applets/applet.h"
#include "libds/core/clock.h"
#include "libds/core/str.h"

enum {
	QUIET_MS = 500,     /* work that ends within this shows no line */
	EVERY_MS = 100,     /* no more often than an eye follows */
	BYTES_FROM = 65536, /* what counts higher is taken for bytes, and has a rate */
};

static struct {
	char what[64];
	long long began, shown;
} line;

void progress_clear(void)
{
	if (line.shown)
		fputs("\r\033[K", stderr);
	line.shown = 0;
}

static void put_line(uint64_t done, uint64_t total, uint64_t elapsed_ms)
{
	fprintf(stderr, "\r\033[K%s:", line.what);
	if (total)
		fprintf(stderr, " %u%%", (unsigned)(done * 100 / total));
	if (done >= BYTES_FROM || total >= BYTES_FROM)
		fprintf(stderr, " %llu MiB, %llu MiB/s", (unsigned long long)done >> 20,
			(unsigned long long)(done / elapsed_ms * 1000 >> 20));
	if (total && done) {
		/* Percents count one by one; of a day's terabytes the product has more than 64 bits. */
		int shift = total >> 32 ? 20 : 0;
		uint64_t had = done >> shift;
		unsigned left =
			(unsigned)(elapsed_ms * ((total - done) >> shift) / (had ? had : 1) / 1000);

		fprintf(stderr, ", %u:%02u left", left / 60, left % 60);
	} else if (!done) {
		fprintf(stderr, " %llu s", (unsigned long long)elapsed_ms / 1000);
	}
	fflush(stderr);
}

void progress_show(const struct ds_watch *watch, const char *what, uint64_t done, uint64_t total)
{
	char name[sizeof(line.what)];
	long long now = ds_now_ms();

	(void)watch;
	if (!isatty(STDERR_FILENO))
		return;
	ds_str_printable(name, sizeof(name), what);
	if (strcmp(name, line.what) != 0) {
		progress_clear();
		memcpy(line.what, name, sizeof(name));
		line.began = now;
	}
	if (total && done >= total) {
		progress_clear();
		line.what[0] = 0;
	} else if (now - line.began >= QUIET_MS && now - line.shown >= EVERY_MS) {
		put_line(done, total, (uint64_t)(now - line.began));
		line.shown = now;
	}
}

static void note(const struct ds_watch *watch, const char *text)
{
	char shown[400];

	(void)watch;
	progress_clear();
	fprintf(stderr, "%s: %s\n", applet_name, ds_str_printable(shown, sizeof(shown), text));
}

const struct ds_watch progress_watch = {.progress = progress_show, .note = note};
