/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_ANDROID_H
#define DS_KERNEL_ANDROID_H

/* android - what a guest needs to know of the Android kernel it runs on. */

/* Name in the guest's /etc/group the groups that Android's kernel lets use the network (paranoid
 * network: aid_inet 3003, aid_net_raw 3004, aid_net_admin 3005), with root as a member. A group
 * that has the number under another name serves. Other lines are kept verbatim; a missing, huge,
 * linked or read-only file is left alone. Does nothing unless the host is Android. */
int ds_android_groups(int root_fd);

#endif
