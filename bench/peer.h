/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * peer.h - a plain allocator of 2^20 numbers, to compare with: a tree of bitmaps
 * under a mutex. No owners, no references, no quarantine: a freed number may be
 * the next one handed out.
 */
#ifndef IOASID_BENCH_PEER_H
#define IOASID_BENCH_PEER_H

#include <stdbool.h>
#include <stdint.h>

struct peer;

struct peer *peer_create(void);
void peer_destroy(struct peer *peer);
/* The lowest free number; false: there is none. */
bool peer_take(struct peer *peer, uint32_t *id);
/* The same for who knows that there is one: else the program ends. */
uint32_t peer_alloc(struct peer *peer);
void peer_free(struct peer *peer, uint32_t id);

#endif
