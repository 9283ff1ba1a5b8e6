/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * overlap.h - swaps that would have failed, had the calls been made at once.
 *
 * The simulation makes one call after the other. On N cores, the N calls before
 * this one were under way at the same time; and between the load of a word and the
 * swap on it lies a part of a call. So a swap fails, once, if another core has
 * changed the word within that part of the last N calls.
 */
#ifndef IOASID_COHERENCE_OVERLAP_H
#define IOASID_COHERENCE_OVERLAP_H

#include <stdbool.h>
#include <stdint.h>

/* overlap_reset() - no word was changed; @calls are under way at once, 0: none fails. */
void overlap_reset(double calls);
/* overlap_call() - the next call begins. */
void overlap_call(void);
void overlap_wrote(const volatile void *where);
bool overlap_fails(const volatile void *where);

#endif
