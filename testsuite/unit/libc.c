/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libc - what libds/libc has in place of the C library's does as that does */

#include <stdarg.h>
#include <stdint.h>

#include "claim.h"

#define put put_char
#define vfprintf small_vfprintf
#define qsort small_qsort
#define memmem small_memmem
#define strstr small_strstr
void qsort(void *base, size_t count, size_t width, int (*compare)(const void *, const void *));
void *memmem(const void *text, size_t text_len, const void *wanted, size_t len);
char *strstr(const char *text, const char *wanted);
int vfprintf(FILE *file, const char *format, va_list list);
#include "libds/libc/qsort.c"
#include "libds/libc/strstr.c"
#include "libds/libc/vfprintf.c"
#undef put
#undef vfprintf
#undef qsort
#undef memmem
#undef strstr

static char ours[4096];

/* What was printed is the same, and so is the count. */
__attribute__((format(printf, 1, 2))) static bool is_same(const char *format, ...)
{
	char theirs[4096];
	FILE *file = fmemopen(ours, sizeof(ours), "w");
	va_list args;
	int count, wanted;

	MUST(file);
	va_start(args, format);
	count = small_vfprintf(file, format, args);
	va_end(args);
	fclose(file);
	va_start(args, format);
	wanted = vsnprintf(theirs, sizeof(theirs), format, args);
	va_end(args);
	if (count == wanted && strcmp(ours, theirs) == 0)
		return true;
	fprintf(stderr, "%s: %d '%s', not %d '%s'\n", format, count, ours, wanted, theirs);
	return false;
}

/* Each form of a number with each value that has a reason to differ. */
static bool numbers_are_same(void)
{
	static const char *const forms[] = {"",   "1",  "7",  "-7",  "07",   "-07",  "40", "040",
					    ".0", ".1", ".5", "8.3", "-8.3", "08.3", ".40"};
	static const long long values[] = {0,          1,         -1,       9,         10,
					   -10,        255,       4096,     INT32_MAX, INT32_MIN,
					   UINT32_MAX, INT64_MAX, INT64_MIN};
	bool same = true;

	for (size_t f = 0; f < sizeof(forms) / sizeof(*forms); f++) {
		for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
			for (const char *kind = "diuxXo"; *kind; kind++) {
				long long value = values[v];
				char format[64];

				snprintf(format, sizeof(format), "<%%%s%c>", forms[f], *kind);
				same &= is_same(format, (int)value);
				snprintf(format, sizeof(format), "<%%%sl%c>", forms[f], *kind);
				same &= is_same(format, (long)value);
				snprintf(format, sizeof(format), "<%%%sll%c>", forms[f], *kind);
				same &= is_same(format, value);
				snprintf(format, sizeof(format), "<%%%sz%c>", forms[f], *kind);
				same &= is_same(format, (size_t)value);
			}
		}
	}
	return same;
}

static bool texts_are_same(void)
{
	static char wide[1000];

	memset(wide, 'w', sizeof(wide) - 1);
	return is_same("plain") &
	       is_same("%s|%5s|%-5s|%.2s|%7.2s|%-7.2s|", "abc", "abc", "abc", "abc", "abc", "abc") &
	       is_same("%.*s|%*s|%-*s|%*s", 2, "abc", 6, "abc", 6, "abc", -6, "abc") &
	       is_same("%.*s", -1, "abc") & is_same("%.3s", (const char[]){'n', 'o', '0'}) &
	       is_same("%c%3c%-3c|%%", 'a', 'b', 'c') & is_same("%s %s", wide, wide) &
	       is_same("%999d", 1) & is_same("%s%d%s", "", -5, "") &
	       is_same("%02x%02X%03o%04d%-14s|%2u", 10U, 171U, 8U, -42, "left", 123U);
}

static bool is_known(void)
{
	return is_same("%d %s %04x %-4u|", -12, "word", 0xabcU, 7U) &&
	       strcmp(ours, "-12 word 0abc 7   |") == 0;
}

/* A stream without a buffer, as stderr is: one write for a line. */
static bool is_one_write(void)
{
	int ends[2];
	char text[64];
	FILE *file;
	va_list none;

	memset(&none, 0, sizeof(none));
	MUST(pipe2(ends, O_DIRECT) == 0 && (file = fdopen(ends[1], "w")) != NULL);
	setvbuf(file, NULL, _IONBF, 0);
	small_vfprintf(file, "one %% line\n", none);
	fclose(file);
	return read(ends[0], text, sizeof(text)) == 11 && memcmp(text, "one % line\n", 11) == 0;
}

static bool error_is_told(void)
{
	FILE *full = fopen("/dev/full", "w");
	va_list none;

	memset(&none, 0, sizeof(none));
	MUST(full);
	setvbuf(full, NULL, _IONBF, 0);
	return small_vfprintf(full, "text", none) == -1;
}

static int by_first(const void *a, const void *b)
{
	return memcmp(a, b, 2);
}

static bool sorts(void)
{
	unsigned seed = 1;

	for (size_t count = 0; count < 200; count++) {
		/* Three bytes: two that count and one that must come along. */
		unsigned char rows[200][3];
		unsigned sum = 0, after = 0;

		for (size_t i = 0; i < count; i++) {
			seed = seed * 1103515245 + 12345;
			rows[i][0] = (unsigned char)(seed >> 28);
			rows[i][1] = (unsigned char)(seed >> 20);
			rows[i][2] = rows[i][0] ^ rows[i][1];
			sum += rows[i][0] * 256U + rows[i][1];
		}
		small_qsort(rows, count, 3, by_first);
		for (size_t i = 0; i < count; i++) {
			if ((i && by_first(rows[i - 1], rows[i]) > 0) ||
			    rows[i][2] != (rows[i][0] ^ rows[i][1]))
				return false;
			after += rows[i][0] * 256U + rows[i][1];
		}
		if (sum != after)
			return false;
	}
	return true;
}

static bool finds(void)
{
	static const char *const texts[] = {"", "a", "aab", "abcabd", "aaaaab", "xyz"};
	static const char *const wanted[] = {"", "a", "ab", "abd", "aab", "z", "xyzz", "b"};

	for (size_t t = 0; t < sizeof(texts) / sizeof(*texts); t++)
		for (size_t w = 0; w < sizeof(wanted) / sizeof(*wanted); w++)
			if (small_strstr(texts[t], wanted[w]) != strstr(texts[t], wanted[w]))
				return false;
	return small_memmem("a\0b\0c", 5, "\0c", 2) != NULL &&
	       !small_memmem("a\0b\0c", 4, "\0c", 2);
}

int main(void)
{
	CLAIM("printf writes numbers as the C library does, in all widths and precisions",
	      numbers_are_same());
	CLAIM("printf writes texts as the C library does", texts_are_same());
	CLAIM("printf writes what it should", is_known());
	CLAIM("printf on a stream without a buffer is one write", is_one_write());
	CLAIM("printf tells that writing failed", error_is_told());
	CLAIM("qsort sorts, and keeps what it sorts whole", sorts());
	CLAIM("strstr and memmem find the first place, or none", finds());
	return 0;
}
