# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=sh
# apt.sh - packages of another suite or machine, from an apt that knows of nothing else; sourced
#
# Lists and status are its own: the machine's apt hears of no other suite or architecture. Signatures are
# checked as ever. A Release file that has run out is taken: sid's does within days where a mirror stands
# still, an old suite's is not renewed.

# debian_mirror - the host's own Debian mirror; the public one where the host is not Debian
debian_mirror()
{
	# shellcheck disable=SC2016
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		grep -m 1 '/debian/*$' || true)
	printf '%s\n' "${mirror:-http://deb.debian.org/debian}"
}

# private_apt DIR ARCH URL SUITE - make DIR/apt.conf, for APT_CONFIG
private_apt()
{
	mkdir -p "$1/lists/partial" "$1/archives/partial"
	: >"$1/status"
	printf 'deb [signed-by=%s] %s %s main\n' /usr/share/keyrings/debian-archive-keyring.gpg "$3" "$4" >"$1/sources"
	cat >"$1/apt.conf" <<-END
		APT::Architecture "$2";
		APT::Architectures { "$2"; };
		APT::Sandbox::User "root";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Dir::State "$1";
		Dir::State::lists "$1/lists";
		Dir::State::status "$1/status";
		Dir::Cache "$1";
		Dir::Etc::sourcelist "$1/sources";
		Dir::Etc::sourceparts "-";
	END
}
