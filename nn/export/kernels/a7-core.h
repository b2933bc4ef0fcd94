/* SPDX-License-Identifier: Apache-2.0 */
/* a7-core.h - which of the runtime's vectors run the layers of any shape: NEON's on 32-bit ARM, or plain C. */
#ifndef NN_EXPORT_KERNELS_A7_CORE_H
#define NN_EXPORT_KERNELS_A7_CORE_H

#define NN_TARGET
#define NN_KERNEL static inline __attribute__((always_inline, unused))
/* One function for all layers of a kind, in which no layer's numbers become the function's. */
#if __has_attribute(noipa)
#define NN_CORE_ENTRY static __attribute__((unused, noipa))
#else
#define NN_CORE_ENTRY static __attribute__((unused, noinline))
#endif

/* As struct nn_block_form has them. */
#define NN_INTERLEAVE 1
#if defined(__ARM_NEON) && defined(__arm__) && !defined(NN_PLAIN_C)
#define NN_CORE_NEON
#define NN_SHIFT(right) (-(right))
#else
#define NN_CORE_PLAIN
#define NN_SHIFT(right) (right)
#endif

#endif
