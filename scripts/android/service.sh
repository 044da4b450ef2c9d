#!/system/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# service.sh - at boot start the droidspaces containers that are marked for it
#
# Magisk, KernelSU and APatch run it while Android is still coming up. What it says is in autostart.log of the
# workspace.

workspace=/data/local/Droidspaces
[ -x "$workspace/bin/ds-autostart" ] || exit 0

is_up()
{
	[ "$(getprop sys.boot_completed)" = 1 ]
}

# resetprop waits for the event. What has none of that kind must look again.
is_up || resetprop -w sys.boot_completed 0 >/dev/null 2>&1
until is_up; do sleep 1; done

exec "$workspace/bin/ds-autostart" >"$workspace/autostart.log" 2>&1 </dev/null
