// SPDX-License-Identifier: GPL-3.0-or-later
/* linkclient - a guest's end of the link, written from shared/spec/contract.md and none of libds.
 *
 * usage: linkclient SOCKET STEP...
 *
 *	say JSON         send it as a frame; a path with @ before it: what that file holds
 *	raw BYTES        send bytes, with the escapes \xHH and \0
 *	many N JSON      send it N times, as fast as it goes, without reading; stops when nothing more goes
 *	want TYPE        read frames, printing each in a line, until one of that type has come
 *	data             read to the end of a command, whose output goes to stdout and stderr; exit with its status
 *	end              read, printing, until the other end closes
 *	shut             say no more
 *	hold             stay until killed
 *
 * Exit status: 0, 1 when something else came or nothing in time, 2 for what it cannot do at all. A wait
 * ends after DS_SLOW times 10 seconds. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int link_fd, wait_ms = 10000;

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

/* Whether all of it went. */
static int put(const void *data, size_t len, int wait)
{
	const char *at = data;

	while (len) {
		ssize_t sent = send(link_fd, at, len, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));

		if (sent < 0 && errno != EINTR)
			return 0;
		at += sent > 0 ? sent : 0;
		len -= sent > 0 ? (size_t)sent : 0;
	}
	return 1;
}

static int say(const char *text, size_t len, int wait)
{
	unsigned char prefix[4] = {(unsigned char)(len >> 24), (unsigned char)(len >> 16),
				   (unsigned char)(len >> 8), (unsigned char)len};

	return put(prefix, 4, wait) && put(text, len, wait);
}

/* 0: the end came first. */
static int get(void *data, size_t len)
{
	char *at = data;

	while (len) {
		struct pollfd polled = {.fd = link_fd, .events = POLLIN};
		ssize_t got;

		if (poll(&polled, 1, wait_ms) < 1) {
			fprintf(stderr, "linkclient: nothing came\n");
			exit(1);
		}
		got = read(link_fd, at, len);
		if (got <= 0)
			return 0;
		at += got;
		len -= (size_t)got;
	}
	return 1;
}

/* A frame's text, without what only makes it readable; NULL at the end. */
static char *frame(void)
{
	unsigned char prefix[4];
	char *text, *to;
	size_t len;

	if (!get(prefix, 4))
		return NULL;
	len = (size_t)prefix[0] << 24 | (size_t)prefix[1] << 16 | (size_t)prefix[2] << 8 |
	      prefix[3];
	text = calloc(1, len + 1);
	if (!text || !get(text, len))
		fail("frame");
	to = text;
	for (char *from = text; *from;) {
		if (*from == '\n')
			from += strspn(from, "\n ");
		else
			*to++ = *from++;
	}
	*to = 0;
	return text;
}

static int is_type(const char *text, const char *type)
{
	char wanted[100];

	snprintf(wanted, sizeof(wanted), "{\"type\": \"%s\"", type);
	return strncmp(text, wanted, strlen(wanted)) == 0;
}

static void want(const char *type)
{
	char *text = NULL;

	do {
		free(text);
		text = frame();
		if (text)
			puts(text);
		fflush(stdout);
	} while (text && (!type || !is_type(text, type)));
	if (!text && type) {
		fprintf(stderr, "linkclient: no %s\n", type);
		exit(1);
	}
	free(text);
}

static int value(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static void decode(FILE *out, const char *text)
{
	for (; value(text[0]) >= 0; text += 4) {
		int bits = value(text[0]) << 18 | value(text[1]) << 12 |
			   (value(text[2]) > 0 ? value(text[2]) : 0) << 6 |
			   (value(text[3]) > 0 ? value(text[3]) : 0);

		putc(bits >> 16, out);
		if (text[2] != '=')
			putc(bits >> 8 & 255, out);
		if (text[3] != '=')
			putc(bits & 255, out);
	}
}

/* A JSON string as it stands, the escapes that a text of ASCII has. */
static void unescape(FILE *out, const char *text)
{
	for (; *text && *text != '"'; text++) {
		if (*text != '\\') {
			putc(*text, out);
		} else if (*++text == 'u') {
			putc((int)strtol((char[]){text[3], text[4], 0}, NULL, 16), out);
			text += 4;
		} else {
			putc(*text, out);
		}
	}
}

static void data(void)
{
	char *text;

	while ((text = frame())) {
		FILE *out = is_type(text, "host_exec_stderr") ? stderr : stdout;
		const char *plain = strstr(text, "\"data\": \""),
			   *exact = strstr(text, "\"data64\": \"");

		if (is_type(text, "host_exec_done"))
			exit(atoi(strstr(text, "\"exit_code\": ") + 13));
		if (is_type(text, "error")) {
			fprintf(stderr, "%s\n", text);
			exit(1);
		}
		if (exact)
			decode(out, exact + 11);
		else if (plain)
			unescape(out, plain + 9);
		fflush(out);
		free(text);
	}
	fprintf(stderr, "linkclient: no end\n");
	exit(1);
}

static void raw(const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\' && text[1] == 'x') {
			c = (char)strtol((char[]){text[2], text[3], 0}, NULL, 16);
			text += 3;
		} else if (c == '\\' && text[1] == '0') {
			c = 0;
			text++;
		}
		put(&c, 1, 1);
	}
}

static void say_file(const char *path)
{
	static char text[32 << 20];
	FILE *file = fopen(path, "r");
	size_t len = file ? fread(text, 1, sizeof(text), file) : 0;

	if (!file)
		fail(path);
	say(text, len, 1);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (argc < 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	if (getenv("DS_SLOW"))
		wait_ms *= atoi(getenv("DS_SLOW"));
	strcpy(address.sun_path, argv[1]);
	link_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (link_fd < 0 || connect(link_fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail(argv[1]);
	for (int i = 2; i < argc; i++) {
		const char *step = argv[i];

		if (strcmp(step, "shut") == 0)
			shutdown(link_fd, SHUT_WR);
		else if (strcmp(step, "end") == 0)
			want(NULL);
		else if (strcmp(step, "data") == 0)
			data();
		else if (strcmp(step, "hold") == 0)
			pause();
		else if (i + 1 == argc)
			return 2;
		else if (strcmp(step, "say") == 0 && argv[++i][0] == '@')
			say_file(argv[i] + 1);
		else if (strcmp(step, "say") == 0)
			say(argv[i], strlen(argv[i]), 1);
		else if (strcmp(step, "raw") == 0)
			raw(argv[++i]);
		else if (strcmp(step, "want") == 0)
			want(argv[++i]);
		else if (strcmp(step, "many") == 0 && i + 2 < argc) {
			setsockopt(link_fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = 1},
				   sizeof(struct timeval));
			for (int n = atoi(argv[i + 1]); n > 0; n--)
				n = say(argv[i + 2], strlen(argv[i + 2]), 1) ? n : 0;
			i += 2;
		} else
			return 2;
	}
	return 0;
}
