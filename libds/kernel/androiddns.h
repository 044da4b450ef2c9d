/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_ANDROIDDNS_H
#define DS_KERNEL_ANDROIDDNS_H

/* androiddns - the name servers of the network that the phone is in.
 *
 * Android has no resolv.conf. Until about version 9 its system properties net.dns1 to net.dns4 had them, for
 * root also where apps did not see them any more; newer ones keep them in netd, which tells nobody. */

/* A list as ds_net_check_dns() takes it, valid until the next call; "" where there is none. Quiet. */
const char *ds_android_dns(void);

#endif
