/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emulator-chip.h - one emulated VL53L8CX as its own parts see it: states, pages, RAM, DCI memory, events.
 *
 *   0x7FFF selects the page:      states (register 0:0006 / 0:0007):
 *   0x00  hardware registers        power on -> ROM_BOOT (00) -> ROM_IDLE (01) -> RAM_OPEN -> RAM_CLOSED
 *   0x01  MCU control               -> MCU_BOOT (00) -> IDLE (01/85) <-> RANGING (01, 31 from the first frame)
 *   0x02  UI: results, commands     IDLE/RANGING -> STOPPED (80 set/84) -> IDLE; IDLE <-> SLEEP (00) -> DEEP
 *   0x09..0x0B  program RAM         TRAPPED (80 set/cause) until the next reset
 *
 * Facts: the sequences of ST's ULD 1.3.0 and 2.1.0 on the wire, UM3109; what silicon does beyond them is an
 * assumption of the host protocol notes.
 */
#ifndef SENSOR_EMULATOR_EMULATOR_CHIP_H
#define SENSOR_EMULATOR_EMULATOR_CHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensor/emulator/emulator.h"
#include "sensor/emulator/faults.h"
#include "sensor/emulator/scene.h"

enum {
	CHIP_ADDRESS = 0x29,
	CHIP_PAGE_BYTES = 0x8000,
	CHIP_RAM_BYTES = 0x15000,
	CHIP_RAM_PAGE = 0x09,
	CHIP_RAM_PAGES = 3,
	CHIP_DCI_BYTES = 0x10000,
	CHIP_ZONES = 64,
	CHIP_LIST_MAX = 126, /* output list; two more entries make the end of every frame */
};

/* Pages with a meaning. */
enum { PAGE_HARDWARE = 0, PAGE_MCU = 1, PAGE_UI = 2 };

/* Registers of page 0 and page 1, and the one that is in every page. */
enum {
	REG_DEVICE_ID = 0x0000,
	REG_REVISION_ID = 0x0001,
	REG_I2C_ADDRESS = 0x0004,
	REG_STATUS_0 = 0x0006,
	REG_STATUS_1 = 0x0007,
	REG_XSHUT = 0x0009,
	REG_RESET = 0x000A,
	REG_MCU_RUN = 0x000B,
	REG_REGULATORS = 0x000F,
	REG_STOP_REQUEST = 0x0014,
	REG_STOP_KEY = 0x0015,
	REG_BOOT_ADDRESS = 0x0114,
	REG_PAGE = 0x7FFF,
	REG_MCU_RAM = 0x0006,	     /* page 1 */
	REG_MCU_RAM_STATUS = 0x0021, /* page 1 */
};

/* Values of 0:0009. */
enum { XSHUT_SLEEP = 0x02, XSHUT_AWAKE = 0x04, XSHUT_RANGING = 0x05 };

/* GO2_STATUS_0 and GO2_STATUS_1. */
enum {
	STATUS_0_BOOTED = 0x01,
	STATUS_0_THRESHOLD = 0x04,
	STATUS_0_DATA = 0x30,
	STATUS_0_TRAP = 0x80,
	STATUS_1_RUNNING = 0x85,
	STATUS_1_STOPPED = 0x84,
	STATUS_1_AVDD = 0x01,
	STATUS_1_CHARGE_PUMP = 0x10,
};

/* The UI page. */
enum {
	UI_RESULT = 0x0000,
	UI_STATUS = 0x2C00,
	UI_REPLY = 0x2C04,
	UI_FOOTER = 0x2FFC,
	UI_END = 0x3000,
};

enum firmware_state { FIRMWARE_NONE = 0, FIRMWARE_IDLE = 4, FIRMWARE_ACTIVE = 5 };
enum { STREAM_NONE = 0xFF };

enum chip_state {
	CHIP_HELD, /* in reset */
	CHIP_ROM_BOOT,
	CHIP_ROM_IDLE,
	CHIP_RAM_OPEN,
	CHIP_RAM_CLOSED,
	CHIP_MCU_BOOT,
	CHIP_IDLE,
	CHIP_RANGING,
	CHIP_STOPPED,
	CHIP_SLEEP,
	CHIP_DEEP,
	CHIP_TRAPPED,
};

/* What the chip has in store for later. */
enum chip_event { EVENT_ROM, EVENT_MCU, EVENT_COMMAND, EVENT_FRAME, EVENT_STOP, EVENTS };
#define CHIP_NEVER UINT64_MAX

/* What all sensors of one bus share. */
struct world {
	struct scene *scene; /* NULL = nothing to see */
	struct faults faults;
	struct emulator_counts counts;
	uint64_t origin_ns;   /* of the emulator's clock: power-on */
	uint64_t boots;	      /* of all ROMs */
	uint16_t trailer;     /* 24 or 32 */
	uint32_t measurement; /* next to be asked from the scene */
	bool began;	      /* the scene's clock runs */
	uint64_t began_ns;
	bool ended; /* the scene is over */
};

struct chip {
	struct world *world;
	unsigned number; /* on the bus */
	enum chip_state state;
	bool lpn; /* pin high: listens to the bus */
	uint16_t address;
	uint8_t page;
	uint16_t index; /* of the next byte */
	bool regulators_cycled;
	uint64_t due_ns[EVENTS];
	uint64_t next_ns; /* the earliest of them */

	/* the firmware's command in progress */
	uint16_t command_bytes; /* blocks and end word */
	uint64_t command_ns;	/* when it was taken */
	uint8_t command[UI_END - UI_REPLY];

	/* ranging */
	bool calibrating; /* the run delivers crosstalk data, then ends by itself */
	uint8_t stream;
	uint8_t status_0, status_1;
	uint8_t fw_state;
	uint16_t frame_id;
	bool keep_id;		      /* the next frame has the same (fault 24) */
	uint32_t list[CHIP_LIST_MAX]; /* enabled words of the output list */
	unsigned list_length;
	uint16_t packet_bytes;
	uint64_t period_ns;
	uint32_t time_base_ms; /* taken off the frames' time stamp (fault 36) */
	bool int_stuck;	       /* INT is low and stays so (fault 28) */
	unsigned edges;	       /* of INT, not yet taken by the line */
	uint64_t edge_ns;      /* the newest of them */
	struct frame seen;     /* the last measurement */
	struct frame before;   /* the one before, for motion */
	bool has_before;

	uint8_t hardware[CHIP_PAGE_BYTES];
	uint8_t mcu[CHIP_PAGE_BYTES];
	uint8_t ui[CHIP_PAGE_BYTES];
	uint8_t ram[CHIP_RAM_BYTES];
	uint8_t dci[CHIP_DCI_BYTES]; /* the firmware's memory, little-endian as the host's structures */
	uint8_t packet[UI_STATUS];   /* a frame under construction */
};

/* --- emulator-chip.c: supplies, states, time --- */
void chip_init(struct chip *chip, struct world *world, unsigned number);
/* Supplies off and on: everything is lost. */
void chip_power_on(struct chip *chip, uint64_t now_ns);
bool chip_listens(const struct chip *chip, uint16_t address);
/* Lets everything happen that is due. */
void chip_advance(struct chip *chip, uint64_t now_ns);
void chip_schedule(struct chip *chip, enum chip_event event, uint64_t at_ns);
/* Copies the status registers and the stream count to the result window. */
void chip_show(struct chip *chip);
void chip_trap(struct chip *chip, uint8_t cause);
/* The INT pin fell so many times. */
void chip_edge(struct chip *chip, unsigned count, uint64_t now_ns);
const struct fault_hit *chip_fault(struct chip *chip, enum fault_kind kind);

/* What the power and control registers do. */
void chip_reset(struct chip *chip, uint8_t value, uint64_t now_ns);
void chip_regulators(struct chip *chip, uint8_t value, uint64_t now_ns);
void chip_xshut(struct chip *chip, uint8_t value);
void chip_run(struct chip *chip, uint64_t now_ns);
void chip_stop(struct chip *chip, uint64_t now_ns);
void chip_resume(struct chip *chip);

/* --- emulator-pages.c: registers, RAM, windows --- */
/* The data bytes of one message at the index, which moves on. */
void chip_write(struct chip *chip, const uint8_t *data, size_t n, uint64_t now_ns);
void chip_read(struct chip *chip, uint8_t *data, size_t n);

/* --- emulator-incident.c: faults that strike the chip by themselves --- */
/* Brown-outs, lost registers, stray edges. True when the chip is down because of it. */
bool chip_incident(struct chip *chip, uint64_t now_ns);

/* --- emulator-dci.c: the command window --- */
/* What the firmware has in its memory when it comes up. */
void dci_init(struct chip *chip);
/* A write has touched the last byte of the window: take the command. */
void dci_trigger(struct chip *chip, uint64_t now_ns);
/* EVENT_COMMAND: do it and report. */
void dci_complete(struct chip *chip);
uint32_t dci_u32(const struct chip *chip, uint16_t index);
uint16_t dci_u16(const struct chip *chip, uint16_t index);
void dci_put_u16(struct chip *chip, uint16_t index, uint16_t value);
void dci_put_u32(struct chip *chip, uint16_t index, uint32_t value);
/* Payload bytes that a block header announces. */
size_t dci_payload(uint32_t header);

/* --- emulator-frame.c: ranging --- */
/* Start command, taken at that time: works out size, period and the first frame. Negative errno if the packet can't be. */
int frame_start(struct chip *chip, uint64_t now_ns);
/* EVENT_FRAME: measures and puts a frame into the result window. */
void frame_make(struct chip *chip, uint64_t now_ns);
void frame_stop(struct chip *chip);

/* --- emulator-zones.c: the measurement in the firmware's memory --- */
unsigned zones_count(const struct chip *chip);
unsigned zones_targets(const struct chip *chip);
/* Brings the memory behind a block of the output list up to date. */
void zones_fill(struct chip *chip, uint32_t word);

/* --- emulator-detect.c: what the firmware concludes from a measurement --- */
/* True when a detection threshold fires. */
bool detect_threshold(const struct chip *chip);
/* Fills the 140 bytes of the motion result at the index. */
void detect_motion(struct chip *chip, uint16_t index);
/* The result of a crosstalk calibration run. */
void detect_xtalk(struct chip *chip);

/* DCI indices with a meaning for the emulator. */
enum {
	DCI_MAP_VERSION = 0x5400,
	DCI_PACKET = 0x5440,	  /* u16 at 8 = packet size */
	DCI_GRID = 0x5450,	  /* u8 cols, rows */
	DCI_RATE = 0x5458,	  /* u16 Hz in 1/256, u16 overhead us */
	DCI_INTEGRATION = 0x545C, /* u32 us */
	DCI_XTALK_RUN = 0x5470,	  /* u16 distance, u16 reflectance, u8 samples */
	DCI_INTERRUPT = 0x5488,	  /* u8 at 0x11: 04 on a threshold, 0C on every frame */
	DCI_METADATA = 0x54B4,
	DCI_COMMON = 0x54C0,
	DCI_AMBIENT = 0x54D0,
	DCI_SPADS = 0x55D0,
	DCI_COUNT_MULTI = 0x57D0,
	DCI_SIGNAL_MULTI = 0x5890,
	DCI_SIGMA_MULTI = 0x6490,
	DCI_DISTANCE_MULTI = 0x6690,
	DCI_REFLECTANCE_MULTI = 0x6A90,
	DCI_STATUS_MULTI = 0x6B90,
	DCI_NVM_GRID = 0x9E14,
	DCI_NVM_SIGNAL = 0x9E38,
	DCI_NVM_RANGE = 0x9F38,
	DCI_XTALK_GRID = 0x9FD8,
	DCI_XTALK_SIGNAL = 0x9FFC,
	DCI_XTALK_BINS = 0xA128,
	DCI_MODE = 0xAD30, /* u8 at 3: 2 autonomous, 3 continuous */
	DCI_THRESHOLD_GLOBAL = 0xB6E0,
	DCI_THRESHOLD_LIST = 0xB6E8,
	DCI_THRESHOLD_STATUSES = 0xB9F0,
	DCI_MOTION = 0xBFAC,
	DCI_MOTION_MULTI = 0xCC50,
	DCI_MOTION_SINGLE = 0xD858,
	DCI_OUTPUT = 0xD968, /* u32 packet size, u32 list length + 1 */
	DCI_ENABLES = 0xD970,
	DCI_LIST = 0xD980,
	DCI_PIPE = 0xDB80, /* u8 targets, ..., u8 at 3 auto-stop */
	DCI_COUNT = 0xDB84,
	DCI_SIGNAL = 0xDBC4,
	DCI_SIGMA = 0xDEC4,
	DCI_DISTANCE = 0xDF44,
	DCI_REFLECTANCE = 0xE044,
	DCI_STATUS = 0xE084,
	DCI_SAFETY = 0xE0C4, /* u8 at 5 results CRC, u8 at 6 laser safety */
};

#endif
