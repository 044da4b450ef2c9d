// SPDX-License-Identifier: GPL-3.0-or-later
/* text - strings and key=value files: what a person typed, what a terminal gets. */
#include <errno.h>
#include <signal.h>

#include "claim.h"
#include "libds/core/conf.h"
#include "libds/core/file.h"
#include "libds/core/signals.h"
#include "libds/core/size.h"
#include "libds/core/str.h"
#include "libds/core/words.h"

static void numbers(void)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{"0", true},    {"-1", true},
		{"100", true},  {"007", true},
		{"", false},    {"-", false},
		{"+1", false},  {" 1", false},
		{"1 ", false},  {"0x10", false},
		{"1e3", false}, {"101", false},
		{"-2", false},  {"99999999999999999999", false},
		{"--1", false}, {"1\n", false},
	};
	long long value;
	bool right = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		right &= (ds_try_number(rows[i].text, -1, 100, &value) == 0) == rows[i].good;
	CLAIM("a number is decimal digits within its range, and nothing else", right);
}

static void sizes(void)
{
	static const struct {
		const char *text;
		uint64_t bytes; /* 0 = refused */
	} rows[] = {
		{"1", 1},
		{"4096", 4096},
		{"3K", 3072},
		{"512M", UINT64_C(512) << 20},
		{"4g", UINT64_C(4) << 30},
		{"7T", UINT64_C(7) << 40},
		{"8388607T", UINT64_C(8388607) << 40},
		{"9223372036854775807", INT64_MAX},
		{"8388608T", 0},
		{"9223372036854775808", 0},
		{"99999999999999999999", 0},
		{"0", 0},
		{"0M", 0},
		{"", 0},
		{"M", 0},
		{"-1", 0},
		{"+1", 0},
		{" 1", 0},
		{"1 ", 0},
		{"1.5G", 0},
		{"1X", 0},
		{"1MB", 0},
		{"0x10", 0},
	};
	bool right = true;
	char buf[24];

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		uint64_t bytes = 0;
		bool good = ds_try_size(rows[i].text, &bytes) == 0;

		right &= good == (rows[i].bytes != 0) && bytes == rows[i].bytes;
	}
	CLAIM("a size is a number of bytes or of K, M, G or T, and nothing else", right);
	CLAIM("a size is told in whole M or G, rounded up",
	      strcmp(ds_size_text(buf, 1), "1M") == 0 &&
		      strcmp(ds_size_text(buf, UINT64_C(3) << 30), "3G") == 0 &&
		      strcmp(ds_size_text(buf, (UINT64_C(3) << 30) + 1), "3073M") == 0);
}

static void printable(void)
{
	static const char *const bad[] = {
		"\x1b]0;x\a", "a\nb",         "\x7f",         "\xff",
		"\xc0\xaf",   "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xc2\x9b",   "\xe2\x82",     "\x80",
	};
	char buf[64], small[8];
	bool right = true;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		right &= !ds_str_is_printable(bad[i]);
		right &= ds_str_is_printable(ds_str_printable(buf, sizeof(buf), bad[i]));
	}
	CLAIM("controls, C1 controls and malformed UTF-8 never reach a terminal", right);
	CLAIM("well-formed UTF-8 is left as it is",
	      ds_str_is_printable("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7"));
	CLAIM("a printed text is cut between characters",
	      strcmp(ds_str_printable(small, sizeof(small), "abcd\x1b\x1b"), "abcd") == 0 &&
		      strcmp(ds_str_printable(small, sizeof(small), "abcdef\xc3\xa9"), "abcdef") ==
			      0);
}

static void formats(void)
{
	char text[] = "a\\040b\\134\\012\\9\\04", small[4];

	ds_str_unescape(text);
	CLAIM("octal escapes are undone, other backslashes stay",
	      strcmp(text, "a b\\\n\\9\\04") == 0);
	CLAIM("a text that does not fit is an error and leaves nothing",
	      ds_str_fmt(small, sizeof(small), "%s", "abcd") == -ENAMETOOLONG && !*small);
	CLAIM("a text that just fits is whole",
	      ds_str_fmt(small, sizeof(small), "%s", "abc") == 0 && !strcmp(small, "abc"));
}

static void conf(void)
{
	static const char text[] = "# mine\n\nname=web\napp_color = blue \nname=db\nlast=";
	auto_conf conf = {0};
	char *out;

	MUST(ds_conf_parse(&conf, text) == 0);
	CLAIM("of a key that stands twice the last counts",
	      !strcmp(ds_conf_get(&conf, "name"), "db"));
	CLAIM("blanks around a value are not part of it",
	      !strcmp(ds_conf_get(&conf, "app_color"), "blue"));
	CLAIM("an empty value is there, a missing key is not",
	      !*ds_conf_get(&conf, "last") && !ds_conf_get(&conf, "las"));
	CLAIM("a value with a newline is refused", ds_conf_set(&conf, "name", "a\nb=c") == -EINVAL);
	MUST(ds_conf_set(&conf, "name", "new") == 0 && ds_conf_set(&conf, "added", "1") == 0);
	out = ds_conf_text(&conf);
	CLAIM("foreign lines stay in place, a set key stands once",
	      !strcmp(out, "# mine\n\nname=new\napp_color = blue\nlast=\nadded=1\n"));
	free(out);
	MUST(ds_conf_set(&conf, "name", NULL) == 0 && ds_conf_set(&conf, "none", NULL) == 0);
	CLAIM("a removed key is gone", !ds_conf_get(&conf, "name") && conf.count == 5);
}

static void files(void)
{
	CLAIM("making directories copes with the empty and the root path",
	      ds_file_mkdirs("", 0755) < 0 && ds_file_mkdirs("/", 0755) == 0);
	MUST(ds_file_mkdirs("a/b/c/", 0755) == 0);
	put("a/file", "x");
	CLAIM("a directory below a file is an error", ds_file_mkdirs("a/file/d", 0755) < 0);
	CLAIM("replacing a file leaves no temporary",
	      ds_file_replace("a/file", 0600, "new", true) == 0 && is("a/file", "new") &&
		      access("a/file.new", F_OK) < 0);
}

/* The words with '|' between, or "!" where it is refused. */
static const char *split(const char *from, int max)
{
	static char out[200];
	char text[100], *word_list[8], *end = out;
	int count;

	strcpy(text, from);
	count = ds_words_split(text, word_list, max);
	*end = 0;
	for (int i = 0; i < count; i++)
		end += sprintf(end, "%s|", word_list[i]);
	return count < 0 || word_list[count] ? "!" : out;
}

static void words(void)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"", ""},
		{" \t\n ", ""},
		{"a", "a|"},
		{" a  bc\td ", "a|bc|d|"},
		{"sh -c 'a b; \"c\"'", "sh|-c|a b; \"c\"|"},
		{"\"a 'b' \\\" \\\\\"", "a 'b' \" \\|"},
		{"'' \"\" x''y", "||xy|"},
		{"a\\ b '\\'", "a b|\\|"},
		{"a\\", "a\\|"},
		{"\"a\\tb \\. \\$c\"", "a\\tb \\. $c|"},
		{"a 'b", "!"},
		{"a \"b\\\"", "!"},
		{"1 2 3 4 5 6 7", "1|2|3|4|5|6|7|"},
		{"1 2 3 4 5 6 7 8", "!"},
	};
	char a[] = "plain", b[] = "two words", c[] = "it's \\ \"x\"", d[] = "", e[] = "$HOME;*";
	char *list[] = {a, b, c, d, e, NULL};
	char *joined = ds_words_join(list);
	bool right = true;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		right &= !strcmp(split(rows[i].text, 8), rows[i].words);
	CLAIM("words are divided by blanks, quotes and backslashes as in a shell", right);
	MUST(joined);
	CLAIM("what is joined is divided into the same",
	      !strcmp(split(joined, 8), "plain|two words|it's \\ \"x\"||$HOME;*|"));
	free(joined);
}

static void signal_names(void)
{
	CLAIM("signals go by number, name, or name with SIG",
	      ds_try_signal("15") == SIGTERM && ds_try_signal("TERM") == SIGTERM &&
		      ds_try_signal("SIGUSR2") == SIGUSR2 && ds_try_signal("HUP") == SIGHUP &&
		      ds_try_signal("SYS") == SIGSYS && ds_try_signal("37") == 37);
	CLAIM("and no others", ds_try_signal("") < 0 && ds_try_signal("0") < 0 &&
				       ds_try_signal("TER") < 0 && ds_try_signal("65") < 0 &&
				       ds_try_signal("SIG") < 0 && ds_try_signal("TERM ") < 0);
}

int main(int argc, char **argv)
{
	MUST(argc == 2 && chdir(argv[1]) == 0);
	numbers();
	sizes();
	printable();
	formats();
	conf();
	files();
	words();
	signal_names();
	return 0;
}
