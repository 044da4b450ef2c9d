# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# lib.sh - what a shell test is written with
#
# A test begins with
#
#	. "${0%/*}/lib.sh"
#
# and then claims things. It has TOP, the tree; BIN, where the binaries are (also first in PATH); DS,
# $BIN/droidspaces; TMP, a scratch directory on disk that is removed afterwards; DS_WORKSPACE, its own
# workspace; NAME, a container name that no other test uses ($NAME-2 and so on are its own as well).

[ -z "${DS_LIB-}" ] || return 0
DS_LIB=1

# A test started by itself runs itself through the harness.
if [ -z "${DS_TAP-}" ]; then
	exec "$(dirname "$0")/run" -v "$0"
fi

. "$TOP/testsuite/base.sh"

BIN=${DS_BUILD:-$TOP/build}
DS=$BIN/droidspaces
PATH=$BIN:$PATH
export BIN DS PATH
FILE=${0##*/}

# --- claims ---------------------------------------------------------------------------------------------

# run_command COMMAND - evaluate it in a subshell that stops at the first failing command; leaves its exit
# status in _status and its output in $TMP/.stdout and $TMP/.stderr
run_command()
{
	(
		set -e
		eval "$1"
	) >"$TMP/.stdout" 2>"$TMP/.stderr"
	_status=$?
}

# explain COMMAND [EXPECTATION] - what a command did, for a failing or verbose check
explain()
{
	printf 'command: %s\n' "$1"
	[ -z "${2-}" ] || printf 'expected: %s\n' "$2"
	printf 'status: %d\n' "$_status"
	for _stream in stdout stderr; do
		[ -s "$TMP/.$_stream" ] || continue
		printf '%s:\n' "$_stream"
		tail -n 40 "$TMP/.$_stream" | tr -d '\000' | sed 's/^/  /'
	done
}

# report CLAIM COMMAND EXPECTATION - an empty expectation says that the check passed
report()
{
	if [ -n "$3" ]; then
		explain "$2" "$3" | tap not_ok "$FILE" "$1"
	elif [ "${DS_VERBOSE:-0}" = 1 ]; then
		explain "$2" | tap ok "$FILE" "$1"
	else
		tap ok "$FILE" "$1" </dev/null
	fi
}

# check CLAIM COMMAND - the command succeeds, every step of it
check()
{
	run_command "$2"
	_wrong=
	[ "$_status" -eq 0 ] || _wrong="status 0"
	report "$1" "$2" "$_wrong"
}

# check_status CLAIM N COMMAND - the command ends with that status
check_status()
{
	run_command "$3"
	_wrong=
	[ "$_status" -eq "$2" ] || _wrong="status $2"
	report "$1" "$3" "$_wrong"
}

# check_out CLAIM COMMAND TEXT - the command succeeds and prints that, trailing newlines aside
check_out()
{
	run_command "$2"
	_wrong=
	[ "$_status" -eq 0 ] && [ "$(cat "$TMP/.stdout")" = "$3" ] || _wrong="status 0 and stdout '$3'"
	report "$1" "$2" "$_wrong"
}

# check_err CLAIM N COMMAND REGEX - the command ends with that status and says so on stderr
check_err()
{
	run_command "$3"
	_wrong=
	[ "$_status" -eq "$2" ] && grep -qE -e "$4" "$TMP/.stderr" || _wrong="status $2 and stderr like '$4'"
	report "$1" "$3" "$_wrong"
}

# skip CLAIM REASON - this cannot be checked here
skip()
{
	tap skip "$FILE" "$1" "$2" </dev/null
}

# skip_file REASON - nothing more of this file can be checked here
skip_file()
{
	skip "all that follows" "$1"
	exit 0
}

need_root()
{
	[ "$(id -u)" -eq 0 ] || skip_file "needs root"
}

# need COMMAND... - or the rest of the file is skipped
need()
{
	for _command; do
		command -v "$_command" >/dev/null || skip_file "$_command is not installed"
	done
}

# on_ramdisk - is "/" the one that the kernel unpacked, which has no parent that pivot_root(2) could exchange it in?
on_ramdisk()
{
	[ -n "$(awk '$1 == $2 && $5 == "/"' /proc/self/mountinfo)" ]
}

# timeout SECONDS COMMAND... - as timeout(1), but a slow machine (DS_SLOW) has more of them
timeout()
{
	case $1 in
	-*) ;;
	*)
		_seconds=$(($1 * ${DS_SLOW:-1}))
		shift
		set -- "$_seconds" "$@"
		;;
	esac
	command timeout "$@"
}

# is_sanitized - is the program under test the build of "make sanitize"?
is_sanitized()
{
	ldd "$DS" 2>/dev/null | grep -q libasan
}

# is_without NAME - does DS_OLD take that from this run?
is_without()
{
	case ,${DS_OLD-}, in
	*,all,* | *",$1,"*) ;;
	*) return 1 ;;
	esac
}

# has_old - can on_old be used? Not in a run that is on an old kernel already.
has_old()
{
	[ -z "${DS_OLD-}" ] && [ "$(uname -m)" = x86_64 ] && command -v "${CC:-cc}" >/dev/null
}

# on_old LIST COMMAND... - run it, and what it starts, on a kernel that lacks that (oldkernel.c)
on_old()
{
	[ -x "$TMP/oldkernel" ] || "${CC:-cc}" -O1 -o "$TMP/oldkernel" "$TOP/testsuite/oldkernel.c" || return
	"$TMP/oldkernel" "$@"
}

# --- cleaning up ----------------------------------------------------------------------------------------

_cleanups=

# cleanup COMMAND - run it when the file ends, the last one first; not from a subshell
cleanup()
{
	_cleanups="$1
$_cleanups"
}

run_cleanups()
{
	_exit_status=$?
	trap '' TERM
	while IFS= read -r _command; do
		[ -z "$_command" ] || (eval "$_command") </dev/null
	done <<END
$_cleanups
END
	exit "$_exit_status"
}
trap run_cleanups EXIT
trap 'exit 143' TERM

# own_mnt - a /mnt that no test beside this one shares, for the mounts below /mnt/Droidspaces
own_mnt()
{
	mount -t tmpfs -o mode=755 tmpfs /mnt || skip_file "/mnt cannot be mounted on"
	cleanup "umount /mnt"
}

# --- guests ---------------------------------------------------------------------------------------------

# too_old RECIPE - print what its systemd cannot do without and DS_OLD takes away; ds-check names them, too
too_old()
{
	case $1 in
	trixie-systemd) set -- memfd_create ;;
	sid-systemd) set -- memfd_create pidfd_open pidfd_send_signal waitid_pidfd open_tree fsopen close_range cgroupns ;;
	*) return 1 ;;
	esac
	for _call; do
		! is_without "$_call" || { echo "its systemd needs $_call"; return 0; }
	done
	return 1
}

# guests - the recipes whose root file systems are built, limited by DS_GUESTS; a skip names each other one
guests()
{
	if [ "$(id -u)" -ne 0 ]; then
		skip "guests" "needs root"
		return
	fi
	for _recipe in ${DS_GUESTS:-$("$TOP/scripts/mkrootfs" --list)}; do
		if _reason=$(too_old "$_recipe"); then
			skip "guest $_recipe" "$_reason"
		elif _reason=$("$TOP/scripts/mkrootfs" --cached --tree "$_recipe" 2>&1); then
			printf '%s\n' "$_recipe"
		else
			skip "guest $_recipe" "$_reason"
		fi
	done
}

# guest_rootfs RECIPE [copy] - print a fresh writable root file system: an overlay over the cached tree,
# or with "copy" (and where overlayfs is missing) a directory of its own. It goes with the test.
guest_rootfs()
{
	_tree=$("$TOP/scripts/mkrootfs" --cached --tree "$1") || return 1
	_base=$(mktemp -d "$TMP/rootfs.XXXXXX") || return 1
	chmod 755 "$_base"
	if [ "${2-}" != copy ]; then
		mkdir "$_base/upper" "$_base/work" "$_base/root"
		chmod 755 "$_base/upper"
		if mount -t overlay overlay "$_base/root" \
			-o "lowerdir=$_tree,upperdir=$_base/upper,workdir=$_base/work" 2>/dev/null; then
			printf '%s\n' "$_base/root"
			return 0
		fi
		rmdir "$_base/upper" "$_base/work" "$_base/root"
	fi
	cp -a --reflink=auto "$_tree" "$_base/root" || return 1
	printf '%s\n' "$_base/root"
}

# Run inside a guest: succeeds once its init has done all that it does at boot, and prints the state. An
# init that knows no such state is idle when its boot scripts have ended and its services are started.
# shellcheck disable=SC2016
_idle_script='
case $(cat /proc/1/comm):$(readlink /proc/1/exe) in
systemd:*)
	state=$(systemctl is-system-running --wait)
	echo "$state"
	case $state in running | degraded) exit 0 ;; *) exit 1 ;; esac
	;;
*/busybox)
	pidof getty >/dev/null
	;;
runit:*)
	pidof runsvdir >/dev/null
	;;
*)
	if [ -d /run/openrc ]; then
		[ "$(rc-status --runlevel)" = default ] && ! pidof openrc openrc-run >/dev/null
	else
		case $(runlevel) in *[2-5]) ! pidof -x rc >/dev/null ;; *) exit 1 ;; esac
	fi
	;;
esac
'

# is_booted NAME [SECONDS] - wait until the guest is idle; prints systemd's word for it, running or degraded
is_booted()
{
	wait_until "${2:-90}" "ds-run -n '$1' /bin/sh -c \"\$_idle_script\" >'$TMP/.booted'"
	_booted=$?
	cat "$TMP/.booted"
	return "$_booted"
}
