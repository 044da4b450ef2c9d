// SPDX-License-Identifier: GPL-3.0-or-later
/* swap - exchange the names of files with each other, as fast as it goes, until killed.
 *
 * usage: swap A B [C D]... */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXCHANGE 2 /* RENAME_EXCHANGE */

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		for (int i = 1; i + 1 < argc; i += 2) {
			if (syscall(SYS_renameat2, AT_FDCWD, argv[i], AT_FDCWD, argv[i + 1],
				    EXCHANGE) < 0) {
				perror(argv[i]);
				return 1;
			}
		}
	}
}
