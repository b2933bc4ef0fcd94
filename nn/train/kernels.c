/* SPDX-License-Identifier: Apache-2.0 */
/* kernels.c - the kernels of training for what every machine has, and for AVX2. */
#include "nn/train/kernels.h"

#define KERNEL(name) plain_##name
#define TARGET
#define WIDTH 4
#define NAME  "plain"
#include "nn/train/kernels-template.h"

#ifdef __x86_64__
#define KERNEL(name) avx2_##name
#define TARGET	     __attribute__((target("avx2")))
#define WIDTH	     8
#define NAME	     "avx2"
#include "nn/train/kernels-template.h"
#endif

const struct train_kernels *train_kernels_plain(void)
{
	return &plain_table;
}

const struct train_kernels *train_kernels_best(void)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return &avx2_table;
#endif
	return &plain_table;
}
