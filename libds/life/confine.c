// SPDX-License-Identifier: GPL-3.0-or-later
/* confine - see confine.h. */
#include "libds/life/confine.h"

#include <sys/personality.h>

#include "gen/config.h"
#include "libds/kernel/caps.h"
#include "libds/kernel/seccomp.h"
#include "libds/life/user.h"

#define QUERY 0xffffffff /* personality(2) */

static int read_caps(struct ds_caps *caps, const struct ds_spec *spec)
{
	return ds_caps_parse(caps, ds_spec_is_privileged(spec, DS_NOCAPS), spec->cap_add,
			     spec->cap_drop);
}

int ds_confine_check(const struct ds_spec *spec)
{
	struct ds_caps caps;
	int err = read_caps(&caps, spec);

	return err < 0 ? err : ds_caps_check(&caps);
}

static int load_seccomp(const struct ds_spec *spec)
{
	int err = 0;

	if (!ds_spec_is_privileged(spec, DS_NOSECCOMP))
		return ds_seccomp_load();
	/* The shield keeps nothing from the guest but an old kernel from crashing. */
	if (CFG_SECCOMP && ds_seccomp_shield_wanted())
		err = ds_seccomp_load_shield();
	personality((unsigned long)personality(QUERY) & PER_MASK);
	return err;
}

int ds_confine(const struct ds_spec *spec, uint64_t caps, const struct ds_user *user)
{
	struct ds_caps left;
	int err = read_caps(&left, spec);

	left.kept &= caps;
	/* Before the capabilities: CAP_SYS_ADMIN loads it without no_new_privs. */
	if (!err)
		err = load_seccomp(spec);
	if (!err)
		err = ds_caps_bound(&left);
	if (!err && user)
		err = ds_user_become(user);
	return err < 0 ? err : ds_caps_drop(&left);
}
