/* SPDX-License-Identifier: Apache-2.0 */
/* m4-asm.h - eight dot products of one window: the registers r4-r11 hold the sums, all the others work. */
#ifndef NN_RUNTIME_CORES_M4_ASM_H
#define NN_RUNTIME_CORES_M4_ASM_H

#include <stdint.h>

/* A window as rows of words: inputs lie side by side within a row. */
struct m4_dot {
	int32_t quads_bytes; /* of a row's words: those in whole groups of four */
	int32_t skip_bytes;  /* from a row's end to the next one's begin */
	int32_t rows;
	int32_t rest; /* words of a row behind the groups: 0..3 */
};

/* Parameters are read by the instructions alone. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#define M4_NAKED static __attribute__((naked, noinline, noipa, unused))

/* Eight channels' weights at r1, times the two inputs in x. */
#define M4_WORD(x)                                                                                                     \
	"ldmia r1!, {r12, lr}\n"                                                                                       \
	"smlad r4, r12, " x ", r4\n"                                                                                   \
	"smlad r5, lr, " x ", r5\n"                                                                                    \
	"ldmia r1!, {r12, lr}\n"                                                                                       \
	"smlad r6, r12, " x ", r6\n"                                                                                   \
	"smlad r7, lr, " x ", r7\n"                                                                                    \
	"ldmia r1!, {r12, lr}\n"                                                                                       \
	"smlad r8, r12, " x ", r8\n"                                                                                   \
	"smlad r9, lr, " x ", r9\n"                                                                                    \
	"ldmia r1!, {r12, lr}\n"                                                                                       \
	"smlad r10, r12, " x ", r10\n"                                                                                 \
	"smlad r11, lr, " x ", r11\n"
#define M4_ONE "ldr r2, [r0], #4\n" M4_WORD("r2")
#define M4_TWO "ldmia r0!, {r2, r3}\n" M4_WORD("r2") M4_WORD("r3")

/* weights: eight biases, then for each word of the window eight words. Returns the eight sums. */
M4_NAKED void m4_dot(const uint32_t *in, const int32_t *weights, const struct m4_dot *window, int32_t *ret_sums)
{
	__asm__("push {r3-r11, lr}\n"
		"ldmia r1!, {r4-r11}\n"
		"ldr r3, [r2, #8]\n"
		"push {r1-r3}\n" /* end of the groups, window, rows left */
		"1:\n"
		"ldr r12, [sp, #4]\n"
		"ldr r2, [r12]\n"
		"cmp r2, #0\n"
		"beq 3f\n"
		"add r2, r0\n"
		"str r2, [sp]\n"
		"2:\n" M4_TWO M4_TWO "ldr r12, [sp]\n"
		"cmp r0, r12\n"
		"bne 2b\n"
		"ldr r12, [sp, #4]\n"
		"3:\n"
		"ldr r2, [r12, #12]\n"
		"tbh [pc, r2, lsl #1]\n"
		"4: .hword (7f - 4b) / 2, (6f - 4b) / 2, (5f - 4b) / 2, (8f - 4b) / 2\n"
		"8:\n" M4_ONE "5:\n" M4_TWO "b 7f\n"
		"6:\n" M4_ONE "7:\n"
		"ldr r12, [sp, #4]\n"
		"ldr r2, [r12, #4]\n"
		"ldr r3, [sp, #8]\n"
		"add r0, r2\n"
		"subs r3, #1\n"
		"str r3, [sp, #8]\n"
		"bne 1b\n"
		"add sp, #12\n"
		"pop {r3}\n"
		"stm r3, {r4-r11}\n"
		"pop {r4-r11, pc}\n");
}

/* The same for three rows of three words: a 3x3 window of two channels. */
M4_NAKED void m4_dot_3x3(const uint32_t *in, const int32_t *weights, const struct m4_dot *window, int32_t *ret_sums)
{
	__asm__("push {r3-r11, lr}\n"
		"ldmia r1!, {r4-r11}\n"
		"ldr r2, [r2, #4]\n"
		"push {r2}\n" M4_TWO M4_ONE "ldr r12, [sp]\n"
		"add r0, r12\n" M4_TWO M4_ONE "pop {r12}\n"
		"add r0, r12\n" M4_TWO M4_ONE "pop {r3}\n"
		"stm r3, {r4-r11}\n"
		"pop {r4-r11, pc}\n");
}

/* Two sums to outputs as m4_finish() says, of the whole range. multiply: SMMUL or SMMULR, away: what follows it. */
#define M4_STORE_TWO(multiply, away)                                                                                   \
	"ldmia r0!, {r4, r5}\n"                                                                                        \
	"ldmia r1!, {r6-r9}\n" multiply " r4, r4, r6\n" multiply " r5, r5, r8\n" away "asrs r4, r7\n"                  \
	"asr r5, r5, r9\n"                                                                                             \
	"add r4, r3\n"                                                                                                 \
	"add r5, r3\n"                                                                                                 \
	"ssat r4, #8, r4, asr #1\n"                                                                                    \
	"ssat r5, #8, r5, asr #1\n"                                                                                    \
	"strb r4, [r2], #1\n"                                                                                          \
	"strb r5, [r2], #1\n"
#define M4_STORE_EIGHT(multiply, away)                                                                                 \
	__asm__("push {r4-r9}\n" M4_STORE_TWO(multiply, away) M4_STORE_TWO(multiply, away)                             \
			M4_STORE_TWO(multiply, away) M4_STORE_TWO(multiply, away) "pop {r4-r9}\n"                      \
										  "bx lr\n")

M4_NAKED void m4_store_single(const int32_t *sums, const struct m4_scale *scales, int8_t *out, int32_t round)
{
	M4_STORE_EIGHT("smmul", "");
}

M4_NAKED void m4_store_double(const int32_t *sums, const struct m4_scale *scales, int8_t *out, int32_t round)
{
	M4_STORE_EIGHT("smmulr", "add r4, r4, r4, asr #31\nadd r5, r5, r5, asr #31\n");
}

#pragma GCC diagnostic pop

#endif
