/* SPDX-License-Identifier: GPL-3.0-or-later */
/* vfprintf - what printf and its like are made of, without floating point and what else nobody prints
 *
 * Takes %s %c %d %i %u %x %X %o %%, of int, long (l), long long (ll) and size_t (z), with a width, a
 * precision, and the flags - and 0. Anything else is printed as it stands (source.test looks for it). */

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Collects, for a stream without a buffer gets a write() for each piece. */
struct sink {
	FILE *file;
	size_t total;
	size_t used;
	bool failed;
	char text[160];
};

struct form {
	bool is_left;
	bool is_long;
	bool is_longer;
	char pad;
	int width;
	int precision; /* -1 is none */
};

static void flush(struct sink *sink)
{
	if (fwrite(sink->text, 1, sink->used, sink->file) != sink->used)
		sink->failed = true;
	sink->used = 0;
}

static void put(struct sink *sink, char c)
{
	if (sink->used == sizeof(sink->text))
		flush(sink);
	sink->text[sink->used++] = c;
	sink->total++;
}

static void repeat(struct sink *sink, char c, int times)
{
	while (times-- > 0)
		put(sink, c);
}

/* zeros: so many stand before the text, after the sign if it begins with one. */
static void field(struct sink *sink, const struct form *form, const char *text, int len, int zeros)
{
	int blanks = form->width - len - (zeros > 0 ? zeros : 0);

	if (!form->is_left)
		repeat(sink, ' ', blanks);
	if (zeros > 0 && len > 0 && *text == '-') {
		put(sink, *text++);
		len--;
	}
	repeat(sink, '0', zeros);
	while (len-- > 0)
		put(sink, *text++);
	if (form->is_left)
		repeat(sink, ' ', blanks);
}

static void number(struct sink *sink, const struct form *form, uintmax_t value, unsigned base,
		   char alpha, bool is_negative)
{
	char text[sizeof(value) * 3 + 1];
	char *p = text + sizeof(text);
	int len, zeros;

	for (; value; value /= base) {
		unsigned digit = value % base;

		*--p = (char)(digit < 10 ? '0' + digit : alpha + digit - 10);
	}
	len = (int)(text + sizeof(text) - p);
	if (form->precision >= 0)
		zeros = form->precision - len;
	else if (form->pad == '0' && !form->is_left)
		zeros = form->width - is_negative - len;
	else
		zeros = 0;
	/* A zero has no digit of its own. */
	if (!len && zeros < 1 && form->precision)
		zeros = 1;
	if (is_negative) {
		*--p = '-';
		len++;
	}
	field(sink, form, p, len, zeros);
}

/* A number in a format, or the argument that a star stands for. */
static const char *digits(const char *p, int *value, va_list *args)
{
	*value = 0;
	if (*p == '*') {
		*value = va_arg(*args, int);
		return p + 1;
	}
	for (; *p >= '0' && *p <= '9'; p++)
		*value = *value * 10 + *p - '0';
	return p;
}

static const char *parse(const char *p, struct form *form, va_list *args)
{
	*form = (struct form){.precision = -1};
	for (; *p == '-' || *p == '0'; p++) {
		if (*p == '-')
			form->is_left = true;
		else
			form->pad = '0';
	}
	p = digits(p, &form->width, args);
	if (form->width < 0) {
		form->is_left = true;
		form->width = -form->width;
	}
	if (*p == '.')
		p = digits(p + 1, &form->precision, args);
	for (; *p == 'l' || *p == 'z'; p++) {
		form->is_longer = form->is_long && *p == 'l';
		form->is_long = true;
	}
	return p;
}

static void convert(struct sink *sink, const struct form *form, char kind, va_list *args)
{
	char letter[1] = {kind};
	const char *text = letter;
	uintmax_t value;
	bool is_negative;
	unsigned base;
	int len;

	switch (kind) {
	case 'd':
	case 'i':
	case 'u':
		base = 10;
		break;
	case 'x':
	case 'X':
		base = 16;
		break;
	case 'o':
		base = 8;
		break;
	case 's':
		text = va_arg(*args, const char *);
		if (!text)
			text = "(null)";
		len = (int)(form->precision < 0 ? strlen(text)
						: strnlen(text, (size_t)form->precision));
		field(sink, form, text, len, 0);
		return;
	case 'c':
		letter[0] = (char)va_arg(*args, int);
		field(sink, form, letter, 1, 0);
		return;
	default:
		field(sink, form, letter, 1, 0);
		return;
	}
	is_negative = kind == 'd' || kind == 'i';
	if (form->is_longer)
		value = va_arg(*args, unsigned long long);
	else if (form->is_long)
		value = is_negative ? (uintmax_t)va_arg(*args, long) : va_arg(*args, unsigned long);
	else
		value = is_negative ? (uintmax_t)va_arg(*args, int) : va_arg(*args, unsigned);
	is_negative = is_negative && (intmax_t)value < 0;
	number(sink, form, is_negative ? -value : value, base, kind == 'X' ? 'A' : 'a',
	       is_negative);
}

int vfprintf(FILE *file, const char *format, va_list list)
{
	struct sink sink = {.file = file};
	struct form form;
	va_list args;

	va_copy(args, list);
	for (; *format; format++) {
		if (*format != '%') {
			put(&sink, *format);
			continue;
		}
		format = parse(format + 1, &form, &args);
		if (!*format)
			break;
		convert(&sink, &form, *format, &args);
	}
	va_end(args);
	flush(&sink);
	return sink.failed ? -1 : (int)sink.total;
}
