/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef DS_KERNEL_EXE_H
#define DS_KERNEL_EXE_H

/* exe - this program's file, kept from the guests that its processes enter.
 *
 * A guest's root may open /proc/PID/exe of whatever runs in the guest, a process of ours on its way to
 * the command or one that its script "#!/proc/self/exe" makes of itself, and write to it once nobody
 * executes it (CVE-2019-5736). So what enters is executed from a mount of its own that is read-only
 * (Linux 5.12), or from a sealed copy in memory (3.17). Before that there is neither. */

/* Execute the program anew in that way, as name and with these arguments, if it is not so already and can
 * be. Returns if not: then the caller goes on as it is. Quiet. To be called before anything else. */
void ds_try_exe_exec(const char *name, char **argv);

#endif
