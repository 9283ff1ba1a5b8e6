/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * reuse.c - one id, one life at a time; and nothing works on a past life.
 *
 * A table has the handle that each id lives under now: written by compare-and-
 * exchange when an allocation returns it, cleared before it is freed. Handles of
 * lives that are over stay in a pool, and everybody keeps trying them. Readers
 * look ids up and take references: while they hold one, the number is in no
 * other life.
 */
#include <ioasid/ioasid.h>
#include <string.h>

#include "crew.h"
#include "host.h"

#define IDS 64u
#define STALE 256u
#define BAG 12u

struct reuse {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	bool background;
	atomic_ullong life[IDS];
	atomic_ullong last[IDS]; /* the newest handle that there was */
	atomic_ullong stale[STALE];
	atomic_ullong reads; /* references that readers got */
};

static void take(struct crew *crew, struct reuse *r, ioasid_handle_t *handle)
{
	unsigned long long nothing = 0;
	uint32_t id;

	*handle = (ioasid_handle_t){0};
	if (ioasid_id_alloc(r->set, NULL, IOASID_ALLOC_ACTIVE, handle) != 0)
		return;
	id = host_id(*handle);
	crew_check(crew, atomic_compare_exchange_strong(&r->life[id], &nothing, handle->handle_), "id %u has two lives",
	           id);
	/* Handles of one id differ in the generation only, which grows. */
	crew_check(crew, atomic_exchange(&r->last[id], handle->handle_) < handle->handle_,
	           "id %u: a generation that has been", id);
}

static void give(struct crew *crew, struct reuse *r, ioasid_handle_t handle, uint64_t *random)
{
	unsigned long long mine = handle.handle_;
	bool late = crew_random(random, 2) != 0;
	int error;

	if (!ioasid_handle_is_set(handle))
		return;
	if (late)
		crew_check(crew, ioasid_id_get(r->space, handle) == 0, "a reference on my own id %u", host_id(handle));
	crew_check(crew, atomic_compare_exchange_strong(&r->life[host_id(handle)], &mine, 0), "id %u was taken from me",
	           host_id(handle));
	error = ioasid_id_free(r->space, handle);
	crew_check(crew, error == 0, "giving id %u back: %d", host_id(handle), error);
	atomic_store(&r->stale[crew_random(random, STALE)], handle.handle_);
	/* Freed, it is not born again before the last reference is put. */
	if (late) {
		crew_check(crew, atomic_load(&r->last[host_id(handle)]) == handle.handle_,
		           "id %u was born again while I hold it", host_id(handle));
		crew_check(crew, ioasid_id_put(r->space, handle) == 0, "a late put of id %u", host_id(handle));
	}
}

static void try_stale(struct crew *crew, struct reuse *r, uint64_t *random)
{
	ioasid_handle_t handle = {atomic_load(&r->stale[crew_random(random, STALE)])};
	ioasid_t id = ioasid_handle_id(handle);
	int error;

	if (!ioasid_handle_is_set(handle))
		return;
	switch (crew_random(random, 4)) {
	case 0:
		error = ioasid_id_get(r->space, handle);
		break;
	case 1:
		error = ioasid_id_free(r->space, handle);
		break;
	case 2:
		error = ioasid_id_publish(r->space, handle);
		break;
	default:
		error = ioasid_id_abort(r->space, handle);
		break;
	}
	crew_check(crew, error == -IOASID_ESTALE, "a past life of id %u: %d", ioasid_value(id), error);
}

static void read_one(struct crew *crew, struct reuse *r, uint64_t *random)
{
	ioasid_t id = ioasid_make(crew_random(random, IDS));
	bool pin = crew_random(random, 2) != 0;
	ioasid_handle_t handle;
	unsigned long long seen;
	int error = pin ? ioasid_id_pin(r->space, id, &handle) : ioasid_id_find(r->space, id, &handle);

	if (error == 0 && !pin)
		error = ioasid_id_get(r->space, handle);
	if (error != 0) {
		crew_check(crew, error == -IOASID_ENOENT || error == -IOASID_ESTALE, "looking up: %d", error);
		return;
	}
	(void)atomic_fetch_add_explicit(&r->reads, 1, memory_order_relaxed);
	seen = atomic_load(&r->life[ioasid_value(id)]);
	crew_check(crew, seen == 0 || seen == handle.handle_, "id %u is in another life than the one I hold",
	           host_id(handle));
	seen = atomic_load(&r->last[ioasid_value(id)]);
	crew_check(crew, seen <= handle.handle_, "id %u was born again while I hold it", host_id(handle));
	error = pin ? ioasid_id_unpin(r->space, handle) : ioasid_id_put(r->space, handle);
	crew_check(crew, error == 0, "letting go: %d", error);
}

static void reuse_work(struct crew *crew, uint32_t me)
{
	struct reuse *r = crew->context;
	ioasid_handle_t bag[BAG] = {{0}};
	uint64_t random = crew_seed(me);
	uint32_t i;

	/* For as long as there is time, and until ids have had a second life. */
	while (crew_goes_on(crew) || (!atomic_load(&crew->failed) && host_counters(r->space).reclaimed <= IDS)) {
		for (i = 0; i < 64; i++) {
			uint32_t k = crew_random(&random, BAG);

			give(crew, r, bag[k], &random);
			try_stale(crew, r, &random);
			read_one(crew, r, &random);
			take(crew, r, &bag[k]);
			read_one(crew, r, &random);
		}
		crew_count(crew, 5 * 64);
		if (!r->background)
			crew_check(crew, ioasid_space_run(r->space, 8, NULL) == 0, "run");
	}
	for (i = 0; i < BAG; i++)
		give(crew, r, bag[i], &random);
}

START_TEST(lives)
{
	static const uint32_t threads[] = {2, 4, 8};
	static struct reuse r; /* too large for some stacks */
	struct ioasid_counters counters;

	memset(&r, 0, sizeof(r));
	r.background = _i % 2 != 0;
	r.space = host_space(6, r.background ? IOASID_SPACE_BACKGROUND : 0, IOASID_ORDER_LOWEST, NULL);
	r.set = host_set(r.space, 1, IOASID_UNLIMITED, 0);
	crew_run("lives", threads[_i / 2], reuse_work, &r);
	ck_assert_uint_gt(atomic_load(&r.reads), 0);
	counters = host_counters(r.space);
	ck_assert_uint_gt(counters.reclaimed, IDS);
	ck_assert_uint_eq(counters.surplus_puts + counters.surplus_unpins, 0);
	host_set_end(r.set);
	host_space_end(r.space);
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("reuse");

	tcase_add_loop_test(tcase, lives, 0, 6);
	return crew_main("uniqueness and reuse", &tcase, 1);
}
