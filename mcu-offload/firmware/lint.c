/* SPDX-License-Identifier: Apache-2.0 */
/* lint.c - see lint.h: the ELF, its segments and its vectors. */
#include "mcu-offload/firmware/lint.h"

#include <elf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mcu-offload/firmware/stm32mp15/memory.h"
#include "mcu-offload/firmware/stm32mp15/protection.h"

enum {
	VECTORS = 16 + 150,
	RESET_VECTOR = 1,
	FIRST_INTERRUPT = 16,
	MAILBOX_RECEIVE = FIRST_INTERRUPT + 103,
	MAILBOX_FREE = FIRST_INTERRUPT + 104,
	RETAINED_BEGIN = 0xff00, /* crash record: the loader zeroes what belongs to a segment */
	RETAINED_END = 0x10000,
	TABLE_BYTES = 1024, /* that Linux maps and writes back when it attaches */
};

/* As the device tree names them. Buffers are not mapped for the loader. */
static const struct {
	const char *name;
	uint32_t address, bytes, linux_address;
	bool mapped;
} regions[] = {
	{"retram", MEMORY_RETRAM, MEMORY_RETRAM_BYTES, MEMORY_RETRAM_LINUX, true},
	{"mcuram2", MEMORY_SRAM, MEMORY_SRAM_BYTES, MEMORY_SRAM, true},
	{"mcuram", MEMORY_SRAM_ALIAS, MEMORY_SRAM_BYTES, MEMORY_SRAM_ALIAS, true},
	{"vdev0vring0", MEMORY_VRING0, MEMORY_VRING_BYTES, MEMORY_VRING0, true},
	{"vdev0vring1", MEMORY_VRING1, MEMORY_VRING_BYTES, MEMORY_VRING1, true},
	{"vdev0buffer", MEMORY_BUFFERS, MEMORY_BUFFERS_BYTES, MEMORY_BUFFERS, false},
};

void lint_complain(struct lint *lint, const char *format, ...)
{
	char text[LINT_TEXT];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	lint->complaints++;
	lint->say(lint->user, text);
}

const void *lint_at(struct lint *lint, uint64_t offset, uint64_t bytes, const char *what)
{
	if (offset <= lint->size && bytes <= lint->size - offset)
		return lint->bytes + offset;
	lint_complain(lint, "%s lies beyond the end of the file", what);
	return NULL;
}

int lint_in_carveout(uint64_t address, uint64_t bytes)
{
	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		uint64_t end = (uint64_t)regions[i].address + regions[i].bytes;

		if (regions[i].mapped && address >= regions[i].address && address <= end && bytes <= end - address)
			return 1;
	}
	return 0;
}

void lint_regions(void (*say)(void *user, const char *text), void *user)
{
	char text[LINT_TEXT];

	for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
		snprintf(text, sizeof(text), "%s %#x %#x", regions[i].name, regions[i].linux_address, regions[i].bytes);
		say(user, text);
	}
}

static bool header_read(struct lint *lint, Elf32_Ehdr *header)
{
	const void *bytes = lint_at(lint, 0, sizeof(*header), "ELF header");

	if (!bytes)
		return false;
	memcpy(header, bytes, sizeof(*header));
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
		lint_complain(lint, "not an ELF file");
	else if (header->e_ident[EI_CLASS] != ELFCLASS32 || header->e_ident[EI_DATA] != ELFDATA2LSB)
		lint_complain(lint, "not a 32-bit little-endian ELF file");
	else if (header->e_machine != EM_ARM)
		lint_complain(lint, "not for Arm");
	else if (header->e_phentsize != sizeof(Elf32_Phdr) || header->e_shentsize != sizeof(Elf32_Shdr))
		lint_complain(lint, "headers of segments or sections have an unknown size");
	else if (!header->e_phnum)
		lint_complain(lint, "no segments");
	else if (!header->e_shnum || header->e_shstrndx >= header->e_shnum)
		lint_complain(lint, "no section headers: the resource table can't be found");
	else
		return lint_at(lint, header->e_phoff, (uint64_t)header->e_phnum * sizeof(Elf32_Phdr),
			       "table of segments") &&
		       lint_at(lint, header->e_shoff, (uint64_t)header->e_shnum * sizeof(Elf32_Shdr),
			       "table of sections");
	return false;
}

static Elf32_Phdr segment_at(const struct lint *lint, const Elf32_Ehdr *header, unsigned i)
{
	Elf32_Phdr segment;

	memcpy(&segment, lint->bytes + header->e_phoff + i * sizeof(segment), sizeof(segment));
	return segment;
}

static Elf32_Shdr section_at(const struct lint *lint, const Elf32_Ehdr *header, unsigned i)
{
	Elf32_Shdr section;

	memcpy(&section, lint->bytes + header->e_shoff + i * sizeof(section), sizeof(section));
	return section;
}

static bool is_loaded(const Elf32_Phdr *segment)
{
	return segment->p_type == PT_LOAD && segment->p_memsz > 0;
}

static void check_segment(struct lint *lint, const Elf32_Phdr *segment)
{
	uint64_t begin = segment->p_paddr, end = begin + segment->p_memsz;

	if (segment->p_filesz > segment->p_memsz)
		lint_complain(lint, "segment at %#x has more bytes in the file than in memory", segment->p_paddr);
	lint_at(lint, segment->p_offset, segment->p_filesz, "a segment's content");
	if (!lint_in_carveout(begin, segment->p_memsz))
		lint_complain(lint, "segment at %#x, %u bytes: not inside one of Linux' carveouts", segment->p_paddr,
			      segment->p_memsz);
	if (segment->p_paddr != segment->p_vaddr)
		lint_complain(lint, "segment is loaded at %#x and runs at %#x: nothing copies it", segment->p_paddr,
			      segment->p_vaddr);
	if (begin < RETAINED_END && end > RETAINED_BEGIN)
		lint_complain(lint, "segment at %#x reaches into what outlives a restart, from %#x: it would be zeroed",
			      segment->p_paddr, RETAINED_BEGIN);
}

static void need_access(struct lint *lint, const Elf32_Phdr *segment, enum protection_access access, bool wanted,
			const char *what)
{
	/* What lies outside of the core's memory has been complained of. */
	if (lint_in_carveout(segment->p_paddr, segment->p_memsz) &&
	    protection_allows(segment->p_paddr, segment->p_memsz, access) != wanted)
		lint_complain(lint, "segment at %#x, %u bytes: the firmware's memory protection %s", segment->p_paddr,
			      segment->p_memsz, what);
}

/* The firmware's own map has to fit where the linker has put things. */
static void check_protection(struct lint *lint, const Elf32_Phdr *segment)
{
	need_access(lint, segment, PROTECTION_READ, true, "lets nobody read it");
	if (segment->p_flags & PF_W)
		need_access(lint, segment, PROTECTION_WRITE, true, "lets nobody write to it");
	if (!(segment->p_flags & PF_X))
		return;
	need_access(lint, segment, PROTECTION_EXECUTE, true, "lets nobody run it");
	need_access(lint, segment, PROTECTION_WRITE, false, "lets everybody overwrite its code");
}

static void check_segments(struct lint *lint, const Elf32_Ehdr *header)
{
	unsigned loaded = 0;

	for (unsigned i = 0; i < header->e_phnum; i++) {
		Elf32_Phdr segment = segment_at(lint, header, i);

		if (!is_loaded(&segment))
			continue;
		loaded++;
		check_segment(lint, &segment);
		check_protection(lint, &segment);
	}
	if (!loaded)
		lint_complain(lint, "nothing is loaded");
}

/* The segment that holds this address; with_content: as bytes of the file. */
static bool find_segment(const struct lint *lint, const Elf32_Ehdr *header, uint64_t address, uint64_t bytes,
			 bool with_content, Elf32_Phdr *ret_segment)
{
	for (unsigned i = 0; i < header->e_phnum; i++) {
		Elf32_Phdr segment = segment_at(lint, header, i);
		uint64_t size = with_content ? segment.p_filesz : segment.p_memsz;

		if (!is_loaded(&segment) || address < segment.p_paddr || address + bytes > segment.p_paddr + size)
			continue;
		*ret_segment = segment;
		return true;
	}
	return false;
}

static void check_vector(struct lint *lint, const Elf32_Ehdr *header, const uint32_t *vectors, unsigned number,
			 const char *what)
{
	uint32_t handler = vectors[number];
	Elf32_Phdr segment;

	if (!handler)
		lint_complain(lint, "the vector of %s is not set", what);
	else if (!(handler & 1))
		lint_complain(lint, "the vector of %s, %#x, is no Thumb address", what, handler);
	else if (!find_segment(lint, header, handler & ~1u, 2, true, &segment) || !(segment.p_flags & PF_X))
		lint_complain(lint, "the vector of %s, %#x, does not lead to code", what, handler);
	else if (number >= FIRST_INTERRUPT && handler == vectors[FIRST_INTERRUPT])
		lint_complain(lint, "the vector of %s is that of interrupt 0: not set", what);
}

static void check_vectors(struct lint *lint, const Elf32_Ehdr *header)
{
	uint32_t vectors[VECTORS];
	Elf32_Phdr segment;
	const void *bytes;

	if (!find_segment(lint, header, 0, sizeof(vectors), true, &segment)) {
		lint_complain(lint, "no table of %d vectors at address 0, where the core looks", VECTORS);
		return;
	}
	bytes = lint_at(lint, segment.p_offset, sizeof(vectors), "table of vectors");
	if (!bytes)
		return;
	memcpy(vectors, bytes, sizeof(vectors));
	if (!vectors[0] || vectors[0] % 8 || !lint_in_carveout(vectors[0] - 8, 8))
		lint_complain(lint, "the stack begins at %#x, where no memory of ours is, or not at a multiple of 8",
			      vectors[0]);
	check_vector(lint, header, vectors, RESET_VECTOR, "reset");
	check_vector(lint, header, vectors, MAILBOX_RECEIVE, "interrupt 103 (mailbox: Linux has rung)");
	check_vector(lint, header, vectors, MAILBOX_FREE, "interrupt 104 (mailbox: Linux has taken a ring)");
}

static const char *section_name(const struct lint *lint, const Elf32_Ehdr *header, const Elf32_Shdr *section)
{
	Elf32_Shdr names = section_at(lint, header, header->e_shstrndx);
	uint64_t offset = (uint64_t)names.sh_offset + section->sh_name;

	if (offset >= lint->size || !memchr(lint->bytes + offset, 0, lint->size - (size_t)offset))
		return "";
	return (const char *)lint->bytes + offset;
}

/* Whatever lies in the table's kilobyte is lost when Linux attaches or detaches. */
static void check_neighbours(struct lint *lint, const Elf32_Ehdr *header, unsigned table, uint32_t address)
{
	for (unsigned i = 0; i < header->e_shnum; i++) {
		Elf32_Shdr other = section_at(lint, header, i);

		if (i != table && other.sh_flags & SHF_ALLOC && other.sh_size > 0 &&
		    other.sh_addr < (uint64_t)address + TABLE_BYTES &&
		    (uint64_t)other.sh_addr + other.sh_size > address)
			lint_complain(lint, "section %s lies in the %d bytes of the resource table",
				      section_name(lint, header, &other), TABLE_BYTES);
	}
}

static void check_table(struct lint *lint, const Elf32_Ehdr *header)
{
	for (unsigned i = 0; i < header->e_shnum; i++) {
		Elf32_Shdr section = section_at(lint, header, i);
		Elf32_Phdr segment;
		const void *table;

		if (strcmp(section_name(lint, header, &section), ".resource_table") != 0)
			continue;
		if (section.sh_type == SHT_NOBITS ||
		    !find_segment(lint, header, section.sh_addr, section.sh_size, true, &segment)) {
			lint_complain(lint, "the resource table at %#x is not loaded", section.sh_addr);
			return;
		}
		if (!(segment.p_flags & PF_W))
			lint_complain(lint, "the resource table lies in a segment that is read only");
		check_neighbours(lint, header, i, section.sh_addr);
		table = lint_at(lint, section.sh_offset, section.sh_size, "resource table");
		if (table)
			lint_resources(lint, table, section.sh_size);
		return;
	}
	lint_complain(lint, "no section .resource_table: Linux would start it without RPMsg");
}

unsigned lint_elf(const uint8_t *bytes, size_t size, void (*say)(void *user, const char *text), void *user)
{
	struct lint lint = {.bytes = bytes, .size = size, .say = say, .user = user};
	Elf32_Ehdr header;

	if (header_read(&lint, &header)) {
		check_segments(&lint, &header);
		check_vectors(&lint, &header);
		check_table(&lint, &header);
	}
	return lint.complaints;
}
