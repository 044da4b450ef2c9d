// SPDX-License-Identifier: GPL-3.0-or-later
/* monitor - see monitor.h. */
#include "libds/life/monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gen/config.h"
#include "libds/core/auto.h"
#include "libds/core/compat.h"
#include "libds/core/err.h"
#include "libds/core/fdpass.h"
#include "libds/core/file.h"
#include "libds/core/loop.h"
#include "libds/host/state.h"
#include "libds/kernel/androiddns.h"
#include "libds/kernel/freezer.h"
#include "libds/kernel/hostdev.h"
#include "libds/kernel/rlimit.h"
#include "libds/life/detach.h"
#include "libds/life/device.h"
#include "libds/life/events.h"
#include "libds/life/holds.h"
#include "libds/life/limits.h"
#include "libds/life/lock.h"
#include "libds/life/record.h"
#include "libds/life/seats.h"
#include "libds/life/settle.h"
#include "libds/life/shed.h"
#include "libds/life/stop.h"

#define LOCK_TRIES 500
#define LOCK_WAIT_MS 20

#define GUEST_NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC)

/* One life of the guest, from boot to the end of its PID 1. */
struct life {
	struct ds_monitor *monitor;
	struct ds_undo *undo;
	struct ds_rootfs rootfs; /* of this life: the monitor's, or a layer over it */
	struct ds_cgroup cgroup;
	struct ds_ptys ptys;
	struct ds_state state;
	int record_fd; /* held so that ds-scan can bring a lost record back */
	pid_t init_pid;
	int init_fd; /* to PID 1 while it boots, see boot.h */
	int wait_status;
};

/* What concerns the monitor and not one life of its guest. */
static int lock_fd = -1;
static struct ds_loop_entry signals = {.fd = -1};
static bool no_restart, keep_rootfs, stop_asked;
static struct ds_conlog conlog;

static void end_life(struct life *life)
{
	ds_seats_use(NULL);
	ds_holds_end();
	if (CFG_HW_ACCESS)
		ds_hostdev_close();
	ds_ptys_close(&life->ptys);
	ds_cgroup_close(&life->cgroup);
	close_fd(&life->init_fd);
	close_fd(&life->record_fd);
	ds_state_free(&life->state);
}

/* Take the signals that have come; returns whether one of them asks to stop the guest. */
static bool read_signals(void)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (read(signals.fd, &info, sizeof(info)) == sizeof(info)) {
		stop |= info.ssi_signo == DS_MONITOR_STOP;
		no_restart |= stop || info.ssi_signo == DS_MONITOR_NO_RESTART;
		keep_rootfs |= CFG_IMAGES && info.ssi_signo == DS_MONITOR_KEEP;
	}
	return stop;
}

static void take_signals(struct ds_loop_entry *entry, uint32_t events)
{
	(void)entry;
	(void)events;
	stop_asked |= read_signals();
	if (no_restart)
		ds_holds_stop();
}

static int become_monitor(struct ds_monitor *monitor)
{
	int *const kept[] = {&monitor->status_fd, &monitor->lock_fd, &monitor->client_fd,
			     &monitor->rootfs.image.fd};
	int err = ds_detach(kept, sizeof(kept) / sizeof(*kept));
	sigset_t mask;

	if (err < 0)
		return err;
	prctl(PR_SET_NAME, DS_MONITOR_COMM, 0, 0, 0);
	/* For the guest: what the monitor itself needs is within any limits. */
	ds_rlimit_reset();
	sigfillset(&mask);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	signals.fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	signals.take = take_signals;
	if (ds_loop_open() < 0 || ds_loop_add(&signals, EPOLLIN) < 0)
		return ds_fail("watch the guest");
	if (CFG_CONSOLE_LOG)
		ds_conlog_open(&conlog, monitor->spec->name,
			       (off_t)ds_spec_log_size(monitor->spec));
	ds_seats_open(monitor->client_fd, &conlog);
	return 0;
}

static int name_terminals(const struct ds_monitor *monitor)
{
	char names[DS_CONTAINER_TTYS_MAX];

	ds_ptys_names(ds_spec_ttys(monitor->spec), names);
	return ds_env_get(monitor->env, "container_ttys")
		       ? 0
		       : ds_env_set(monitor->env, "container_ttys", names);
}

/* A kernel that cannot keep it from devices boots it all the same. */
static int make_cgroups(struct life *life)
{
	const struct ds_spec *spec = life->monitor->spec;
	char wanted[DS_LIMITS_CONTROLLERS_MAX] = "";
	struct ds_devpolicy policy;
	int err = CFG_DEVICES ? ds_devices_policy(spec, &spec->conf, &policy) : 0;

	if (err < 0)
		return err;
	if (CFG_LIMITS)
		ds_limits_controllers(spec, wanted);
	life->cgroup.devices = CFG_DEVICES && policy.count ? &policy : NULL;
	err = ds_cgroup_create(&life->cgroup, life->undo, spec->name,
			       CFG_CGROUP_V1 && spec->force_cgroupv1, wanted);
	if (!err && CFG_LIMITS)
		err = ds_limits_apply(spec, NULL, life->cgroup.dir);
	if (!err && life->cgroup.devices && !life->cgroup.is_enforced) {
		ds_refuse(DS_EXIT_FAILED, "no device policy, its root can open every device of the "
					  "host: no CONFIG_CGROUP_BPF, no cgroup v1 'devices'");
		ds_boot_warn(life->monitor->status_fd);
	}
	life->cgroup.devices = NULL;
	return err;
}

static int prepare(struct life *life)
{
	const struct ds_spec *spec = life->monitor->spec;
	int err = ds_record_promise(life->undo, spec);

	if (!err)
		err = ds_rootfs_layer(&life->rootfs, &life->monitor->rootfs, spec, life->undo);
	if (!err)
		err = make_cgroups(life);
	if (!err && !life->cgroup.count) {
		ds_refuse(DS_EXIT_FAILED, "the host has mounted no cgroup v1 hierarchy, no v2 is "
					  "used: no systemd, limits, freezing in it");
		ds_boot_warn(life->monitor->status_fd);
	}
	if (!err)
		err = ds_holds_boot(spec, life->undo, life->rootfs.path, life->monitor->status_fd);
	if (!err)
		err = name_terminals(life->monitor);
	return err;
}

static int spawn(struct life *life)
{
	struct ds_monitor *monitor = life->monitor;
	struct ds_boot boot = {
		.spec = monitor->spec,
		.rootfs = &life->rootfs,
		.cgroup = &life->cgroup,
		.env = monitor->env->vars,
		.dns = monitor->spec->dns_servers,
		.status_fd = monitor->status_fd,
		.root_fd = -1,
		.dev_fd = -1,
		.go_fd = -1,
	};
	int ends[2];

	if (CFG_ANDROID_COMMANDS && !*boot.dns)
		boot.dns = ds_android_dns();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return ds_fail("make a socket to PID 1");
	boot.monitor_fd = ends[1];
	life->init_pid = ds_cgroup_clone(
		&life->cgroup, ds_spec_is_locked(monitor->spec) ? CLONE_NEWNS : GUEST_NAMESPACES);
	if (life->init_pid == 0) {
		close(ends[0]);
		ds_boot_run(&boot);
	}
	close(ends[1]);
	life->init_fd = ends[0];
	if (life->init_pid > 0)
		return 0;
	ds_fail("make PID, mount, UTS and IPC namespaces");
	ds_err_exit_status(DS_EXIT_UNSUPPORTED);
	ds_hint("'droidspaces check' tells what this kernel lacks");
	return -ds_err_last()->code;
}

/* Nonzero once PID 1 has ended. A locked guest has another, which set it up. */
static bool reap(struct life *life)
{
	pid_t pid;

	do
		pid = waitpid(-1, &life->wait_status, WNOHANG);
	while (pid > 0 && pid != life->init_pid);
	return pid > 0;
}

static void serve(struct life *life)
{
	struct ds_stopping stopping;
	bool stop = false;

	stop_asked = false;
	while (!reap(life)) {
		int stop_ms = stop ? ds_stopping_step(&stopping) : -1;
		int wait_ms = ds_seats_run();

		if (stop_ms >= 0 && (wait_ms < 0 || stop_ms < wait_ms))
			wait_ms = stop_ms;
		ds_loop_step(wait_ms);
		if (stop_asked && !stop) {
			if (CFG_FREEZE)
				ds_freezer_set(life->cgroup.dir, false, DS_THAWS_WITHIN_MS);
			ds_stopping_begin(&stopping, &life->state.init, -1, DS_STOP_TIMEOUT);
			stop = true;
		}
	}
	ds_seats_finish();
}

/* Let people come to its terminals, promised with the record. A guest runs without them, too: where the
 * workspace's file system has no sockets, the start says so and goes on. */
static void open_doors(const struct ds_monitor *monitor)
{
	char path[PATH_MAX];

	if (ds_workspace_path(path, sizeof(path), DS_WS_CONSOLE, monitor->spec->name) < 0 ||
	    ds_seats_listen(path) < 0)
		ds_boot_warn(monitor->status_fd);
}

/* PID 1 comes to it when its first mounts are made. One that hangs before must not keep us from hearing
 * that it is to end. */
static int receive_terminals(struct life *life)
{
	struct pollfd fds[] = {{.fd = life->init_fd, .events = POLLIN},
			       {.fd = signals.fd, .events = POLLIN}};

	for (;;) {
		poll(fds, 2, -1);
		if (fds[0].revents)
			return ds_ptys_receive(&life->ptys, ds_spec_ttys(life->monitor->spec),
					       life->init_fd);
		if (fds[1].revents && read_signals())
			return ds_fail_with(EINTR, "set up the terminals");
	}
}

/* PID 1 sends its /dev behind its terminals. */
static int show_devices(const struct life *life)
{
	unsigned which = ds_spec_hostdev(life->monitor->spec);
	char byte;
	int fd;

	if (!which)
		return 0;
	ds_try_fd_receive(life->init_fd, &byte, 1, &fd);
	if (fd < 0)
		return ds_fail_with(EPIPE, "show it the host's devices");
	if (ds_hostdev_open(which, fd) < 0)
		ds_boot_warn(life->monitor->status_fd);
	return 0;
}

/* Boot the guest and see it through. Returns whether it lived at all. */
static bool live(struct life *life)
{
	struct ds_monitor *monitor = life->monitor;
	int err;

	/* At a restart nobody listens any more. */
	if (monitor->status_fd < 0)
		monitor->status_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	err = prepare(life);
	if (!err)
		err = spawn(life);
	if (err < 0) {
		ds_boot_say_failed(monitor->status_fd);
		return false;
	}
	err = ds_lock_receive(monitor->spec, life->init_fd, &life->init_pid);
	if (!err)
		err = ds_record_write(&life->state, monitor, &life->cgroup, life->init_pid);
	if (err > 0)
		life->record_fd = err;
	/* ds-start holds it as well, and removes its file. */
	close_fd(&monitor->lock_fd);
	ds_state_unlock(monitor->spec->name, &lock_fd);
	if (err >= 0)
		err = receive_terminals(life);
	if (CFG_HW_ACCESS && err >= 0)
		err = show_devices(life);
	if (err >= 0)
		err = ds_seats_use(&life->ptys);
	if (err < 0) {
		ds_boot_say_failed(monitor->status_fd);
		kill(life->init_pid, SIGKILL);
	} else {
		ds_try_write_all(life->init_fd, "", 1);
		/* While PID 1 execs; whoever ds-start returns to finds the doors open. */
		if (CFG_CONSOLE)
			open_doors(monitor);
		if (CFG_CONSOLE_LOG)
			ds_conlog_boot(&conlog);
		ds_event_start(monitor->spec, &monitor->again);
	}
	close_fd(&life->init_fd);
	close_fd(&monitor->status_fd);
	/* Nobody waits any more; it may stay where it is, too. */
	if (err >= 0 && CFG_CGROUP_LEAVES)
		ds_cgroup_stand_aside(&life->cgroup, life->undo);
	ds_shed();
	serve(life);
	return err >= 0;
}

static int exit_status(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	/* halt and power off end PID 1 by SIGINT, reboot(2) */
	return WTERMSIG(wait_status) == SIGINT ? 0 : 128 + WTERMSIG(wait_status);
}

/* Restarting changes the container's life, so it takes the lock. Whoever stops the container holds
 * that and sends DS_MONITOR_NO_RESTART; whoever only looks lets go at once. flock(2) cannot be
 * waited for together with a signal, hence the short waits. */
static bool take_lock(const char *name)
{
	for (int i = 0; i < LOCK_TRIES && !no_restart; i++) {
		struct pollfd signalled = {.fd = signals.fd, .events = POLLIN};

		lock_fd = ds_state_lock(name, false);
		if (lock_fd >= 0)
			return true;
		if (poll(&signalled, 1, LOCK_WAIT_MS) == 1)
			read_signals();
	}
	return false;
}

/* A reboot in the guest ends PID 1 by SIGHUP, reboot(2). What was asked for may have come with its end. */
static bool wants_restart(const struct life *life)
{
	read_signals();
	if (!WIFSIGNALED(life->wait_status) || WTERMSIG(life->wait_status) != SIGHUP)
		return false;
	return take_lock(life->monitor->spec->name);
}

/* The journal, and in it first of all what lasts longer than one life of the guest. */
static int begin(struct ds_monitor *monitor, struct ds_undo *undo)
{
	const struct ds_spec *spec = monitor->spec;
	int mark, err;

	if (CFG_IMAGES && monitor->adopt_rootfs) {
		err = ds_undo_try_adopt(undo, spec->name, ds_life_verbs, DS_ROOTFS_VERB, &mark);
		if (err < 0)
			return ds_fail_with(err, "take over its journal");
		err = ds_undo_back(undo, mark);
		if (!err)
			err = ds_rootfs_adopt(&monitor->rootfs, spec);
	} else {
		err = ds_undo_open(undo, spec->name, ds_life_verbs);
		if (!err)
			err = ds_rootfs_acquire(&monitor->rootfs, spec, undo);
	}
	return err < 0 ? err : ds_holds_life(spec, undo, monitor->status_fd);
}

/* One life after the other, to the last; the exit status of that. */
static int live_on(struct ds_monitor *monitor, struct ds_undo *undo)
{
	int mark = ds_undo_mark(undo), status;
	bool again;

	do {
		struct life life = {
			.monitor = monitor, .undo = undo, .record_fd = -1, .init_fd = -1};
		bool lived = live(&life);

		ds_event_end(monitor->spec, lived);
		again = lived && wants_restart(&life);
		if (CFG_LIMITS && again)
			ds_limits_refresh(monitor->spec);
		status = lived ? exit_status(life.wait_status) : DS_EXIT_FAILED;
		end_life(&life);
		/* What cannot be undone would be in the way of the next life. */
		again &= (again || keep_rootfs) && ds_undo_back(undo, mark) == 0;
	} while (again);
	return status;
}

static void __attribute__((noinline, noreturn)) run(struct ds_monitor *monitor)
{
	struct ds_undo undo = DS_UNDO_CLOSED;
	int status = DS_EXIT_FAILED;

	if (become_monitor(monitor) < 0 || begin(monitor, &undo) < 0)
		ds_boot_say_failed(monitor->status_fd);
	else
		status = live_on(monitor, &undo);
	if (keep_rootfs)
		ds_undo_leave(&undo);
	ds_undo_auto(&undo);
	ds_state_unlock(monitor->spec->name, &lock_fd);
	_exit(status);
}

void ds_monitor_run(struct ds_monitor *monitor)
{
	/* What ds-start had on the stack where the monitor's own frames will lie. */
	ds_shed();
	run(monitor);
}
