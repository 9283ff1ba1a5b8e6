/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* pair.c - what two threads know of the ids they share; how it begins, what drivers are asked, and how it ends. */
#include "pair.h"

struct pair_input pair_input;

static unsigned number_of(ioasid_handle_t handle)
{
	return ioasid_value(ioasid_handle_id(handle));
}

struct life *pair_life(struct pair *pair, ioasid_handle_t handle)
{
	struct life *life;

	for (unsigned i = 0; i < pair->nr_lives; i++)
		if (ioasid_handle_equal(pair->life[i].handle, handle))
			return &pair->life[i];
	MODEL_CHECK(pair->nr_lives < NR_LIVES);
	MODEL_CHECK(number_of(handle) < pair->ids);
	life = &pair->life[pair->nr_lives++];
	life->handle = handle;
	return life;
}

/* Calls under way that take an id, of the set or (NULL) of any, @but one. */
unsigned pair_takers(const struct pair *pair, const struct taking *but, const struct pair_set *set)
{
	unsigned count = 0;

	for (unsigned i = 0; i < NR_CALLERS; i++) {
		const struct taking *taking = &pair->caller[i].taking;

		count += taking != but && taking->set != NULL && (set == NULL || set == taking->set);
	}
	return count;
}

/*
 * Where some takes may be given back, and be it the caller's own, who finds nothing goes by whether
 * each id has a life: another one's, that is only being taken, is doubted with the rest, and an old
 * value of a birth, too.
 */
struct taking *pair_take(struct pair *pair, unsigned self, struct pair_set *set, bool doubtful)
{
	struct taking *taking = &pair->caller[self].taking;
	bool weak = (pair_input.header[3] & PAIR_WEAK) != 0;

	*taking = (struct taking){.set = set, .doubtful = doubtful, .beside = doubtful && weak};
	for (unsigned i = 0; i < NR_CALLERS; i++) {
		struct taking *other = &pair->caller[i].taking;

		if (i == self || other->set == NULL)
			continue;
		taking->beside |= other->doubtful || doubtful || pair->bounded;
		other->beside |= other->doubtful || doubtful || pair->bounded;
	}
	pair->doubted |= (doubtful || pair->bounded) && self != BEFORE && weak;
	return taking;
}

void pair_hold(struct pair *pair, struct life *life)
{
	for (unsigned i = 0; i < pair->nr_lives; i++) {
		const struct life *other = &pair->life[i];

		if (other != life && number_of(other->handle) == number_of(life->handle) && other->holds != 0)
			model_fail("id %u has two lives at once", number_of(life->handle));
	}
	life->holds++;
}

void pair_let_go(struct life *life)
{
	MODEL_CHECK(life->holds != 0);
	life->holds--;
}

void pair_unclaim(struct life *life)
{
	if (!life->claim)
		return;
	life->claim = false;
	pair_let_go(life);
}

/* Has anything begun that may have ended it, beside @mine calls of the asker's own? */
bool pair_may_be_over(const struct pair *pair, const struct life *life, unsigned mine)
{
	return life->ends > mine || (life->set != NULL && life->set->ends != 0) || (!life->kept && pair->ending);
}

/* What is RESERVED stays its allocator's when the set has ended. */
bool pair_is_over(struct life *life)
{
	return port_u32_load_acquire(&life->over) != 0 ||
	       (life->set != NULL && life->published != 0 && port_u32_load_acquire(&life->set->over) != 0);
}

struct bound *pair_bound(struct pair *pair, ioasid_binding_t handle)
{
	struct bound *bound;

	for (unsigned i = 0; i < pair->nr_bound; i++)
		if (pair->bound[i].handle.binding_ == handle.binding_)
			return &pair->bound[i];
	MODEL_CHECK(pair->nr_bound < NR_BOUND);
	bound = &pair->bound[pair->nr_bound++];
	bound->handle = handle;
	return bound;
}

bool pair_may_close(const struct pair *pair, const struct bound *bound)
{
	return bound->unbinds != 0 || bound->life == NULL || pair_may_be_over(pair, bound->life, 0) ||
	       bound->device->removals != 0;
}

/* A phase comes once, and after those before it. */
static void note_phase(struct bound *bound, enum ioasid_phase phase)
{
	MODEL_CHECK(bound->asked[phase]++ == 0);
	for (unsigned before = 0; before < (unsigned)phase; before++)
		MODEL_CHECK(bound->asked[before] == 1);
}

static struct bound *bound_of_view(struct pair_device *device, const struct ioasid_view *view)
{
	struct bound *bound = pair_bound(device->pair, view->binding);

	MODEL_CHECK(!ioasid_port_read_held());
	MODEL_CHECK(view->device == device->device && !bound->released);
	bound->device = device;
	bound->life = pair_life(device->pair, view->handle);
	bound->closed = true;
	return bound;
}

/* Behaviours: 1 answers DEVICE later, 2 fails IOMMU, 3 has answered DEVICE before it says that it will. */
static int on_quiesce(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct pair_device *device = context;
	struct bound *bound = bound_of_view(device, view);

	model_say("%s is asked of device %u", ioasid_phase_name(view->phase),
	          (unsigned)(device - device->pair->device));
	note_phase(bound, view->phase);
	if (view->phase > IOASID_PHASE_DEVICE && view->reason != IOASID_REASON_REMOVE)
		MODEL_CHECK(bound->requests == 0 || device->removals != 0);
	if (device->pair->calm)
		return IOASID_DONE;
	if (view->phase == IOASID_PHASE_DEVICE && device->behaviour == 1) {
		port_u64_store_release(&bound->token, token.token_);
		return IOASID_PENDING;
	}
	if (view->phase == IOASID_PHASE_DEVICE && device->behaviour == 3) {
		MODEL_CHECK(ioasid_token_complete(device->pair->space, token, 0) == 0);
		return IOASID_PENDING;
	}
	bound->failed |= view->phase == IOASID_PHASE_IOMMU && device->behaviour == 2;
	return bound->failed ? -IOASID_EACCES : IOASID_DONE;
}

static void on_released(void *context, const struct ioasid_view *view)
{
	struct pair_device *device = context;
	struct bound *bound = bound_of_view(device, view);

	model_say("device %u is released", (unsigned)(device - device->pair->device));
	bound->released = true;
	/* Removal and reset forgive what is out. */
	if (device->removals == 0 && !bound->failed)
		MODEL_CHECK(bound->requests == 0 && bound->pins == 0);
	if (bound->held)
		pair_let_go(bound->life);
	bound->held = false;
}

static void on_done(void *context, struct ioasid_owner owner)
{
	struct pair_set *set = context;

	(void)owner;
	MODEL_CHECK(set->ends != 0);
	set->done++;
}

static const struct ioasid_quiesce_ops device_ops = {
	.size = sizeof(device_ops),
	.quiesce = {on_quiesce, on_quiesce, on_quiesce, on_quiesce},
	.released = on_released,
};

static void make_space(struct pair *pair, uint8_t byte)
{
	struct ioasid_range rest;
	struct ioasid_space_config config = {
		.size = sizeof(config),
		.bits = PAIR_BITS,
		.flags = IOASID_SPACE_ZERO,
		.order = byte & 8 ? IOASID_ORDER_LOWEST : IOASID_ORDER_OLDEST,
		.reuse_distance = byte >> 2 & 1u,
		.owners = 2,
		.quiesce_timeout_ns = IOASID_FOREVER,
		.reserved = &rest,
		.nr_reserved = 1,
	};

	pair->ids = 1u + byte % 4;
	rest = ioasid_range_make(ioasid_make(pair->ids), ioasid_make((1u << PAIR_BITS) - 1));
	MODEL_CHECK(ioasid_space_create(&config, &pair->space) == 0);
}

static void make_set(struct pair *pair, unsigned number, uint8_t byte)
{
	static const uint32_t quotas[] = {IOASID_UNLIMITED, 1, 2, IOASID_UNLIMITED};
	static const uint32_t flags[] = {0, IOASID_SET_EAGER, IOASID_SET_HOT, 0};
	struct pair_set *set = &pair->set[number];
	struct ioasid_set_config config = {
		.size = sizeof(config),
		.owner = {number + 1, 1},
		.quota = quotas[byte & 3],
		.flags = flags[byte >> 2 & 3],
		.done = on_done,
		.context = set,
	};

	set->quota = config.quota;
	pair->bounded |= config.quota != IOASID_UNLIMITED;
	set->flags = config.flags;
	MODEL_CHECK(ioasid_set_create(pair->space, &config, &set->set) == 0);
}

static void make_device(struct pair *pair, unsigned number, unsigned behaviour)
{
	struct pair_device *device = &pair->device[number];
	struct ioasid_device_config config = {.size = sizeof(config),
	                                      .bits = PAIR_BITS,
	                                      .ops = &device_ops,
	                                      .context = device};

	device->pair = pair;
	device->behaviour = behaviour;
	MODEL_CHECK(ioasid_device_register(pair->space, &config, &device->device) == 0);
}

static void play(struct pair *pair, unsigned who)
{
	for (unsigned i = 0; i < pair_input.nr_operations; i++) {
		const struct pair_operation *operation = &pair_input.operation[i];

		if (operation->who != who)
			continue;
		model_say("%s %u", pair_kinds[operation->code].name, operation->argument);
		pair_kinds[operation->code].call(pair, who, operation->argument);
	}
}

void pair_setup(void *state)
{
	struct pair *pair = state;
	const uint8_t *header = pair_input.header;

	make_space(pair, header[0]);
	for (unsigned i = 0; i < NR_SETS; i++)
		make_set(pair, i, (uint8_t)(header[1] >> 4 * i));
	for (unsigned i = 0; i < NR_DEVICES; i++)
		make_device(pair, i, header[2] >> 2 * i & 3u);
	pair_plan(pair);
	play(pair, BEFORE);
}

void pair_thread_a(void *state)
{
	play(state, 0);
}

void pair_thread_b(void *state)
{
	play(state, 1);
}

void pair_reclaimer(void *state)
{
	struct pair *pair = state;

	for (unsigned i = 0; i < pair_input.header[4] % 3u; i++)
		MODEL_CHECK(ioasid_space_run(pair->space, 0, NULL) == 0);
}

static void settle(struct pair *pair)
{
	uint32_t steps = 1;

	for (unsigned rounds = 0; steps != 0; rounds++) {
		MODEL_CHECK(rounds < 40);
		MODEL_CHECK(ioasid_space_run(pair->space, 0, &steps) == 0);
	}
}

/* What a bind has given is released once; of what it has not, nobody hears. */
static void check_bound(const struct bound *bound)
{
	MODEL_CHECK(bound->released && bound->given);
	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		MODEL_CHECK(bound->asked[phase] == 1 || bound->device->removals != 0);
}

static void check_counters(struct pair *pair)
{
	struct ioasid_counters counters = {.size = sizeof(counters)};

	MODEL_CHECK(ioasid_space_counters(pair->space, &counters) == 0);
	MODEL_CHECK(counters.surplus_puts == 0 || pair->surplus);
	MODEL_CHECK(counters.surplus_unpins == 0);
}

void pair_check(void *state)
{
	struct pair *pair = state;

	pair->calm = true;
	pair_give_back(pair);
	for (unsigned i = 0; i < NR_SETS; i++) {
		int error = ioasid_set_end(pair->set[i].set);

		MODEL_CHECK(error == (pair->set[i].ended != 0 ? -IOASID_ESTALE : 0));
		pair->set[i].ends++;
	}
	settle(pair);
	for (unsigned i = 0; i < NR_DEVICES; i++) {
		MODEL_CHECK(ioasid_device_reset_done(pair->device[i].device) == 0);
		settle(pair);
		MODEL_CHECK(ioasid_device_unregister(pair->device[i].device) == 0);
	}
	settle(pair);
	for (unsigned i = 0; i < pair->nr_bound; i++)
		check_bound(&pair->bound[i]);
	check_counters(pair);
	for (unsigned i = 0; i < NR_SETS; i++) {
		MODEL_CHECK(pair->set[i].done == 1);
		MODEL_CHECK(ioasid_set_release(pair->set[i].set) == 0);
	}
	settle(pair);
	MODEL_CHECK(ioasid_space_destroy(pair->space, NULL, NULL) == 0);
	MODEL_CHECK(model_memory_in_use() == 0);
}
