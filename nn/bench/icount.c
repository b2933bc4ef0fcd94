/* SPDX-License-Identifier: Apache-2.0 */
/*
 * icount.c - a TCG plugin for QEMU 7.2: instructions executed between two addresses.
 *
 *   -plugin icount.so,start=0x...,stop=0x...      (hexadecimal, without the Thumb bit)
 *
 * Prints "runs R least L most M mean N" when the machine ends; with list=on each count, too: "count N". The header of the
 * plugin interface is not packaged by Debian: what is used of it is declared here, after QEMU's documentation "QEMU TCG
 * Plugins".
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
struct qemu_info;

enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

typedef void (*tb_callback)(qemu_plugin_id_t id, struct qemu_plugin_tb *tb);
typedef void (*instruction_callback)(unsigned cpu, void *user);
typedef void (*exit_callback)(qemu_plugin_id_t id, void *user);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, tb_callback callback);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, instruction_callback callback,
					    enum qemu_plugin_cb_flags flags, void *user);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, exit_callback callback, void *user);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t i);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv);

static struct {
	uint64_t start, stop; /* addresses */
	bool counting, list;
	uint64_t now, runs, least, most, sum;
} count;

static void on_instruction(unsigned cpu, void *user)
{
	uint64_t address = (uint64_t)(uintptr_t)user;

	(void)cpu;
	if (address == count.start) {
		count.counting = true;
		count.now = 0;
	} else if (address == count.stop && count.counting) {
		count.counting = false;
		count.least = !count.runs || count.now < count.least ? count.now : count.least;
		count.most = count.now > count.most ? count.now : count.most;
		count.sum += count.now;
		count.runs++;
		if (count.list)
			fprintf(stderr, "count %" PRIu64 "\n", count.now);
	}
	count.now++;
}

static void on_translation(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_cb(insn, on_instruction, QEMU_PLUGIN_CB_NO_REGS,
						       (void *)(uintptr_t)qemu_plugin_insn_vaddr(insn));
	}
}

static void on_exit_(qemu_plugin_id_t id, void *user)
{
	(void)id;
	(void)user;
	fprintf(stderr, "runs %" PRIu64 " least %" PRIu64 " most %" PRIu64 " mean %.1f\n", count.runs, count.least,
		count.most, count.runs ? (double)count.sum / (double)count.runs : 0.0);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	for (int i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "start=", 6))
			count.start = strtoull(argv[i] + 6, NULL, 16);
		else if (!strncmp(argv[i], "stop=", 5))
			count.stop = strtoull(argv[i] + 5, NULL, 16);
		else if (!strcmp(argv[i], "list=on"))
			count.list = true;
		else
			return -1;
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
	qemu_plugin_register_atexit_cb(id, on_exit_, NULL);
	return 0;
}
