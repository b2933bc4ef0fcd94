/* SPDX-License-Identifier: Apache-2.0 */
/* m4-network-baked.c - the small firmware's network: the baked one, for good. */
#include "mcu-offload/firmware/m4-network.h"

struct m4_network *m4_network_start(void)
{
	return m4_baked_start();
}
