/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arm-cpu.h - whether the kernels of NEON can be compiled, and whether the processor runs them. Debian's armhf is made for
 * processors without NEON, too: there GCC compiles them by function, and Linux says what the processor has.
 */
#ifndef NN_RUNTIME_CORES_ARM_CPU_H
#define NN_RUNTIME_CORES_ARM_CPU_H

#include <stdbool.h>

#if defined(NN_PLAIN_C)
#define NN_HAS_NEON 0
#elif defined(__ARM_NEON)
#define NN_HAS_NEON    1
#define NN_TARGET_NEON /* as everything else */
#elif defined(__ARM_PCS_VFP) && __ARM_ARCH >= 7 && __ARM_ARCH_PROFILE == 'A' && defined(__GNUC__) && !defined(__clang__)
#define NN_HAS_NEON    1
#define NN_TARGET_NEON __attribute__((target("fpu=neon")))
#else
#define NN_HAS_NEON 0
#endif

#if NN_HAS_NEON && !defined(__ARM_NEON)
/* The C library's, if there is one: what of the kernel's auxiliary vector is about this. */
__attribute__((weak)) unsigned long getauxval(unsigned long type);

static inline bool nn_cpu_has_neon(void)
{
	enum {
		HARDWARE = 16,	/* AT_HWCAP */
		NEON = 1 << 12, /* HWCAP_NEON */
	};

	return getauxval && (getauxval(HARDWARE) & NEON);
}
#else
static inline bool nn_cpu_has_neon(void)
{
	return NN_HAS_NEON;
}
#endif

#endif
