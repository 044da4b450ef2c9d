# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# leak.sh - what a test must leave as it found it
#
# snapshot prints one sorted line for each thing watched, "KIND WHAT"; compare prints the lines that
# differ, "left KIND WHAT" or "lost KIND WHAT"; repair puts back what it can. To watch one more thing, add
# a watch_ function to snapshot.

snapshot()
{
	{
		watch_mounts
		watch_loops
		watch_cgroups
		watch_sysctls
		watch_ipc
		watch_devices
		watch_links
		watch_files
	} 2>/dev/null | LC_ALL=C sort
}

# mountinfo without its ids and propagation fields, which say nothing about what is mounted where
watch_mounts()
{
	sed -E 's/^[0-9]+ [0-9]+ ([^ ]+ [^ ]+ [^ ]+ [^ ]+) .*- /mount \1 /' /proc/self/mountinfo
}

watch_loops()
{
	for _loop in /sys/block/loop*/loop; do
		[ -e "$_loop/backing_file" ] || continue
		_name=${_loop%/loop}
		printf 'loop /dev/%s %s\n' "${_name##*/}" "$(cat "$_loop/backing_file")"
	done
}

cgroup_mounts()
{
	awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts | LC_ALL=C sort -u
}

# The program's cgroups in every hierarchy, and the controllers handed down from each v2 root
watch_cgroups()
{
	cgroup_mounts | while read -r _mount; do
		find "$_mount" -type d -name droidspaces -exec find {} -maxdepth 2 -type d -printf 'cgroup %p\n' \;
		_controllers=$_mount/cgroup.subtree_control
		[ ! -e "$_controllers" ] || printf 'controllers %s=%s\n' "$_controllers" "$(cat "$_controllers")"
	done | LC_ALL=C sort -u
}

# Every sysctl that can be written, but for those that change by themselves
watch_sysctls()
{
	find /proc/sys -type f -perm -u=rw ! -path '/proc/sys/kernel/random/*' \
		! -path /proc/sys/kernel/ns_last_pid ! -name max_newidle_lb_cost -exec grep -sH '' {} + | sed 's/^\([^:]*\):/sysctl \1=/'
}

watch_ipc()
{
	for _kind in msg sem shm; do
		awk -v kind="$_kind" 'NR > 1 { print "ipc", kind, $1, $2 }' "/proc/sysvipc/$_kind"
	done
}

# The nodes of the shared devtmpfs. Loop nodes come with the first use of loop-control and stay.
watch_devices()
{
	find /dev -xdev ! -name 'loop[0-9]*' ! -path /dev -printf 'device %p %y %i %m %U:%G %l\n'
}

# Each link and whether it is up, and the routes, which go when their link is taken down
watch_links()
{
	for _link in /sys/class/net/*; do
		printf 'link %s %s\n' "${_link##*/}" "$(($(cat "$_link/flags") & 1))"
	done
	awk 'NR > 1 { print "route", $1, $2, $3, $8 }' /proc/net/route
}

watch_files()
{
	find / -maxdepth 1 -printf 'file %p %y %m %U:%G %l\n'
	find /run/droidspaces /run/systemd/container -maxdepth 1 -printf 'file %p\n'
	find /var/lib/Droidspaces /mnt/Droidspaces -xdev -maxdepth 2 -printf 'file %p %y\n'
	for _file in fstab group hostname hosts machine-id mtab passwd resolv.conf shadow; do
		find "/etc/$_file" -printf 'file %p %y %i %s %m %U:%G %T@\n'
	done
}

# compare BEFORE AFTER - the differences of two snapshots, one a line
compare()
{
	LC_ALL=C comm -3 "$1" "$2" | sed -e 's/^\t/left /;t' -e 's/^/lost /'
}

# own NAME DIR - of the differences on stdin those that are this test's own while others run beside it:
# what its private namespaces hold, and what bears its name or lies in its directory
own()
{
	grep -E -e '^(left|lost) (mount|ipc) ' -e '^(left|lost) sysctl /proc/sys/kernel/(host|domain)name=' \
		-e "/droidspaces/(.monitor/)?$1([-.][^/]*)?(/guest)?\$" -e "$2(/|\$)" || true
}

# repair - put back what the differences on stdin tell of, as far as that can be done
repair()
{
	LC_ALL=C sort -r | while read -r _how _kind _what; do
		case $_how:$_kind in
		left:cgroup)
			wait_until 5 "[ ! -d '$_what' ] || find '$_what' -depth -type d -exec rmdir {} +"
			;;
		left:loop)
			losetup -d "${_what%% *}"
			;;
		lost:sysctl)
			printf '%s\n' "${_what#*=}" >"${_what%%=*}"
			;;
		lost:link)
			case $_what in *' 1') ip link set "${_what% 1}" up ;; esac
			;;
		lost:mount)
			# A file system that a guest shares with the host and has made read-only for both
			case ${_what##* } in
			rw | rw,*) mount -o remount,rw "$(printf '%s\n' "$_what" | cut -d ' ' -f 3)" ;;
			esac
			;;
		esac
	done 2>/dev/null || true
}
