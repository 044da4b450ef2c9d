# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# guest.sh - what is asked of a real distribution wherever its files come from; sourced after lib.sh
#
# $guest is the recipe's name, $NAME the container, $root its rootfs where that is a directory.

# --- what differs from guest to guest -------------------------------------------------------------------

# reboot_of GUEST, poweroff_of GUEST - the commands that its own people would type
reboot_of()
{
	case $1 in
	*-systemd) echo systemctl reboot ;;
	*-sysvinit) echo init 6 ;;
	*) echo reboot ;;
	esac
}

poweroff_of()
{
	case $1 in
	*-systemd) echo systemctl poweroff ;;
	*-sysvinit) echo init 0 ;;
	*) echo poweroff ;;
	esac
}

# --- what is asked of all -------------------------------------------------------------------------------

run()
{
	ds-run -n "$NAME" "$@"
}

# boots - it reaches its idle state, and every service that is meant to run does
boots()
{
	is_booted "$NAME" || return 1
	case $guest:$(cat "$TMP/.booted") in
	*-openrc:) ! run 'rc-status sysinit; rc-status default' | grep -E 'stopped|crashed|failed' ;;
	*: | *:running) ;;
	*)
		run systemctl --failed --no-pager --no-legend
		return 1
		;;
	esac
}

# is_new OLD - a PID 1 other than OLD runs
is_new()
{
	_pid=$(ds-pid -n "$NAME") && [ "$_pid" != "$1" ]
}

# host_is_writable - / and /sys, whose superblocks a guest may share with the host, and the guest's own tree
host_is_writable()
{
	awk -v root="$root" '
		$5 == "/" || $5 == "/sys" || $5 == root {
			seen++
			if ($6 !~ /^rw(,|$)/ || $NF !~ /^rw(,|$)/) { print; wrong = 1 }
		}
		END { exit wrong || seen < 2 }
	' /proc/self/mountinfo
}

# nothing_left - of a container that has ended
nothing_left()
{
	wait_until 5 "! pgrep -f '^\[ds-monitor\]' && ! pgrep -x '\[ds-monitor\]'"
	[ "$(ds-status -n "$NAME")" = "$NAME: not running" ]
	[ -z "$(find "$DS_WORKSPACE/Pids" "$DS_WORKSPACE/Host" -type f ! -name '*.lock' 2>/dev/null)" ]
	[ -z "$(find "$DS_WORKSPACE" -type s)" ]
	[ -z "$(find /sys/fs/cgroup -type d -path "*/droidspaces/*" -name "$NAME" 2>/dev/null)" ]
}

restarts()
{
	_old=$(ds-pid -n "$NAME")
	ds-restart -n "$NAME"
	is_new "$_old"
	boots
}

reboots_itself()
{
	_old=$(ds-pid -n "$NAME")
	_uuid=$(ds-info -n "$NAME" --json | jq -r .uuid)
	# shellcheck disable=SC2046
	run -- $(reboot_of "$1") || :
	wait_until 20 "is_new $_old"
	boots
	[ "$(ds-info -n "$NAME" --json | jq -r .uuid)" = "$_uuid" ]
	run test -e "/run/droidspaces/$_uuid"
}

powers_itself_off()
{
	# shellcheck disable=SC2046
	run -- $(poweroff_of "$1") || :
	wait_until 20 "! ds-status -n $NAME"
	nothing_left
}
