// SPDX-License-Identifier: GPL-3.0-or-later
/* conlog - the console's log as its files have it: marks, rotation, and what goes wrong. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <time.h>

#include "claim.h"
#include "libds/core/clock.h"
#include "libds/core/str.h"
#include "libds/host/workspace.h"
#include "libds/life/conlog.h"

static char files[2][PATH_MAX];
static const char *console = files[0], *older = files[1];

static void say(struct ds_conlog *log, const char *text)
{
	ds_conlog_write(log, text, strlen(text));
}

/* Wait until the clock shows another second, so that what follows is within one. */
static void next_second(void)
{
	time_t now = time(NULL);

	while (time(NULL) == now)
		usleep(2000);
}

/* A file with the number in each mark written as T. */
static const char *timeless(const char *path)
{
	static char text[2 * 65536];
	FILE *file = fopen(path, "r");
	size_t len = 0;
	int c, in_mark = 0;

	while (file && (c = getc(file)) != EOF && len + 2 < sizeof(text)) {
		if (in_mark && c >= '0' && c <= '9')
			continue;
		in_mark = c == DS_CONLOG_MARK;
		text[len++] = (char)(in_mark ? '<' : c);
		if (in_mark)
			text[len++] = 'T';
	}
	text[len] = 0;
	if (file)
		fclose(file);
	return file ? text : "(none)";
}

static bool holds(const char *path, const char *text)
{
	bool same = strcmp(timeless(path), text) == 0;

	if (!same)
		fprintf(stderr, "%s is: %s\n", path, timeless(path));
	return same;
}

static off_t size_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? -1 : st.st_size;
}

static void fresh(void)
{
	unlink(console);
	unlink(older);
}

static void end(struct ds_conlog *log)
{
	if (log->fd >= 0)
		close(log->fd);
}

static void marks(void)
{
	struct ds_conlog log;
	struct stat st;

	next_second();
	ds_conlog_open(&log, "web", 65536);
	CLAIM("what is not written to is not there", access(console, F_OK) < 0);
	ds_conlog_boot(&log);
	say(&log, "one\r\ntw");
	say(&log, "o\n");
	CLAIM("a boot is marked, and one second is marked once",
	      holds(console, "<T boot\none\r\ntwo\n"));
	say(&log, "thr");
	next_second();
	say(&log, "ee");
	say(&log, "\n");
	CLAIM("no mark stands within a line", holds(console, "<T boot\none\r\ntwo\nthree\n"));
	say(&log, "four\nfi");
	next_second();
	say(&log, "ve\nsix\nseven");
	CLAIM("a mark stands where the first line of its second begins",
	      holds(console, "<T boot\none\r\ntwo\nthree\n<T\nfour\nfive\n<T\nsix\nseven"));
	ds_conlog_boot(&log);
	CLAIM("a boot begins a line", ds_str_has_suffix(timeless(console), "seven\n<T boot\n"));
	CLAIM("log and directory are for root's eyes",
	      stat(console, &st) == 0 && (st.st_mode & 0777) == 0600 &&
		      stat("Logs/web", &st) == 0 && (st.st_mode & 0777) == 0700);
	end(&log);
	fresh();
}

static void guests_marks(void)
{
	struct ds_conlog log;

	next_second();
	ds_conlog_open(&log, "web", 65536);
	say(&log, "\0361 boot\n\036\036a\036b\036\n\036");
	CLAIM("a guest cannot write a mark", holds(console, "<T\n1 boot\nab\n"));
	end(&log);
	fresh();
	ds_conlog_open(&log, "web", 0);
	ds_conlog_boot(&log);
	say(&log, "x\n");
	CLAIM("a limit of 0 writes nothing", access(console, F_OK) < 0);
}

static void starts(void)
{
	struct ds_conlog log;

	next_second();
	mkdir("Logs/web", 0700);
	put(console, "\036"
		     "1 boot\nwhole\ntor");
	ds_conlog_open(&log, "web", 65536);
	ds_conlog_boot(&log);
	say(&log, "x\n");
	CLAIM("a start appends, and ends the line that a crash tore",
	      holds(console, "<T boot\nwhole\ntor\n<T boot\nx\n"));
	end(&log);
	fresh();
}

/* Lines of that many bytes, numbered; chunks of up to 4096. */
static void write_lines(struct ds_conlog *log, int first, int count, size_t length)
{
	char chunk[4096 + 512];
	size_t used = 0;

	for (int i = first; i < first + count; i++) {
		snprintf(chunk + used, sizeof(chunk) - used, "%0*d\n", (int)length - 1, i);
		used += length;
		if (used >= 4096 || i + 1 == first + count) {
			size_t now = used < 4096 ? used : 4096;

			ds_conlog_write(log, chunk, now);
			memmove(chunk, chunk + now, used - now);
			used -= now;
		}
	}
	ds_conlog_write(log, chunk, used);
}

/* Are the file's lines, marks aside, numbers that follow one another? Returns the last, or -1. A line that
 * is not whole is none; it can only be the last. */
static int last_line(const char *path, int *first)
{
	char line[65536];
	FILE *file = fopen(path, "r");
	int last = -1, next;

	MUST(file);
	*first = -1;
	while (fgets(line, sizeof(line), file)) {
		if (line[0] == DS_CONLOG_MARK)
			continue;
		next = atoi(line);
		if (!strchr(line, '\n'))
			continue;
		if (last >= 0 && next != last + 1) {
			fprintf(stderr, "%s: %d is followed by %s\n", path, last, line);
			last = -1;
			break;
		}
		if (*first < 0)
			*first = next;
		last = next;
	}
	fclose(file);
	return last;
}

static void rotation(void)
{
	struct ds_conlog log;
	int first, last, older_first;
	char text[200];

	ds_conlog_open(&log, "web", 65536);
	ds_conlog_boot(&log);
	write_lines(&log, 0, 10000, 100);
	CLAIM("neither file is larger than the limit",
	      size_of(console) <= 65536 && size_of(older) <= 65536);
	CLAIM("the older is full but for a line", size_of(older) > 65536 - 200);
	last = last_line(older, &older_first);
	CLAIM("no line is cut in two, and none is lost between the files",
	      last > 0 && last_line(console, &first) == 9999 && first == last + 1);
	snprintf(text, sizeof(text), "%s", timeless(console));
	CLAIM("a new file begins with a mark", strncmp(text, "<T\n00", 5) == 0);
	end(&log);
	fresh();

	ds_conlog_open(&log, "web", 1);
	CLAIM("a limit has its least", log.limit == DS_CONLOG_LEAST);
	for (int i = 0; i < 20; i++)
		say(&log, "a line that is longer than any file, and than any chunk of it ");
	for (int i = 0; i < 100; i++)
		write_lines(&log, 0, 1, 1000);
	CLAIM("what has no lines is bounded as well",
	      size_of(console) <= DS_CONLOG_LEAST && size_of(older) <= DS_CONLOG_LEAST);
	end(&log);
	fresh();
}

/* What goes wrong is nothing that anybody waits for. */
static void troubles(void)
{
	struct ds_conlog log;

	ds_conlog_open(&log, "web", 65536);
	say(&log, "before\n");
	MUST(system("rm -r Logs") == 0);
	next_second();
	say(&log, "after\n");
	CLAIM("a log that was removed begins again", holds(console, "<T\nafter\n"));
	MUST(truncate(console, 0) == 0);
	next_second();
	say(&log, "x\n");
	CLAIM("one that was emptied goes on, and its size is known",
	      holds(console, "<T\nx\n") && log.size == size_of(console));
	end(&log);
	fresh();

	put("secret", "");
	MUST(symlink("../../secret", console) == 0);
	ds_conlog_open(&log, "web", 65536);
	ds_conlog_boot(&log);
	say(&log, "x\n");
	CLAIM("no symlink is followed", is("secret", ""));
	MUST(unlink(console) == 0 && mkfifo(console, 0600) == 0);
	next_second();
	say(&log, "x\n");
	CLAIM("nobody waits for a FIFO's reader", log.fd == -1);
	MUST(unlink(console) == 0);
	next_second();
	say(&log, "x\n");
	CLAIM("it goes on when it can, and the boot is marked then",
	      holds(console, "<T boot\nx\n"));
	end(&log);
	fresh();
	MUST(rmdir("Logs/web") == 0 && mkdir("elsewhere", 0700) == 0 &&
	     symlink("../elsewhere", "Logs/web") == 0);
	ds_conlog_open(&log, "web", 65536);
	say(&log, "x\n");
	CLAIM("no directory that is a symlink is entered", access("elsewhere/console", F_OK) < 0);
	MUST(unlink("Logs/web") == 0);
}

static void full_disk(void)
{
	char junk[8192];
	struct ds_conlog log;
	int fd;

	memset(junk, 'x', sizeof(junk));
	MUST(mkdir("Logs/web", 0700) == 0 && mount("t", "Logs/web", "tmpfs", 0, "size=64k") == 0);
	ds_conlog_open(&log, "web", 1 << 20);
	next_second();
	say(&log, "first\n");
	fd = open("Logs/web/ballast", O_WRONLY | O_CREAT, 0600);
	MUST(fd >= 0);
	while (write(fd, junk, 4096) > 0) {
	}
	for (int i = 0; i < 3; i++)
		ds_conlog_write(&log, junk, 4096);
	CLAIM("a full disk ends no chunk's way", log.fd == -1 || log.size == size_of(console));
	next_second();
	say(&log, "lost\n");
	MUST(ftruncate(fd, 0) == 0);
	close(fd);
	next_second();
	say(&log, "again\n");
	CLAIM("when there is room again it goes on, on a line of its own",
	      log.size == size_of(console) &&
		      ds_str_has_suffix(timeless(console), "x\n<T\nagain\n"));
	end(&log);
	MUST(umount("Logs/web") == 0);
	MUST(mount("t", "Logs/web", "tmpfs", MS_RDONLY, NULL) == 0);
	ds_conlog_open(&log, "web", 1 << 20);
	ds_conlog_boot(&log);
	say(&log, "x\n");
	CLAIM("a file system that is read-only is left alone", log.fd == -1);
	MUST(umount("Logs/web") == 0);
}

/* Kill writers at random moments; each has said on a pipe how far it had come. */
static void crashes(void)
{
	bool complete = true;
	int lives = 0;

	srand(1);
	for (int i = 0; i < 60 && complete; i++) {
		int reports[2], said = -1, now, first, last;
		pid_t pid;

		fresh();
		MUST(pipe(reports) == 0);
		pid = fork();
		MUST(pid >= 0);
		if (pid == 0) {
			struct ds_conlog log;

			ds_conlog_open(&log, "web", 65536);
			for (int line = 0;; line += 7) {
				write_lines(&log, line, 7, 90);
				now = line + 6;
				if (write(reports[1], &now, sizeof(now)) < 0)
					_exit(1);
			}
		}
		close(reports[1]);
		for (int j = 1 + rand() % 3000; j; j--)
			MUST(read(reports[0], &said, sizeof(said)) == sizeof(said));
		usleep((useconds_t)(rand() % 300));
		MUST(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
		while (read(reports[0], &now, sizeof(now)) == sizeof(now))
			said = now;
		close(reports[0]);
		last = size_of(console) > 0 ? last_line(console, &first) : last_line(older, &first);
		/* What it had not said may be there as well; and be torn, since a write(2) to a
		 * file on a disk is cut short by SIGKILL. */
		complete = last >= said && last <= said + 7;
		if (!complete)
			fprintf(stderr, "it wrote %d, the log ends in %d\n", said, last);
		lives++;
	}
	CLAIM("the log of a writer that is killed holds all that was written",
	      complete && lives == 60);
	fresh();
}

static void speed(void)
{
	static char chunk[4096];
	struct ds_conlog log;
	long long began;

	for (size_t i = 0; i < sizeof(chunk); i++)
		chunk[i] = (char)(i % 80 == 79 ? '\n' : 'x');
	ds_conlog_open(&log, "web", 1 << 20);
	began = ds_now_ms();
	for (int i = 0; i < 16384; i++)
		ds_conlog_write(&log, chunk, sizeof(chunk));
	fprintf(stderr, "64 MiB in chunks of 4 KiB: %lld ms\n", ds_now_ms() - began);
	CLAIM("64 MiB need no minute", ds_now_ms() - began < 60000);
	end(&log);
	fresh();
}

int main(int argc, char **argv)
{
	MUST(argc > 1 && chdir(argv[1]) == 0);
	MUST(ds_workspace_choose(argv[1]) == 0);
	snprintf(files[0], PATH_MAX, "Logs/web/%s", DS_CONLOG_FILE);
	snprintf(files[1], PATH_MAX, "Logs/web/%s", DS_CONLOG_OLDER);
	marks();
	guests_marks();
	starts();
	rotation();
	troubles();
	full_disk();
	crashes();
	speed();
	return 0;
}
