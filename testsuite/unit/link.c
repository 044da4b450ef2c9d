// SPDX-License-Identifier: GPL-3.0-or-later
/* link - frames and messages of the link between guest and host. */
#include <errno.h>
#include <sys/socket.h>

#include "claim.h"
#include "libds/core/auto.h"
#include "libds/core/base64.h"
#include "libds/link/builder.h"
#include "libds/link/message.h"
#include "libds/link/wire.h"

static bool parses(const char *text)
{
	auto_message message = {0};

	return ds_message_parse(&message, strdup(text), strlen(text)) == 0;
}

static bool all_are(const char *const *texts, bool valid)
{
	bool are = true;

	for (; *texts; texts++) {
		if (parses(*texts) == valid)
			continue;
		fprintf(stderr, "%s: %s\n", valid ? "refused" : "taken", *texts);
		are = false;
	}
	return are;
}

static void strictness(void)
{
	static const char *const good[] = {
		"{\"type\":\"x\"}",
		" {\n\t\"type\" : \"x\" , \"a\":[1,-0.5e+3,true,false,null,{},[]] } \r\n",
		"{\"type\":\"\",\"\":\"\"}",
		"{\"a\":{\"b\":[[[[[]]]]]},\"type\":\"\\u00e9\\ud83d\\ude00\\/\"}",
		NULL,
	};
	static const char *const bad[] = {
		"",
		" ",
		"{}",
		"[]",
		"\"type\"",
		"1",
		"{\"type\":1}",
		"{\"type\":\"x\"",
		"{\"type\"}",
		"{\"type\":\"x\"}}",
		"{\"type\":\"x\"}{}",
		"{\"type\":\"x\"} x",
		"{\"type\" \"x\"}",
		"{\"type\":\"x\",}",
		"{,\"type\":\"x\"}",
		"{\"type\":\"x\" \"a\":1}",
		"{\"type\":\"x\",\"a\":[1 2]}",
		"{\"type\":\"x\",\"a\":[1,]}",
		"{\"type\":\"x\",\"a\":}",
		"{\"type\":\"x\",\"a\":01}",
		"{\"type\":\"x\",\"a\":1-2}",
		"{\"type\":\"x\",\"a\":+1}",
		"{\"type\":\"x\",\"a\":.5}",
		"{\"type\":\"x\",\"a\":1.}",
		"{\"type\":\"x\",\"a\":nul}",
		"{\"type\":\"x\",\"a\":truee}",
		"{\"type\":\"x\",\"a\":[1}",
		"{\"type\":\"x\",1:2}",
		"{\"type\":\"x\",\"a\":\"\\ud800\"}",
		"{\"type\":\"x\",\"a\":\"\\udc00\"}",
		"{\"type\":\"x\",\"a\":\"\\ud800\\u0041\"}",
		"{\"type\":\"x\",\"a\":\"\\u0000\"}",
		"{\"type\":\"x\",\"a\":\"\\x\"}",
		"{\"type\":\"x\",\"a\":\"\n\"}",
		"{\"type\":\"x\",\"a\":\"\xff\"}",
		"{\"type\":\"x\",\"a\":\"\xc3\"}",
		"{\"type\":\"x\",\"a\":\"\xed\xa0\x80\"}",
		"{\"type\":\"x\",\"a\":\"\xc0\xaf\"}",
		"{\"a\":[[[[[[[[[]]]]]]]]],\"type\":\"x\"}",
		"{'type':'x'}",
		NULL,
	};
	char many[3 * DS_MESSAGE_VALUES + 40] = "{\"type\":\"x\",\"a\":[1";

	CLAIM("what is JSON is read", all_are(good, true));
	CLAIM("what is not JSON, or not UTF-8, is refused", all_are(bad, false));
	for (int i = 0; i < DS_MESSAGE_VALUES; i++)
		strcat(many, ",1");
	strcat(many, "]}");
	CLAIM("too many values are refused", !parses(many));
}

static void members(void)
{
	const char *text =
		"{\"empty\":\"\",\"type\":\"no\\u0074ify\",\"type\":\"second\",\"n\":-1,"
		"\"nested\":{\"type\":\"x\",\"deep\":\"y\"},\"list\":[\"\",\"b\",3,{\"key\":"
		"\"k\"}],\"big\":99999999999,\"e\":1e3,\"id\":42,\"yes\":true,"
		"\"s\":\"a\\n\\ud83d\\ude00\\\"\"}";
	auto_message m = {0};

	MUST(ds_message_parse(&m, strdup(text), strlen(text)) == 0);
	CLAIM("of two members the first counts", strcmp(m.type, "notify") == 0);
	CLAIM("escapes become characters",
	      strcmp(ds_message_string(&m, "s"), "a\n\xf0\x9f\x98\x80\"") == 0);
	CLAIM("an empty string is one", strcmp(ds_message_string(&m, "empty"), "") == 0);
	CLAIM("what is nested is no member of the message", !ds_message_string(&m, "deep"));
	CLAIM("numbers are told from what is none",
	      ds_message_number(&m, "id") == 42 && ds_message_number(&m, "n") == -1 &&
		      ds_message_number(&m, "big") == -1 && ds_message_number(&m, "e") == -1 &&
		      ds_message_number(&m, "s") == -1 && ds_message_number(&m, "none") == -1);
	CLAIM("true is told from the rest", ds_message_is(&m, "yes") && !ds_message_is(&m, "id"));
	CLAIM("arrays are counted", ds_message_count(&m, "list") == 4 &&
					    ds_message_count(&m, "nested") == -1 &&
					    ds_message_count(&m, "none") == -1);
	CLAIM("elements are found",
	      strcmp(ds_message_element(&m, "list", 0, NULL), "") == 0 &&
		      strcmp(ds_message_element(&m, "list", 1, NULL), "b") == 0 &&
		      !ds_message_element(&m, "list", 2, NULL) &&
		      strcmp(ds_message_element(&m, "list", 3, "key"), "k") == 0 &&
		      !ds_message_element(&m, "list", 3, "label") &&
		      !ds_message_element(&m, "list", 1, "key") &&
		      !ds_message_element(&m, "list", 4, NULL) &&
		      !ds_message_element(&m, "list", -1, NULL));
}

/* Built, sent and read again it is what it was. */
static bool comes_through(const char *data, size_t len)
{
	auto_builder builder = {0};
	auto_wire_in in = {0};
	auto_message m = {0};
	int ends[2];
	char *got;
	bool same;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	MUST(ds_build(&builder, "host_exec_stdout") == 0);
	ds_build_data(&builder, "data", data, len);
	MUST(ds_build_end(&builder) == 0);
	MUST(ds_wire_send(ends[0], builder.frame, builder.len, 1000) == 0);
	MUST(ds_wire_receive(&in, ends[1], DS_FRAME_MAX, 1000) == 1);
	same = ds_message_parse(&m, take_ptr(in.text), in.size) == 0 &&
	       ds_message_data(&m, "data", &got) == (ssize_t)len && memcmp(got, data, len) == 0;
	close(ends[0]);
	same &= ds_wire_receive(&in, ends[1], DS_FRAME_MAX, 1000) == 0;
	close(ends[1]);
	return same;
}

static void data(void)
{
	char bytes[1000];
	bool all = true;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7);
	for (size_t len = 0; len < 12; len++)
		all &= comes_through(bytes + 200, len);
	CLAIM("bytes come through as they are",
	      all && comes_through(bytes, sizeof(bytes)) && comes_through("a\0b", 3) &&
		      comes_through("\xc3\xa4", 2) && comes_through("\xc3", 1));
	CLAIM("what is no base64 is refused",
	      ds_try_base64_decode(strcpy(bytes, "a")) == -EINVAL &&
		      ds_try_base64_decode(strcpy(bytes, "ab=c")) < 0 &&
		      ds_try_base64_decode(strcpy(bytes, "a===")) < 0 &&
		      ds_try_base64_decode(strcpy(bytes, "ab!=")) < 0);
}

static void frames(void)
{
	auto_wire_in in = {0};
	auto_wire_out out = {0};
	/* Not static: aarch64 programs are compiled for less than 1 MiB. */
	const size_t big_size = 1 << 20;
	auto_free char *big = malloc(big_size);
	int ends[2], state, flushed = 1;

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	MUST(write(ends[0], "\0\0", 2) == 2);
	state = ds_try_wire_read(&in, ends[1], 100);
	MUST(write(ends[0], "\0\2{", 3) == 3);
	state |= ds_try_wire_read(&in, ends[1], 100);
	MUST(write(ends[0], "}\0\0\0\0\0", 6) == 6);
	CLAIM("a frame is read as its bytes come",
	      state == 0 && ds_try_wire_read(&in, ends[1], 100) == 1 && strcmp(in.text, "{}") == 0);
	CLAIM("an empty one is one, and a new one may be cut",
	      ds_try_wire_read(&in, ends[1], 100) == 1 && in.size == 0 &&
		      ds_try_wire_read(&in, ends[1], 100) == 0);
	shutdown(ends[0], SHUT_WR);
	CLAIM("the end inside a length is a clean close",
	      ds_try_wire_read(&in, ends[1], 100) == -ENODATA);
	close(ends[0]);
	close(ends[1]);
	ds_wire_in_free(&in);

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	MUST(write(ends[0], "\0\0\0\4abc", 7) == 7 && shutdown(ends[0], SHUT_WR) == 0);
	CLAIM("the end inside a text is none", ds_try_wire_read(&in, ends[1], 100) == -ECONNRESET);
	close(ends[0]);
	close(ends[1]);
	ds_wire_in_free(&in);

	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	MUST(write(ends[0], "\1\0\0\1", 4) == 4);
	CLAIM("a frame of more than 16 MiB is refused by its length",
	      ds_try_wire_read(&in, ends[1], DS_FRAME_MAX) == -EMSGSIZE && !in.text);
	ds_wire_in_free(&in);

	CLAIM("a queue is bounded",
	      ds_try_wire_queue(&out, "\0\20\0\0", 4, big_size + 4) == 0 &&
		      ds_try_wire_queue(&out, big, big_size, big_size + 4) == 0 &&
		      ds_try_wire_queue(&out, big, 1, big_size + 4) == -ENOBUFS);
	memset(big, 'x', big_size);
	for (state = 0; !state && flushed == 1;) {
		flushed = ds_try_wire_flush(&out, ends[0]);
		state = ds_try_wire_read(&in, ends[1], DS_FRAME_MAX);
	}
	CLAIM("who reads slowly gets all of it, and then no memory is held",
	      flushed == 0 && !out.data && state == 1 && in.size == big_size);
	close(ends[1]);
	CLAIM("who is gone is an error, not a signal",
	      ds_wire_send(ends[0], "x", 1, 1000) == -EPIPE);
	close(ends[0]);
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	CLAIM("waiting has a bound", ds_wire_receive(&in, ends[1], 100, 10) == -ETIMEDOUT);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	strictness();
	members();
	data();
	frames();
	return 0;
}
