/* SPDX-License-Identifier: Apache-2.0 */
/* test-m4-lint.c - the lint of firmware takes a good ELF, and says of each broken one what is wrong with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <elf.h>

#include "mcu-offload/firmware/lint.h"
#include "mcu-offload/firmware/m4-core.h"
#include "mcu-offload/firmware/stm32mp15/protection.h"

enum {
	VECTORS = 166,
	TABLE_ADDRESS = 0x10020000,
};

struct table { /* as on the M4: 140 bytes */
	uint32_t version, count, reserved[2], offsets[2], vdev_type;
	struct m4_vdev vdev;
	uint32_t trace_type, trace_address, trace_bytes, trace_reserved;
	char trace_name[32];
};
_Static_assert(sizeof(struct table) == 140, "table");

/* The least that Linux would load. */
static struct image {
	Elf32_Ehdr header;
	Elf32_Phdr code, data;
	Elf32_Shdr sections[4]; /* none, names, table, .data */
	char names[32];
	uint32_t vectors[VECTORS];
	uint16_t code_bytes[8];
	struct table table;
} image;

static char complaints[4096];

static void say(void *user, const char *text)
{
	(void)user;
	strncat(complaints, text, sizeof(complaints) - strlen(complaints) - 2);
	strcat(complaints, "\n");
}

static unsigned lint(void)
{
	complaints[0] = 0;
	return lint_elf((const uint8_t *)&image, sizeof(image), say, NULL);
}

static int set_up(void **unused)
{
	static const char names[] = "\0.resource_table\0.data";

	(void)unused;
	memset(&image, 0, sizeof(image));
	memcpy(image.header.e_ident, ELFMAG "\1\1\1", 7);
	image.header.e_machine = EM_ARM;
	image.header.e_phoff = offsetof(struct image, code);
	image.header.e_phnum = 2;
	image.header.e_phentsize = sizeof(Elf32_Phdr);
	image.header.e_shoff = offsetof(struct image, sections);
	image.header.e_shnum = 4;
	image.header.e_shentsize = sizeof(Elf32_Shdr);
	image.header.e_shstrndx = 1;
	image.code = (Elf32_Phdr){.p_type = PT_LOAD,
				  .p_offset = offsetof(struct image, vectors),
				  .p_filesz = sizeof(image.vectors) + sizeof(image.code_bytes),
				  .p_memsz = sizeof(image.vectors) + sizeof(image.code_bytes),
				  .p_flags = PF_R | PF_X};
	image.data = (Elf32_Phdr){.p_type = PT_LOAD,
				  .p_offset = offsetof(struct image, table),
				  .p_vaddr = TABLE_ADDRESS,
				  .p_paddr = TABLE_ADDRESS,
				  .p_filesz = sizeof(image.table),
				  .p_memsz = 0x2000,
				  .p_flags = PF_R | PF_W};
	memcpy(image.names, names, sizeof(names));
	image.sections[1] = (Elf32_Shdr){.sh_type = SHT_STRTAB, .sh_offset = offsetof(struct image, names)};
	image.sections[2] = (Elf32_Shdr){.sh_name = 1,
					 .sh_type = SHT_PROGBITS,
					 .sh_flags = SHF_ALLOC,
					 .sh_addr = TABLE_ADDRESS,
					 .sh_offset = offsetof(struct image, table),
					 .sh_size = sizeof(image.table)};
	image.sections[3] = (Elf32_Shdr){.sh_name = 17,
					 .sh_type = SHT_NOBITS,
					 .sh_flags = SHF_ALLOC,
					 .sh_addr = TABLE_ADDRESS + 1024,
					 .sh_size = 100};
	for (unsigned i = 1; i < VECTORS; i++)
		image.vectors[i] = sizeof(image.vectors) + 1;
	image.vectors[0] = TABLE_ADDRESS + 0x2000;
	image.vectors[16 + 103] = sizeof(image.vectors) + 5;
	image.vectors[16 + 104] = sizeof(image.vectors) + 9;
	image.table = (struct table){
		.version = 1,
		.count = 2,
		.offsets = {0x18, 0x5c},
		.vdev_type = 3,
		.vdev = {.id = 7,
			 .device_features = 1,
			 .vrings = 2,
			 .vring = {{UINT32_MAX, 16, 16, 0, 0}, {UINT32_MAX, 16, 16, 1, 0}}},
		.trace_type = 2,
		.trace_address = TABLE_ADDRESS + 0x1000,
		.trace_bytes = 512,
		.trace_name = "log",
	};
	return 0;
}

static void a_good_one_is_taken(void **unused)
{
	(void)unused;
	assert_int_equal(lint(), 0);
	assert_string_equal(complaints, "");
}

struct damage {
	size_t offset;
	unsigned bytes;
	uint32_t value;
	const char *complaint; /* a part of it */
};

#define AT(field, new_value, text)                                                                                     \
	{                                                                                                              \
		offsetof(struct image, field), sizeof(image.field), new_value, text                                    \
	}

static void each_damage_is_named(void **unused)
{
	static const struct damage damages[] = {
		AT(header.e_ident[0], 'X', "not an ELF"),
		AT(header.e_ident[EI_CLASS], ELFCLASS64, "not a 32-bit"),
		AT(header.e_ident[EI_DATA], ELFDATA2MSB, "not a 32-bit little-endian"),
		AT(header.e_machine, EM_386, "not for Arm"),
		AT(header.e_phnum, 0, "no segments"),
		AT(header.e_phnum, 999, "table of segments lies beyond"),
		AT(header.e_shnum, 0, "no section headers"),
		AT(header.e_shoff, 0x7fffffff, "table of sections lies beyond"),
		AT(header.e_phentsize, 8, "unknown size"),
		AT(code.p_filesz, 0x10000, "more bytes in the file than in memory"),
		AT(code.p_offset, 0xffffff, "a segment's content lies beyond"),
		AT(code.p_memsz, 0xff04, "outlives a restart"),
		AT(code.p_memsz, 0x10004, "not inside one of Linux' carveouts"),
		AT(data.p_paddr, 0x2ffc0000, "not inside one of Linux' carveouts"),
		AT(data.p_paddr, 0x10042000, "not inside one of Linux' carveouts"),
		AT(data.p_paddr, 0xfffff000, "not inside one of Linux' carveouts"),
		AT(data.p_memsz, 0x20004, "not inside one of Linux' carveouts"),
		AT(data.p_vaddr, 0x30020000, "nothing copies it"),
		AT(data.p_flags, PF_R, "read only"),
		AT(data.p_flags, PF_R | PF_W | PF_X, "memory protection lets nobody run it"),
		AT(data.p_paddr, 0x30020000, "memory protection lets nobody read it"),
		AT(data.p_paddr, 0x1000fff0, "memory protection lets nobody write to it"),
		AT(code.p_flags, PF_R | PF_W | PF_X, "memory protection lets nobody write to it"),
		AT(code.p_paddr, 0x10020000, "memory protection lets everybody overwrite its code"),
		AT(data.p_filesz, 139, "resource table at 0x10020000 is not loaded"),
		AT(vectors[0], 0, "stack begins"),
		AT(vectors[0], TABLE_ADDRESS + 4, "multiple of 8"),
		AT(vectors[0], 0x20000000, "stack begins"),
		AT(vectors[1], 0, "the vector of reset is not set"),
		AT(vectors[1], 0x298, "no Thumb"),
		AT(vectors[1], TABLE_ADDRESS + 1, "does not lead to code"),
		AT(vectors[1], 0x50000001, "does not lead to code"),
		AT(vectors[16 + 103], 0, "interrupt 103"),
		AT(vectors[16 + 103], sizeof(image.vectors) + 1,
		   "interrupt 103 (mailbox: Linux has rung) is that of interrupt 0"),
		AT(vectors[16 + 104], sizeof(image.vectors) + 1, "interrupt 104"),
		AT(code.p_paddr, 0x1000, "no table of 166 vectors at address 0"),
		AT(sections[2].sh_name, 2, "no section .resource_table"),
		AT(sections[2].sh_type, SHT_NOBITS, "is not loaded"),
		AT(sections[2].sh_offset, 0xfffff0, "resource table lies beyond"),
		AT(sections[2].sh_size, 15, "less than its header"),
		AT(sections[2].sh_size, 20, "too small for its 2 entries"),
		AT(sections[2].sh_size, 0x60, "the trace does not fit"),
		AT(sections[2].sh_size, 0x40, "the vdev does not fit"),
		AT(sections[3].sh_addr, TABLE_ADDRESS + 1020, "section .data lies in the 1024 bytes"),
		AT(table.version, 2, "version 2"),
		AT(table.count, 0, "0 vdevs"),
		AT(table.count, UINT32_MAX, "too small for its"),
		AT(table.reserved[1], 1, "reserved words"),
		AT(table.offsets[0], 0x8a, "entry 0 lies outside"),
		AT(table.offsets[0], UINT32_MAX, "entry 0 lies outside"),
		AT(table.vdev_type, 1, "devmem"),
		AT(table.vdev_type, 77, "unknown type 77"),
		AT(table.vdev.id, 3, "id 3"),
		AT(table.vdev.device_features, 3, "features 0x3"),
		AT(table.vdev.status, 4, "not 0"),
		AT(table.vdev.vrings, 3, "3 vrings"),
		AT(table.vdev.vring[0].size, 32, "32 buffers"),
		AT(table.vdev.vring[1].size, 12, "12 buffers"),
		AT(table.vdev.vring[0].align, 0, "aligned to 0"),
		AT(table.vdev.vring[0].align, 4096, "vring 0 needs 4230 bytes"),
		AT(table.vdev.vring[1].address, 0x10040000, "vring 1 is at"),
		AT(table.trace_address, 0x10042000, "trace buffer"),
		AT(table.trace_bytes, 0, "trace buffer"),
		AT(table.trace_reserved, 1, "trace's reserved"),
	};

	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		set_up(unused);
		memcpy((uint8_t *)&image + damages[i].offset, &damages[i].value, damages[i].bytes);
		if (!lint() || !strstr(complaints, damages[i].complaint))
			fail_msg("%zu: wanted '%s', got '%s'", i, damages[i].complaint, complaints);
	}
}

/* The core ignores the lower bits of a region's base. */
static void regions_begin_at_multiples_of_their_size(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < PROTECTION_REGIONS; i++) {
		assert_in_range(protection_regions[i].log2_bytes, 5, 31);
		assert_int_equal(protection_regions[i].base % (1u << protection_regions[i].log2_bytes), 0);
	}
}

static void what_nobody_should_touch_is_protected(void **unused)
{
	static const struct {
		uint32_t address, bytes;
		bool read, write, execute;
	} wanted[] = {
		{0, 0xff00, true, false, true},		       /* vectors: a NULL */
		{0xff00, 0x100, true, true, false},	       /* the record */
		{0x10040000, 0x6000, true, true, false},       /* Linux' rings and buffers */
		{0x10050000, 0x10000, false, false, false},    /* SRAM4: Linux' DMA */
		{0x2ffc0000, 0x40000, false, false, false},    /* SYSRAM */
		{0x30000000, 0x60000, false, false, false},    /* SRAM by its other name */
		{0x4000a000, 0x400, true, true, false},	       /* WWDG1 */
		{0x4c001000, 0x400, true, true, false},	       /* mailbox */
		{0x50000000, 0x1000, true, true, false},       /* clocks */
		{0xc0000000, 0x20000000, false, false, false}, /* Linux' memory */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		assert_int_equal(protection_allows(wanted[i].address, wanted[i].bytes, PROTECTION_READ),
				 wanted[i].read);
		assert_int_equal(protection_allows(wanted[i].address, wanted[i].bytes, PROTECTION_WRITE),
				 wanted[i].write);
		assert_int_equal(protection_allows(wanted[i].address, wanted[i].bytes, PROTECTION_EXECUTE),
				 wanted[i].execute);
	}
	assert_false(protection_allows(0xfe00, 0x200, PROTECTION_EXECUTE)); /* not all of it */
	assert_false(protection_allows(0x1003fff0, 0x10020, PROTECTION_READ));
}

/* Whatever is missing at the end, nothing beyond it is read. */
static void every_length_is_survived(void **unused)
{
	(void)unused;
	for (size_t size = 0; size < sizeof(image); size++) {
		uint8_t *copy = test_malloc(size + 1);

		memcpy(copy, &image, size);
		complaints[0] = 0;
		assert_true(lint_elf(copy, size, say, NULL) > 0);
		test_free(copy);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_good_one_is_taken, set_up),
		cmocka_unit_test(each_damage_is_named),
		cmocka_unit_test_setup(every_length_is_survived, set_up),
		cmocka_unit_test(regions_begin_at_multiples_of_their_size),
		cmocka_unit_test(what_nobody_should_touch_is_protected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
