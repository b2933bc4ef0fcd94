/* SPDX-License-Identifier: Apache-2.0 */
/* link-private.h - what link.c, link-requests.c and link-upload.c share. */
#ifndef MCU_OFFLOAD_LINK_PRIVATE_H
#define MCU_OFFLOAD_LINK_PRIVATE_H

#include "mcu-offload/link.h"

#define NS_PER_MS 1000000ull

/* A request in this session, body and body_bytes are set by the caller; ret_seq may be NULL. */
int link_request(struct link *link, struct protocol_message *message, uint32_t *ret_seq);
void link_enter(struct link *link, enum link_state state, uint64_t now_ns);

/* Of INFERs under way. A failed one waits for link_failed(). */
void link_requests_fail(struct link *link);
struct link_request *link_request_of(struct link *link, uint32_t seq);
bool link_requests_take(struct link *link, const struct protocol_message *message, uint32_t *ret_token);
void link_requests_tick(struct link *link, uint64_t now_ns);

void link_upload_start(struct link *link, uint64_t now_ns);
void link_upload_take(struct link *link, uint8_t type, const struct protocol_upload *reply, uint64_t now_ns);
void link_upload_tick(struct link *link, uint64_t now_ns);

#endif
