/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_CORE_TEXTS_H
#define DS_CORE_TEXTS_H

/* texts - what only a person reads who asked for help or met an error: kept compressed in the program
 *
 * DS_TEXT("...") is a text that the linker puts beside all others of its kind, and those of strerror(3), in
 * DS_PACK_TEXTS (core/pack.h): the first that a process needs inflates them all, 40 KiB. A process that
 * fails at nothing never pays.
 *
 * A pointer to such a text is like any other, and may be stored or compared; what it points to may be read
 * only after ds_texts_ready(). */

#include <stdbool.h>

/* True if texts can be read now; false if the program's file is damaged. */
bool ds_texts_ready(void);

/* text itself, a printf format say, or one without arguments that tells of the damage. */
const char *ds_text(const char *text);

/* 0, or an error recorded. */
int ds_texts_need(void);

/* Of several texts with a NUL between, the one behind this. */
const char *ds_text_next(const char *text);

/* Each has a section of its own, so that the linker drops those of functions that it drops. literal: a string
 * literal, or several that follow each other. */
#define DS_TEXT(literal)                                                                           \
	({                                                                                         \
		static const char text_[] DS_TEXT_SECTION(__COUNTER__) = literal;                  \
		text_;                                                                             \
	})

/* The attribute of an array of constant characters that holds such texts. number: __COUNTER__. */
#define DS_TEXT_SECTION(number) DS_TEXT_SECTION_(number)
#define DS_TEXT_SECTION_(number) __attribute__((section(".rodata.texts." #number), aligned(1)))

/* Chosen by the preprocessor, so that the neighbours of a literal can join it. on: 1 or 0. */
#define DS_TEXT_IF(on, literal, other) DS_TEXT_IF_(on, literal, other)
#define DS_TEXT_IF_(on, literal, other) DS_TEXT_IF_##on(literal, other)
#define DS_TEXT_IF_1(literal, other) literal
#define DS_TEXT_IF_0(literal, other) other

/* function(..., format, ...) with the format packed. The first call is never made: it is there for the
 * compiler to check the arguments by the format, which it can't do in the second. */
#define DS_TEXT_CHECKED(call, format, ...)                                                         \
	(0 ? (void)ds_text_check(format, ##__VA_ARGS__) : (void)0, call)
int ds_text_check(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
