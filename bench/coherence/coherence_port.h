/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* coherence_port.h - what the simulation decides of its port. */
#ifndef IOASID_COHERENCE_PORT_H
#define IOASID_COHERENCE_PORT_H

#include <stdint.h>

/* coherence_port_reset() - an empty arena for that many cores and shards. Returns the port's own block in it. */
const void *coherence_port_reset(uint32_t cores, uint32_t shards);

/* coherence_posix_shards() - how many shards the posix port has on that many cores. */
uint32_t coherence_posix_shards(uint32_t cores);

#endif
