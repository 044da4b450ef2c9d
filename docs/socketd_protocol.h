/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef SOCKETD_PROTOCOL_H
#define SOCKETD_PROTOCOL_H

/* socketd_protocol - the private backend bridge of droidspaces, version 1, for C11 and C++11.
 *
 * A stream socket: the abstract one below, or WORKSPACE/daemon.socket. One request a connection: a header,
 * then as many bytes as its length says; the answer is the same. Then the daemon closes.
 *
 * All integers are big-endian. All members are bytes, so a struct has no padding, may lie anywhere, and is
 * read from and written to the socket as it is. Strings are padded with NULs; the last byte of one that the
 * daemon sends is a NUL, longer ones are cut. docs/daemon.md tells what the members mean. */

#include <stdint.h>

#define SOCKETD_ABSTRACT_NAME "droidspaces-socketd-backend" /* behind a NUL, and none at the end */
#define SOCKETD_MAGIC 0x44534150u                           /* "DSAP" */
#define SOCKETD_VERSION 1
#define SOCKETD_PAYLOAD_MAX 1048576 /* bytes behind a header */

enum socketd_opcode {
	SOCKETD_PING = 1,         /* answers SOCKETD_PONG */
	SOCKETD_CAPABILITIES = 2, /* u32, enum socketd_capability */
	SOCKETD_INFO = 3,         /* struct socketd_info */
	SOCKETD_LIST_CONTAINERS =
		4, /* nothing or struct socketd_list_request; struct socketd_container each */
	SOCKETD_INSPECT_CONTAINER = 5, /* struct socketd_target; struct socketd_inspect */
	SOCKETD_START = 6,             /* these three: struct socketd_lifecycle_request; nothing */
	SOCKETD_STOP = 7,
	SOCKETD_RESTART = 8,
	SOCKETD_LIST_IMAGES = 9,  /* struct socketd_image each */
	SOCKETD_POLL_EVENTS = 10, /* nothing or an i64, unix seconds; struct socketd_event each */
};

#define SOCKETD_PONG "PONG" /* four bytes */

enum socketd_status {
	SOCKETD_OK = 0,
	SOCKETD_BAD_REQUEST = 1,
	SOCKETD_UNSUPPORTED = 2, /* a request that this build can't fulfil */
	SOCKETD_NOT_FOUND = 3,
	SOCKETD_INTERNAL = 4,
	SOCKETD_FORBIDDEN = 5,
	SOCKETD_ALREADY_RUNNING = 6,
	SOCKETD_ALREADY_STOPPED = 7,
};

enum socketd_capability {
	SOCKETD_CAN_PROTOCOL_V1 = 1u << 0,
	SOCKETD_CAN_PING = 1u << 1,
	SOCKETD_CAN_CAPABILITIES = 1u << 2,
	SOCKETD_CAN_INFO = 1u << 3,
	SOCKETD_CAN_LIST = 1u << 4,
	SOCKETD_CAN_INSPECT = 1u << 5,
	SOCKETD_CAN_LIFECYCLE = 1u << 6, /* all three */
	SOCKETD_CAN_IMAGES = 1u << 7,
	SOCKETD_CAN_EVENTS = 1u << 8,
};

enum socketd_net {
	SOCKETD_NET_HOST = 0,
	SOCKETD_NET_NAT = 1,
	SOCKETD_NET_NONE = 2,
	SOCKETD_NET_GATEWAY = 3
};

enum socketd_privileged {
	SOCKETD_PRIVILEGED_NOMASK = 1,
	SOCKETD_PRIVILEGED_NOCAPS = 2,
	SOCKETD_PRIVILEGED_NOSECCOMP = 4,
	SOCKETD_PRIVILEGED_UNFILTERED_DEV = 8,
	SOCKETD_PRIVILEGED_SHARED = 16,
};

#define SOCKETD_PORTS 16
#define SOCKETD_ENVS 32
#define SOCKETD_BINDS 32
#define SOCKETD_INSPECT_VERSION 1
#define SOCKETD_TIMEOUT_DEFAULT (-1)

struct socketd_header {
	uint8_t magic[4];
	uint8_t version[2];
	uint8_t code[2]; /* of a request the opcode, of an answer the status */
	uint8_t length[4];
};

/* ---- Requests ---- */

struct socketd_list_request {
	uint8_t include_stopped;
	uint8_t pad[3];
};

struct socketd_target {
	char name[256]; /* a name, a uuid, or the beginning of one uuid alone */
};

struct socketd_lifecycle_request {
	char target[256];
	uint8_t timeout[4]; /* i32 seconds of grace; 0 = none, SOCKETD_TIMEOUT_DEFAULT */
};

/* ---- Answers ---- */

struct socketd_info {
	uint8_t total[4], running[4], stopped[4]; /* u32 */
};

struct socketd_port {
	uint8_t host_first[2], host_last[2], container_first[2],
		container_last[2]; /* last 0 = no range */
	uint8_t udp;               /* 0 = tcp */
	uint8_t pad[3];
};

struct socketd_container {
	char name[256], uuid[33], rootfs[1024], hostname[256], ip[16], init[1024];
	uint8_t pid[4]; /* i32; 0 = stopped */
	uint8_t net;    /* enum socketd_net */
	uint8_t port_count;
	uint8_t pad[2];
	struct socketd_port ports[SOCKETD_PORTS];
	uint8_t started[8]; /* i64 unix seconds; 0 = unknown */
};

struct socketd_event {
	uint8_t seconds[8], nanoseconds[8]; /* i64 */
	char type[32];                      /* container */
	char action[32];                    /* start stop restart die */
	char uuid[33], name[256];
};

struct socketd_image {
	char name[256], rootfs[1024], uuid[33];
	uint8_t running[4]; /* i32 */
	uint8_t created[8]; /* i64 unix seconds; 0 = unknown */
	uint8_t pad[4];
};

struct socketd_env {
	char key[256], value[1024];
};

struct socketd_bind {
	char source[1024], destination[1024];
	uint8_t read_only;
	uint8_t pad[3];
};

struct socketd_inspect {
	uint8_t version[2], pad[2], size[4]; /* u16 SOCKETD_INSPECT_VERSION; u32 of this struct */
	char name[256], uuid[33], rootfs[1024], image[1024], hostname[256], ip[16], init[1024],
		dns[1024];
	uint8_t pid[4];                                                                  /* i32 */
	uint8_t started[8], memory_limit[8], cpu_quota[8], cpu_period[8], pids_limit[8]; /* i64 */
	uint8_t privileged[4]; /* i32, enum socketd_privileged */
	uint8_t net, foreground, volatile_mode, force_cgroupv1, disable_ipv6, android_storage,
		selinux_permissive, hw_access, gpu, termux_x11, block_nested, image_mount;
	uint8_t envs_shown[2], envs_total[2], binds_shown[2], binds_total[2], ports_shown[2],
		ports_total[2]; /* u16 */
	struct socketd_env envs[SOCKETD_ENVS];
	struct socketd_bind binds[SOCKETD_BINDS];
	struct socketd_port ports[SOCKETD_PORTS];
};

#ifdef __cplusplus
#define SOCKETD_SIZE(type, bytes) static_assert(sizeof(struct type) == bytes, #type)
#else
#define SOCKETD_SIZE(type, bytes) _Static_assert(sizeof(struct type) == bytes, #type)
#endif

SOCKETD_SIZE(socketd_header, 12);
SOCKETD_SIZE(socketd_list_request, 4);
SOCKETD_SIZE(socketd_target, 256);
SOCKETD_SIZE(socketd_lifecycle_request, 260);
SOCKETD_SIZE(socketd_info, 12);
SOCKETD_SIZE(socketd_port, 12);
SOCKETD_SIZE(socketd_container, 2817);
SOCKETD_SIZE(socketd_event, 369);
SOCKETD_SIZE(socketd_image, 1329);
SOCKETD_SIZE(socketd_env, 1280);
SOCKETD_SIZE(socketd_bind, 2052);
SOCKETD_SIZE(socketd_inspect, 111553);

/* ---- Integers ---- */

/* Of size bytes, most significant first; size up to 8. */
static inline uint64_t socketd_get(const uint8_t *bytes, unsigned size)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size; i++)
		value = value << 8 | bytes[i];
	return value;
}

static inline void socketd_put(uint8_t *bytes, unsigned size, uint64_t value)
{
	for (unsigned i = size; i-- > 0; value >>= 8)
		bytes[i] = (uint8_t)value;
}

/* For a member of a struct: an array of bytes. A signed one is to be cast: (int32_t)SOCKETD_GET(c->pid). */
#define SOCKETD_GET(member) socketd_get(member, sizeof(member))
#define SOCKETD_PUT(member, value) socketd_put(member, sizeof(member), (uint64_t)(value))

#endif
