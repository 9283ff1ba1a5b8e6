/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* pair_id.c - the calls on ids that a thread can make, and what each may answer. */
#include "pair.h"

#define REFS_MAX ((1u << PORT_REF_BITS) - 1)
#define PINS_MAX ((1u << PORT_PIN_BITS) - 1)

static unsigned index_of(const struct pair *pair, const struct life *life)
{
	return (unsigned)(life - pair->life);
}

void pair_born_active(struct life *life)
{
	if (life->publishes++ == 0)
		life->published = 1;
	port_u32_store_release(&life->found, 1);
}

void pair_alloc(struct pair *pair, unsigned self, uint8_t argument)
{
	struct pair_set *set = &pair->set[argument >> 2 & 1];
	uint32_t flags = argument & 8 ? IOASID_ALLOC_ACTIVE : 0;
	bool over = port_u32_load_acquire(&set->over) != 0;
	ioasid_handle_t handle = {0};
	struct taking *taking;
	struct life *life = NULL;
	int error;

	taking = pair_take(pair, self, set, set->quota != IOASID_UNLIMITED);
	error = ioasid_id_alloc(set->set, NULL, flags, &handle);
	pair_judge("alloc", error, IF(!over, OK) | pair_may_take(pair, taking));
	if (error == 0) {
		life = pair_life(pair, handle);
		MODEL_CHECK(!life->made);
	}
	taking->gives_nothing = error != -IOASID_ESTALE;
	pair_took(pair, taking, error, life);
	if (life == NULL)
		return;
	life->kept = true;
	/* The end of a set takes what is ACTIVE, before whoever allocated it has come back, too. */
	if (flags == 0 || set->ends == 0) {
		life->claim = true;
		pair_hold(pair, life);
	}
	if (flags != 0)
		pair_born_active(life);
	pair_tell_of(pair, argument, life);
}

void pair_publish(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);
	bool over;
	int error;

	(void)self;
	if (life == NULL)
		return;
	over = pair_is_over(life);
	life->publishes++;
	if (life->set != NULL && life->set->ends != 0)
		pair_unclaim(life);
	error = ioasid_id_publish(pair->space, life->handle);
	pair_judge("publish", error,
	           IF(!over && life->published == 0, OK) | IF(life->publishes > 1, BUSY) |
	                   IF(pair_may_be_over(pair, life, 0), STALE));
	if (error != 0)
		return;
	life->published++;
	port_u32_store_release(&life->found, 1);
}

void pair_abort(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);
	bool claim;
	bool over;
	int error;

	(void)self;
	if (life == NULL)
		return;
	over = pair_is_over(life);
	claim = life->claim;
	life->ends++;
	pair->ending = true;
	pair_unclaim(life);
	error = ioasid_id_abort(pair->space, life->handle);
	pair_judge("abort", error,
	           IF(!over && life->ended == 0, OK) | IF(life->publishes != 0, BUSY) |
	                   IF(pair_may_be_over(pair, life, 1), STALE));
	if (error == 0) {
		life->ended++;
		port_u32_store_release(&life->over, 1);
	} else if (error == -IOASID_EBUSY) {
		life->ends--;
		life->claim = claim && !pair_may_be_over(pair, life, 0);
		if (life->claim)
			pair_hold(pair, life);
	}
}

static void free_one(struct pair *pair, struct life *life)
{
	bool over = pair_is_over(life);
	int error;

	life->ends++;
	pair->ending = true;
	pair_unclaim(life);
	error = ioasid_id_free(pair->space, life->handle);
	pair_judge("free", error, IF(!over && life->ended == 0, OK) | IF(pair_may_be_over(pair, life, 1), STALE));
	if (error != 0)
		return;
	life->ended++;
	port_u32_store_release(&life->over, 1);
}

void pair_free(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);

	(void)self;
	if (life != NULL)
		free_one(pair, life);
}

void pair_get(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);
	bool found;
	bool over;
	int error;

	if (life == NULL)
		return;
	over = pair_is_over(life);
	found = port_u32_load_acquire(&life->found) != 0;
	error = ioasid_id_get(pair->space, life->handle);
	pair_judge("get", error,
	           IF(!over && life->publishes != 0, OK) | IF(!found, NOENT) |
	                   IF(pair_may_be_over(pair, life, 0), STALE) | IF(pair->gets > REFS_MAX, OVERFLOW));
	if (error != 0)
		return;
	pair_hold(pair, life);
	pair->caller[self].got[index_of(pair, life)]++;
}

/* Too many only where no thread ever gets: else it would take what another one holds. */
static void put_too_many(struct pair *pair, struct life *life)
{
	bool hot = life->set == NULL || (life->set->flags & IOASID_SET_HOT) != 0;
	int error;

	pair->surplus = true;
	error = ioasid_id_put(pair->space, life->handle);
	pair_judge("put", error, INVAL | IF(hot, OK) | IF(pair_may_be_over(pair, life, 0), STALE));
}

static void put_one(struct pair *pair, unsigned self, struct life *life)
{
	pair->caller[self].got[index_of(pair, life)]--;
	pair_let_go(life);
	pair_judge("put", ioasid_id_put(pair->space, life->handle), OK);
}

void pair_put(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);

	if (life == NULL)
		return;
	if (pair->caller[self].got[index_of(pair, life)] != 0)
		put_one(pair, self, life);
	else if (pair->gets == 0)
		put_too_many(pair, life);
}

typedef int by_number(struct ioasid_space *space, ioasid_t id, ioasid_handle_t *handle);

/* By the number of a life that we know: that very life is found, if it cannot be over. Whom it found; NULL: nobody. */
static struct life *find(struct pair *pair, uint8_t argument, const char *name, by_number *call, bool full)
{
	struct life *life = pair_named(pair, argument);
	ioasid_handle_t handle = {0};
	bool found;
	bool over;
	int error;

	if (life == NULL)
		return NULL;
	over = pair_is_over(life);
	found = port_u32_load_acquire(&life->found) != 0;
	error = call(pair->space, ioasid_handle_id(life->handle), &handle);
	pair_judge(name, error, OK | IF(!found || pair_may_be_over(pair, life, 0), NOENT | STALE) | IF(full, OVERFLOW));
	if (error != 0)
		return NULL;
	if (ioasid_handle_equal(handle, life->handle))
		MODEL_CHECK(!over && life->publishes != 0);
	else
		MODEL_CHECK(pair_may_be_over(pair, life, 0));
	return pair_life(pair, handle);
}

void pair_find(struct pair *pair, unsigned self, uint8_t argument)
{
	(void)self;
	(void)find(pair, argument, "find", ioasid_id_find, false);
}

void pair_find_get(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = find(pair, argument, "find_get", ioasid_id_find_get, pair->gets > REFS_MAX);

	if (life == NULL)
		return;
	pair_hold(pair, life);
	pair->caller[self].got[index_of(pair, life)]++;
}

void pair_pin(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = find(pair, argument, "pin", ioasid_id_pin, pair->pins > PINS_MAX);

	if (life == NULL)
		return;
	pair_hold(pair, life);
	pair->caller[self].pinned[index_of(pair, life)]++;
}

static void unpin_one(struct pair *pair, unsigned self, struct life *life)
{
	pair->caller[self].pinned[index_of(pair, life)]--;
	pair_let_go(life);
	pair_judge("unpin", ioasid_id_unpin(pair->space, life->handle), OK);
}

void pair_unpin(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);

	if (life != NULL && pair->caller[self].pinned[index_of(pair, life)] != 0)
		unpin_one(pair, self, life);
}

void pair_shared(struct pair *pair, unsigned self, uint8_t argument)
{
	struct pair_set *set = &pair->set[argument >> 2 & 1];
	bool over = port_u32_load_acquire(&set->over) != 0;
	ioasid_handle_t handle = {0};
	int error = ioasid_set_shared(set->set, &handle);
	struct life *life;

	(void)self;
	pair_judge("shared", error, NOENT | IF(!over, OK) | IF(set->ends != 0, STALE));
	if (error != 0)
		return;
	life = pair_life(pair, handle);
	if (life->publishes == 0)
		pair_born_active(life);
	pair_tell_of(pair, argument, life);
}

/* All that a caller has of it. */
void pair_return_life(struct pair *pair, unsigned self, struct life *life)
{
	while (pair->caller[self].got[index_of(pair, life)] != 0)
		put_one(pair, self, life);
	while (pair->caller[self].pinned[index_of(pair, life)] != 0)
		unpin_one(pair, self, life);
	if (life->claim)
		free_one(pair, life);
}
