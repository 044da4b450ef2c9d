// SPDX-License-Identifier: GPL-3.0-or-later
/* net - see net.h. */
#include "libds/kernel/net.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libds/core/auto.h"
#include "libds/core/err.h"
#include "libds/core/file.h"
#include "libds/core/str.h"
#include "libds/kernel/mnt.h"
#include "libds/kernel/tree.h"

#define MARK "# droidspaces\n" /* before the line that is ours */
#define RESOLV "/etc/resolv.conf"
#define OUR_RESOLV "/run/resolvconf/resolv.conf"
#define HOST_STUB_FOR "/run/systemd/resolve/resolv.conf"
#define FALLBACK "1.1.1.1,8.8.8.8,2001:4860:4860::8888"
#define RESOLV_MAX 4096 /* bytes of a resolv.conf, ours or the host's */
#define MAX_LINKS 8     /* from /etc/resolv.conf */

/* ---- Names ---- */

/* Does the hosts line give this address (or any, if NULL) this name? */
static bool line_maps(const char *line, size_t len, const char *address, const char *name)
{
	bool is_first = true, is_address = !address;

	for (size_t at = 0; at < len && line[at] != '#';) {
		size_t skip = strspn(line + at, " \t\r"), size;

		at += skip;
		size = strcspn(line + at, " \t\r\n#");
		if (at + size > len || !size)
			break;
		if (is_first && address)
			is_address = strlen(address) == size && !memcmp(line + at, address, size);
		if (!is_first && is_address && strlen(name) == size &&
		    !memcmp(line + at, name, size))
			return true;
		is_first = false;
		at += size;
	}
	return false;
}

/* Is what begins here the two lines we once wrote, for another name? */
static bool is_former(const char *at, const char *hostname)
{
	const char *line = at + strlen(MARK);

	return ds_str_has_prefix(at, MARK) && ds_str_has_prefix(line, "127.0.1.1\t") &&
	       !line_maps(line, strcspn(line, "\n"), NULL, hostname);
}

/* The new text of /etc/hosts, to be freed. */
static char *edit_hosts(const char *text, const char *hostname)
{
	bool has_localhost = false, has_name = false;
	char *edited = malloc(strlen(text) + strlen(hostname) + 128), *to = edited;

	if (!edited)
		return NULL;
	while (*text) {
		size_t len = strcspn(text, "\n");

		if (is_former(text, hostname)) {
			text += strlen(MARK);
			text += strcspn(text, "\n");
			text += *text == '\n';
			continue;
		}
		has_localhost |= line_maps(text, len, NULL, "localhost");
		has_name |= line_maps(text, len, "127.0.1.1", hostname);
		memcpy(to, text, len);
		to += len;
		*to++ = '\n';
		text += len + (text[len] == '\n');
	}
	*to = 0;
	if (!has_localhost)
		to = stpcpy(to,
			    "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
	if (!has_name)
		sprintf(to, MARK "127.0.1.1\t%s\n", hostname);
	return edited;
}

static bool is_link(int root_fd, const char *path)
{
	auto_fd fd = ds_try_tree_open(root_fd, path, O_PATH | O_NOFOLLOW, 0);
	struct stat st;

	return fd >= 0 && fstat(fd, &st) == 0 && S_ISLNK(st.st_mode);
}

/* ds_tree_write, where a tree that cannot be written is none of our business. */
static int write_if_writable(int root_fd, const char *path, const char *text)
{
	int err = ds_tree_write(root_fd, path, 0644, text);

	if (err != -EROFS)
		return err;
	ds_err_clear();
	return 0;
}

static int write_hostname(int root_fd, const char *hostname)
{
	char text[HOST_NAME_MAX + 2], was[HOST_NAME_MAX + 2];

	if (is_link(root_fd, "/etc/hostname"))
		return 0;
	/* Without its newline, for a file without one is right too. */
	if (ds_try_tree_read(root_fd, "/etc/hostname", was, sizeof(was)) > 0 &&
	    strcmp(ds_str_trim_end(was), hostname) == 0)
		return 0;
	if (ds_str_fmt(text, sizeof(text), "%s\n", hostname) < 0)
		return ds_err_in("set the hostname");
	return write_if_writable(root_fd, "/etc/hostname", text);
}

static int write_hosts(int root_fd, const char *hostname)
{
	auto_free char *text = malloc(DS_NET_FILE_MAX + 2), *edited = NULL;
	ssize_t len;

	if (!text)
		return ds_fail("edit /etc/hosts");
	if (is_link(root_fd, "/etc/hosts"))
		return 0;
	len = ds_try_tree_read(root_fd, "/etc/hosts", text, DS_NET_FILE_MAX + 2);
	if (len > DS_NET_FILE_MAX || (len < 0 && len != -ENOENT) ||
	    (len > 0 && strlen(text) != (size_t)len))
		return 0;
	edited = edit_hosts(text, hostname);
	return edited ? write_if_writable(root_fd, "/etc/hosts", edited)
		      : ds_fail("edit /etc/hosts");
}

int ds_net_set_hostname(int root_fd, const char *hostname)
{
	int err;

	for (const char *c = hostname; *c; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return ds_refuse(DS_EXIT_USAGE,
					 "the hostname holds a blank or a control character");
	}
	if (sethostname(hostname, strlen(hostname)) < 0)
		return ds_fail("set the hostname %s", hostname);
	err = write_hostname(root_fd, hostname);
	return err < 0 ? err : write_hosts(root_fd, hostname);
}

/* ---- Name servers ---- */

static bool is_server(const char *server)
{
	char address[INET6_ADDRSTRLEN + 1];
	size_t len = strcspn(server, "%");
	unsigned char binary[sizeof(struct in6_addr)];

	if (len >= sizeof(address))
		return false;
	memcpy(address, server, len);
	address[len] = 0;
	for (const char *c = server + len; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("%._-", *c))
			return false;
	}
	return inet_pton(AF_INET6, address, binary) == 1 ||
	       (!server[len] && inet_pton(AF_INET, address, binary) == 1);
}

/* Append a line for each server of the list to text. */
static int add_servers(char *text, size_t size, const char *list)
{
	while (*(list += strspn(list, ", \t"))) {
		size_t len = strcspn(list, ", \t"), used = strlen(text);
		const char *from = list;
		char server[INET6_ADDRSTRLEN + 32];

		list += len;
		if (len > 2 && *from == '[' && from[len - 1] == ']') {
			from++;
			len -= 2;
		}
		if (len < sizeof(server))
			snprintf(server, sizeof(server), "%.*s", (int)len, from);
		if (len >= sizeof(server) || !is_server(server))
			return ds_refuse(DS_EXIT_USAGE, "\"%.80s\" is no address of a name server",
					 from);
		if (ds_str_fmt(text + used, size - used, "nameserver %s\n", server) < 0)
			return ds_err_in("list of name servers");
	}
	return 0;
}

int ds_net_check_dns(const char *dns_list)
{
	char text[RESOLV_MAX] = "";

	return add_servers(text, sizeof(text), dns_list);
}

/* Take over the lines with meaning from a file of the host; how many servers it names, those of
 * resolved's stub not counted. */
static int add_host_file(char *text, size_t size, const char *path)
{
	static const char *const known[] = {"nameserver", "search", "domain", "options",
					    "sortlist"};
	char file[RESOLV_MAX], *rest = file, *line;
	int servers = 0;

	ds_try_file_read(AT_FDCWD, path, file, sizeof(file));
	while ((line = strsep(&rest, "\n"))) {
		size_t used = strlen(text), len = strcspn(line, " \t");
		bool is_known = false;

		for (size_t i = 0; line[len] && i < sizeof(known) / sizeof(*known); i++)
			is_known |= strlen(known[i]) == len && !memcmp(line, known[i], len);
		if (!is_known || used + strlen(line) + 2 > size)
			continue;
		sprintf(text + used, "%s\n", line);
		line += len + strspn(line + len, " \t");
		servers += text[used] == 'n' && !ds_str_has_prefix(line, "127.0.0.53") &&
			   !ds_str_has_prefix(line, "127.0.0.54");
	}
	return servers;
}

static int make_resolv(char text[RESOLV_MAX], const char *dns_list)
{
	static const char *const sources[] = {RESOLV, HOST_STUB_FOR, RESOLV};

	for (size_t i = 0; !*dns_list && i < sizeof(sources) / sizeof(*sources); i++) {
		memcpy(text, MARK, sizeof(MARK));
		/* The third time the host's stub is better than nothing: the network is shared. */
		if (add_host_file(text, RESOLV_MAX, sources[i]) ||
		    (i == 2 && strstr(text, "\nnameserver")))
			return 0;
	}
	memcpy(text, MARK, sizeof(MARK));
	return add_servers(text, RESOLV_MAX, *dns_list ? dns_list : FALLBACK);
}

/* ---- Where the guest looks for them ---- */

/* Is the directory of path, or where that is missing the nearest one that exists, below /run? */
static bool is_below_run(int root_fd, const char *path)
{
	char dir[PATH_MAX];
	struct stat run, st;

	if (ds_try_tree_stat(root_fd, "/run", &run) < 0 || ds_str_copy(dir, sizeof(dir), path) < 0)
		return false;
	for (char *slash; (slash = strrchr(dir, '/'));) {
		int err;

		*slash = 0;
		err = ds_try_tree_stat(root_fd, dir, &st);
		if (!err)
			return st.st_dev == run.st_dev;
		if (err != -ENOENT)
			return false;
	}
	return false;
}

static bool leads_into_run(int root_fd)
{
	char path[PATH_MAX] = RESOLV, target[PATH_MAX];

	for (int i = 0; i < MAX_LINKS; i++) {
		const char *name;
		auto_fd dir_fd = ds_try_tree_parent(root_fd, path, &name);
		ssize_t len =
			dir_fd < 0 ? -1 : readlinkat(dir_fd, name, target, sizeof(target) - 1);

		if (len < 0)
			return i > 0 && is_below_run(root_fd, path);
		target[len] = 0;
		if (target[0] != '/') {
			size_t used = (size_t)(name - path);

			if (used + (size_t)len >= sizeof(path))
				return false;
			memcpy(path + used, target, (size_t)len + 1);
		} else {
			memcpy(path, target, (size_t)len + 1);
		}
	}
	return false;
}

/* Keep what is at resolv.conf unless it is empty, ours, or something is kept already. */
static int keep_original(int root_fd, int etc_fd)
{
	static const char kept[] = "resolv.conf.before-droidspaces";
	char start[sizeof(MARK)];
	struct stat st;

	if (fstatat(etc_fd, "resolv.conf", &st, AT_SYMLINK_NOFOLLOW) < 0 || !st.st_size)
		return 0;
	if (S_ISREG(st.st_mode) && ds_try_tree_read(root_fd, RESOLV, start, sizeof(start)) > 0 &&
	    strcmp(start, MARK) == 0)
		return 0;
	/* A hard link, so that there is a resolv.conf at every moment. */
	if (linkat(etc_fd, "resolv.conf", etc_fd, kept, 0) == 0 || errno == EEXIST)
		return 0;
	return renameat(etc_fd, "resolv.conf", etc_fd, kept) < 0 ? ds_fail("keep " RESOLV) : 0;
}

static int bind_over(int root_fd)
{
	auto_fd ours_fd = ds_tree_open(root_fd, OUR_RESOLV, O_PATH, 0);
	struct stat st;

	/* No file to bind over on a read-only tree: it stays without. */
	if (ds_try_tree_stat(root_fd, RESOLV, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	return ours_fd < 0 ? ours_fd : ds_mnt_bind(ours_fd, root_fd, RESOLV, false, 0);
}

static int link_to_ours(int root_fd)
{
	static const char target[] = ".." OUR_RESOLV, tmp[] = ".droidspaces.new";
	auto_fd etc_fd = ds_tree_mkdirs(root_fd, "/etc", 0755);
	int err;

	if (etc_fd == -EROFS)
		ds_err_clear();
	if (etc_fd < 0)
		return etc_fd == -EROFS ? 0 : etc_fd;
	unlinkat(etc_fd, tmp, 0);
	if (symlinkat(target, etc_fd, tmp) < 0)
		return errno == EROFS ? bind_over(root_fd) : ds_fail("link " RESOLV);
	err = keep_original(root_fd, etc_fd);
	if (!err && renameat(etc_fd, tmp, etc_fd, "resolv.conf") < 0)
		err = ds_fail("link " RESOLV);
	if (err < 0)
		unlinkat(etc_fd, tmp, 0);
	return err;
}

int ds_net_resolv(int root_fd, const char *dns_list)
{
	char text[RESOLV_MAX];
	int err = make_resolv(text, dns_list);

	if (err < 0)
		return err;
	if (leads_into_run(root_fd))
		return ds_tree_write(root_fd, RESOLV, 0644, text);
	err = ds_tree_write(root_fd, OUR_RESOLV, 0644, text);
	return err < 0 ? err : link_to_ours(root_fd);
}
