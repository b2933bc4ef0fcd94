/* SPDX-License-Identifier: Apache-2.0 */
/* x86-cpu.h - what the processor can do. */
#ifndef NN_RUNTIME_CORES_X86_CPU_H
#define NN_RUNTIME_CORES_X86_CPU_H

#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>

/* The operating system must keep the registers' upper halves, too. */
static inline bool nn_cpu_has_avx2(void)
{
	unsigned a, b, c, d;
	uint32_t low, high;

	if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
		return false;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (low & 6) == 6 && __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_AVX2);
}

#endif
