# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# fetch.sh - where sources of others come from, for install-musl and install-puff

# mirrors FILE [PACKAGE] - addresses of a file of Debian's archive: by the mirror that apt has PACKAGE from, and by Debian's
mirrors()
{
	apt-cache policy "${2:-libc6}" 2>/dev/null | awk -v file="$1" '$2 ~ /^http/ && !seen[$2]++ { print $2 "/" file }'
	printf 'http://deb.debian.org/debian/%s\n' "$1"
}

# download ADDRESS FILE - or copy a file
download()
{
	rm -f "$2"
	case $1 in
	*://*)
		if [ -x /usr/lib/apt/apt-helper ]; then
			/usr/lib/apt/apt-helper -o APT::Sandbox::User=root -o Acquire::http::Timeout=10 \
				-o Acquire::https::Timeout=10 download-file "$1" "$2"
		else
			curl -fsSL --connect-timeout 10 -o "$2" "$1"
		fi
		;;
	*) cp "$1" "$2" ;;
	esac
}

# has_sum SUM FILE
has_sum()
{
	printf '%s  %s\n' "$1" "$2" | sha256sum -c --status 2>/dev/null
}
