/* SPDX-License-Identifier: Apache-2.0 */
/* test-bus-decode.c - the service's signals read back by posturectl: right ones, and what a liar might send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/dbus-names.h"
#include "daemon/posturectl/bus-decode.h"
#include "daemon/posturectl/bus-payload.h"

struct form {
	uint8_t cols, rows;
	uint16_t fields;
	int16_t temperature;
	size_t zones, ambient; /* values in these grids */
	unsigned classes;
	double probability;
	const char *label;
};

static const struct form right = {.cols = 8,
				  .rows = 8,
				  .fields = FRAME_HAS_TEMPERATURE,
				  .temperature = 31,
				  .zones = 64,
				  .classes = 2,
				  .probability = 0.75,
				  .label = "Like"};

/* Both ends of a wire that nobody listens to: enough to make messages. */
static int set_up(void **state)
{
	static int ends[2];
	sd_bus *bus;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0 || sd_bus_new(&bus) < 0 ||
	    sd_bus_set_fd(bus, ends[0], ends[0]) < 0 || sd_bus_start(bus) < 0)
		return -1;
	*state = bus;
	return 0;
}

static int tear_down(void **state)
{
	sd_bus_close_unref(*state);
	return 0;
}

static sd_bus_message *frame_signal(sd_bus *bus, const struct form *form)
{
	static const uint8_t bytes[256] = {5, 5, 5};
	static const int16_t distance[256] = {1000, -4, 32767};
	static const uint32_t words[256] = {2048, 4096};
	sd_bus_message *signal;

	assert_true(sd_bus_message_new_signal(bus, &signal, DBUS_PATH, DBUS_FRAMES, "Frame") >= 0);
	assert_true(sd_bus_message_append(signal, DBUS_FRAME_HEAD_TYPE, (uint64_t)1, (uint64_t)2, 3u, 4u, 5u,
					  form->fields, form->cols, form->rows, (uint8_t)6, form->temperature) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'y', bytes, form->zones) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'y', bytes, form->zones) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'n', distance, form->zones * 2) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'u', words, form->zones * 4) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'u', words, form->ambient * 4) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'u', words, 0) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'q', words, 0) >= 0);
	assert_true(sd_bus_message_append_array(signal, 'y', words, 0) >= 0);
	assert_true(sd_bus_message_append(signal, "sdbds", form->label, form->probability, 1, 250.0, form->label) >= 0);
	assert_true(sd_bus_message_open_container(signal, 'a', "{sd}") >= 0);
	for (unsigned i = 0; i < form->classes; i++)
		assert_true(sd_bus_message_append(signal, "{sd}", i ? "Fist" : form->label, form->probability) >= 0);
	assert_true(sd_bus_message_close_container(signal) >= 0);
	assert_true(sd_bus_message_seal(signal, 1, 0) >= 0);
	return signal;
}

static int decode(void **state, const struct form *form, struct bus_frame *ret_frame)
{
	sd_bus_message *signal = frame_signal(*state, form);
	int r = bus_decode_frame(signal, ret_frame);

	sd_bus_message_unref(signal);
	return r;
}

static void test_right(void **state)
{
	static struct bus_frame frame;

	assert_int_equal(decode(state, &right, &frame), 0);
	assert_int_equal(frame.frame.t_ns, 1);
	assert_int_equal(frame.frame.seq, 3);
	assert_int_equal(frame.frame.lost, 4);
	assert_int_equal(frame.dropped, 5);
	assert_int_equal(frame.frame.temperature_c, 31);
	assert_int_equal(frame.frame.distance_q2[0], 1000);
	assert_int_equal(frame.frame.distance_q2[1], -4);
	assert_int_equal(frame.frame.signal_q11[1], 4096);
	assert_string_equal(frame.class, "Like");
	assert_int_equal(frame.classes, 2);
	assert_float_equal(frame.probability[1], 0.75, 0);
}

static void test_ambient(void **state)
{
	struct form form = right;
	static struct bus_frame frame;

	form.fields |= FRAME_HAS_AMBIENT;
	form.ambient = 64;
	assert_int_equal(decode(state, &form, &frame), 0);
	assert_int_equal(frame.frame.ambient_q11[0], 2048);
}

static void test_wrong(void **state)
{
	static struct bus_frame frame = {.dropped = 77};
	struct form form[9];

	for (unsigned i = 0; i < 9; i++)
		form[i] = right;
	form[0].cols = 255;
	form[1].rows = 4;
	form[2].cols = form[2].rows = 4; /* and 64 values */
	form[3].zones = 63;
	form[4].zones = 200;
	form[5].fields |= FRAME_HAS_AMBIENT; /* which is not there */
	form[6].ambient = 64;		     /* without a word of it */
	form[7].temperature = 300;
	form[8].classes = REPORT_CLASSES + 1;
	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(decode(state, &form[i], &frame), -EBADMSG);
	assert_int_equal(frame.dropped, 77);
}

static void test_texts(void **state)
{
	struct form form = right;
	static struct bus_frame frame;
	char *payload;

	form.label = "\033[2J0123456789012345678901234567890123456789012345678901234567890123456789";
	form.probability = NAN;
	assert_int_equal(decode(state, &form, &frame), 0);
	assert_int_equal(frame.class[0], '?');
	assert_int_equal(strlen(frame.class), REPORT_TEXT - 1);
	assert_float_equal(frame.probability[0], 0, 0);
	payload = bus_payload_frame(&frame);
	assert_non_null(strstr(payload, "\"zones_mm\":["));
	free(payload);
}

static void test_posture(void **state)
{
	sd_bus_message *signal;
	struct bus_posture posture = {.seq = 9};
	char *payload;

	assert_true(sd_bus_message_new_signal(*state, &signal, DBUS_PATH, DBUS_DAEMON, "PostureChanged") >= 0);
	assert_true(sd_bus_message_append(signal, DBUS_POSTURE_TYPE, "Like", "None", 0.9, (double)INFINITY, 1, 7u,
					  (uint64_t)1700000000000000) >= 0);
	assert_true(sd_bus_message_seal(signal, 1, 0) >= 0);
	assert_int_equal(bus_decode_posture(signal, &posture), 0);
	sd_bus_message_unref(signal);
	assert_float_equal(posture.distance_mm, 0, 0);
	payload = bus_payload_event(&posture);
	assert_string_equal(payload,
			    "{\"posture\":\"Like\",\"confidence\":0.9,\"distance_mm\":0,\"hand\":true,\"seq\":7,"
			    "\"ts\":\"2023-11-14T22:13:20.000Z\",\"event_type\":\"Like\",\"previous\":\"None\"}");
	free(payload);

	assert_true(sd_bus_message_new_signal(*state, &signal, DBUS_PATH, DBUS_DAEMON, "PostureChanged") >= 0);
	assert_true(sd_bus_message_append(signal, "ss", "Like", "None") >= 0);
	assert_true(sd_bus_message_seal(signal, 2, 0) >= 0);
	posture.seq = 9;
	assert_int_equal(bus_decode_posture(signal, &posture), -EBADMSG);
	assert_int_equal(posture.seq, 9);
	sd_bus_message_unref(signal);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_right), cmocka_unit_test(test_ambient), cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_texts), cmocka_unit_test(test_posture),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
