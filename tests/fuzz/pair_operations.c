/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* pair_operations.c - what an input can ask for, and what all calls have in common. */
#include "pair.h"

static unsigned as_answer(int error)
{
	static const struct {
		int error;
		unsigned answer;
	} all[] = {
		{0, OK},
		{-IOASID_ENOENT, NOENT},
		{-IOASID_EAGAIN, AGAIN},
		{-IOASID_ENOMEM, NOMEM},
		{-IOASID_EBUSY, BUSY},
		{-IOASID_EINVAL, INVAL},
		{-IOASID_ENOSPC, NOSPC},
		{-IOASID_EOVERFLOW, OVERFLOW},
		{-IOASID_ESTALE, STALE},
		{-IOASID_EDQUOT, DQUOT},
	};

	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].error == error)
			return all[i].answer;
	return 0;
}

void pair_judge(const char *call, int error, unsigned permitted)
{
	model_say("%s: %s", call, ioasid_strerror(error));
	if ((as_answer(error) & permitted) == 0)
		model_fail("%s answers %d, for which there is no reason", call, error);
}

/* Nobody can be told that there is none while fewer are in use than there are, what others are taking included. */
unsigned pair_may_take(const struct pair *pair, const struct taking *taking)
{
	const struct pair_set *set = taking->set;

	return IF(pair->made + pair_takers(pair, taking, NULL) >= pair->ids, NOSPC) |
	       IF(pair->ending || pair->doubted || taking->beside, AGAIN) |
	       IF(set->made + pair_takers(pair, taking, set) >= set->quota, DQUOT) | IF(set->ends != 0, STALE) |
	       IF(pair_input.header[3] & PAIR_REFUSAL, NOMEM);
}

/* How a call that takes an id has ended: with @life, if it is known; with none for sure; or perhaps with one that ends. */
void pair_took(struct pair *pair, struct taking *taking, int error, struct life *life)
{
	struct pair_set *set = taking->set;
	bool none = error == -IOASID_ENOSPC || error == -IOASID_EDQUOT || (error != 0 && taking->gives_nothing);

	if (none && taking->owes)
		model_fail("somebody was told that there is no id, and one was given back");
	/* What others are taking is in use, or else they were told wrongly. */
	for (unsigned i = 0; i < NR_CALLERS && error == -IOASID_ENOSPC && pair->made < pair->ids; i++)
		pair->caller[i].taking.owes = true;
	taking->set = NULL;
	if (none || (life != NULL && life->made))
		return;
	if (life != NULL) {
		life->made = true;
		life->set = set;
	}
	pair->made++;
	set->made++;
}

struct life *pair_named(struct pair *pair, unsigned cell)
{
	ioasid_handle_t handle = {port_u64_load_acquire(&pair->handle[cell % NR_CELLS])};

	return ioasid_handle_is_set(handle) ? pair_life(pair, handle) : NULL;
}

void pair_tell_of(struct pair *pair, unsigned cell, const struct life *life)
{
	port_u64_store_release(&pair->handle[cell % NR_CELLS], life->handle.handle_);
}

static void do_remove(struct pair *pair, unsigned self, uint8_t argument)
{
	struct pair_device *device = &pair->device[argument % NR_DEVICES];
	int error;

	(void)self;
	device->removals++;
	pair->ending = true;
	error = ioasid_device_remove(device->device);
	pair_judge("remove", error, IF(device->gone == 0, OK) | IF(device->removals > 1, STALE));
	device->gone += error == 0;
	port_u32_store_release(&device->removed, 1);
}

static void do_set_end(struct pair *pair, unsigned self, uint8_t argument)
{
	struct pair_set *set = &pair->set[argument % NR_SETS];
	int error;

	(void)self;
	set->ends++;
	pair->ending = true;
	for (unsigned i = 0; i < pair->nr_lives; i++)
		if (pair->life[i].set == set && pair->life[i].publishes != 0)
			pair_unclaim(&pair->life[i]);
	error = ioasid_set_end(set->set);
	pair_judge("end of set", error, IF(set->ended == 0, OK) | IF(set->ends > 1, STALE));
	set->ended += error == 0;
	/* Whoever comes second does not wait for the first. */
	if (error == 0)
		port_u32_store_release(&set->over, 1);
}

static void do_run(struct pair *pair, unsigned self, uint8_t argument)
{
	(void)self;
	(void)argument;
	pair_judge("run", ioasid_space_run(pair->space, 0, NULL), OK);
}

static void do_snapshot(struct pair *pair, unsigned self, uint8_t argument)
{
	struct ioasid_snapshot snapshot = {.size = sizeof(snapshot)};
	uint32_t sum = 0;

	(void)self;
	(void)argument;
	pair_judge("snapshot", ioasid_space_snapshot(pair->space, &snapshot), OK);
	for (unsigned i = 0; i < IOASID_STATE_COUNT; i++)
		sum += snapshot.in_state[i];
	MODEL_CHECK(sum + snapshot.withheld == snapshot.capacity);
}

/* The order is the input's alphabet: append only. */
const struct pair_kind pair_kinds[] = {
	{"run", do_run},
	{"alloc", pair_alloc},
	{"publish", pair_publish},
	{"abort", pair_abort},
	{"free", pair_free},
	{"get", pair_get},
	{"put", pair_put},
	{"find", pair_find},
	{"find_get", pair_find_get},
	{"pin", pair_pin},
	{"unpin", pair_unpin},
	{"bind_shared", pair_bind_shared},
	{"bind_private", pair_bind_private},
	{"bind_id", pair_bind_id},
	{"unbind", pair_unbind},
	{"begin", pair_begin},
	{"end", pair_end},
	{"device_pin", pair_device_pin},
	{"device_unpin", pair_device_unpin},
	{"remove", do_remove},
	{"set_end", do_set_end},
	{"complete", pair_complete},
	{"shared", pair_shared},
	{"snapshot", do_snapshot},
};
const unsigned nr_pair_kinds = sizeof(pair_kinds) / sizeof(pair_kinds[0]);

/* What the input has in it, that answers depend on. */
void pair_plan(struct pair *pair)
{
	for (unsigned i = 0; i < pair_input.nr_operations; i++) {
		pair_call *call = pair_kinds[pair_input.operation[i].code].call;
		bool binds = call == pair_bind_shared || call == pair_bind_private || call == pair_bind_id;

		pair->gets += call == pair_get || call == pair_find_get;
		pair->pins += call == pair_pin;
		/* Two devices, and the bind itself for its time. */
		pair->binds += binds ? NR_DEVICES + 1 : 0;
		pair->without_data |= binds && (pair_input.operation[i].argument & PAIR_WITHOUT_DATA) != 0;
	}
}

/* All that anybody has. */
void pair_give_back(struct pair *pair)
{
	for (unsigned self = 0; self < NR_CALLERS; self++) {
		for (unsigned i = 0; i < pair->nr_bound; i++)
			pair_return_bound(pair, self, &pair->bound[i]);
		for (unsigned i = 0; i < pair->nr_lives; i++)
			pair_return_life(pair, self, &pair->life[i]);
	}
}
