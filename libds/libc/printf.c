/* SPDX-License-Identifier: GPL-3.0-or-later */
/* printf - and its like, which save no floating-point registers here as they do in the C library */

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

int printf(const char *format, ...)
{
	va_list args;
	int count;

	va_start(args, format);
	count = vfprintf(stdout, format, args);
	va_end(args);
	return count;
}

int fprintf(FILE *file, const char *format, ...)
{
	va_list args;
	int count;

	va_start(args, format);
	count = vfprintf(file, format, args);
	va_end(args);
	return count;
}

int snprintf(char *text, size_t size, const char *format, ...)
{
	va_list args;
	int count;

	va_start(args, format);
	count = vsnprintf(text, size, format, args);
	va_end(args);
	return count;
}

int sprintf(char *text, const char *format, ...)
{
	va_list args;
	int count;

	va_start(args, format);
	count = vsnprintf(text, INT_MAX, format, args);
	va_end(args);
	return count;
}

int asprintf(char **text, const char *format, ...)
{
	va_list args;
	int count;

	va_start(args, format);
	count = vasprintf(text, format, args);
	va_end(args);
	return count;
}

/* What printf of a single character is compiled to. */
int fputc(int c, FILE *file)
{
	unsigned char byte = (unsigned char)c;

	return fwrite(&byte, 1, 1, file) == 1 ? byte : EOF;
}

int putc(int c, FILE *file)
{
	return fputc(c, file);
}

int putchar(int c)
{
	return fputc(c, stdout);
}
