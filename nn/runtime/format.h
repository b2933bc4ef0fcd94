/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - the bytes of a model file (.pnn), described field by field in nn/runtime/FORMAT.md.
 *
 *   0    header (192 bytes): identity, check sums, table of sections
 *   192  sections, each aligned to 16 bytes: main, labels, tensors, operators, operands, quantisation, strings,
 *        provenance, data
 *
 * Little-endian, read in place: these structures lie in the file as they are here. Offsets are in bytes, from the
 * start of the file for sections and from the start of the section for everything else.
 */
#ifndef NN_RUNTIME_FORMAT_H
#define NN_RUNTIME_FORMAT_H

#include <stdint.h>

#include "nn/runtime/preprocess.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "model files are read in place: a big-endian machine needs a converting loader first"
#endif

#define NN_FORMAT_MAGIC "\x89PNN\r\n\x1a\n" /* as PNG's: shows damage by text-mode transfers */

enum {
	NN_FORMAT_MAJOR = 1, /* another one can't be read */
	NN_FORMAT_MINOR = 0, /* a higher one adds what an older reader would not understand */
	NN_FORMAT_ALIGN = 16,
	NN_FORMAT_NAME = 64,
	NN_FORMAT_PARAMETERS = 10,
	NN_FORMAT_BYTES_MAX = 64 * 1024 * 1024, /* of a file, and of an arena */
	NN_FORMAT_LABELS_MAX = 4096,
};

enum nn_section_position {
	NN_SECTION_MAIN,
	NN_SECTION_LABELS,	 /* char [classes][NN_LABEL_MAX] */
	NN_SECTION_TENSORS,	 /* struct nn_tensor [] */
	NN_SECTION_OPERATORS,	 /* struct nn_operator [], in the order of execution */
	NN_SECTION_OPERANDS,	 /* uint16_t [], tensor numbers */
	NN_SECTION_QUANTISATION, /* float scales and int32_t zero points, multipliers and shifts */
	NN_SECTION_STRINGS,	 /* names of tensors, each with its NUL */
	NN_SECTION_PROVENANCE,	 /* UTF-8 text, lines of key=value */
	NN_SECTION_DATA,	 /* weights */
	NN_SECTIONS,
	NN_SECTION_SLOTS = 16, /* the rest is zero */
};

struct nn_section {
	uint32_t offset, bytes;
};

struct nn_header { /* 192 bytes */
	uint8_t magic[8];
	uint16_t major, minor;
	uint32_t bytes; /* of the whole file */
	uint32_t crc32; /* of everything after this field */
	uint32_t zero[3];
	uint8_t sha256[32]; /* of everything after this field: the model's identity */
	struct nn_section sections[NN_SECTION_SLOTS];
};

enum nn_input_form {
	NN_INPUT_PLAIN = 0, /* the caller fills the input tensor */
	NN_INPUT_FRAME = 1, /* [1][8][8][2] made by nn_preprocess() */
};

struct nn_main {		   /* 160 bytes */
	char name[NN_FORMAT_NAME]; /* UTF-8, NUL-terminated */
	uint32_t input_form;	   /* enum nn_input_form */
	uint32_t classes;	   /* labels; 0 or the number of output elements */
	uint32_t arena_bytes;
	uint16_t input, output; /* tensors */
	struct nn_preprocess preprocess;
	uint32_t zero[8];
};

enum nn_type {
	NN_TYPE_F32 = 1,
	NN_TYPE_F16 = 2,
	NN_TYPE_I8 = 3,
	NN_TYPE_U8 = 4,
	NN_TYPE_I16 = 5,
	NN_TYPE_I32 = 6,
	NN_TYPE_I64 = 7,
};

enum nn_tensor_flags {
	NN_TENSOR_CONSTANT = 1u << 0, /* lies in the data section, else in the arena */
};

struct nn_tensor {     /* 48 bytes */
	uint32_t name; /* offset in the strings section */
	uint8_t type;  /* enum nn_type */
	uint8_t flags;
	uint8_t dims;
	uint8_t quantised_dim; /* with more than one scale: the dimension they belong to */
	uint32_t shape[4];     /* outermost first; 1 behind the last dimension */
	uint32_t location;     /* offset in the data section or in the arena */
	uint32_t bytes;
	uint32_t scales;      /* offset in the quantisation section of float [scale_count], int32_t [scale_count] */
	uint32_t scale_count; /* 0: not quantised, 1: per tensor, shape[quantised_dim]: per channel */
	uint32_t zero[2];
};

enum nn_operator_code {
	NN_OPERATOR_CONV_2D = 1,	   /* input, weights [kh][kw][ci][co], bias [co], limits [2][co] or none */
	NN_OPERATOR_DEPTHWISE_CONV_2D = 2, /* input, weights [kh][kw][ci][multiplier], bias, limits */
	NN_OPERATOR_DENSE = 3,		   /* input, weights [in][out], bias [out], limits */
	NN_OPERATOR_MAX_POOL_2D = 4,
	NN_OPERATOR_AVERAGE_POOL_2D = 5, /* padding does not count */
	NN_OPERATOR_RESHAPE = 6,
	NN_OPERATOR_SOFTMAX = 7, /* over the last dimension */
	NN_OPERATOR_ADD = 8,	 /* second operand: same shape, or [channels] */
	NN_OPERATOR_MULTIPLY = 9,
	NN_OPERATOR_ACTIVATION = 10, /* only what the field activation says */
	NN_OPERATOR_SUBTRACT = 11,   /* as ADD */
	NN_OPERATOR_CONCAT = 12,     /* 1 to 7 inputs, alike but for dimension parameters[0] */
	NN_OPERATOR_PAD = 13,	     /* parameters: enum nn_pad_parameter */
	NN_OPERATOR_MEAN = 14,	     /* parameters[0]: bit d set = over dimension d; kept as 1 or left out */
	NN_OPERATOR_LEAKY_RELU = 15, /* parameters[0]: bits of the float slope below 0 */
	NN_OPERATOR_SIGMOID = 16,
	NN_OPERATOR_TANH = 17,
	NN_OPERATOR_HARD_SWISH = 18, /* x * relu6(x + 3) / 6 */
	NN_OPERATOR_TRANSPOSE = 19,  /* parameters[d]: dimension of the input that becomes dimension d */
	NN_OPERATOR_BATCH_NORM = 20, /* input, scale [channels], offset [channels]: x * scale + offset */
	NN_OPERATOR_QUANTIZE = 21,   /* to the scale and zero point of the output, from float or another scale */
	NN_OPERATOR_DEQUANTIZE = 22, /* to float */
};

enum nn_activation {
	NN_ACTIVATION_NONE = 0,
	NN_ACTIVATION_RELU = 1,
	NN_ACTIVATION_RELU6 = 2,
};

/* How integer kernels round; the float ones have 0. */
enum nn_rounding {
	NN_ROUNDING_FLOAT = 0,
	NN_ROUNDING_SINGLE = 1,
	NN_ROUNDING_DOUBLE = 2,
};

/* parameters[] of convolutions and pools. */
enum nn_window_parameter {
	NN_PARAMETER_STRIDE_H,
	NN_PARAMETER_STRIDE_W,
	NN_PARAMETER_DILATION_H,
	NN_PARAMETER_DILATION_W,
	NN_PARAMETER_PAD_TOP,
	NN_PARAMETER_PAD_LEFT,
	NN_PARAMETER_PAD_BOTTOM,
	NN_PARAMETER_PAD_RIGHT,
	NN_PARAMETER_KERNEL_H, /* of a pool; a convolution has it in its weights' shape */
	NN_PARAMETER_KERNEL_W,
};

/* Also in parameters[] of convolutions and dense layers with float activations and 8-bit weights. */
enum {
	NN_PARAMETER_HYBRID = 8, /* enum nn_hybrid */
};

enum nn_hybrid {
	NN_HYBRID_WEIGHTS = 0, /* weights are dequantised, sums are float */
	NN_HYBRID_DYNAMIC = 1, /* the input is quantised at run time to 8 bits, asymmetric, sums are integer */
};

/* parameters[] of a padding: zeros of the real scale before and behind each dimension, or another value. */
enum nn_pad_parameter {
	NN_PARAMETER_PAD_BEFORE = 0, /* [4] */
	NN_PARAMETER_PAD_BEHIND = 4, /* [4] */
	NN_PARAMETER_PAD_VALUE = 8,  /* as stored in the tensor: bits of a float, or an integer */
};

struct nn_operator {	    /* 64 bytes */
	uint16_t code;	    /* enum nn_operator_code */
	uint8_t activation; /* enum nn_activation, fused */
	uint8_t rounding;   /* enum nn_rounding */
	uint8_t inputs, outputs;
	uint16_t zero;
	uint32_t operands; /* position of the first input in the operands section; the outputs follow */
	int32_t parameters[NN_FORMAT_PARAMETERS];
	uint32_t multipliers;	   /* offset in the quantisation section of int32_t multiplier [n], int32_t shift [n] */
	uint32_t multiplier_count; /* n; 0 for float */
	int16_t low, high;	   /* limits of an integer output, activation and type considered; 0, 0 for float */
};

_Static_assert(sizeof(struct nn_header) == 192, "header");
_Static_assert(sizeof(struct nn_preprocess) == 48, "preprocess");
_Static_assert(sizeof(struct nn_main) == 160, "main");
_Static_assert(sizeof(struct nn_tensor) == 48, "tensor");
_Static_assert(sizeof(struct nn_operator) == 64, "operator");

#endif
