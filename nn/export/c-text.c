/* SPDX-License-Identifier: Apache-2.0 */
/* c-text.c - see c-text.h. The assembler takes the files in as they are. */
#include "nn/export/c-text.h"

#include <stdbool.h>
#include <string.h>

#define TEXTS(X)                                                                                                       \
	X(WINDOW, "nn/runtime/kernels/window.h")                                                                       \
	X(REQUANTISE, "nn/runtime/kernels/requantise.h")                                                               \
	X(HALF, "nn/runtime/kernels/half.h")                                                                           \
	X(MATH, "nn/runtime/math.h")                                                                                   \
	X(KERNELS_F32, "nn/runtime/kernels-f32.h")                                                                     \
	X(KERNELS_INT, "nn/runtime/kernels-int.h")                                                                     \
	X(PAIRWISE_F32, "nn/runtime/kernels/pairwise-f32.c")                                                           \
	X(LANES_F32, "nn/runtime/kernels/lanes-f32.h")                                                                 \
	X(CONV_2D_F32, "nn/runtime/kernels/conv-2d-f32.c")                                                             \
	X(DENSE_F32, "nn/runtime/kernels/dense-f32.c")                                                                 \
	X(DEPTHWISE_CONV_2D_F32, "nn/runtime/kernels/depthwise-conv-2d-f32.c")                                         \
	X(DYNAMIC_H, "nn/runtime/kernels/dynamic.h")                                                                   \
	X(DYNAMIC, "nn/runtime/kernels/dynamic.c")                                                                     \
	X(CONV_2D_F16, "nn/runtime/kernels/conv-2d-f16.c")                                                             \
	X(CONV_2D_HYBRID, "nn/runtime/kernels/conv-2d-hybrid.c")                                                       \
	X(CONV_2D_I8, "nn/runtime/kernels/conv-2d-i8.c")                                                               \
	X(CONV_2D_I16, "nn/runtime/kernels/conv-2d-i16.c")                                                             \
	X(DEPTHWISE_CONV_2D_INT, "nn/runtime/kernels/depthwise-conv-2d-int.c")                                         \
	X(FUNCTION_F32, "nn/runtime/kernels/function-f32.c")                                                           \
	X(LOOKUP_INT, "nn/runtime/kernels/lookup-int.c")                                                               \
	X(MEAN, "nn/runtime/kernels/mean.c")                                                                           \
	X(MOVE, "nn/runtime/kernels/move.c")                                                                           \
	X(PAIRWISE_INT, "nn/runtime/kernels/pairwise-int.c")                                                           \
	X(POOL_2D_F32, "nn/runtime/kernels/pool-2d-f32.c")                                                             \
	X(POOL_2D_INT, "nn/runtime/kernels/pool-2d-int.c")                                                             \
	X(QUANTIZE, "nn/runtime/kernels/quantize.c")                                                                   \
	X(SOFTMAX_F32, "nn/runtime/kernels/softmax-f32.c")                                                             \
	X(SOFTMAX_I8, "nn/runtime/kernels/softmax-i8.c")                                                               \
	X(COMMON, "nn/export/kernels/common.h")                                                                        \
	X(I8, "nn/export/kernels/i8.h")                                                                                \
	X(F32, "nn/export/kernels/f32.h")                                                                              \
	X(M4_I8, "nn/export/kernels/m4-i8.h")                                                                          \
	X(M4_DOT, "nn/export/kernels/m4-dot.h")                                                                        \
	X(M4_BLOCK, "nn/export/kernels/m4-block.h")                                                                    \
	X(M4_F32, "nn/export/kernels/m4-f32.h")                                                                        \
	X(A7_I8, "nn/export/kernels/a7-i8.h")                                                                          \
	X(X86_I8, "nn/export/kernels/x86-i8.h")                                                                        \
	X(VECTOR_F32, "nn/export/kernels/vector-f32.h")                                                                \
	X(A7_F32, "nn/export/kernels/a7-f32.h")                                                                        \
	X(A7_CORE, "nn/export/kernels/a7-core.h")                                                                      \
	X(X86_CORE, "nn/export/kernels/x86-core.h")                                                                    \
	X(NAKED, "nn/runtime/cores/naked.h")                                                                           \
	X(BLOCK, "nn/runtime/cores/block.h")                                                                           \
	X(NEON_VECTOR, "nn/runtime/cores/neon-vector.h")                                                               \
	X(AVX2_VECTOR, "nn/runtime/cores/avx2-vector.h")                                                               \
	X(SSE2_VECTOR, "nn/runtime/cores/sse2-vector.h")                                                               \
	X(PLAIN_VECTOR, "nn/export/kernels/plain-vector.h")                                                            \
	X(BLOCK_RUN, "nn/runtime/cores/block-run.h")                                                                   \
	X(F32_RUN, "nn/runtime/cores/f32-run.h")                                                                       \
	X(POOL_RUN, "nn/runtime/cores/pool-run.h")                                                                     \
	X(NEON_I8, "nn/runtime/cores/neon-i8.h")                                                                       \
	X(NEON_F32, "nn/runtime/cores/neon-f32.h")                                                                     \
	X(CORE_BLOCK, "nn/export/kernels/core-block.h")                                                                \
	X(CORE_F32, "nn/export/kernels/core-f32.h")                                                                    \
	X(CORE_POOL, "nn/export/kernels/core-pool.h")

/* Of texts that only one kind of vectors wants: what a module asks before it takes them. */
static const char *const conditions[C_TEXTS] = {
	[C_TEXT_NEON_VECTOR] = "NN_CORE_NEON", [C_TEXT_AVX2_VECTOR] = "NN_CORE_AVX2",
	[C_TEXT_SSE2_VECTOR] = "NN_CORE_SSE2", [C_TEXT_PLAIN_VECTOR] = "NN_CORE_PLAIN",
	[C_TEXT_NEON_I8] = "NN_CORE_NEON",     [C_TEXT_NEON_F32] = "NN_CORE_NEON",
};

#define TAKE_IN(name, file)                                                                                            \
	extern const char c_text_##name[], c_text_##name##_end[];                                                      \
	__asm__(".pushsection .rodata\n"                                                                               \
		".globl c_text_" #name ", c_text_" #name "_end\n"                                                      \
		".hidden c_text_" #name ", c_text_" #name "_end\n"                                                     \
		"c_text_" #name ":\n"                                                                                  \
		".incbin \"" file "\"\n"                                                                               \
		"c_text_" #name "_end:\n"                                                                              \
		".byte 0\n"                                                                                            \
		".popsection\n");
TEXTS(TAKE_IN)

#define ENTRY(name, path) [C_TEXT_##name] = {c_text_##name, c_text_##name##_end, path},
static const struct {
	const char *begin, *end, *path;
} texts[C_TEXTS] = {TEXTS(ENTRY)};

/* The text named by an #include of ours, or C_TEXTS. */
static int included(const char *line, size_t length)
{
	static const char include[] = "#include \"";
	const size_t skip = sizeof(include) - 1;

	if (length <= skip || memcmp(line, include, skip) != 0)
		return C_TEXTS;
	for (int i = 0; i < C_TEXTS; i++)
		if (strlen(texts[i].path) <= length - skip &&
		    !memcmp(line + skip, texts[i].path, strlen(texts[i].path)))
			return i;
	return C_TEXTS;
}

static size_t line_length(const char *line, const char *end)
{
	const char *feed = memchr(line, '\n', (size_t)(end - line));

	return feed ? (size_t)(feed - line) + 1 : (size_t)(end - line);
}

/* What a text includes belongs to the set as well. */
static void complete(c_text_set *set)
{
	for (int i = C_TEXTS; i-- > 0;) {
		if (!(*set >> i & 1))
			continue;
		for (const char *line = texts[i].begin; line < texts[i].end; line += line_length(line, texts[i].end)) {
			int other = included(line, line_length(line, texts[i].end));

			if (other < C_TEXTS && !(*set >> other & 1)) {
				c_text_add(set, (enum c_text)other);
				i = C_TEXTS; /* from the start: what comes in may need more */
				break;
			}
		}
	}
}

/* The first line of a kernel, declared or defined: neither static nor a macro. */
static bool is_kernel(const char *line, size_t length)
{
	return !strncmp(line, "void nn_", 8) || (!strncmp(line, "struct nn_", 10) && memchr(line, '(', length));
}

/*
 * Without includes of ours. A kernel of the runtime becomes static: its declaration is left out, its definition gets the
 * word for it.
 */
static void write_text(FILE *file, int text)
{
	size_t path = strlen(texts[text].path);
	bool header = texts[text].path[path - 1] == 'h', skipping = false;

	fputc('\n', file);
	for (const char *line = texts[text].begin; line < texts[text].end;) {
		size_t length = line_length(line, texts[text].end);

		if (is_kernel(line, length)) {
			skipping = header;
			if (!header)
				fputs("NN_PORTABLE ", file);
		}
		if (!skipping && strncmp(line, "#include \"", 10) != 0)
			fwrite(line, 1, length, file);
		skipping = skipping && !memchr(line, ';', length);
		line += length;
	}
}

/* Whose loops are to become vector instructions, as in the service, whatever the module is compiled with. */
#define CORES (UINT64_C(1) << C_TEXT_CORE_BLOCK | UINT64_C(1) << C_TEXT_CORE_F32 | UINT64_C(1) << C_TEXT_CORE_POOL)

void c_text_write(FILE *file, c_text_set set, int wide)
{
	complete(&set);
	fprintf(file,
		"\n#pragma GCC diagnostic ignored \"-Wunused-parameter\" /* of naked functions */\n"
		"#ifdef __clang__\n#pragma STDC FP_CONTRACT OFF\n#else\n"
		"#pragma GCC optimize(\"fp-contract=off\", \"no-tree-loop-distribute-patterns\"%s)\n#endif\n"
		"#define NN_PORTABLE static __attribute__((unused))\n",
		set & CORES ? ", \"O3\"" : "");
	if (set >> C_TEXT_I8 & 1)
		fprintf(file, "typedef %s nn_act;\n", wide ? "int16_t" : "int8_t");
	for (int i = 0; i < C_TEXTS; i++)
		if (set >> i & 1) {
			if (conditions[i])
				fprintf(file, "\n#ifdef %s", conditions[i]);
			write_text(file, i);
			if (conditions[i])
				fprintf(file, "#endif\n");
		}
}
