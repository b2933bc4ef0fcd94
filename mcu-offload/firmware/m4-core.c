/* SPDX-License-Identifier: Apache-2.0 */
/* m4-core.c - see m4-core.h. */
#include "mcu-offload/firmware/m4-core.h"

enum { MESSAGES_US = 20000 }; /* after which no more are taken in this turn */

void m4_core_start(struct m4_core *core, struct m4_board *board, const volatile struct m4_vdev *vdev,
		   struct m4_network *network, const struct m4_boot *boot)
{
	core->board = board;
	core->vdev = vdev;
	core->state = M4_CORE_OFFLINE;
	core->channel.board = board;
	m4_session_start(&core->session, board, network, boot);
}

static void leave(struct m4_core *core, enum m4_core_state state, const char *why)
{
	core->board->trace(core->board, why, core->channel.bad_buffers);
	core->state = state;
	m4_session_end(&core->session);
}

static bool power_of_two(uint32_t number)
{
	return number && !(number & (number - 1));
}

static bool ring_prepare(struct m4_core *core, unsigned ring)
{
	const volatile struct m4_vring *vring = &core->vdev->vring[ring];
	uint32_t address = vring->address, size = vring->size, align = vring->align;
	void *memory;

	if (!power_of_two(size) || size > M4_RING_SIZE_MAX || !power_of_two(align) || align > 4096 || address % 16)
		return false;
	memory = core->board->memory(core->board, address, (uint32_t)m4_ring_bytes(size, align));
	if (!memory)
		return false;
	m4_ring_start(&core->channel.rings[ring], memory, (uint16_t)size, align);
	return true;
}

static void go_online(struct m4_core *core)
{
	m4_barrier(); /* the rings are read after the status that promises them */
	if (!ring_prepare(core, M4_DOORBELL_VRING0) || !ring_prepare(core, M4_DOORBELL_VRING1)) {
		core->channel.rings[0].size = 0;
		leave(core, M4_CORE_PARKED, "impossible rings ");
		return;
	}
	m4_channel_start(&core->channel);
	m4_channel_announce(&core->channel, PROTOCOL_CHANNEL, PROTOCOL_ADDRESS);
	/* For a Linux that has only a tty for it. Each of its writes is a whole message, too. */
	m4_channel_announce(&core->channel, PROTOCOL_TTY_CHANNEL, PROTOCOL_TTY_ADDRESS);
	core->state = M4_CORE_ONLINE;
	core->board->trace(core->board, "online ", core->vdev->vring[0].address);
}

static bool driver_there(const struct m4_core *core)
{
	return core->vdev->status & M4_VDEV_DRIVER_OK;
}

/* Rings that hold nothing of what we have given. A ring of impossible size was never ours. */
static bool rings_anew(const struct m4_core *core)
{
	return core->channel.rings[0].size &&
	       (!m4_ring_is_ours(&core->channel.rings[0]) || !m4_ring_is_ours(&core->channel.rings[1]));
}

static void follow_driver(struct m4_core *core)
{
	if (core->state != M4_CORE_OFFLINE && !driver_there(core))
		leave(core, M4_CORE_OFFLINE, "offline ");
	else if (core->state != M4_CORE_OFFLINE && rings_anew(core))
		leave(core, M4_CORE_OFFLINE, "rings begin anew ");
	if (core->state == M4_CORE_OFFLINE && driver_there(core))
		go_online(core);
}

static void send_reply(struct m4_core *core, size_t size)
{
	/* The reply may come from a time before Linux has begun anew. */
	if (size > 0 && driver_there(core) && !rings_anew(core))
		m4_channel_send(&core->channel, PROTOCOL_ADDRESS, core->session.reply_to, &core->session.reply,
				(uint16_t)size);
}

static void take_messages(struct m4_core *core)
{
	struct m4_session *session = &core->session;
	struct m4_board *board = core->board;
	uint32_t begun_us = board->now_us(board), source;

	/* No more at a time than a ring holds, nor for long: a mad sender would keep us from all else, and the watchdog. */
	for (unsigned i = 0; i < M4_RING_SIZE_MAX && board->now_us(board) - begun_us < MESSAGES_US; i++) {
		int size = m4_channel_receive(&core->channel, PROTOCOL_ADDRESS, PROTOCOL_TTY_ADDRESS,
					      m4_session_room(session), &source);

		if (size < 0)
			break;
		send_reply(core, m4_session_take(session, (size_t)size, source));
	}
	if (core->channel.broken)
		leave(core, M4_CORE_PARKED, "broken ring ");
}

static bool more_to_do(const struct m4_core *core)
{
	const struct m4_ring *ring = &core->channel.rings[M4_DOORBELL_VRING1];

	return core->state == M4_CORE_ONLINE && (core->session.queued || ring->available->index != ring->seen);
}

bool m4_core_turn(struct m4_core *core)
{
	uint32_t events;

	if (core->state == M4_CORE_OFF)
		return false;
	events = core->board->events(core->board);
	if (events & 1u << M4_DOORBELL_SHUTDOWN) {
		leave(core, M4_CORE_OFF, "shutdown ");
		core->board->acknowledge(core->board, M4_DOORBELL_SHUTDOWN);
		return false;
	}
	if (events & 1u << M4_DOORBELL_DETACH) {
		if (core->state == M4_CORE_ONLINE)
			leave(core, M4_CORE_PARKED, "detached ");
		core->board->acknowledge(core->board, M4_DOORBELL_DETACH);
	}
	follow_driver(core);
	if (core->state == M4_CORE_ONLINE)
		take_messages(core);
	if (core->state == M4_CORE_ONLINE)
		send_reply(core, m4_session_work(&core->session));
	core->session.stats.no_buffer = core->channel.no_buffer;
	core->session.stats.kick_waits = core->channel.bell_waits;
	if (core->state == M4_CORE_ONLINE)
		m4_channel_ring(&core->channel);
	return more_to_do(core);
}
