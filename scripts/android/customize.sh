# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# customize.sh - what the module's installer does beyond unpacking; it sources this
#
# The program goes where install-android.sh puts it: containers that run then live through an upgrade, and
# apps find it whichever way it came. The module itself has the commands' links for /system/bin.

: "${MODPATH:?}" "${ARCH:?}"
case $ARCH in
arm64) ds_arch=aarch64 ;;
arm) ds_arch=armhf ;;
x64) ds_arch=x86_64 ;;
*) ds_arch=$ARCH ;;
esac
ds_program=$MODPATH/bin/$ds_arch/droidspaces
[ -f "$ds_program" ] || abort "! no droidspaces for $ARCH in this zip"
ds_said=$(sh "$MODPATH/install-android.sh" --no-service "$ds_program" 2>&1) || abort "! $ds_said"
ui_print "- $ds_said"

mkdir -p "$MODPATH/system/bin"
ln -sf /data/local/Droidspaces/bin/droidspaces "$MODPATH/system/bin/droidspaces"
/data/local/Droidspaces/bin/droidspaces --install -s "$MODPATH/system/bin" || abort "! no links for the commands"
rm -rf "${MODPATH:?}/bin"
set_perm_recursive "$MODPATH/system" 0 0 0755 0755
