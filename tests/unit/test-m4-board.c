/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-m4-board.c - the firmware's board layer against a model of the STM32MP15: mailbox, watchdog, clocks, what outlives a
 * reset, trace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mcu-offload/firmware/stm32mp15/board.h"
#include "mcu-offload/firmware/stm32mp15/clock.h"
#include "mcu-offload/firmware/stm32mp15/hardware.h"
#include "mcu-offload/firmware/stm32mp15/record.h"
#include "mcu-offload/firmware/stm32mp15/registers.h"
#include "mcu-offload/firmware/stm32mp15/trace.h"
#include "tests/offload/model.h"

static struct m4_board *board;
static struct m4_boot boot;

static void start(void)
{
	board = board_start(&boot);
}

static int power_on(void **unused)
{
	(void)unused;
	model_power_on();
	return 0;
}

static int set_up(void **unused)
{
	power_on(unused);
	return model_run(start) ? 0 : -1;
}

/* What stays of somebody who was killed looks like a shutdown. */
static void flags_from_before_are_cleared_first(void **unused)
{
	unsigned cleared, enabled;

	(void)unused;
	model.from_linux = 0x3f;
	assert_true(model_run(start));
	assert_int_equal(board->events(board), 0);
	assert_int_equal(model.from_linux, 0x30); /* the other two channels are nobody's */
	cleared = model_find(0, IPCC_C2SCR, 0xf);
	enabled = model_find(0, IPCC_C2CR, IPCC_RECEIVE_INTERRUPT | IPCC_FREE_INTERRUPT);
	assert_true(cleared < enabled);
	assert_true(cleared < model_find(0, NVIC_ENABLE(IPCC_RECEIVE_IRQ), 1u << IPCC_RECEIVE_IRQ % 32));
	assert_int_equal(model.mailbox_masks, 0x3f0030);
	assert_int_equal(model.enabled[3], 1 << 7 | 1 << 8);
	assert_int_equal(model.ahb3_clocks_asleep, RCC_IPCC);
}

/* A ring between looking and draining is another ring. */
static void kicks_are_cleared_before_they_are_told(void **unused)
{
	(void)unused;
	for (enum m4_doorbell doorbell = M4_DOORBELL_VRING0; doorbell <= M4_DOORBELL_VRING1; doorbell++) {
		model_linux_rings(doorbell);
		assert_int_equal(model.from_linux, 0);
		assert_int_equal(board->events(board), 1 << doorbell);
		model_linux_rings(doorbell);
		assert_int_equal(board->events(board), 1 << doorbell);
		assert_int_equal(board->events(board), 0);
	}
}

static void linux_rings_both(void)
{
	model_linux_rings(M4_DOORBELL_VRING0);
	model_linux_rings(M4_DOORBELL_VRING1);
}

static void no_kick_is_lost_while_events_are_read(void **unused)
{
	(void)unused;
	model.before_unmasked = linux_rings_both;
	assert_int_equal(board->events(board), 0);
	assert_int_equal(board->events(board), 3);
}

static void shutdown_and_detach_stay_until_acknowledged(void **unused)
{
	(void)unused;
	for (enum m4_doorbell doorbell = M4_DOORBELL_SHUTDOWN; doorbell <= M4_DOORBELL_DETACH; doorbell++) {
		for (unsigned i = 0; i < 2; i++) {
			model_linux_rings(doorbell);
			assert_int_equal(board->events(board), 1 << doorbell);
			assert_int_equal(model.from_linux, 1 << doorbell);
			assert_int_equal(model.mailbox_masks & 0xf, 1 << doorbell);
			model_linux_rings(M4_DOORBELL_VRING1);
			assert_int_equal(board->events(board), 1 << M4_DOORBELL_VRING1);
			board->acknowledge(board, doorbell);
			assert_int_equal(model.from_linux, 0);
			assert_int_equal(model.mailbox_masks & 0xf, 0);
			assert_int_equal(board->events(board), 0);
		}
	}
}

static void what_was_written_has_arrived_before_the_ring(void **unused)
{
	(void)unused;
	model.logged = 0;
	assert_true(board->ring(board, M4_DOORBELL_VRING0));
	assert_true(model_find(0, MODEL_SETTLE, 0) < model_find(0, IPCC_C2SCR, 1 << 16));
	assert_int_equal(model.to_linux, 1);
	assert_true(board->ring(board, M4_DOORBELL_VRING1));
	assert_int_equal(model.to_linux, 3);
}

static void a_ring_waits_until_linux_has_taken_the_last(void **unused)
{
	(void)unused;
	assert_true(board->ring(board, M4_DOORBELL_VRING0));
	model.logged = 0;
	assert_false(board->ring(board, M4_DOORBELL_VRING0));
	for (unsigned i = 0; i < model.logged; i++)
		assert_int_not_equal(model.log[i].address, IPCC_C2SCR);
	assert_int_equal(model.mailbox_masks >> 16, 0x3e); /* only this channel wakes the core */
	model_linux_takes(M4_DOORBELL_VRING0);
	assert_int_equal(model.mailbox_masks >> 16, 0x3f);
	board_sleep();
	assert_int_equal(model.tick_sleeps, 0); /* there is a ring to be made */
	assert_true(board->ring(board, M4_DOORBELL_VRING0));
}

static void linux_takes(void)
{
	model_linux_takes(M4_DOORBELL_VRING0);
}

static void a_ring_that_is_taken_just_then_is_not_slept_over(void **unused)
{
	(void)unused;
	assert_true(board->ring(board, M4_DOORBELL_VRING0));
	model.before_unmasked = linux_takes;
	assert_false(board->ring(board, M4_DOORBELL_VRING0));
	board_sleep();
	assert_int_equal(model.tick_sleeps, 0);
	assert_false(board->events(board) & 0xf);
	board_sleep();
	assert_int_equal(model.tick_sleeps, 1);
}

static void sleep_ends_with_a_ring_or_a_tick(void **unused)
{
	uint32_t before = board->now_ms(board);

	(void)unused;
	board_sleep();
	assert_int_equal(board->now_ms(board), before + CLOCK_TICK_MS);
	model.while_sleeping = linux_rings_both;
	board_sleep();
	assert_int_equal(model.tick_sleeps, 1);
	assert_int_equal(board->events(board), 3);
}

static void only_linux_memory_is_given_out(void **unused)
{
	(void)unused;
	assert_ptr_equal(board->memory(board, 0x10040000, 438), model.shared);
	assert_ptr_equal(board->memory(board, 0x10045e00, 512), model.shared + 0x5e00);
	assert_null(board->memory(board, 0x10045e01, 512));
	assert_null(board->memory(board, 0x1003fff0, 16));
	assert_null(board->memory(board, 0x10046001, 0));
	assert_null(board->memory(board, 0x10040000, UINT32_MAX));
	assert_null(board->memory(board, 0x110040000, 16));
	assert_null(board->memory(board, UINT64_MAX, 16));
}

static void feed_for_five_seconds(void)
{
	start();
	board_feed(); /* nothing yet: it is off */
	assert_false(model.watchdog_on);
	board_watch();
	for (unsigned i = 0; i < 500; i++) {
		model_pass_us(10000);
		board_watch(); /* does nothing more */
		board_feed();
	}
}

static void watch_and_hang(void)
{
	start();
	board_watch();
	for (unsigned i = 0; i < 100; i++)
		model_pass_us(10000); /* ticks go on; they are no life */
}

static void the_watchdog_wants_to_be_fed(void **unused)
{
	uint64_t from;

	(void)unused;
	assert_true(model_run(feed_for_five_seconds));
	assert_true(model.watchdog_on);
	assert_int_equal(model.watchdog_config, 7 << 11 | 0x7f); /* slowest; no window that is too early */
	assert_in_range(board->watchdog_margin_us(board), 300000, 321000);

	power_on(unused);
	from = model.cycles;
	assert_false(model_run(watch_and_hang));
	assert_in_range((model.cycles - from) / 209, 300000, 330000);
	assert_true(model_run(start));
	assert_int_equal(boot.reset_cause & MODEL_RESET_BY_WATCHDOG, MODEL_RESET_BY_WATCHDOG);
}

static void watch_and_be_late(void)
{
	start();
	board_watch();
	model_pass_us(200000);
	board_feed();
	model_pass_us(10000);
	board_feed();
}

static void the_least_margin_is_told(void **unused)
{
	(void)unused;
	assert_int_equal(board->watchdog_margin_us(board), 0);
	assert_true(model_run(watch_and_be_late));
	assert_in_range(board->watchdog_margin_us(board), 110000, 122000);
}

static void start_and_reset(void)
{
	start();
	board_reset();
}

static void causes_of_resets_are_told_once(void **unused)
{
	(void)unused;
	assert_int_equal(boot.reset_cause, 1);
	assert_false(model_run(start_and_reset));
	assert_int_equal(model.resets, 1);
	assert_true(model_run(start));
	assert_int_equal(boot.reset_cause, MODEL_RESET_BY_WATCHDOG);
	assert_int_equal(model.reset_cause, 0);
}

static void crash(void)
{
	start();
	model.faults[0] = 0x8200;
	model.faults[3] = 0xdead0000;
	record_crash(0x10000123, 0x10000456);
	board_reset();
}

static void a_crash_is_told_by_the_next_boot_and_no_other(void **unused)
{
	uint32_t ids[3];

	(void)unused;
	assert_int_equal(boot.boot_count, 1); /* noise is no record */
	assert_int_equal(boot.fault_pc, 0);
	ids[0] = boot.boot_id;
	assert_false(model_run(crash));
	assert_true(model_run(start));
	assert_int_equal(boot.boot_count, 3);
	assert_int_equal(boot.fault_pc, 0x10000123);
	assert_int_equal(boot.fault_status, 0x8200);
	assert_non_null(strstr(trace_buffer, "before: crash at 10000123\n"));
	ids[1] = boot.boot_id;
	assert_true(model_run(start));
	assert_int_equal(boot.boot_count, 4);
	assert_int_equal(boot.fault_pc, 0);
	ids[2] = boot.boot_id;
	assert_true(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
}

static void a_damaged_record_is_a_new_one(void **unused)
{
	uint8_t good[MODEL_RETAINED_BYTES];

	(void)unused;
	assert_false(model_run(crash));
	memcpy(good, model.retained, sizeof(good));
	for (unsigned bit = 0; bit < sizeof(struct record) * 8; bit++) {
		memcpy(model.retained, good, sizeof(good));
		model.retained[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(model_run(start));
		assert_int_equal(boot.boot_count, 1);
		assert_int_equal(boot.fault_pc, 0);
	}
	/* And a crash over noise is still told. */
	memset(model.retained, 0x5a, sizeof(model.retained));
	record_crash(0x1234, 0);
	assert_true(model_run(start));
	assert_int_equal(boot.fault_pc, 0x1234);
}

static void trace_is_one_text_that_begins_anew_when_full(void **unused)
{
	unsigned anew = 0;
	size_t before = strlen(trace_buffer);

	(void)unused;
	for (uint32_t i = 0; i < 200; i++) {
		static const char line[] = "a line as long as they come ";
		char wanted[48];
		size_t length;

		trace_line(line + i % 20, i);
		length = strnlen(trace_buffer, TRACE_BYTES);
		assert_true(length < TRACE_BYTES);
		snprintf(wanted, sizeof(wanted), "%s%08x\n", line + i % 20, i);
		assert_string_equal(trace_buffer + length - strlen(wanted), wanted);
		assert_true(length == before + strlen(wanted) || length == strlen(wanted));
		anew += length < before;
		before = length;
	}
	assert_in_range(anew, 5, 50);
	trace_line("far longer than there is room for in a line of this buffer ", 1);
	assert_non_null(strstr(trace_buffer, "far longer than there is roo00000001\n"));
}

static uint32_t core_hz(uint32_t source, uint32_t divider, uint32_t bus_divider)
{
	power_on(NULL);
	model.source = source;
	model.divider = divider;
	model.bus_divider = bus_divider;
	assert_true(model_run(start));
	return boot.core_hz;
}

static void the_cores_frequency_is_read(void **unused)
{
	(void)unused;
	assert_in_range(core_hz(3, 0, 1), 208877000, 208879000); /* STM32MP157F-DK2 */
	assert_in_range(clock_watchdog_step_us(), 5015, 5025);
	assert_int_equal(core_hz(3, 1, 1) / 1000, 104438);
	assert_int_equal(core_hz(0, 0, 1), 64000000);
	assert_int_equal(core_hz(1, 0, 1), 24000000);
	assert_int_equal(core_hz(2, 0, 7), 4000000);
	assert_in_range(clock_watchdog_step_us(), 16000000, 17000000); /* 31 kHz: slow, but no division by 0 */
	assert_int_equal(core_hz(1, 15, 1), 208878000);		       /* no sense in it: the usual one */
}

/* Time from ticks and from what has passed of one, read while ticks end. */
static void clocks_agree_and_never_go_back(void **unused)
{
	uint32_t us = board->now_us(board), cycles = board->cycles(board), before = us;
	uint64_t model_cycles = model.cycles;

	(void)unused;
	model.access_cycles = 1201;
	for (unsigned i = 0; i < 20000; i++) {
		uint32_t now = board->now_us(board);

		assert_true(now >= before);
		before = now;
	}
	model.access_cycles = 0;
	model_cycles = model.cycles - model_cycles;
	assert_true(model_cycles > 20 * 2088780); /* some ticks */
	assert_int_equal(board->cycles(board) - cycles, (uint32_t)model_cycles);
	assert_in_range(board->now_us(board) - us, model_cycles / 210, model_cycles / 208);
	assert_in_range(board->now_us(board) / 1000 - board->now_ms(board), 0, CLOCK_TICK_MS);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(flags_from_before_are_cleared_first, power_on),
		cmocka_unit_test_setup(kicks_are_cleared_before_they_are_told, set_up),
		cmocka_unit_test_setup(no_kick_is_lost_while_events_are_read, set_up),
		cmocka_unit_test_setup(shutdown_and_detach_stay_until_acknowledged, set_up),
		cmocka_unit_test_setup(what_was_written_has_arrived_before_the_ring, set_up),
		cmocka_unit_test_setup(a_ring_waits_until_linux_has_taken_the_last, set_up),
		cmocka_unit_test_setup(a_ring_that_is_taken_just_then_is_not_slept_over, set_up),
		cmocka_unit_test_setup(sleep_ends_with_a_ring_or_a_tick, set_up),
		cmocka_unit_test_setup(only_linux_memory_is_given_out, set_up),
		cmocka_unit_test_setup(the_watchdog_wants_to_be_fed, power_on),
		cmocka_unit_test_setup(the_least_margin_is_told, set_up),
		cmocka_unit_test_setup(causes_of_resets_are_told_once, set_up),
		cmocka_unit_test_setup(a_crash_is_told_by_the_next_boot_and_no_other, set_up),
		cmocka_unit_test_setup(a_damaged_record_is_a_new_one, set_up),
		cmocka_unit_test_setup(trace_is_one_text_that_begins_anew_when_full, set_up),
		cmocka_unit_test(the_cores_frequency_is_read),
		cmocka_unit_test_setup(clocks_agree_and_never_go_back, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
