/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_LIFE_ENV_H
#define DS_LIFE_ENV_H

/* env - the environment of a process in the guest, built from nothing. */

#include <stddef.h>

#include "libds/life/spec.h"

#define DS_ENV_MAX 256        /* variables */
#define DS_ENV_FILE_MAX 65536 /* bytes read of a file of variables */

struct ds_env {
	char *vars[DS_ENV_MAX + 1]; /* owned "KEY=VALUE", NULL-terminated: as execve(2) takes it */
	size_t count;
};

#define auto_env __attribute__((cleanup(ds_env_free))) struct ds_env

void ds_env_free(struct ds_env *env);

/* Set or replace. The key must be a name (letters, digits, '_'; no digit first): -EINVAL. */
int ds_env_set(struct ds_env *env, const char *key, const char *value);

const char *ds_env_get(const struct ds_env *env, const char *key);

/* Set from "KEY=VALUE" as it stands; exit 2 when it is none. */
int ds_env_put(struct ds_env *env, const char *assignment);

/* Set from text in the manner of /etc/environment (pam_env(8)): a KEY=VALUE line each, "export "
 * before it and quotes around the value removed, lines from # on passed over. Lines that are
 * nothing of the kind are ignored if lax, else exit 2 naming the line. */
int ds_env_parse(struct ds_env *env, const char *text, bool lax);

/* What every process of the guest gets: PATH, LANG, container, container_uuid. */
int ds_env_common(struct ds_env *env, const struct ds_spec *spec);

/* The environment of the guest's init: common, the init's own, then the user's --env file. */
int ds_env_init(struct ds_env *env, const struct ds_spec *spec);

#endif
