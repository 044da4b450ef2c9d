/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_ANDROID_H
#define DS_KERNEL_ANDROID_H

/* android - what a guest needs to know of the Android kernel it runs on. */

/* Name in the guest's /etc/group the groups that Android's kernel lets use the network (paranoid
 * network: aid_inet 3003, aid_net_raw 3004, aid_net_admin 3005), see groups.h. Does nothing unless the
 * host is Android. */
int ds_android_groups(int root_fd);

#endif
