#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# session.sh - run one test file and report what it leaves behind
#
# usage: session.sh FILE, by testsuite/run only. For root this is PID 1 of the test's own mount, PID, IPC
# and UTS namespaces: the test sees no process of the host, can signal none, and what is alive in here when
# it has ended is what it left. The cgroups, devices, links and network sysctls are still the host's.

set -u

. "$TOP/testsuite/base.sh"
. "$TOP/testsuite/leak.sh"

path=$1
file=${path##*/}
state=$DS_TAP/$file

# in_namespace - is every process that can be seen here the test's?
in_namespace()
{
	[ $$ -eq 1 ] && [ "$(id -u)" -eq 0 ]
}

# run_file - run the test file to its end or its time limit, in a session without a terminal. A shell's
# background children ignore SIGINT, which a guest must not inherit.
run_file()
{
	# shellcheck disable=SC2016
	set -- sh -c '. "$TOP/testsuite/lib.sh"; . "$0"' "$path"
	[ "${file##*.}" != exp ] || set -- expect -f "$path"
	env --default-signal=INT,QUIT setsid --wait timeout -k 5 "$DS_TIMEOUT" "$@" \
		</dev/null >"$state.log" 2>&1 &
	wait $!
}

# report_end STATUS - a file must come to its end and have claimed something
report_end()
{
	case $1 in
	0)
		if [ "$(tally '[a-z_]*' "$file")" -eq 0 ]; then
			tap not_ok "$file" "claims something" </dev/null
		elif [ "$DS_VERBOSE" = 1 ]; then
			sed 's/^/# /' "$state.log" >>"$DS_TAP/out"
		fi
		;;
	124 | 137)
		tail -n 30 "$state.log" | tap not_ok "$file" "ends within $DS_TIMEOUT seconds"
		;;
	*)
		{
			printf 'it ended with status %d; the end of its output:\n' "$1"
			tail -n 30 "$state.log"
		} | tap not_ok "$file" "runs to its end"
		;;
	esac
}

# living - the processes beside this shell that are not yet zombies, "PID NAME". No child of this shell
# may run here: it would be counted.
living()
{
	for _dir in /proc/[0-9]*; do
		_pid=${_dir#/proc/}
		[ "$_pid" -ne 1 ] || continue
		while read -r _key _value; do
			case $_key in
			Name:) _name=$_value ;;
			State:) break ;;
			esac
		done 2>/dev/null <"$_dir/status" || continue
		case $_value in
		Z* | X*) ;;
		*) printf '%s %s\n' "$_pid" "$_name" ;;
		esac
	done
}

# is_quiet - has the test left no process?
is_quiet()
{
	living >"$state.living"
	[ ! -s "$state.living" ]
}

# settle - give what is ending one second to end; then report and end the rest
settle()
{
	_tries=0
	until is_quiet; do
		[ "$_tries" -lt 20 ] || break
		_tries=$((_tries + 1))
		sleep 0.05
	done
	! is_quiet || return 0

	sed 's/^/left process /' "$state.living"
	for _pid_file in "$DS_WORKSPACE"/Pids/*.pid; do
		[ -e "$_pid_file" ] || continue
		_name=${_pid_file##*/}
		timeout -k 1 10 "${DS_BUILD:-$TOP/build}/ds-stop" --timeout=0 -n "${_name%.pid}" >/dev/null 2>&1
	done
	_tries=0
	until is_quiet || [ "$_tries" -ge 100 ]; do
		while read -r _pid _name; do
			kill -KILL "$_pid" 2>/dev/null
		done <"$state.living"
		_tries=$((_tries + 1))
		sleep 0.05
	done
}

# unmount_rootfs - the overlays of guest_rootfs are the harness's, not the test's
unmount_rootfs()
{
	awk -v top="$TMP/rootfs." 'index($2, top) == 1 && $2 ~ /\/root$/ { print $2 }' /proc/self/mounts |
		while read -r _mount; do
			umount "$_mount" || umount -l "$_mount"
		done
}

# differences - what the file leaves, one thing a line
differences()
{
	! in_namespace || settle
	unmount_rootfs
	find "$DS_WORKSPACE/Pids" "$DS_WORKSPACE/Host" "$DS_WORKSPACE/Volatile" -mindepth 1 \
		-printf 'left file %p\n' 2>/dev/null
	snapshot >"$state.after"
	if [ "$DS_PARALLEL" = 1 ]; then
		compare "$state.before" "$state.after" | own "$NAME" "$TMP"
	else
		compare "$state.before" "$state.after"
	fi
}

snapshot >"$state.before"
run_file
report_end $?
differences >"$state.leaks"
if [ -s "$state.leaks" ]; then
	tap not_ok "$file" "leaves the host as it found it" <"$state.leaks"
	repair <"$state.leaks"
else
	tap ok "$file" "leaves the host as it found it" </dev/null
fi
