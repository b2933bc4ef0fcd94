/* SPDX-License-Identifier: Apache-2.0 */
/*
 * macc.h - the work of a network as ST's tools count it ("MACC"), so that figures can be set side by side (found from
 * the reports that X-CUBE-AI 6 writes). One for each multiplication; a convolution and a dense layer add one for each
 * bias; element-wise operators count 1 an element, batch norms 2, pools their window, softmax 15 an output, a fused or
 * separate ReLU 1. In ST's integer C code a ReLU costs nothing, and the conversions around softmax 4 an output; of networks
 * that are uint8 with a scale a tensor a ReLU counts nowhere.
 */
#ifndef NN_TOOL_MACC_H
#define NN_TOOL_MACC_H

#include "nn/runtime/model.h"

struct macc {
	uint64_t network; /* of the network as such */
	uint64_t code;	  /* of ST's C code for it */
};

struct macc macc_of_operator(const struct nn_model *model, const struct nn_operator *op);
struct macc macc_of_model(const struct nn_model *model);

#endif
