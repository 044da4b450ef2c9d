#!/system/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# install-android.sh - install droidspaces on a rooted phone, or upgrade it
#
# usage: sh install-android.sh [--no-service] [PROGRAM]
#        sh install-android.sh --uninstall
#
# For a root shell on the phone, in recovery too. Takes the program for this machine from the unpacked tarball that
# it lies in, or PROGRAM, to /data/local/Droidspaces/bin, with a link for each command. A program that is there is
# replaced by rename(2): at every moment there is a whole one, and containers that run keep theirs until
# they stop. Where Magisk, KernelSU or APatch run scripts from /data/adb/service.d, one is put there that
# calls ds-autostart at boot, unless their module does that or --no-service says no.
#
# --uninstall removes what this installs. Containers, images and logs stay.
#
# Written for mksh with toybox, and for busybox.

set -eu
umask 022

workspace=/data/local/Droidspaces
bin=$workspace/bin
service_dir=/data/adb/service.d
service=$service_dir/droidspaces.sh
module=/data/adb/modules/droidspaces
here=$(cd "$(dirname "$0")" && pwd)

die()
{
	echo "install-android.sh: $1" >&2
	exit 1
}

# to_disk PATH - wait until it is there; toybox calls it fsync, others know "sync FILE", the rest syncs all
to_disk()
{
	fsync "$1" 2>/dev/null || sync "$1" 2>/dev/null || sync
}

# replace FILE TARGET MODE - write, sync, chmod, rename; a temporary of an attempt that was cut off is replaced
replace()
{
	new=${2%/*}/.${2##*/}.new
	rm -f "$new"
	cp "$1" "$new"
	cmp -s "$1" "$new" || die "$new could not be written"
	chown 0:0 "$new"
	chmod "$3" "$new"
	[ -z "${4-}" ] || "$4" "$new"
	to_disk "$new"
	mv -f "$new" "$2"
	new=
	to_disk "${2%/*}"
}

machine()
{
	case $(uname -m) in
	aarch64 | arm64) echo aarch64 ;;
	# armv8l is a 64-bit kernel's word to a 32-bit shell, or a 32-bit kernel's: this one runs on both.
	armv7* | armv8*) echo armhf ;;
	x86_64) echo x86_64 ;;
	i?86) echo x86 ;;
	riscv64) echo riscv64 ;;
	*) die "there is no program for $(uname -m)" ;;
	esac
}

# Where it comes from nothing may be executable (/sdcard): it is tried where it goes.
try_program()
{
	version=$("$1" version 2>&1) || die "the program does not run here: $version"
}

is_our_link()
{
	[ -L "$1" ] && [ "$(readlink "$1")" = "$bin/droidspaces" ]
}

is_our_service()
{
	[ -f "$service" ] && grep -q '^# service.sh - .*droidspaces' "$service"
}

install()
{
	mkdir -p "$bin"
	replace "$1" "$bin/droidspaces" 755 try_program
	"$bin/droidspaces" --install -s "$bin" || die "not all commands have their link"
	echo "droidspaces $version: $bin"
	if [ -n "$with_service" ] && [ -d "$service_dir" ] && [ ! -d "$module" ]; then
		[ ! -e "$service" ] || is_our_service || die "$service is there and not from here"
		for script in "$here/service.sh" "$here/android/service.sh"; do
			[ -f "$script" ] && break
		done
		replace "$script" "$service" 755
		echo "at boot: $service"
	elif is_our_service; then
		rm -f "$service"
	fi
}

uninstall()
{
	running=$("$bin/droidspaces" show --running --format 2>/dev/null | sed -n 's/^RUN_CONTAINERS=//p')
	[ "${running:-0}" = 0 ] || die "containers run: $running; stop them first"
	for link in "$bin"/ds-*; do
		! is_our_link "$link" || rm -f "$link"
	done
	rm -f "$bin/droidspaces" "$bin/.droidspaces.new" "$service_dir/.${service##*/}.new"
	rmdir "$bin" 2>/dev/null || :
	! is_our_service || rm -f "$service"
	echo "droidspaces is gone; containers stay in $workspace"
}

new=
trap '[ -z "$new" ] || rm -f "$new"' EXIT

[ "$(id -u)" = 0 ] || die "only root can install it: become root with su"
with_service=1
case ${1-} in
--no-service)
	with_service=
	shift
	;;
--uninstall)
	[ $# -eq 1 ] || die "--uninstall stands alone"
	uninstall
	exit 0
	;;
-*) die "unknown option $1" ;;
esac
[ $# -le 1 ] || die "one program, please"
if [ $# -eq 1 ]; then
	program=$1
else
	program=$here/$(machine)/full/droidspaces
fi
[ -f "$program" ] || die "no program at $program"
install "$program"
