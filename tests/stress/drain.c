/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * drain.c - threads take ids until they are told ENOSPC: exactly N distinct ones.
 *
 * "Early" is seen by a bound: when one thread is told ENOSPC, all that exist
 * have been handed out, but for one that each other thread may have in its hand.
 */
#include <ioasid/ioasid.h>
#include <stdlib.h>

#include "crew.h"
#include "exact.h"
#include "host.h"

struct row {
	uint32_t bits;
	uint32_t threads;
	uint32_t order;
	uint32_t reserved_first, reserved_last; /* equal: nothing is reserved */
	uint32_t first, last;                   /* where to look; equal: everywhere */
	bool abort;                             /* ids come back by abort: at once */
};

static const struct row rows[] = {
	{4, 2, IOASID_ORDER_OLDEST, 0, 0, 0, 0, false},       {4, 4, IOASID_ORDER_LOWEST, 0, 0, 0, 0, true},
	{4, 8, IOASID_ORDER_OLDEST, 3, 9, 0, 0, true},        {6, 8, IOASID_ORDER_LOWEST, 0, 0, 13, 37, true},
	{9, 2, IOASID_ORDER_OLDEST, 0, 0, 0, 0, true},        {9, 4, IOASID_ORDER_LOWEST, 5, 500, 0, 0, false},
	{11, 8, IOASID_ORDER_OLDEST, 0, 0, 250, 1800, false}, {12, 4, IOASID_ORDER_OLDEST, 1000, 3000, 990, 3010, true},
	{13, 2, IOASID_ORDER_LOWEST, 0, 0, 0, 0, false},      {16, 4, IOASID_ORDER_OLDEST, 0, 0, 0, 0, true},
	{13, 8, IOASID_ORDER_OLDEST, 100, 5000, 0, 0, false},
};

struct drain {
	const struct row *row;
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_range range;
	uint32_t wanted;
	atomic_uint taken;
	atomic_uchar *owner; /* by id: 1 + the thread that has it */
	ioasid_handle_t *held[CREW_MAX];
	uint32_t count[CREW_MAX];
};

static bool is_eligible(const struct row *row, uint32_t id)
{
	bool reserved =
		row->reserved_first != row->reserved_last && id >= row->reserved_first && id <= row->reserved_last;

	return !reserved && (row->first == row->last || (id >= row->first && id <= row->last));
}

static void take_all(struct crew *crew, struct drain *d, uint32_t me)
{
	const struct ioasid_range *range = d->row->first == d->row->last ? NULL : &d->range;
	uint32_t flags = d->row->abort ? 0 : IOASID_ALLOC_ACTIVE;
	ioasid_handle_t handle;
	uint32_t n = 0;
	int error;

	while ((error = ioasid_id_alloc(d->set, range, flags, &handle)) == 0) {
		uint32_t id = host_id(handle);
		unsigned char nobody = 0;

		(void)atomic_fetch_add(&d->taken, 1);
		d->held[me][n++] = handle;
		crew_check(crew, is_eligible(d->row, id), "id %u is outside of what was asked for", id);
		crew_check(crew, atomic_compare_exchange_strong(&d->owner[id], &nobody, (unsigned char)(me + 1)),
		           "id %u was handed out twice", id);
		if (n == d->wanted)
			break;
	}
	if (error == 0)
		error = ioasid_id_alloc(d->set, range, flags, &handle);
	crew_check(crew, error == -IOASID_ENOSPC, "the last answer is %d", error);
	crew_check(crew, atomic_load(&d->taken) + crew->threads - 1 >= d->wanted, "ENOSPC after %u of %u",
	           atomic_load(&d->taken), d->wanted);
	d->count[me] = n;
	crew_count(crew, n);
}

static void give_all(struct crew *crew, struct drain *d, uint32_t me)
{
	uint32_t i;

	for (i = 0; i < d->count[me]; i++) {
		ioasid_handle_t handle = d->held[me][i];
		int error;

		atomic_store(&d->owner[host_id(handle)], 0);
		error = d->row->abort ? ioasid_id_abort(d->space, handle) : ioasid_id_free(d->space, handle);
		crew_check(crew, error == 0, "giving id %u back: %d", host_id(handle), error);
	}
}

static void drain_work(struct crew *crew, uint32_t me)
{
	struct drain *d = crew->context;

	do {
		take_all(crew, d, me);
		(void)crew_meet(crew);
		crew_check(crew, atomic_load(&d->taken) == d->wanted, "%u ids, not %u", atomic_load(&d->taken),
		           d->wanted);
		(void)crew_meet(crew);
		give_all(crew, d, me);
		(void)crew_meet(crew);
		if (me == 0) {
			crew_check(crew, ioasid_space_flush(d->space, IOASID_FOREVER) == 0, "flush");
			atomic_store(&d->taken, 0);
		}
	} while (crew_meet(crew));
}

START_TEST(drain)
{
	const struct row *row = &rows[_i];
	struct ioasid_range reserved = host_range(row->reserved_first, row->reserved_last);
	struct drain d = {.row = row, .range = host_range(row->first, row->last)};
	uint32_t i;

	d.space = host_space(row->bits, _i % 2 ? IOASID_SPACE_BACKGROUND : 0, row->order,
	                     row->reserved_first == row->reserved_last ? NULL : &reserved);
	d.set = host_set(d.space, 1, IOASID_UNLIMITED, 0);
	d.owner = calloc(UINT32_C(1) << row->bits, sizeof(*d.owner));
	ck_assert_ptr_nonnull(d.owner);
	for (i = 0; i < UINT32_C(1) << row->bits; i++)
		d.wanted += is_eligible(row, i);
	for (i = 0; i < row->threads; i++) {
		d.held[i] = calloc((size_t)d.wanted + 1, sizeof(*d.held[i]));
		ck_assert_ptr_nonnull(d.held[i]);
	}
	crew_run("drain", row->threads, drain_work, &d);
	for (i = 0; i < row->threads; i++)
		free(d.held[i]);
	free(d.owner);
	host_set_end(d.set);
	host_space_end(d.space);
}
END_TEST

TCase *exact_drain(void)
{
	TCase *tcase = tcase_create("drain");

	tcase_add_loop_test(tcase, drain, 0, sizeof(rows) / sizeof(rows[0]));
	return tcase;
}
