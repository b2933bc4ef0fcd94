/* SPDX-License-Identifier: Apache-2.0 */
/* fault-checks.h - what rows of counters can't say about a fault: data, latches, several sensors, files. */
#ifndef TESTS_FAULT_FAULT_CHECKS_H
#define TESTS_FAULT_FAULT_CHECKS_H

void check_another_chip(void);
void check_ram_denied(void);
void check_two_uploads(void);
void check_laser(void);
void check_wrap(void);
void check_tear_with_equal_ids(void);
void check_crc(void);
void check_edges(void);
void check_brown_out(void);
void check_address_lost(void);
void check_targets(void);
void check_temperature(void);
void check_slow_bus(void);
void check_firmware_file(void);

#endif
