// SPDX-License-Identifier: GPL-3.0-or-later
/* ds-update - change a container's limits
 *
 * usage: ds-update [OPTION]... NAME
 *
 * Sets the limits of a container, at once where it runs, and keeps them for its next starts. What is not
 * given stays; max or '' takes a limit away. All of them are set, or none.
 *
 * exit status: 0 done, 1 failed, 2 usage, 3 no such container, 5 the kernel lacks
 * what is needed, or the running container has no place for such a limit, 6 permission
 *
 * example: ds-update --memory=2G --cpus=1.5 web
 * example: ds-update --pids-limit=max web
 *
 * config UPDATE
 *	bool "ds-update"
 *	depends on LIMITS
 *	default y
 *	help
 *	  Changes the limits of a container while it runs.
 */
#include "libds/life/spec.h"
#define OPTIONS(X)                                                                                 \
	X(STRING, name, 'n', "name", "NAME", ALWAYS, "the container")                              \
	LIMIT_OPTIONS(X)

#include "applets/applet.h"
APPLET(update)
#include "applets/act.h"
#include "applets/report.h"
#include "libds/core/auto.h"
#include "libds/host/state.h"
#include "libds/life/limits.h"
#include "libds/life/scan.h"

static int change(struct ds_spec *spec, const struct act_settings *settings)
{
	int err = act_apply(spec, settings);

	return err < 0 ? err : ds_limits_check(spec);
}

/* The stored settings and those of its present life may differ in what is not given. */
static int update(const char *name, const struct act_settings *settings)
{
	auto_container c = {0};
	auto_spec stored = {0}, live = {0};
	auto_free char *was = NULL;
	int err = ds_scan_look(&c, name);

	if (!err)
		err = act_load_stored(&stored, name);
	if (!err)
		err = change(&stored, settings);
	if (!err)
		err = ds_spec_from_conf(&live, &c.spec.conf);
	if (!err)
		err = change(&live, settings);
	if (!err)
		err = ds_limits_check_host(&live);
	if (!err)
		err = ds_spec_save(&stored, &was);
	if (!err && c.life == DS_RUNNING) {
		err = ds_limits_update(&c, &live);
		if (err < 0)
			ds_spec_unsave(&stored, was);
	}
	return err;
}

int update_main(int argc, char **argv)
{
	struct options o = {0};
	const char *name;
	bool given = false;
	int lock_fd, err;

	if (!parse(&o, argc, argv, 0, 1))
		return o.status;
	/* Behind the name. */
	const struct act_settings settings = {applet_rows + 1, &o, DS_SPEC_memory_limit, DS_LIMITS};

	err = act_begin(o.workspace);
	if (!err)
		err = report_target(o.name, o.operands, &name);
	if (!err && !name)
		err = ds_refuse(DS_EXIT_USAGE, "an operand is missing: the container's name");
	for (size_t i = 0; i < settings.count; i++)
		given |= *((const bool *)&o + settings.rows[i].given);
	if (!err && !given)
		err = ds_refuse(DS_EXIT_USAGE, "no limit is given");
	if (!err)
		err = ds_name_check(name);
	if (err < 0)
		return applet_fail();
	lock_fd = ds_state_lock(name, true);
	err = lock_fd < 0 ? lock_fd : update(name, &settings);
	ds_state_unlock(name, &lock_fd);
	if (err < 0) {
		ds_err_in("update %s", name);
		return applet_fail();
	}
	return DS_EXIT_OK;
}
