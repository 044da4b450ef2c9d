// SPDX-License-Identifier: GPL-3.0-or-later
/* describe - see describe.h. */
#include "libds/api/describe.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/life/bind.h"
#include "libds/life/env.h"
#include "libds/life/image.h"
#include "libds/life/inspect.h"
#include "libds/life/limits.h"
#include "libds/life/livebind.h"

void ds_put_text(char *member, size_t size, const char *text)
{
	size_t len = strnlen(text, size - 1);

	memcpy(member, text, len);
}

/* As ds-info has it. */
static uint8_t net_of(const struct ds_container *c)
{
	static const char *const modes[] = {
		[SOCKETD_NET_HOST] = "host",
		[SOCKETD_NET_NAT] = "nat",
		[SOCKETD_NET_NONE] = "none",
		[SOCKETD_NET_GATEWAY] = "gateway",
	};
	const char *mode = ds_conf_get(&c->spec.conf, "net_mode");

	for (uint8_t i = 0; mode && i < sizeof(modes) / sizeof(*modes); i++) {
		if (strcmp(mode, modes[i]) == 0)
			return i;
	}
	return SOCKETD_NET_HOST;
}

static bool runs(const struct ds_container *c)
{
	return c->life == DS_RUNNING;
}

/* Members of the same names in both. */
#define PUT_COMMON(c, record)                                                                      \
	do {                                                                                       \
		char hostname_[DS_HOSTNAME_MAX + 1];                                               \
                                                                                                   \
		ds_inspect_hostname(c, hostname_);                                                 \
		DS_PUT_TEXT((record)->name, (c)->name);                                            \
		DS_PUT_TEXT((record)->uuid, (c)->spec.uuid);                                       \
		DS_PUT_TEXT((record)->hostname, hostname_);                                        \
		DS_PUT_TEXT((record)->init, ds_spec_init_path(&(c)->spec));                        \
		(record)->net = net_of(c);                                                         \
		if (runs(c)) {                                                                     \
			SOCKETD_PUT((record)->pid, (c)->state.init.pid);                           \
			SOCKETD_PUT((record)->started, (c)->state.started);                        \
		}                                                                                  \
	} while (0)

void ds_describe_container(const struct ds_container *c, struct socketd_container *record)
{
	PUT_COMMON(c, record);
	DS_PUT_TEXT(record->rootfs, c->spec.rootfs_path);
}

/* A file system that keeps no birth of files, or a kernel that does not tell of it: 0, unknown. */
static int64_t birth_of(const char *path)
{
	struct ds_statx st;

	if (ds_sys_statx(AT_FDCWD, path, DS_AT_STATX_DONT_SYNC, DS_STATX_BTIME, &st) < 0 ||
	    !(st.mask & DS_STATX_BTIME))
		return 0;
	return st.birth;
}

void ds_describe_image(const struct ds_container *c, struct socketd_image *record)
{
	DS_PUT_TEXT(record->name, c->name);
	DS_PUT_TEXT(record->rootfs, c->spec.rootfs_path);
	DS_PUT_TEXT(record->uuid, c->spec.uuid);
	SOCKETD_PUT(record->running, runs(c));
	SOCKETD_PUT(record->created, birth_of(c->spec.rootfs_path));
}

static void put_rootfs(const struct ds_container *c, struct socketd_inspect *record)
{
	const char *path = c->spec.rootfs_path;
	char mounted[PATH_MAX];
	struct stat st;

	record->image_mount = CFG_IMAGES && *path && stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
	if (!record->image_mount) {
		DS_PUT_TEXT(record->rootfs, path);
		return;
	}
	DS_PUT_TEXT(record->image, path);
	if (runs(c) && ds_str_fmt(mounted, sizeof(mounted), DS_IMAGE_MOUNTS "/%s", c->name) == 0)
		DS_PUT_TEXT(record->rootfs, mounted);
}

/* In force while it runs, else as configured; 0 = none. */
static int64_t limit_of(const struct ds_container *c, enum ds_limit limit)
{
	char text[DS_LIMIT_TEXT];
	long long number;

	if (!CFG_LIMITS)
		return 0;
	if (runs(c))
		return ds_limit_in_force(c, limit, text) ? (int64_t)ds_str_digits(text, 10, NULL)
							 : 0;
	number = ds_limit_number(&c->spec, limit);
	return number < 0 ? 0 : number;
}

/* What its init is given. */
static void put_envs(const struct ds_container *c, struct socketd_inspect *record)
{
	auto_env env = {0};
	size_t shown = 0;

	/* A file that is gone by now leaves the rest. */
	ds_env_init(&env, &c->spec);
	for (; shown < env.count && shown < SOCKETD_ENVS; shown++) {
		struct socketd_env *to = &record->envs[shown];
		const char *equals = strchr(env.vars[shown], '=');
		size_t len = (size_t)(equals - env.vars[shown]);

		memcpy(to->key, env.vars[shown], len < sizeof(to->key) ? len : sizeof(to->key) - 1);
		DS_PUT_TEXT(to->value, equals + 1);
	}
	SOCKETD_PUT(record->envs_shown, shown);
	SOCKETD_PUT(record->envs_total, env.count);
}

/* Those of its start, then those added since. */
static void put_binds(const struct ds_container *c, struct socketd_inspect *record)
{
	const char *const lists[] = {c->spec.bind_mounts, ds_livebind_list(c)};
	struct ds_bind bind;
	size_t total = 0;

	for (int i = 0; i < 2; i++) {
		const char *list = lists[i];

		for (; ds_bind_next(&list, &bind) > 0; total++) {
			struct socketd_bind *to;

			if (total >= SOCKETD_BINDS)
				continue;
			to = &record->binds[total];
			DS_PUT_TEXT(to->source, bind.source);
			DS_PUT_TEXT(to->destination, bind.target);
			to->read_only = !!(bind.options & DS_BIND_RO);
		}
	}
	SOCKETD_PUT(record->binds_shown, total < SOCKETD_BINDS ? total : SOCKETD_BINDS);
	SOCKETD_PUT(record->binds_total, total < UINT16_MAX ? total : UINT16_MAX);
}

static void put_flags(const struct ds_spec *spec, struct socketd_inspect *record)
{
	unsigned privileged = 0;

	for (unsigned bit = DS_NOMASK; bit <= DS_SHARED; bit <<= 1)
		privileged |= ds_spec_is_privileged(spec, bit) ? bit : 0;
	SOCKETD_PUT(record->privileged, privileged);
	record->foreground = spec->foreground;
	record->volatile_mode = spec->volatile_mode;
	record->force_cgroupv1 = spec->force_cgroupv1;
	record->disable_ipv6 = spec->disable_ipv6;
	record->android_storage = spec->enable_android_storage;
	record->selinux_permissive = spec->selinux_permissive;
	record->hw_access = spec->enable_hw_access;
	record->gpu = spec->enable_gpu;
	record->block_nested = spec->block_nested_ns;
}

_Static_assert((int)SOCKETD_PRIVILEGED_NOMASK == DS_NOMASK &&
		       (int)SOCKETD_PRIVILEGED_NOCAPS == DS_NOCAPS &&
		       (int)SOCKETD_PRIVILEGED_NOSECCOMP == DS_NOSECCOMP &&
		       (int)SOCKETD_PRIVILEGED_UNFILTERED_DEV == DS_UNFILTERED_DEV &&
		       (int)SOCKETD_PRIVILEGED_SHARED == DS_SHARED,
	       "the bits are promised");

void ds_describe_all(const struct ds_container *c, struct socketd_inspect *record)
{
	SOCKETD_PUT(record->version, SOCKETD_INSPECT_VERSION);
	SOCKETD_PUT(record->size, sizeof(*record));
	PUT_COMMON(c, record);
	put_rootfs(c, record);
	DS_PUT_TEXT(record->dns, c->spec.dns_servers);
	SOCKETD_PUT(record->memory_limit, limit_of(c, DS_LIMIT_MEMORY));
	SOCKETD_PUT(record->cpu_quota, limit_of(c, DS_LIMIT_QUOTA));
	SOCKETD_PUT(record->cpu_period, limit_of(c, DS_LIMIT_PERIOD));
	SOCKETD_PUT(record->pids_limit, limit_of(c, DS_LIMIT_PIDS));
	put_flags(&c->spec, record);
	if (CFG_BIND_MOUNTS)
		put_binds(c, record);
	put_envs(c, record);
	ds_err_clear();
}
