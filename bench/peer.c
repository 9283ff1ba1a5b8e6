/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* peer.c - mutex and bitmap: a set bit is a free number, or a word below with one. */
#include "peer.h"

#include "bench.h"

#include <pthread.h>
#include <stdlib.h>

#define LEVELS 4u
#define IDS (UINT32_C(1) << 20)

struct peer {
	pthread_mutex_t mutex;
	uint64_t *level[LEVELS]; /* 0: a bit per number */
};

static uint32_t words(unsigned level)
{
	uint32_t count = IDS >> (6 * (level + 1));

	return count != 0 ? count : 1;
}

struct peer *peer_create(void)
{
	struct peer *peer = bench_zalloc(1, sizeof(*peer));
	uint32_t bits = IDS;
	unsigned l;
	uint32_t i;

	(void)pthread_mutex_init(&peer->mutex, NULL);
	for (l = 0; l < LEVELS; l++) {
		peer->level[l] = bench_zalloc(words(l), sizeof(uint64_t));
		for (i = 0; i < bits; i++)
			peer->level[l][i >> 6] |= UINT64_C(1) << (i & 63);
		bits = words(l);
	}
	return peer;
}

void peer_destroy(struct peer *peer)
{
	unsigned l;

	for (l = 0; l < LEVELS; l++)
		free(peer->level[l]);
	(void)pthread_mutex_destroy(&peer->mutex);
	free(peer);
}

/* A number out of the tree that has one. */
static uint32_t take_lowest(struct peer *peer)
{
	uint32_t id = 0;
	uint32_t at;
	unsigned l;

	for (l = LEVELS; l-- > 0;)
		id = id << 6 | (uint32_t)__builtin_ctzll(peer->level[l][id]);
	at = id;
	for (l = 0; l < LEVELS; l++) {
		peer->level[l][at >> 6] &= ~(UINT64_C(1) << (at & 63));
		at >>= 6;
		if (peer->level[l][at] != 0)
			break;
	}
	return id;
}

bool peer_take(struct peer *peer, uint32_t *id)
{
	bool any;

	(void)pthread_mutex_lock(&peer->mutex);
	any = peer->level[LEVELS - 1][0] != 0;
	if (any)
		*id = take_lowest(peer);
	(void)pthread_mutex_unlock(&peer->mutex);
	return any;
}

uint32_t peer_alloc(struct peer *peer)
{
	uint32_t id = 0;

	must(peer_take(peer, &id) ? 0 : -IOASID_ENOSPC, "take a number from the peer");
	return id;
}

void peer_free(struct peer *peer, uint32_t id)
{
	unsigned l;

	(void)pthread_mutex_lock(&peer->mutex);
	for (l = 0; l < LEVELS; l++) {
		uint64_t *word = &peer->level[l][id >> 6];
		uint64_t before = *word;

		*word |= UINT64_C(1) << (id & 63);
		if (before != 0)
			break;
		id >>= 6;
	}
	(void)pthread_mutex_unlock(&peer->mutex);
}
