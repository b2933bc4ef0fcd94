/* SPDX-License-Identifier: Apache-2.0 */
/* vl53l8cx-frame.c - output list, packet size and the parser of results (layout in vl53l8cx-frame.h). */
#include "sensor/vl53l8cx-frame.h"

#include <string.h>

#include "sensor/firmware-parts.h"
#include "sensor/vl53l8cx-internal.h"

enum {
	HEADER_ID = 8, /* low half of the word: 2 bytes further */
	BLOCKS = 16,
	TYPE_GROUP_END = 0xe,
	TEMPERATURE_OFFSET = 8, /* of the metadata */
	CRC_FIRST = 4,
};

/* One word of the output list: with one target, with more; the element type decides what the size counts. */
static const struct {
	uint32_t one, more;
} outputs[VL53L8CX_OUTPUT_WORDS] = {
	{0x0000000d, 0x0000000d}, /* start of group */
	{0x54b400c0, 0x54b400c0}, /* metadata */
	{0x54c00040, 0x54c00040}, /* common data */
	{0x54d00104, 0x54d00104}, /* ambient */
	{0x55d00404, 0x55d00404}, /* SPADs */
	{0xdb840401, 0x57d00401}, /* count */
	{0xdbc40404, 0x58900404}, /* signal */
	{0xdec40402, 0x64900402}, /* sigma */
	{0xdf440402, 0x66900402}, /* distance */
	{0xe0440401, 0x6a900401}, /* reflectance */
	{0xe0840401, 0x6b900401}, /* status */
	{0xd85808c0, 0xcc5008c0}, /* motion */
};

/* Places of the blocks in the output list. */
enum { METADATA = 1, COMMON_DATA, AMBIENT, SPADS, COUNT, SIGNAL, SIGMA, DISTANCE, REFLECTANCE, STATUS, MOTION };

static uint32_t enabled_words(const struct vl53l8cx_layout *layout)
{
	return layout->outputs | VL53L8CX_OUTPUT_ALWAYS;
}

/* Word k of the list; an enabled array gets its number of elements, the others stay as ST's driver sends them. */
static uint32_t list_word(const struct vl53l8cx_layout *layout, unsigned k)
{
	uint32_t word = layout->targets == 1 ? outputs[k].one : outputs[k].more;
	const uint32_t index = word >> 16, type = word & 0xf;
	const bool per_zone = index >= DCI_ZONES_FIRST && index < DCI_ZONES_END;

	if (enabled_words(layout) >> k & 1 && type >= 1 && type <= 12)
		word = dci_header((uint16_t)index, per_zone ? layout->zones : layout->zones * layout->targets, type);
	return word;
}

void vl53l8cx_layout_list(const struct vl53l8cx_layout *layout, uint32_t ret_words[VL53L8CX_OUTPUT_WORDS])
{
	for (unsigned k = 0; k < VL53L8CX_OUTPUT_WORDS; k++)
		ret_words[k] = list_word(layout, k);
}

uint16_t vl53l8cx_layout_bytes(const struct vl53l8cx_layout *layout)
{
	size_t bytes = layout->trailer;

	for (unsigned k = 0; k < VL53L8CX_OUTPUT_WORDS; k++)
		if (enabled_words(layout) >> k & 1)
			bytes += 4 + firmware_block_payload(list_word(layout, k));
	return (uint16_t)bytes;
}

const char *vl53l8cx_verdict_text(enum vl53l8cx_verdict verdict)
{
	static const char *const texts[VL53L8CX_VERDICTS_COUNT] = {
		[VL53L8CX_VERDICT_GOOD] = "good",	    [VL53L8CX_VERDICT_NOT_READY] = "not ready",
		[VL53L8CX_VERDICT_STALE] = "stale",	    [VL53L8CX_VERDICT_TORN] = "torn",
		[VL53L8CX_VERDICT_MALFORMED] = "malformed", [VL53L8CX_VERDICT_CRC] = "crc",
	};

	return (unsigned)verdict < VL53L8CX_VERDICTS_COUNT ? texts[verdict] : NULL;
}

/* Where the footer id's word lies: last, or before the CRC and one more word. */
static size_t footer_at(const struct vl53l8cx_layout *layout, size_t n)
{
	return layout->trailer == VL53L8CX_TRAILER_MM1801 ? n - 12 : n - 4;
}

static uint32_t results_crc(const uint8_t *raw, size_t end)
{
	uint32_t crc = 0;

	for (size_t at = CRC_FIRST, i = 0; at < end; at += 4, i++)
		crc ^= bytes_get_be32(raw + at) + (uint32_t)i;
	return crc;
}

/*
 * Finds the enabled blocks, by index, in any order; unknown ones are skipped. An end mark or a payload that reaches
 * into the trailer ends the walk. False when a block is missing, comes twice or has another size.
 */
static bool find_blocks(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n,
			const uint8_t *ret_blocks[VL53L8CX_OUTPUT_WORDS])
{
	/* "Trailer" counts the 12 bytes before the group too. */
	const size_t end = n - (layout->trailer - 12);
	const uint32_t wanted = enabled_words(layout) & ~1u;
	uint32_t words[VL53L8CX_OUTPUT_WORDS], found = 0;
	size_t at = BLOCKS;

	vl53l8cx_layout_list(layout, words);
	while (at + 4 <= end) {
		const uint32_t header = bytes_get_be32(raw + at);
		const size_t payload = firmware_block_payload(header);

		at += 4;
		if ((header & 0xf) >= TYPE_GROUP_END || payload % 4 != 0 || payload > end - at)
			break;
		for (unsigned k = METADATA; k < VL53L8CX_OUTPUT_WORDS; k++) {
			if (!(wanted >> k & 1) || words[k] >> 16 != header >> 16)
				continue;
			if (found >> k & 1 || payload != firmware_block_payload(words[k]))
				return false;
			found |= 1u << k;
			ret_blocks[k] = raw + at;
		}
		at += payload;
	}
	return found == wanted;
}

static enum vl53l8cx_verdict check(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n,
				   const uint8_t *ret_blocks[VL53L8CX_OUTPUT_WORDS])
{
	size_t footer;

	if (n != vl53l8cx_layout_bytes(layout) ||
	    (layout->outputs & VL53L8CX_OUTPUTS_NEEDED) != VL53L8CX_OUTPUTS_NEEDED)
		return VL53L8CX_VERDICT_MALFORMED;
	footer = footer_at(layout, n);
	if (memcmp(raw + HEADER_ID + 2, raw + footer + 2, 2) != 0)
		return VL53L8CX_VERDICT_TORN;
	if (layout->crc && layout->trailer == VL53L8CX_TRAILER_MM1801 &&
	    results_crc(raw, footer + 4) != bytes_get_be32(raw + footer + 4))
		return VL53L8CX_VERDICT_CRC;
	return find_blocks(layout, raw, n, ret_blocks) ? VL53L8CX_VERDICT_GOOD : VL53L8CX_VERDICT_MALFORMED;
}

static void fill_zone(struct frame *frame, const uint8_t *const blocks[VL53L8CX_OUTPUT_WORDS], size_t zone, size_t n)
{
	const size_t first = zone * n; /* element of the zone's first target */

	/* With several targets the count is per zone, with one that is the same place. */
	frame->count[zone] = wire_u8(blocks[COUNT], zone);
	frame->status[zone] = frame->count[zone] ? wire_u8(blocks[STATUS], first) : FRAME_STATUS_NONE;
	frame->distance_q2[zone] = (int16_t)wire_u16(blocks[DISTANCE], first);
	frame->signal_q11[zone] = wire_u32(blocks[SIGNAL], first);
	if (blocks[AMBIENT])
		frame->ambient_q11[zone] = wire_u32(blocks[AMBIENT], zone);
	if (blocks[SPADS])
		frame->spads[zone] = wire_u32(blocks[SPADS], zone);
	if (blocks[SIGMA])
		frame->sigma_q7[zone] = wire_u16(blocks[SIGMA], first);
	if (blocks[REFLECTANCE])
		frame->reflectance[zone] = wire_u8(blocks[REFLECTANCE], first);
}

enum vl53l8cx_verdict vl53l8cx_frame_parse(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n,
					   struct frame *ret_frame)
{
	const uint8_t *blocks[VL53L8CX_OUTPUT_WORDS] = {NULL};
	const enum vl53l8cx_verdict verdict = check(layout, raw, n, blocks);

	if (verdict != VL53L8CX_VERDICT_GOOD)
		return verdict;
	memset(ret_frame, 0, sizeof(*ret_frame));
	ret_frame->cols = ret_frame->rows = layout->zones == 16 ? 4 : 8;
	ret_frame->stream = raw[0];
	ret_frame->temperature_c = (int8_t)wire_u8(blocks[METADATA], TEMPERATURE_OFFSET);
	ret_frame->fields =
		(uint16_t)(FRAME_HAS_TEMPERATURE | (blocks[AMBIENT] ? FRAME_HAS_AMBIENT : 0) |
			   (blocks[SPADS] ? FRAME_HAS_SPADS : 0) | (blocks[SIGMA] ? FRAME_HAS_SIGMA : 0) |
			   (blocks[REFLECTANCE] ? FRAME_HAS_REFLECTANCE : 0) | (blocks[MOTION] ? FRAME_HAS_MOTION : 0));
	for (size_t zone = 0; zone < layout->zones; zone++)
		fill_zone(ret_frame, blocks, zone, layout->targets);
	return verdict;
}

const uint8_t *vl53l8cx_frame_block(const struct vl53l8cx_layout *layout, const uint8_t *raw, size_t n, uint16_t index,
				    size_t bytes)
{
	const uint8_t *blocks[VL53L8CX_OUTPUT_WORDS] = {NULL};

	if (check(layout, raw, n, blocks) != VL53L8CX_VERDICT_GOOD)
		return NULL;
	for (unsigned k = METADATA; k < VL53L8CX_OUTPUT_WORDS; k++)
		if (blocks[k] && list_word(layout, k) >> 16 == index)
			return firmware_block_payload(list_word(layout, k)) == bytes ? blocks[k] : NULL;
	return NULL;
}
