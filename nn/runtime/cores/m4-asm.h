/* SPDX-License-Identifier: Apache-2.0 */
/*
 * m4-asm.h - all output channels of one window, four at a time: r4-r7 hold their sums, r8-r11 four weights, all the others
 * inputs. Four sums take 21 instructions for 16 of SMLAD; eight sums would leave room for two weights only, and take 25.
 */
#ifndef NN_RUNTIME_CORES_M4_ASM_H
#define NN_RUNTIME_CORES_M4_ASM_H

#include <stdint.h>

#include "nn/runtime/cores/naked.h"

/* A window as rows of words: inputs lie side by side within a row. The assembler knows the places of the fields. */
struct m4_dot {
	int32_t quads_bytes; /* of a row's words: those in whole groups of four */
	int32_t rest;	     /* words of a row behind the groups: 0..3 */
	int32_t rows;
	int32_t skip_bytes; /* from a row's end to the next one's begin */
	int32_t three;	    /* whether it is three rows of three words */
	int32_t twice;	    /* whether outputs are rounded twice */
	int32_t round;	    /* 1 + twice the zero point */
	int32_t channels;
	int32_t neighbours; /* 3: of 2x2 windows the largest sum counts; 0: there is only one */
	int32_t steps[3];   /* bytes from where a window is left to the next one's begin, the last one first */
};

/* Parameters are read by the instructions alone. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

/* Four channels' weights times the two inputs in x. */
#define M4_WORD(x)                                                                                                     \
	"ldmia r1!, {r8-r11}\n"                                                                                        \
	"smlad r4, r8, " x ", r4\n"                                                                                    \
	"smlad r5, r9, " x ", r5\n"                                                                                    \
	"smlad r6, r10, " x ", r6\n"                                                                                   \
	"smlad r7, r11, " x ", r7\n"
#define M4_ONE		    "ldr r2, [r0], #4\n" M4_WORD("r2")
#define M4_TWO		    "ldmia r0!, {r2, r3}\n" M4_WORD("r2") M4_WORD("r3")
#define M4_THREE	    "ldmia r0!, {r2, r3, r12}\n" M4_WORD("r2") M4_WORD("r3") M4_WORD("r12")
#define M4_FOUR		    "ldmia r0!, {r2, r3, r12, lr}\n" M4_WORD("r2") M4_WORD("r3") M4_WORD("r12") M4_WORD("lr")
#define M4_ALL(instruction) instruction(r4, r8) instruction(r5, r9) instruction(r6, r10) instruction(r7, r11)
#define M4_MOST(a, b)	    "cmp " #a ", " #b "\nit lt\nmovlt " #a ", " #b "\n"
#define M4_MULTIPLY(a, b)   "smmul " #a ", " #a ", " #b "\n"
#define M4_ROUND(a, b)	    "smmulr " #a ", " #a ", " #b "\nadd " #a ", " #a ", " #a ", asr #31\n"
#define M4_SHIFT(a, b)	    "asrs " #a ", " #b "\n"
#define M4_NARROW(a, b)	    "add " #a ", r3\nssat " #a ", #8, " #a ", asr #1\n"

/*
 * weights: for each four channels four biases, four weights for each word of the window, four multipliers, four shifts.
 * Writes the outputs, of the whole range of int8.
 *
 * On the stack: 0 the end of a row's groups, 4 rows left, 8 neighbours left, 12 dot, 16 three times four sums of
 * neighbours, 64 in, 68 the four channels' weights, 72 out, 76 channels left.
 */
NN_NAKED void m4_dot(const uint32_t *in, const int32_t *weights, const struct m4_dot *dot, int8_t *out)
{
	__asm__("push {r3-r11, lr}\n"
		"sub sp, #80\n"
		"ldr r4, [r2, #32]\n"
		"strd r4, r2, [sp, #8]\n"
		"ldr r4, [r2, #28]\n"
		"strd r3, r4, [sp, #72]\n"
		"str r0, [sp, #64]\n"
		"1:\n" /* four channels */
		"str r1, [sp, #68]\n"
		"ldr r0, [sp, #64]\n"
		"2:\n" /* a window */
		"ldr r2, [sp, #12]\n"
		"ldmia r1!, {r4-r7}\n"
		"ldr r3, [r2, #16]\n"
		"cmp r3, #0\n"
		"beq 20f\n"
		"ldr lr, [r2, #12]\n" M4_THREE "add r0, lr\n" M4_THREE "add r0, lr\n" M4_THREE
		"3:\n" /* its sums are there */
		"ldr r3, [sp, #8]\n"
		"cbz r3, 4f\n"
		"add r2, sp, r3, lsl #4\n"
		"stm r2, {r4-r7}\n"
		"subs r3, #1\n"
		"str r3, [sp, #8]\n"
		"ldr r2, [sp, #12]\n"
		"add r2, r2, r3, lsl #2\n"
		"ldr r2, [r2, #36]\n"
		"add r0, r2\n"
		"ldr r1, [sp, #68]\n"
		"b 2b\n"
		"4:\n"
		"ldr r2, [sp, #12]\n"
		"ldr r3, [r2, #32]\n"
		"cmp r3, #0\n"
		"beq 5f\n"
		"str r3, [sp, #8]\n"
		"add r12, sp, #16\n"
		".rept 3\n"
		"ldmia r12!, {r8-r11}\n" M4_ALL(
			M4_MOST) ".endr\n"
				 "5:\n" /* sums to outputs */
				 "ldmia r1!, {r8-r11}\n"
				 "ldr r3, [r2, #20]\n"
				 "cbz r3, 6f\n" M4_ALL(
					 M4_ROUND) "b 7f\n"
						   "6:\n" M4_ALL(
							   M4_MULTIPLY) "7:\n"
									"ldmia r1!, {r8-r11}\n" M4_ALL(M4_SHIFT) "ldr r3, [r2, #24]\n" M4_ALL(
										M4_NARROW) "bfi r4, r5, #8, #8\n"
											   "bfi r4, r6, #16, #8\n"
											   "bfi r4, r7, #24, #8\n"
											   "ldrd r2, r3, [sp, #72]\n"
											   "subs r3, #4\n"
											   "blt 8f\n"
											   "str r4, [r2], #4\n"
											   "strd r2, r3, [sp, #72]\n"
											   "bne 1b\n"
											   "b 9f\n"
											   "8:\n" /* the last ones */
											   "adds r3, #4\n"
											   "10:\n"
											   "strb r4, [r2], #1\n"
											   "lsrs r4, #8\n"
											   "subs r3, #1\n"
											   "bne 10b\n"
											   "9:\n"
											   "add sp, #80\n"
											   "pop {r3-r11, pc}\n"
											   "20:\n" /* a window of any size */
											   "ldr r3, [r2, #8]\n"
											   "str r3, [sp, #4]\n"
											   "21:\n"
											   "ldr r3, [r2]\n"
											   "cmp r3, #0\n"
											   "beq 24f\n"
											   "tst r3, #16\n"
											   "add r3, r0\n"
											   "str r3, [sp]\n"
											   "bne 23f\n"
											   "22:\n" M4_FOUR
											   "23:\n" M4_FOUR
											   "ldr r8, [sp]\n"
											   "cmp r0, r8\n"
											   "bne 22b\n"
											   "ldr r2, [sp, #12]\n"
											   "24:\n"
											   "ldr r3, [r2, #4]\n"
											   "tbb [pc, r3]\n"
											   "25: .byte (29f - 25b) / 2, (28f - 25b) / 2, (27f - 25b) / 2, (26f - 25b) / 2\n"
											   "26:\n" M4_ONE "27:\n" M4_TWO
											   "b 29f\n"
											   "28:\n" M4_ONE "29:\n"
											   "ldr r2, [sp, #12]\n"
											   "ldr r3, [r2, #12]\n"
											   "add r0, r3\n"
											   "ldr r3, [sp, #4]\n"
											   "subs r3, #1\n"
											   "str r3, [sp, #4]\n"
											   "bne 21b\n"
											   "b 3b\n");
}

#pragma GCC diagnostic pop

#endif
