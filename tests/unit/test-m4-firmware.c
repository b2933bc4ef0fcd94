/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-m4-firmware.c - the firmware from its main() on, as it is on the STM32MP15, but for a network of the test: Linux
 * starts it, talks to it, stops it, finds it hung. What Linux does happens while the core sleeps, a step each time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/firmware/m4-network.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"
#include "mcu-offload/firmware/stm32mp15/resources.h"
#include "mcu-offload/firmware/stm32mp15/trace.h"
#include "nn/runtime/format.h"
#include "nn/runtime/model.h"
#include "tests/offload/model.h"

enum {
	LINUX = 0x400, /* its endpoint */
	SESSION = 0x5e55,
	STEPS = 16,
	NETWORK_US = 500,
};

int firmware_main(void);

static struct m4_network network;
static float output[8];
static uint32_t network_us;
static struct driver driver;
static struct protocol_hello_ack hello_ack;
static uint32_t seq;
static void (*const *steps)(void);
static unsigned step;
static unsigned idle_ticks, stubborn_ticks;
static uint64_t stopped_at;

static int infer(struct m4_network *self, const struct frame *frame, struct nn_hand *ret_hand)
{
	(void)self;
	(void)frame;
	*ret_hand = (struct nn_hand){.present = true};
	model_pass_us(network_us);
	return 0;
}

static const void *output_of(const struct m4_network *self)
{
	(void)self;
	return output;
}

struct m4_network *m4_network_start(void)
{
	network = (struct m4_network){
		.infer = infer,
		.output = output_of,
		.active = true,
		.sha256 = {1, 2, 3, 4},
		.input_elements = 128,
		.output_elements = 8,
		.output_bytes = sizeof(output),
		.input_type = NN_TYPE_F32,
		.output_type = NN_TYPE_F32,
	};
	return &network;
}

static void next_step(void)
{
	if (steps[step])
		steps[step++]();
}

static void firmware(void)
{
	assert_int_equal(firmware_main(), 0);
}

/* True: it came to its end. */
static bool run(void (*const *what)(void))
{
	steps = what;
	step = 0;
	model.while_sleeping = next_step;
	return model_run(firmware);
}

static void probe(void)
{
	driver_start(&driver, &resources.vdev, model.shared, MODEL_SHARED);
	model_linux_rings(M4_DOORBELL_VRING0);
}

static int receive(void *bytes)
{
	struct m4_channel_header header;
	int size = driver_receive(&driver, &header, bytes);

	assert_true(size >= 0);
	model_linux_rings(M4_DOORBELL_VRING0);
	return size;
}

static void take_ring(void)
{
	assert_int_equal(model.to_linux & 1, 1); /* there was one */
	model_linux_takes(M4_DOORBELL_VRING0);
}

static struct protocol_message receive_reply(uint8_t type)
{
	struct protocol_message message;
	uint8_t bytes[PROTOCOL_MESSAGE_BYTES];

	take_ring();
	assert_int_equal(protocol_open(bytes, (size_t)receive(bytes), &message), PROTOCOL_STATUS_OK);
	assert_int_equal(message.header.type, type);
	return message;
}

static void send(uint8_t type, size_t body_bytes)
{
	struct protocol_message message = {
		.header = {.type = type,
			   .body_bytes = (uint16_t)body_bytes,
			   .session = SESSION,
			   .seq = ++seq,
			   .boot_id = type == PROTOCOL_HELLO ? 0 : hello_ack.boot_id},
	};

	if (type == PROTOCOL_HELLO)
		message.body.hello.version_min = message.body.hello.version_max = PROTOCOL_VERSION;
	if (type == PROTOCOL_INFER)
		memcpy(&message.body.infer.model_tag, network.sha256, sizeof(message.body.infer.model_tag));
	assert_true(driver_send(&driver, LINUX, PROTOCOL_ADDRESS, &message, (uint16_t)protocol_seal(&message)));
	model_linux_rings(M4_DOORBELL_VRING1);
}

/* Linux starts the core before it has rings; these are filled with what must not be looked at. */
static void offline(void)
{
	for (size_t i = 0; i < sizeof(model.shared); i++)
		assert_int_equal(model.shared[i], 0x55);
	assert_int_equal(model.to_linux, 0);
	assert_false(model.watchdog_on);
}

static void announced(void)
{
	struct m4_channel_name name;
	uint8_t bytes[M4_CHANNEL_PAYLOAD_BYTES];

	assert_true(model.watchdog_on);
	take_ring();
	assert_int_equal(receive(bytes), sizeof(name));
	memcpy(&name, bytes, sizeof(name));
	assert_string_equal(name.name, "rpmsg-raw");
	assert_int_equal(name.address, PROTOCOL_ADDRESS);
	assert_int_equal(receive(bytes), sizeof(name)); /* and the tty */
	send(PROTOCOL_HELLO, sizeof(struct protocol_hello));
}

static void greeted(void)
{
	hello_ack = receive_reply(PROTOCOL_HELLO_ACK).body.hello_ack;
	assert_in_range(hello_ack.core_hz, 208877000, 208879000);
	send(PROTOCOL_INFER, sizeof(struct protocol_infer));
}

static void inferred(void)
{
	struct protocol_result result = receive_reply(PROTOCOL_RESULT).body.result;

	assert_int_equal(result.status, PROTOCOL_STATUS_OK);
	assert_int_equal(result.cycles, NETWORK_US * 209);
	assert_in_range(result.run_us, NETWORK_US - 2, NETWORK_US + 2);
}

/* Nobody wants anything for a second. */
static void idle(void)
{
	assert_int_equal(model.to_linux, 0);
	if (++idle_ticks % 100)
		step--;
}

/* Linux looks at its ring before it has taken the doorbell's flag: another ring now could be lost. */
static void ask_without_taking(void)
{
	send(PROTOCOL_PING, sizeof(struct protocol_ping));
	model.to_linux |= 1;
}

/* For half a second. Nothing is rung, and nothing waits for it in a loop. */
static void do_not_take(void)
{
	assert_int_equal(model.to_linux & 1, 1);
	assert_int_equal(model.from_linux, 0);
	if (++stubborn_ticks % 50)
		step--;
}

static void take_late(void)
{
	model.logged = 0;
	model_linux_takes(M4_DOORBELL_VRING0);
}

static void was_rung_again(void)
{
	model_find(0, IPCC_C2SCR, 1 << IPCC_OUT);
	receive_reply(PROTOCOL_PONG);
}

static void shut_down(void)
{
	driver_stop(&driver);
	model_linux_rings(M4_DOORBELL_SHUTDOWN);
	stopped_at = model.cycles;
}

static void detach(void)
{
	model_linux_rings(M4_DOORBELL_DETACH);
}

static void detached(void)
{
	assert_int_equal(model.from_linux, 0);
	assert_int_equal(model.to_linux, 0);
	driver_stop(&driver);
}

static int power_on(void **unused)
{
	(void)unused;
	model_power_on();
	memset(model.shared, 0x55, sizeof(model.shared));
	resources.vdev.status = 0;
	network_us = NETWORK_US;
	seq = 0;
	return 0;
}

static void linux_starts_talks_and_stops(void **unused)
{
	static void (*const life[])(void) = {
		offline,     offline,	probe,		announced, greeted, inferred, idle, ask_without_taking,
		do_not_take, take_late, was_rung_again, shut_down, NULL};

	(void)unused;
	assert_true(run(life));
	assert_int_equal(model.from_linux, 0); /* shutdown is acknowledged */
	assert_true(model.cycles - stopped_at < 500000ull * 209);
	assert_true(model.masked);
	assert_int_equal(idle_ticks, 100);
	assert_non_null(strstr(trace_buffer, "online 10040000\n"));
	assert_non_null(strstr(trace_buffer, "shutdown 00000000\n"));
}

static void a_shutdown_needs_no_driver(void **unused)
{
	static void (*const life[])(void) = {offline, shut_down, NULL};

	(void)unused;
	assert_true(run(life));
	assert_int_equal(model.from_linux, 0);
}

static void linux_detaches_and_comes_back(void **unused)
{
	static void (*const life[])(void) = {probe, announced, greeted, inferred,  detach, detached,
					     probe, announced, greeted, shut_down, NULL};

	(void)unused;
	assert_true(run(life));
	assert_int_equal(model.resets, 0); /* the watchdog is fed also while Linux is away */
}

/* The network does not come back: ticks go on, nothing else. The next boot begins as if nothing had been. */
static void a_hang_ends_by_the_watchdog(void **unused)
{
	static void (*const hang[])(void) = {probe, announced, greeted, NULL};
	static void (*const life[])(void) = {probe, announced, greeted, inferred, shut_down, NULL};
	uint32_t first;

	(void)unused;
	network_us = 10000000;
	assert_false(run(hang));
	assert_int_equal(model.resets, 1);
	first = hello_ack.boot_id;

	network_us = NETWORK_US;
	driver_stop(&driver);
	assert_true(run(life));
	assert_int_equal(hello_ack.reset_cause, MODEL_RESET_BY_WATCHDOG);
	assert_int_equal(hello_ack.boot_count, 2);
	assert_int_not_equal(hello_ack.boot_id, first);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(linux_starts_talks_and_stops, power_on),
		cmocka_unit_test_setup(a_shutdown_needs_no_driver, power_on),
		cmocka_unit_test_setup(linux_detaches_and_comes_back, power_on),
		cmocka_unit_test_setup(a_hang_ends_by_the_watchdog, power_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
