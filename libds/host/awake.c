// SPDX-License-Identifier: GPL-3.0-or-later
/* awake - see awake.h. */
#include "libds/host/awake.h"

#include <limits.h>

#include "libds/core/err.h"
#include "libds/core/str.h"
#include "libds/host/androidcmd.h"
#include "libds/host/setting.h"

static const struct {
	int since; /* ro.build.version.sdk */
	const char *path, *value;
} settings[] = {
	{31, "device_config/activity_manager/max_phantom_processes", "2147483647"},
	{32, "settings/global/settings_enable_monitor_phantom_procs", "false"},
	{24, "deviceidle/light", "0"},
	{24, "deviceidle/deep", "0"},
};

int ds_awake_hold(struct ds_undo *undo, const char *holder)
{
	char text[32];
	long long sdk = 0;
	struct ds_err why;
	int err;

	if (!ds_android_runs())
		return 0;
	err = ds_androidcmd_prop("ro.build.version.sdk", text, sizeof(text));
	if (!err)
		ds_try_number(text, 0, INT_MAX, &sdk);
	if (err < 0)
		return ds_err_in("keep Android awake");
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (sdk < settings[i].since ||
		    ds_setting_hold(undo, holder, settings[i].path, settings[i].value) == 0)
			continue;
		if (!err)
			why = *ds_err_last();
		err = -1;
	}
	if (!err)
		return 0;
	ds_err_set(&why);
	return ds_err_in("keep Android awake");
}
