/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* space.c - making and giving back a space. */
#include <ioasid/space.h>

#include "lifecycle.h"
#include "participant.h"
#include "reclaim.h"
#include "stat.h"

#define REUSE_DISTANCE_MAX 65536u
#define DEFAULT_TIMEOUT_NS UINT64_C(10000000000)

static bool config_is_good(const struct ioasid_space_config *config)
{
	uint32_t i;

	if (config->size != sizeof(*config) || config->bits == 0 || config->bits > IOASID_BITS_MAX ||
	    (config->flags & ~(IOASID_SPACE_BACKGROUND | IOASID_SPACE_ZERO)) != 0 ||
	    config->order > IOASID_ORDER_LOWEST || config->reuse_distance > REUSE_DISTANCE_MAX ||
	    config->owners > IOASID_COUNT_MAX || config->nr_reserved > TABLE_RESERVED_MAX ||
	    (config->nr_reserved != 0 && config->reserved == NULL))
		return false;
	for (i = 0; i < config->nr_reserved; i++) {
		uint32_t last = ioasid_value(config->reserved[i].last);

		if (!ioasid_is_valid(config->reserved[i].last) || last >> config->bits != 0 ||
		    ioasid_value(config->reserved[i].first) > last)
			return false;
	}
	return true;
}

static void copy_reserved(struct table *table, const struct ioasid_space_config *config)
{
	uint32_t i;

	if ((config->flags & IOASID_SPACE_ZERO) == 0)
		table->reserved[table->nr_reserved++] = ioasid_range_make(ioasid_make(0), ioasid_make(0));
	for (i = 0; i < config->nr_reserved; i++)
		table->reserved[table->nr_reserved++] = config->reserved[i];
}

static int build(struct ioasid_space *space, const struct ioasid_space_config *config)
{
	/* Owners: as many as ids in a narrow space, a table of 32 KiB in a wide one. */
	uint32_t owners = config->owners;
	int error;

	if (owners == 0)
		owners = config->bits < 12 ? UINT32_C(1) << config->bits : 4096;
	error = table_init(&space->table, config->bits, &space->memory);
	if (error == 0)
		error = freemap_init(&space->map);
	if (error == 0)
		error = owner_table_init(&space->owners, owners);
	return error;
}

/* Everything that the space has from its port; nobody else uses it any more. */
static void demolish(struct ioasid_space *space)
{
	table_fini(&space->table);
	freemap_fini(&space->map);
	tally_fini(&space->tally);
	pool_fini(&space->pool);
	owner_table_fini(&space->owners);
	ioasid_port_free(space, sizeof(*space));
}

int ioasid_space_create(const struct ioasid_space_config *config, struct ioasid_space **out)
{
	struct ioasid_space *space;
	int error;

	if (config == NULL || out == NULL || !config_is_good(config))
		return -IOASID_EINVAL;
	space = ioasid_port_zalloc(sizeof(*space), PORT_CACHELINE);
	if (space == NULL)
		return -IOASID_ENOMEM;
	(void)port_u64_add_relaxed(&space->memory.used, sizeof(*space)); /* relaxed: not shared yet */
	space->bits = config->bits;
	space->flags = config->flags;
	space->epoch = ioasid_port_epoch();
	space->tag = ioasid_port_unique() & HANDLE_TAG_MASK;
	space->handle_tag = (uint64_t)space->tag << HANDLE_TAG_SHIFT;
	space->timeout_ns = config->quiesce_timeout_ns != 0 ? config->quiesce_timeout_ns : DEFAULT_TIMEOUT_NS;
	copy_name(space->name, config->name);
	copy_reserved(&space->table, config);
	clock_init(&space->clock);
	/* Nothing waits yet, not even for the reuse distance. */
	port_u32_init(&space->clock.wanted, PORT_CLOCK_START - 1 - config->reuse_distance);
	space->map.table = &space->table;
	space->map.clock = &space->clock;
	space->map.memory = &space->memory;
	space->map.labels = &space->labels;
	space->map.order = config->order;
	space->map.distance = config->reuse_distance;
	space->map.shards = ioasid_port_shards();
	space->map.reclaimed = life_reclaimed;
	space->map.context = space;
	space->map.waived = &space->count.distance_waived;
	space->tally.memory = &space->memory;
	space->tally.shards = space->map.shards;
	space->pool.memory = &space->memory;
	space->owners.memory = &space->memory;
	space->reclaimer.limbo_end = &space->reclaimer.limbo;
	space->reclaimer.deadline = UINT64_MAX;
	space->reclaimer.refreshed = PORT_CLOCK_START;
	error = build(space, config);
	if (error == 0 && (config->flags & IOASID_SPACE_BACKGROUND))
		error = ioasid_port_worker_start(&space->worker, reclaim_thread, space);
	if (error != 0) {
		demolish(space);
		return error;
	}
	*out = space;
	return 0;
}

/* Ids that are neither free nor at rest, or rest without having been reclaimed. */
static bool is_in_use(struct ioasid_space *space)
{
	struct ioasid_snapshot snapshot;

	if (port_u32_load_seq_cst(&space->nr_sets) != 0 || port_u32_load_seq_cst(&space->nr_devices) != 0 ||
	    chain_first(&space->participants) != NULL)
		return true;
	stat_snapshot(space, &snapshot);
	return snapshot.in_state[IOASID_STATE_FREE] + snapshot.withheld != snapshot.capacity;
}

/* A forked child's copy of a space, where no thread is, and nobody will give back what hangs on it. */
static void forget(struct ioasid_space *space)
{
	struct chain_node *node;
	struct chain_node *next;
	struct ioasid_owner_set *set;
	uint32_t i;

	while ((set = space->reclaimer.sets) != NULL) {
		space->reclaimer.sets = set->limbo;
		reclaim_free_set(space, set);
	}
	for (i = 0; i < space->owners.buckets; i++) {
		for (node = chain_first(&space->owners.bucket[i]); node != NULL; node = next) {
			next = chain_next(node);
			reclaim_free_set(space, owner_of_node(node));
		}
	}
	for (node = chain_first(&space->devices); node != NULL; node = next) {
		next = chain_next(node);
		memory_give(&space->memory, device_of_node(node), sizeof(struct ioasid_device));
	}
	for (node = chain_first(&space->participants); node != NULL; node = next) {
		next = chain_next(node);
		memory_give(&space->memory, participant_of_node(node), sizeof(struct ioasid_participant));
	}
}

int ioasid_space_destroy(struct ioasid_space *space, ioasid_holder_fn *tell, void *context)
{
	int error;

	if (space == NULL)
		return -IOASID_EINVAL;
	if (space->epoch != ioasid_port_epoch()) {
		forget(space);
		if (space->flags & IOASID_SPACE_BACKGROUND)
			ioasid_port_worker_join(&space->worker); /* forgets it */
		demolish(space);
		return 0;
	}
	error = reclaim_enter_wait(space);
	if (error != 0)
		return error;
	(void)reclaim_run(space, 0, UINT32_MAX);
	if (is_in_use(space)) {
		reclaim_leave(space);
		if (tell != NULL)
			(void)stat_holders(space, NULL, tell, context);
		return -IOASID_EBUSY;
	}
	port_u32_store_release(&space->stop, 1); /* RELEASE: with the thread's look */
	reclaim_leave(space);
	space_wake(space);
	if (space->flags & IOASID_SPACE_BACKGROUND)
		ioasid_port_worker_join(&space->worker);
	demolish(space);
	return 0;
}

static bool nothing_rests(void *context)
{
	struct ioasid_space *space = context;
	struct ioasid_snapshot snapshot;

	if (port_u32_load_relaxed(&space->nr_ending) != 0) /* relaxed: see ending.c */
		return false;
	stat_snapshot(space, &snapshot);
	return snapshot.in_state[IOASID_STATE_PARKED] == 0 && snapshot.in_state[IOASID_STATE_POISONED] == 0 &&
	       snapshot.in_state[IOASID_STATE_QUARANTINED] == 0;
}

int ioasid_space_flush(struct ioasid_space *space, uint64_t timeout_ns)
{
	return space == NULL ? -IOASID_EINVAL : wait_for(space, nothing_rests, space, timeout_ns);
}

int ioasid_space_reserved(const struct ioasid_space *space, uint32_t index, struct ioasid_range *range)
{
	if (space == NULL || range == NULL)
		return -IOASID_EINVAL;
	if (index >= space->table.nr_reserved)
		return -IOASID_ENOENT;
	*range = space->table.reserved[index];
	return 0;
}
