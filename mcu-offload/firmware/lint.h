/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lint.h - would Linux' remoteproc load this ELF on an STM32MP15, and would the core come up? The loader's checks, without
 * a board.
 *
 * Source of facts: Linux 6.1, remoteproc_elf_loader, remoteproc_core and stm32_rproc; stm32mp15xx-dkx device tree.
 */
#ifndef MCU_OFFLOAD_FIRMWARE_LINT_H
#define MCU_OFFLOAD_FIRMWARE_LINT_H

#include <stddef.h>
#include <stdint.h>

enum { LINT_TEXT = 160 };

struct lint {
	const uint8_t *bytes;
	size_t size;
	unsigned complaints;
	/* Each complaint, one line without its end. */
	void (*say)(void *user, const char *text);
	void *user;
};

/* Returns the number of complaints. */
unsigned lint_elf(const uint8_t *bytes, size_t size, void (*say)(void *user, const char *text), void *user);

/* What it takes for the device tree's, a line each: name, address as Linux has it, bytes. */
void lint_regions(void (*say)(void *user, const char *text), void *user);

/* For its parts: one more complaint. */
void lint_complain(struct lint *lint, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* NULL, and a complaint, if the file ends before. */
const void *lint_at(struct lint *lint, uint64_t offset, uint64_t bytes, const char *what);
/* In one region that Linux maps for the loader. */
int lint_in_carveout(uint64_t address, uint64_t bytes);
/* lint-resources.c: the table, as in its section. */
void lint_resources(struct lint *lint, const uint8_t *table, size_t size);

#endif
