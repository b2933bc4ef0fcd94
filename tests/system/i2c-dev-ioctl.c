/* SPDX-License-Identifier: Apache-2.0 */
/*
 * i2c-dev-ioctl.c - the way through the kernel's interface: open(), I2C_FUNCS, I2C_TIMEOUT and I2C_RDWR on /dev/i2c-7, where
 * umockdev hands each ioctl to the emulated sensor. Driver and frame source run as on a board. Run by
 * i2c-dev-ioctl.sh, because umockdev must be loaded before the program starts.
 */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#include <umockdev.h>
#pragma GCC diagnostic pop

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensor/emulator/emulator.h"
#include "sensor/firmware.h"
#include "sensor/i2c-dev.h"
#include "sensor/source.h"
#include "sensor/vl53l8cx.h"

/* Last: it has a macro of the name of a constant of sensor/i2c.h. */
#include <linux/i2c-dev.h>

enum { MESSAGES_MAX = 8, PATIENCE_MS = 30000 };

/* Two adapters: i2c-7 has the sensor, i2c-8 can only do SMBus. */
struct bench {
	UMockdevTestbed *testbed;
	UMockdevIoctlBase *handlers[2];
	GMainLoop *loop;
	GThread *thread;
	struct emulator *emulator;	 /* touched by the loop's thread alone */
	unsigned timeouts, rdwr, others; /* ioctls seen */
	struct firmware *firmware;
};

static struct bench bench;

static const char devices[] =
	"P: /devices/soc/40012000.i2c/i2c-7\nN: i2c-7\nE: DEVNAME=/dev/i2c-7\nE: SUBSYSTEM=i2c-dev\n"
	"E: MAJOR=89\nE: MINOR=7\nA: name=Emulated I2C(0x40012000)\n"
	"\n"
	"P: /devices/soc/smbus/i2c-8\nN: i2c-8\nE: DEVNAME=/dev/i2c-8\nE: SUBSYSTEM=i2c-dev\n"
	"E: MAJOR=89\nE: MINOR=8\nA: name=SMBus adapter\n";

/* --- the kernel's side ------------------------------------------------------------------------------------------- */

/* Copies the messages from the client, lets the emulator do them, copies back what was read. */
static int rdwr(UMockdevIoctlClient *client, int *ret_error)
{
	UMockdevIoctlData *data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
							      sizeof(struct i2c_rdwr_ioctl_data), NULL);
	struct i2c_rdwr_ioctl_data *call = (struct i2c_rdwr_ioctl_data *)(void *)data->data;
	UMockdevIoctlData *messages, *buffers[MESSAGES_MAX] = {NULL};
	struct i2c_msg msgs[MESSAGES_MAX];
	struct i2c_adapter *adapter = emulator_adapter(bench.emulator);
	int r;

	assert_in_range(call->nmsgs, 1, MESSAGES_MAX);
	messages = umockdev_ioctl_data_resolve(data, offsetof(struct i2c_rdwr_ioctl_data, msgs),
					       call->nmsgs * sizeof(struct i2c_msg), NULL);
	memcpy(msgs, messages->data, call->nmsgs * sizeof(struct i2c_msg));
	for (unsigned i = 0; i < call->nmsgs; i++) {
		buffers[i] = umockdev_ioctl_data_resolve(
			messages, i * sizeof(struct i2c_msg) + offsetof(struct i2c_msg, buf), msgs[i].len, NULL);
		msgs[i].buf = g_memdup2(buffers[i]->data, msgs[i].len);
	}
	r = adapter->ops->transfer(adapter, msgs, call->nmsgs);
	for (unsigned i = 0; i < call->nmsgs; i++) {
		if (msgs[i].flags & I2C_M_RD)
			umockdev_ioctl_data_update(buffers[i], 0, msgs[i].buf, msgs[i].len);
		g_free(msgs[i].buf);
		umockdev_ioctl_data_unref(buffers[i]);
	}
	umockdev_ioctl_data_unref(messages);
	umockdev_ioctl_data_unref(data);
	*ret_error = r < 0 ? -r : 0;
	return r < 0 ? -1 : r;
}

static gboolean on_ioctl(UMockdevIoctlBase *handler, UMockdevIoctlClient *client, gpointer functions)
{
	gulong value = GPOINTER_TO_SIZE(functions);
	UMockdevIoctlData *data;
	int error = 0;
	int r = 0;

	(void)handler;
	switch (umockdev_ioctl_client_get_request(client)) {
	case I2C_FUNCS:
		data = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0, sizeof(value), NULL);
		umockdev_ioctl_data_update(data, 0, (guint8 *)&value, sizeof(value));
		umockdev_ioctl_data_unref(data);
		break;
	case I2C_TIMEOUT:
		bench.timeouts++;
		break;
	case I2C_RDWR:
		bench.rdwr++;
		r = rdwr(client, &error);
		break;
	default:
		bench.others++;
		return FALSE;
	}
	umockdev_ioctl_client_complete(client, r, error);
	return TRUE;
}

static gpointer loop_run(gpointer loop)
{
	g_main_loop_run(loop);
	return NULL;
}

static int setup(void **state)
{
	static const char *const nodes[] = {"/dev/i2c-7", "/dev/i2c-8"};
	static const gulong functions[] = {I2C_FUNC_I2C | I2C_FUNC_SMBUS_EMUL, I2C_FUNC_SMBUS_EMUL};
	struct emulator_config config = {.without_int = true, .without_lpn = true};

	(void)state;
	assert_int_equal(scene_open("hand:FlatHand@250", 1, &config.scene, (char[192]){0}), 0);
	assert_int_equal(emulator_new(&config, &bench.emulator, NULL), 0);
	bench.firmware = malloc(sizeof(*bench.firmware));
	assert_non_null(bench.firmware);
	firmware_synthetic(3, bench.firmware);
	bench.testbed = umockdev_testbed_new();
	assert_true(umockdev_testbed_add_from_string(bench.testbed, devices, NULL));
	for (size_t i = 0; i < 2; i++) {
		bench.handlers[i] = umockdev_ioctl_base_new();
		g_signal_connect(bench.handlers[i], "handle-ioctl", G_CALLBACK(on_ioctl),
				 GSIZE_TO_POINTER(functions[i]));
		assert_true(umockdev_testbed_attach_ioctl(bench.testbed, nodes[i], bench.handlers[i], NULL));
	}
	bench.loop = g_main_loop_new(NULL, FALSE);
	bench.thread = g_thread_new("ioctl", loop_run, bench.loop);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	umockdev_testbed_detach_ioctl(bench.testbed, "/dev/i2c-7", NULL);
	umockdev_testbed_detach_ioctl(bench.testbed, "/dev/i2c-8", NULL);
	g_main_loop_quit(bench.loop);
	g_thread_join(bench.thread);
	g_main_loop_unref(bench.loop);
	for (size_t i = 0; i < 2; i++)
		g_object_unref(bench.handlers[i]);
	g_object_unref(bench.testbed);
	emulator_free(bench.emulator);
	free(bench.firmware);
	return 0;
}

/* --- our side ---------------------------------------------------------------------------------------------------- */

static void test_open(void **state)
{
	struct i2c_adapter *adapter = NULL;
	char text[128];

	(void)state;
	assert_int_equal(i2c_dev_open("/dev/i2c-8", &adapter), -EOPNOTSUPP);
	assert_int_equal(i2c_dev_open("SMBus", &adapter), -EOPNOTSUPP);
	assert_int_equal(i2c_dev_open("/dev/i2c-9", &adapter), -ENOENT);
	assert_int_equal(i2c_dev_open("I2C(0x5c002000)", &adapter), -ENOENT);
	assert_null(adapter);
	i2c_dev_list("/sys", text, sizeof(text));
	assert_string_equal(text, "i2c-7 (Emulated I2C(0x40012000)), i2c-8 (SMBus adapter)");

	bench.timeouts = 0;
	assert_int_equal(i2c_dev_open("0x40012000", &adapter), 0);
	assert_int_equal(bench.timeouts, 1);
	assert_null(i2c_adapter_free(adapter));
}

static void test_transfer(void **state)
{
	struct i2c_adapter *adapter = NULL;
	uint8_t index[2] = {0, 0};
	uint8_t id[2] = {0, 0};
	struct i2c_msg many[I2C_RDWR_IOCTL_MAX_MSGS + 1] = {{0}};
	struct i2c_msg msgs[] = {
		{.addr = 0x29, .len = 2, .buf = index},
		{.addr = 0x29, .flags = I2C_M_RD, .len = 2, .buf = id},
	};

	(void)state;
	assert_int_equal(i2c_dev_open("/dev/i2c-7", &adapter), 0);
	assert_int_equal(adapter->ops->transfer(adapter, msgs, 2), 2);
	assert_int_equal(id[0], VL53L8CX_ID);
	assert_int_equal(id[1], VL53L8CX_REVISION);
	msgs[0].addr = 0x30;
	assert_in_range(-adapter->ops->transfer(adapter, msgs, 1), 1, 4095);
	assert_int_equal(adapter->ops->transfer(adapter, many, I2C_RDWR_IOCTL_MAX_MSGS + 1), -EOPNOTSUPP);
	i2c_adapter_free(adapter);
}

static void test_driver(void **state)
{
	struct vl53l8cx *chip = malloc(sizeof(*chip));
	struct vl53l8cx_settings settings;
	struct i2c_adapter *adapter = NULL;
	struct frame frame = {0};
	enum vl53l8cx_verdict verdict;
	unsigned before = bench.rdwr;
	int r = 0;

	(void)state;
	assert_non_null(chip);
	assert_int_equal(i2c_dev_open("Emulated", &adapter), 0);
	vl53l8cx_setup(chip, adapter, clock_monotonic(), VL53L8CX_ADDRESS, bench.firmware);
	vl53l8cx_settings_default(&settings);
	assert_int_equal(vl53l8cx_init(chip, 1), 0);
	assert_int_equal(vl53l8cx_configure(chip, &settings), 0);
	assert_int_equal(vl53l8cx_start(chip), 0);
	for (int i = 0; i < 1000 && r == 0; i++) {
		clock_sleep_us(clock_monotonic(), 5000);
		r = vl53l8cx_read_frame(chip, &frame, &verdict);
	}
	assert_int_equal(r, 1);
	assert_int_equal(frame.cols, 8);
	assert_int_equal(vl53l8cx_stop(chip), 0);
	assert_true(bench.rdwr - before >= 87); /* messages of the download alone */
	assert_int_equal(chip->i2c.counters.transfers, bench.rdwr - before);
	assert_int_equal(chip->i2c.counters.retries, 0);
	i2c_adapter_free(adapter);
	free(chip);
}

/* What the service does: by the adapter's name, firmware from a file, polled. */
static void test_source(void **state)
{
	static const uint8_t no_source[32];
	char path[] = "/tmp/i2c-dev-ioctl.XXXXXX";
	struct source_config config = {
		.type = "vl53l8cx",
		.bus = "Emulated I2C(0x40012000)",
		.address = VL53L8CX_ADDRESS,
		.firmware = path,
		.int_line = "",
		.lpn_line = "",
		.resolution = 8,
		.rate_hz = 15,
		.integration_ms = 10,
		.sharpener_percent = 5,
		.order = SOURCE_ORDER_CLOSEST,
		.xtalk_margin_kcps = 50,
	};
	struct source_health health;
	struct source *source = NULL;
	struct frame frame;

	(void)state;
	close(mkstemp(path));
	assert_int_equal(firmware_save(bench.firmware, no_source, NULL, path), 0);
	assert_int_equal(source_open(&config, &source), 0);
	for (uint32_t seq = 0; seq < 10; seq++) {
		struct pollfd fd = {.fd = source->ops->fd(source), .events = POLLIN};

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		assert_int_equal(source->ops->dispatch(source, &frame), 1);
		assert_int_equal(frame.seq, seq);
	}
	source->ops->health(source, &health);
	assert_int_equal(health.state, SOURCE_RUNNING);
	assert_string_equal(health.device, "vl53l8cx rev 0x0c at Emulated I2C(0x40012000):0x29, firmware synthetic");
	assert_null(source_free(source));
	unlink(path);
}

/* Nothing but I2C_RDWR reaches the bus: no I2C_SLAVE, no I2C_SLAVE_FORCE. */
static void test_no_other_ioctl(void **state)
{
	(void)state;
	assert_int_equal(bench.others, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),   cmocka_unit_test(test_transfer),	      cmocka_unit_test(test_driver),
		cmocka_unit_test(test_source), cmocka_unit_test(test_no_other_ioctl),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
