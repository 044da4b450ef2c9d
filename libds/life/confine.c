// SPDX-License-Identifier: GPL-3.0-or-later
/* confine - see confine.h. */
#include "libds/life/confine.h"

#include <sys/personality.h>

#include "gen/config.h"
#include "libds/kernel/caps.h"
#include "libds/kernel/seccomp.h"

#define QUERY 0xffffffff /* personality(2) */

int ds_confine(const struct ds_spec *spec)
{
	int err = ds_spec_is_privileged(spec, DS_NOCAPS) ? 0 : ds_caps_drop();

	if (err < 0 || !ds_spec_is_privileged(spec, DS_NOSECCOMP))
		return err < 0 ? err : ds_seccomp_load();
	/* The shield keeps nothing from the guest but an old kernel from crashing. */
	if (CFG_SECCOMP && ds_seccomp_shield_wanted())
		err = ds_seccomp_load_shield();
	personality((unsigned long)personality(QUERY) & PER_MASK);
	return err;
}
