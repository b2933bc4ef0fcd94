/* SPDX-License-Identifier: Apache-2.0 */
/* m4-reply.h - what the M4 says, filled into session->reply; all return the bytes to send. Used by m4-session.c alone. */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_REPLY_H
#define MCU_OFFLOAD_FIRMWARE_M4_REPLY_H

#include "mcu-offload/firmware/m4-session.h"

struct m4_run {
	int status; /* enum protocol_status */
	struct nn_hand hand;
	uint32_t wait_us, run_us, cycles;
};

size_t m4_reply_error(struct m4_session *session, const struct protocol_message *request, int status, uint16_t detail);
size_t m4_reply_hello(struct m4_session *session, const struct protocol_message *request);
size_t m4_reply_pong(struct m4_session *session, const struct protocol_message *request);
size_t m4_reply_stats(struct m4_session *session, const struct protocol_message *request);
size_t m4_reply_selftest(struct m4_session *session, const struct protocol_message *request);
size_t m4_reply_upload(struct m4_session *session, const struct protocol_message *request,
		       const struct protocol_upload *upload);
/* RESULT without an outcome. */
size_t m4_reply_refusal(struct m4_session *session, const struct protocol_message *request, int status);
size_t m4_reply_result(struct m4_session *session, const struct protocol_message *request, const struct m4_run *run);

#endif
