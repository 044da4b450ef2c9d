// SPDX-License-Identifier: GPL-3.0-or-later
/* mountinfo - the list of mounts, as the kernel and its escapes have it. */
#include <fcntl.h>
#include <sys/sysmacros.h>

#include "claim.h"
#include "libds/host/mountinfo.h"

static void lines(void)
{
	static const char list[] = "36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime master:1 shared:2 - "
				   "ext3 /dev/root\\040x rw,errors=continue\n"
				   "garbage\n"
				   "37 36 0:5 / /none ro - tmpfs none ro,size=1k\n"
				   "38 37 0:6 / /short rw - proc\n";
	auto_mountinfo info = {0};

	put("list", list);
	MUST(ds_mountinfo_open_at(&info, AT_FDCWD, "list") == 0);
	CLAIM("a line's parts are found, escapes undone",
	      ds_mountinfo_next(&info) && info.id == 36 && info.parent == 35 &&
		      info.dev == makedev(98, 0) && !strcmp(info.path, "/a b\\c") &&
		      !strcmp(info.type, "ext3") && !strcmp(info.source, "/dev/root x") &&
		      !strcmp(info.options, "rw,errors=continue"));
	CLAIM("what is no mount is passed over, optional fields may be missing",
	      ds_mountinfo_next(&info) && info.id == 37 && !strcmp(info.path, "/none") &&
		      !strcmp(info.options, "ro,size=1k"));
	CLAIM("a line that is cut off is none", !ds_mountinfo_next(&info));
}

static void long_line(void)
{
	char list[20000];
	size_t used =
		(size_t)snprintf(list, sizeof(list), "1 0 0:9 / /long rw - overlay o rw,lowerdir=");
	auto_mountinfo info = {0};

	memset(list + used, 'x', 15000);
	strcpy(list + used + 15000, " 2 3 0:1 / /fake rw - x y z\n");
	put("list", list);
	MUST(ds_mountinfo_open_at(&info, AT_FDCWD, "list") == 0);
	CLAIM("a line of any length is one mount",
	      ds_mountinfo_next(&info) && !strcmp(info.path, "/long"));
	CLAIM("and what stands at its end is no other", !ds_mountinfo_next(&info));
}

int main(int argc, char **argv)
{
	auto_mountinfo own = {0};
	bool has_root = false;

	MUST(argc > 1 && chdir(argv[1]) == 0);
	lines();
	long_line();
	MUST(ds_mountinfo_open(&own) == 0);
	while (ds_mountinfo_next(&own))
		has_root |= !strcmp(own.path, "/");
	CLAIM("our own mounts have a root", has_root);
	return 0;
}
