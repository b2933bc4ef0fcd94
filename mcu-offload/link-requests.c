/* SPDX-License-Identifier: Apache-2.0 */
/* link-requests.c - frames under way: sent, answered, missed, given up (see link.h). */
#include <errno.h>

#include "mcu-offload/link-private.h"

enum {
	MISSES = 3,
};

void link_requests_fail(struct link *link)
{
	for (unsigned i = 0; i < PROTOCOL_IN_FLIGHT_MAX; i++)
		if (link->requests[i].seq != 0)
			link->requests[i].failed = true;
}

struct link_request *link_request_of(struct link *link, uint32_t seq)
{
	for (unsigned i = 0; seq != 0 && i < PROTOCOL_IN_FLIGHT_MAX; i++)
		if (link->requests[i].seq == seq && !link->requests[i].failed)
			return &link->requests[i];
	return NULL;
}

bool link_requests_take(struct link *link, const struct protocol_message *message, uint32_t *ret_token)
{
	const struct protocol_result *result = &message->body.result;
	struct link_request *request = link_request_of(link, message->header.seq);

	if (!request) {
		link->counters.late++;
		return false;
	}
	if (result->output_bytes > PROTOCOL_OUTPUT_BYTES ||
	    offsetof(struct protocol_result, output) + result->output_bytes > message->header.body_bytes) {
		link->counters.bad++;
		request->failed = true;
		return false;
	}
	link->misses = 0;
	if (result->status != PROTOCOL_STATUS_OK) {
		link->counters.refused++;
		request->failed = true;
		return false;
	}
	link->counters.results++;
	*ret_token = request->token;
	request->seq = 0;
	return true;
}

void link_requests_tick(struct link *link, uint64_t now_ns)
{
	for (unsigned i = 0; i < PROTOCOL_IN_FLIGHT_MAX; i++) {
		struct link_request *request = &link->requests[i];

		if (request->seq == 0 || request->failed || now_ns < request->deadline_ns)
			continue;
		request->failed = true;
		link->counters.misses++;
		link->misses++;
	}
	if (link->state == LINK_READY && link->misses >= MISSES)
		link_enter(link, LINK_SUSPECT, now_ns);
}

uint64_t link_wake(const struct link *link)
{
	uint64_t wake_ns = link->wake_ns;

	for (unsigned i = 0; i < PROTOCOL_IN_FLIGHT_MAX; i++) {
		const struct link_request *request = &link->requests[i];

		if (request->seq != 0 && !request->failed && request->deadline_ns < wake_ns)
			wake_ns = request->deadline_ns;
	}
	return wake_ns;
}

bool link_has_room(const struct link *link)
{
	unsigned under_way = 0;

	for (unsigned i = 0; i < PROTOCOL_IN_FLIGHT_MAX; i++)
		under_way += link->requests[i].seq != 0;
	return under_way < PROTOCOL_IN_FLIGHT_MAX && under_way < link->peer.in_flight_max;
}

int link_infer(struct link *link, struct protocol_infer *infer, uint32_t token, uint64_t deadline_ns, uint64_t now_ns)
{
	struct protocol_message message = {
		.header = {.type = PROTOCOL_INFER, .body_bytes = sizeof(struct protocol_infer)}};
	struct link_request *request = NULL;
	int r;

	if (link->state != LINK_READY)
		return -ENOTCONN;
	if (!link_has_room(link))
		return -EBUSY;
	for (unsigned i = 0; i < PROTOCOL_IN_FLIGHT_MAX; i++)
		if (link->requests[i].seq == 0)
			request = &link->requests[i];
	infer->model_tag = protocol_model_tag(link->model.sha256);
	infer->budget_us = (uint32_t)((deadline_ns - now_ns) / 1000);
	message.body.infer = *infer;
	r = link_request(link, &message, &request->seq);
	if (r < 0) {
		if (++link->misses >= MISSES)
			link_enter(link, LINK_SUSPECT, now_ns);
		return r;
	}
	request->token = token;
	request->deadline_ns = deadline_ns;
	request->failed = false;
	return 0;
}

bool link_failed(struct link *link, uint32_t *ret_token)
{
	for (unsigned i = 0; i < PROTOCOL_IN_FLIGHT_MAX; i++) {
		struct link_request *request = &link->requests[i];

		if (request->seq == 0 || !request->failed)
			continue;
		*ret_token = request->token;
		request->seq = 0;
		request->failed = false;
		return true;
	}
	return false;
}
