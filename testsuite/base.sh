# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# base.sh - what every part of the harness shares: reporting a result, waiting for a condition
#
# Results go to the fifo and the tally in $DS_TAP, never to a descriptor that a test could pass on.

# tap ok|not_ok|skip FILE CLAIM [REASON] <DIAGNOSTICS - report one result
tap()
{
	(
		kind=$1 file=$2 claim=$3 reason=${4-}
		diagnostics=$(cat)
		if [ "$kind" = skip ] && [ "${DS_STRICT:-0}" = 1 ]; then
			kind=not_ok
			diagnostics="skipped, and DS_STRICT=1: $reason"
		fi

		exec 9>"$DS_TAP/lock"
		flock 9
		printf '%s %s\n' "$kind" "$file" >>"$DS_TAP/tally"
		number=$(wc -l <"$DS_TAP/tally")
		{
			case $kind in
			ok) printf 'ok %d - %s: %s\n' "$number" "$file" "$claim" ;;
			not_ok) printf 'not ok %d - %s: %s\n' "$number" "$file" "$claim" ;;
			skip) printf 'ok %d - %s: %s # SKIP %s\n' "$number" "$file" "$claim" "$reason" ;;
			esac
			[ -z "$diagnostics" ] || printf '%s\n' "$diagnostics" | sed 's/^/#   /'
		} >>"$DS_TAP/out"
	)
}

# tally ok|not_ok|skip [FILE] - how many results of that kind so far
tally()
{
	grep -c "^$1 ${2:-.*}\$" "$DS_TAP/tally" || true
}

# wait_until SECONDS COMMAND - poll until the shell command succeeds; 1 when time is up, which a slow machine
# (DS_SLOW) has more of. For what tests wait for, which may offer no event; the program itself never polls.
wait_until()
{
	_deadline=$(($(date +%s) + $1 * ${DS_SLOW:-1}))
	until (eval "$2") >/dev/null 2>&1; do
		[ "$(date +%s)" -lt "$_deadline" ] || return 1
		sleep 0.05
	done
}
