/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_HOST_FAKEROOT_H
#define DS_HOST_FAKEROOT_H

/* fakeroot - tools that may give files owners, devices and capabilities which only root can.
 *
 * fakeroot(1) keeps a record of what its programs believe to have done to files. It is a library
 * that is loaded before libc, which does nothing for this static program; the tools that it runs
 * are dynamic. One session lasts over all of them, so that what the first unpacks the next packs. */

/* Begin a session for the tools that are run from now on. An fd that ends it when it is closed, by
 * whatever way; -errno, with exit 5 when fakeroot is not installed. Inside somebody's session it
 * fails: call it only without FAKEROOTKEY in the environment. */
int ds_fakeroot_begin(void);

#endif
