/* SPDX-License-Identifier: Apache-2.0 */
/* x86-core.h - which of the runtime's vectors run the layers of any shape: AVX2's, SSE2's or plain C. */
#ifndef NN_EXPORT_KERNELS_X86_CORE_H
#define NN_EXPORT_KERNELS_X86_CORE_H

#define NN_TARGET
#define NN_KERNEL static inline __attribute__((always_inline, unused))
/* One function for all layers of a kind, in which no layer's numbers become the function's. */
#if __has_attribute(noipa)
#define NN_CORE_ENTRY static __attribute__((unused, noipa))
#else
#define NN_CORE_ENTRY static __attribute__((unused, noinline))
#endif

/* As struct nn_block_form has them. */
#define NN_INTERLEAVE 2
#if defined(__AVX2__) && !defined(NN_PLAIN_C)
#define NN_CORE_AVX2
#define NN_SHIFT(right) (right)
#elif defined(__SSE2__) && !defined(NN_PLAIN_C)
#define NN_CORE_SSE2
#define NN_SHIFT(right) ((int32_t)(UINT32_C(1) << (32 - (right))))
#else
#define NN_CORE_PLAIN
#define NN_SHIFT(right) (right)
#endif

#endif
