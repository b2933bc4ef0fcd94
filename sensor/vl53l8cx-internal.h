/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vl53l8cx-internal.h - what the chip's files share below the public face: words, registers, polls, commands.
 *
 * All functions that touch the bus return 0 or a negative errno and leave the cause in chip->error.
 */
#ifndef SENSOR_VL53L8CX_INTERNAL_H
#define SENSOR_VL53L8CX_INTERNAL_H

#include "sensor/bytes.h"
#include "sensor/vl53l8cx-regs.h"
#include "sensor/vl53l8cx.h"

/* --- words on the wire: big-endian; a little-endian image has each group of four reversed ------------------------ */

/* Element i of an array in wire order. */
static inline uint8_t wire_u8(const uint8_t *wire, size_t i)
{
	return wire[i ^ 3];
}

static inline uint16_t wire_u16(const uint8_t *wire, size_t i)
{
	return (uint16_t)(wire[(2 * i) ^ 3] | wire[(2 * i + 1) ^ 3] << 8);
}

static inline uint32_t wire_u32(const uint8_t *wire, size_t i)
{
	return bytes_get_be32(wire + 4 * i);
}

static inline void wire_put_u16(uint8_t *wire, size_t i, uint16_t value)
{
	wire[(2 * i) ^ 3] = (uint8_t)value;
	wire[(2 * i + 1) ^ 3] = (uint8_t)(value >> 8);
}

/* Wire order to little-endian image or back; n is a multiple of 4, in and out may be the same. */
void words_swap(uint8_t *out, const uint8_t *in, size_t n);

/* --- registers [vl53l8cx.c] -------------------------------------------------------------------------------------- */

/* Select the page when it is not selected, then transfer. After any error or retry the page counts as unknown. */
int vl53l8cx_read(struct vl53l8cx *chip, uint8_t page, uint16_t index, uint8_t *data, size_t n);
int vl53l8cx_write(struct vl53l8cx *chip, uint8_t page, uint16_t index, const uint8_t *data, size_t n);
int vl53l8cx_read_reg(struct vl53l8cx *chip, uint8_t page, uint16_t index, uint8_t *ret_value);
int vl53l8cx_write_reg(struct vl53l8cx *chip, uint8_t page, uint16_t index, uint8_t value);
/* Selects the page if needed: the rest state is PAGE_FIRMWARE. */
int vl53l8cx_select(struct vl53l8cx *chip, uint8_t page);

/* The next access sends its page, whatever is thought to be selected. */
void vl53l8cx_forget_page(struct vl53l8cx *chip);

/* One step of a register sequence. */
struct vl53l8cx_step {
	uint16_t index;
	uint8_t value;
};
int vl53l8cx_write_steps(struct vl53l8cx *chip, uint8_t page, const struct vl53l8cx_step *steps, size_t n);

struct vl53l8cx_poll {
	uint8_t page;
	uint16_t index;
	uint8_t mask, value; /* wanted: (register & mask) == value */
	uint32_t limit_ms;
	bool through_nacks;	   /* silence is not an error until the time is up */
	enum vl53l8cx_error error; /* when the time is up, with the register's last value */
};

/* Polls: every 1 ms at first, every 10 ms after 20 ms. */
int vl53l8cx_poll(struct vl53l8cx *chip, const struct vl53l8cx_poll *poll);

/* Sleeps one poll interval for a wait that began at start_ns; false when limit_ms is over. */
bool vl53l8cx_poll_pause(struct vl53l8cx *chip, uint64_t start_ns, uint32_t limit_ms);

/* --- commands [vl53l8cx-dci.c] ----------------------------------------------------------------------------------- */

enum {
	DCI_BLOCK_MAX = 1008, /* payload of one block in a command or reply */
	DCI_COMMAND_MAX = 1020,
	DCI_END = 0x0000000f, /* end of data */
	DCI_FOOTER = 8,	      /* bytes: end of data and footer */
};

/* Header word of a block: type 0 = plain bytes, 1..12 = array of elements of so many bytes. */
static inline uint32_t dci_header(uint16_t index, unsigned size, unsigned type)
{
	return (uint32_t)index << 16 | (uint32_t)size << 4 | type;
}

enum dci_operation { DCI_SET = 1, DCI_GET = 2, DCI_START = 3 };

/* Little-endian images in and out; n is a multiple of 4 up to DCI_BLOCK_MAX. */
int vl53l8cx_dci_get(struct vl53l8cx *chip, uint16_t index, uint8_t *ret_image, size_t n);
int vl53l8cx_dci_set(struct vl53l8cx *chip, uint16_t index, const uint8_t *image, size_t n);
/* get n, put k bytes at offset, set n. */
int vl53l8cx_dci_replace(struct vl53l8cx *chip, uint16_t index, size_t n, size_t offset, const uint8_t *bytes,
			 size_t k);

/* Asks for several blocks; ret_wire gets headers and payloads, n bytes in all, in wire order and checked. */
int vl53l8cx_dci_get_blocks(struct vl53l8cx *chip, const uint32_t *headers, size_t n_headers, uint8_t *ret_wire,
			    size_t n);

/*
 * Sends a complete command of n bytes in wire order (blocks, end of data, footer), with a new id and the operation in
 * its footer, and waits until it is completed.
 */
int vl53l8cx_dci_command(struct vl53l8cx *chip, enum dci_operation operation, uint8_t *wire, size_t n);

/* --- the steps of init and configure, also used by the plugins --------------------------------------------------- */

/* Sends the default configuration for so many targets, which resets all settings. [vl53l8cx-boot.c] */
int vl53l8cx_defaults(struct vl53l8cx *chip, uint8_t targets);
/* Offset and crosstalk data for 4 or 8 zones a side. [vl53l8cx-settings.c] */
int vl53l8cx_send_grids(struct vl53l8cx *chip, uint8_t resolution);
/* Brings the chip from `now` to settings, which are valid; the chip is idle. [vl53l8cx-settings.c] */
int vl53l8cx_apply(struct vl53l8cx *chip, const struct vl53l8cx_settings *settings);
/* Output list, its size and enables, as start and crosstalk calibration need them. [vl53l8cx-ranging.c] */
int vl53l8cx_send_outputs(struct vl53l8cx *chip, const uint32_t *words, size_t n, uint32_t enables, uint32_t bytes);
/* Stops ranging for a moment: chip->wanted_ranging stays. [vl53l8cx-ranging.c] */
int vl53l8cx_halt(struct vl53l8cx *chip);
/* 0 when the firmware is up and idle, else fails with ERROR_STATE. [vl53l8cx.c] */
int vl53l8cx_require_idle(struct vl53l8cx *chip);

#endif
