/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * aspace.h - address spaces: real memory that carries its owner's mark.
 *
 * Every word of an address space holds the mark of whoever owns it now. The
 * first word of a page is never written by a DMA, so a DMA can always tell whose
 * page it is in; the others take the mark of whoever writes, so an owner that
 * ends can tell whether a stranger has written into its memory.
 *
 * Memory that is given back carries nobody's mark and goes to the next owner
 * first, as a page allocator would do it. It stays mapped until the very end:
 * a DMA that goes astray is counted, it does not crash the witness.
 */
#ifndef REPLAY_ASPACE_H
#define REPLAY_ASPACE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define ASPACE_PAGES 8u
#define ASPACE_PAGE_SIZE 4096u
#define ASPACE_BASE UINT64_C(0x10000) /* where every address space begins, for its devices */
#define ASPACE_NOBODY UINT64_C(0xdead4bad00000000)
#define ASPACE_LIMIT 16384u /* address spaces at once, those that are being drained included */

struct aspace {
	_Atomic uint32_t present; /* a bit for each page that a device can reach without a fault */
	_Atomic uint64_t *words;
	struct aspace *next; /* in the pool */
};

struct aspace_pool {
	pthread_mutex_t lock;
	pthread_cond_t back;
	struct aspace *free;
	struct aspace **all;
	uint32_t nr_all;
	uint32_t used;
};

void aspace_pool_init(struct aspace_pool *pool);
void aspace_pool_fini(struct aspace_pool *pool);

/** aspace_get() - memory with @mark in every word; waits while ASPACE_LIMIT are out. */
struct aspace *aspace_get(struct aspace_pool *pool, uint64_t mark);

/** aspace_put() - give it back; true if a stranger's mark was in it. */
bool aspace_put(struct aspace_pool *pool, struct aspace *space, uint64_t mark);

/** aspace_page() - the page that a device's address is in, or ASPACE_PAGES. */
uint32_t aspace_page(uint64_t address);

/** aspace_make_present() - a page request was answered. */
void aspace_make_present(struct aspace *space, uint32_t page);

/** aspace_is_present() - can a device reach the page? */
bool aspace_is_present(const struct aspace *space, uint32_t page);

/**
 * aspace_read() - a DMA reads @size bytes at @address, all in one page.
 * aspace_write() - a DMA writes its submitter's @mark there.
 *
 * Return: the mark of whoever owns that page.
 */
uint64_t aspace_read(const struct aspace *space, uint64_t address, uint32_t size);
uint64_t aspace_write(struct aspace *space, uint64_t address, uint32_t size, uint64_t mark);

#endif
