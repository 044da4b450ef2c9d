#!/system/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# uninstall.sh - the module is being removed: take the program along, leave the containers
exec sh "${0%/*}/install-android.sh" --uninstall
