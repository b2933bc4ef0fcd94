/* SPDX-License-Identifier: Apache-2.0 */
/* naked.h - functions of instructions alone, which the compiler calls as it does those of other files. */
#ifndef NN_RUNTIME_CORES_NAKED_H
#define NN_RUNTIME_CORES_NAKED_H

#if __has_attribute(noipa)
#define NN_NAKED static __attribute__((naked, noinline, noipa, unused))
#else
#define NN_NAKED static __attribute__((naked, noinline, unused))
#endif

#endif
