/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_API_DESCRIBE_H
#define DS_API_DESCRIBE_H

/* describe - a container as the records of the bridge have it. */

#include "docs/socketd_protocol.h"
#include "libds/life/find.h"

/* Copy a string into a member, cut where it is too long. */
#define DS_PUT_TEXT(member, text) ds_put_text(member, sizeof(member), text)
void ds_put_text(char *member, size_t size, const char *text);

/* Zeroed records are filled. */
void ds_describe_container(const struct ds_container *container, struct socketd_container *record);
void ds_describe_image(const struct ds_container *container, struct socketd_image *record);
void ds_describe_all(const struct ds_container *container, struct socketd_inspect *record);

#endif
