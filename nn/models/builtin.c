/* SPDX-License-Identifier: Apache-2.0 */
/* builtin.c - the assembler takes the file in as it is: nothing is generated, and cross-compiling needs no more. */
#include "nn/models/builtin.h"

__asm__(".pushsection .rodata\n"
	".balign 64\n"
	".globl model_builtin_begin, model_builtin_end\n"
	".hidden model_builtin_begin, model_builtin_end\n"
	"model_builtin_begin:\n"
	".incbin \"nn/models/handposture.pnn\"\n"
	"model_builtin_end:\n"
	".byte 0\n" /* keeps the end's address inside the section */
	".popsection\n");
