// SPDX-License-Identifier: GPL-3.0-or-later
/* request - the bridge's parser, fed whatever a client may send: for clang -fsanitize=fuzzer (docs/daemon.md)
 *
 * The first byte says in which pieces the rest comes. However it comes, the parser is to ask for no more than
 * it has to, never beyond DS_REQUEST_MAX, and to say the same in the end. What it takes for a request is one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "libds/api/request.h"

#define MUST(condition)                                                                            \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

/* As the daemon reads: what the parser asks for, or less of it. The result, with what was read in *have. */
static int feed(const uint8_t *data, size_t size, size_t most, struct ds_request *request,
		size_t *have)
{
	int missing;

	*have = 0;
	for (;;) {
		/* Memory of the very length, so that reading beyond it is seen. */
		uint8_t *copy = malloc(*have ? *have : 1);
		size_t piece;

		MUST(copy);
		memcpy(copy, data, *have);
		missing = ds_try_request_parse(copy, *have, request);
		free(copy);
		if (missing <= 0)
			return missing;
		MUST(*have + (size_t)missing <= DS_REQUEST_MAX);
		piece = (size_t)missing < most ? (size_t)missing : most;
		if (*have + piece > size)
			return missing;
		*have += piece;
	}
}

static void look_at(const struct ds_request *request)
{
	MUST(request->opcode >= SOCKETD_PING && request->opcode <= SOCKETD_POLL_EVENTS);
	MUST(memchr(request->target, 0, sizeof(request->target)));
	MUST(request->timeout >= -1);
	if (request->opcode >= SOCKETD_INSPECT_CONTAINER && request->opcode <= SOCKETD_RESTART)
		MUST(*request->target);
	else
		MUST(!*request->target && request->timeout == -1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ds_request whole, pieces;
	size_t have, have_in_pieces;
	int result, in_pieces;

	if (!size)
		return 0;
	result = feed(data + 1, size - 1, DS_REQUEST_MAX, &whole, &have);
	in_pieces = feed(data + 1, size - 1, data[0] % 16 + 1, &pieces, &have_in_pieces);
	MUST((result > 0) == (in_pieces > 0));
	if (result <= 0)
		MUST(result == in_pieces && have == have_in_pieces);
	MUST(result >= 0 || result == -EBADMSG);
	if (!result) {
		look_at(&whole);
		MUST(whole.opcode == pieces.opcode && whole.timeout == pieces.timeout &&
		     whole.since == pieces.since && !strcmp(whole.target, pieces.target));
	}
	return 0;
}
