// SPDX-License-Identifier: GPL-3.0-or-later
/* texts - see texts.h. */
#include "libds/core/texts.h"

#include <string.h>

#include "libds/core/err.h"
#include "libds/core/pack.h"

const char *ds_text(const char *text)
{
	return ds_texts_ready() ? text : "this program is damaged";
}

bool ds_texts_ready(void)
{
	return ds_pack_ready(DS_PACK_TEXTS);
}

int ds_texts_need(void)
{
	return ds_texts_ready() ? 0 : (ds_refuse)(DS_EXIT_FAILED, "");
}

const char *ds_text_next(const char *text)
{
	return text + strlen(text) + 1;
}
