/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_NET_H
#define DS_KERNEL_NET_H

/* net - the guest's own network files: hostname, hosts, resolv.conf.
 *
 * Called in PID 1 in its own UTS namespace while "/" is still the host's. root_fd is the guest's
 * root, on whose /run a fresh tmpfs lies already. What is there is kept but for what is ours, and a
 * second call changes nothing. A read-only tree is no error: its files then stay as they are. */

/* Most bytes of a file that is edited; a longer one is left alone. */
#define DS_NET_FILE_MAX 65536

/* Set the hostname, and write it to /etc/hostname, which systemd prefers over what is set, and to
 * /etc/hosts as "127.0.1.1<TAB>NAME" under the line "# droidspaces" by which it is found again;
 * sudo and apt complain without. localhost is added where no line names it. A file that is a link
 * (NixOS, into its store) is left alone. */
int ds_net_set_hostname(int root_fd, const char *hostname);

/* Are these name servers, separated by commas or blanks: IPv4 or IPv6 addresses, the latter also in
 * brackets and with %interface? Exit 2 with the one that is none. An empty list is fine. */
int ds_net_check_dns(const char *dns_list);

/* Give the guest a resolv.conf with these servers, "" = the host's; see ds_net_check_dns.
 *
 * The host's: /etc/resolv.conf, or where that names only the stub of systemd-resolved, the file
 * with the stub's own servers, because a guest that runs resolved too takes 127.0.0.53 for itself.
 * Without a host file (Android, see androiddns.h) public servers. Only lines with meaning are taken over.
 *
 * If the guest's /etc/resolv.conf leads into /run, the text is written there. Else it goes to
 * /run/resolvconf/resolv.conf, and /etc/resolv.conf becomes a link to it; what was there is kept
 * once as resolv.conf.before-droidspaces. On a read-only tree our file is bound over it. */
int ds_net_resolv(int root_fd, const char *dns_list);

#endif
