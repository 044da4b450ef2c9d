// SPDX-License-Identifier: GPL-3.0-or-later
/* confine - see confine.h. */
#include "libds/life/confine.h"

#include <string.h>

#include "gen/config.h"
#include "libds/core/err.h"
#include "libds/kernel/caps.h"
#include "libds/kernel/seccomp.h"
#include "libds/life/user.h"

struct settings {
	struct ds_caps caps;
	struct ds_seccomp seccomp;
};

static int read_settings(struct settings *settings, const struct ds_spec *spec)
{
	static const char words[][5] = {
		[DS_SHIELD_AUTO] = "auto", [DS_SHIELD_ON] = "on", [DS_SHIELD_OFF] = "off"};
	int err = ds_caps_parse(&settings->caps, ds_spec_is_privileged(spec, DS_NOCAPS),
				spec->cap_add, spec->cap_drop);

	/* The shield stays: it keeps nothing from the guest but an old kernel from crashing. */
	settings->seccomp = (struct ds_seccomp){
		.caps_added = settings->caps.added,
		.block_namespaces = CFG_SECCOMP_OPTIONS && spec->block_nested_ns,
		.no_base = ds_spec_is_privileged(spec, DS_NOSECCOMP),
	};
	if (err < 0 || !CFG_SECCOMP_OPTIONS || !*spec->seccomp_shield)
		return err;
	for (unsigned i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(spec->seccomp_shield, words[i]) == 0) {
			settings->seccomp.shield = i;
			return 0;
		}
	}
	return ds_refuse(DS_EXIT_USAGE, "seccomp shield %.20s: neither auto, on nor off",
			 spec->seccomp_shield);
}

int ds_confine_check(const struct ds_spec *spec)
{
	struct settings settings;
	int err = read_settings(&settings, spec);

	return err < 0 ? err : ds_caps_check(&settings.caps);
}

int ds_confine(const struct ds_spec *spec, uint64_t caps, const struct ds_user *user)
{
	struct settings settings;
	int err = read_settings(&settings, spec);

	settings.caps.kept &= caps;
	/* Before the capabilities: CAP_SYS_ADMIN loads it without no_new_privs. */
	if (!err)
		err = ds_seccomp_load(&settings.seccomp);
	ds_personality_reset();
	if (!err)
		err = ds_caps_bound(&settings.caps);
	if (!err && user)
		err = ds_user_become(user);
	return err < 0 ? err : ds_caps_drop(&settings.caps);
}
