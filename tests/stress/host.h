/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* host.h - making the spaces and sets that a test needs, and showing that nothing is left of them. */
#ifndef IOASID_TESTS_HOST_H
#define IOASID_TESTS_HOST_H

#include <check.h>
#include <ioasid/ioasid.h>

/* host_space() - a space of 2^@bits ids, id 0 included; @reserved: NULL, or one range. */
struct ioasid_space *host_space(uint32_t bits, uint32_t flags, uint32_t order, const struct ioasid_range *reserved);

/* host_space_end() - nothing may be left in it: all ids FREE, and destroy succeeds. */
void host_space_end(struct ioasid_space *space);

/* host_set() - a set without done(); @key is its owner. */
struct ioasid_owner_set *host_set(struct ioasid_space *space, uint64_t key, uint32_t quota, uint32_t flags);

/* host_set_end() - end it, wait until it is done with a charge of zero, give up the hold. */
void host_set_end(struct ioasid_owner_set *set);

/* host_run() - all the deferred work that can be done now. */
void host_run(struct ioasid_space *space);

/* host_flush() - wait until nothing quiesces or rests. */
void host_flush(struct ioasid_space *space);

/* host_counters() - the space's counters. */
struct ioasid_counters host_counters(const struct ioasid_space *space);

/* host_charged() - what the set is charged now. */
uint32_t host_charged(const struct ioasid_owner_set *set);

static inline struct ioasid_range host_range(uint32_t first, uint32_t last)
{
	return ioasid_range_make(ioasid_make(first), ioasid_make(last));
}

static inline uint32_t host_id(ioasid_handle_t handle)
{
	return ioasid_value(ioasid_handle_id(handle));
}

#endif
