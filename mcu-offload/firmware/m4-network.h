/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-network.h - the network that the firmware runs: baked in (m4-baked.c), or any that is uploaded (m4-models.c).
 * Freestanding C11.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_M4_NETWORK_H
#define MCU_OFFLOAD_FIRMWARE_M4_NETWORK_H

#include "mcu-offload/protocol.h"
#include "nn/runtime/preprocess.h"

struct m4_network;

struct m4_upload_ops {
	/* Any request of an upload: m4_upload_take(). reply is all 0, which is OK. */
	void (*take)(struct m4_network *network, const struct protocol_message *message, struct protocol_upload *reply);
	/*
	 * What it calls; fill what isn't 0. begin: the same model again goes on where it was. The others come while loading,
	 * which commit and drop end.
	 */
	void (*begin)(struct m4_network *network, const struct protocol_model_begin *request,
		      struct protocol_upload *reply);
	void (*chunk)(struct m4_network *network, const struct protocol_model_chunk *request,
		      struct protocol_upload *reply);
	void (*commit)(struct m4_network *network, const struct protocol_model_commit *request,
		       struct protocol_upload *reply);
	void (*drop)(struct m4_network *network);
};

struct m4_network {
	/* Runs preprocessing and, with a hand in the gate, the network. 0 or an NN_ERROR_*. */
	int (*infer)(struct m4_network *network, const struct frame *frame, struct nn_hand *ret_hand);
	const void *(*output)(const struct m4_network *network);
	/* Runs the self-test of the active one. One that fails is faulty, or not the active one any more. */
	bool (*selftest)(struct m4_network *network);
	const struct m4_upload_ops *upload; /* NULL: not possible */
	bool active, faulty, loading;
	uint8_t sha256[PROTOCOL_SHA256_BYTES]; /* of the active one, in its file's header */
	uint32_t input_elements;
	uint16_t output_elements, output_bytes;
	uint8_t input_type, output_type; /* enum nn_type */
	uint32_t arena_bytes, model_bytes_max;
};

/* The network of this firmware, its self-test done: m4-network-baked.c or m4-network-upload.c. */
struct m4_network *m4_network_start(void);
/* The one that is compiled in: m4-baked.c. */
struct m4_network *m4_baked_start(void);

#endif
