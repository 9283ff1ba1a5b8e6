/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* pair_bind.c - the calls on bindings that a thread can make, and what each may answer. */
#include "pair.h"

#define BINDS_MAX ((1u << PORT_BIND_BITS) - 1)

struct bind {
	struct pair *pair;
	struct pair_set *set;
	uint32_t count;
	bool over;
	struct pair_device *device[NR_DEVICES];
	struct ioasid_bind_args args[NR_DEVICES];
	ioasid_binding_t binding[NR_DEVICES];
};

static struct bind pick(struct pair *pair, uint8_t argument)
{
	unsigned devices = (argument >> 5 & 3u) != 0 ? argument >> 5 & 3u : 1;
	struct bind b = {.pair = pair, .set = &pair->set[argument >> 4 & 1]};

	for (unsigned i = 0; i < NR_DEVICES; i++) {
		if ((devices >> i & 1u) == 0)
			continue;
		b.device[b.count] = &pair->device[i];
		b.args[b.count].size = sizeof(b.args[0]);
		b.args[b.count].device = pair->device[i].device;
		b.args[b.count++].data = argument & PAIR_WITHOUT_DATA ? NULL : &pair->device[i];
		b.over |= port_u32_load_acquire(&pair->device[i].removed) != 0;
	}
	return b;
}

static unsigned may_bind(const struct pair *pair, bool over, const struct taking *taking)
{
	return IF(!over, OK) | IF(pair->ending, STALE) | IF(pair->ending || pair->doubted || taking->beside, AGAIN) |
	       IF(pair->without_data, BUSY) | IF(pair->binds > BINDS_MAX, OVERFLOW) |
	       IF(pair_input.header[3] & PAIR_REFUSAL, NOMEM);
}

/* The life that a binding is of. NULL: it has gone before we could ask. */
static struct life *life_of_binding(struct pair *pair, ioasid_binding_t binding)
{
	ioasid_handle_t handle = {0};
	int error = ioasid_binding_handle(pair->space, binding, &handle);

	MODEL_CHECK(error == 0 || (error == -IOASID_ESTALE && pair->ending));
	return error == 0 ? pair_life(pair, handle) : NULL;
}

/* The driver's data is installed once: whoever bound with some finds that, or nothing any more. */
static void check_data(struct pair *pair, ioasid_binding_t binding, const void *given)
{
	void *data = NULL;
	int error = ioasid_binding_data(pair->space, binding, &data);

	MODEL_CHECK(error == 0 || (error == -IOASID_ESTALE && pair->ending));
	MODEL_CHECK(error != 0 || given == NULL || data == given);
}

static struct life *was_bound(struct bind *b, unsigned self, unsigned i)
{
	struct pair *pair = b->pair;
	struct bound *bound = pair_bound(pair, b->binding[i]);
	struct life *life = life_of_binding(pair, b->binding[i]);

	check_data(pair, b->binding[i], b->args[i].data);
	bound->given = true;
	bound->device = b->device[i];
	pair->caller[self].bound[bound - pair->bound]++;
	if (life != NULL)
		bound->life = life;
	if (life != NULL && !bound->released && !bound->held) {
		bound->held = true;
		pair_hold(pair, life);
	}
	return bound->life;
}

static struct life *all_bound(struct bind *b, unsigned self, uint8_t argument)
{
	struct pair *pair = b->pair;
	struct life *life = NULL;

	for (uint32_t i = 0; i < b->count; i++) {
		struct life *mine = was_bound(b, self, i);

		MODEL_CHECK(life == NULL || mine == NULL || life == mine);
		life = mine != NULL ? mine : life;
		port_u64_store_release(&pair->binding[(argument + i) % NR_CELLS], b->binding[i].binding_);
	}
	return life;
}

/* Every bind of a set comes to the same id, for as long as that may live. */
static void check_shared(struct pair *pair, struct pair_set *set, struct life *life)
{
	if (set->shared != NULL && set->shared != life)
		MODEL_CHECK(pair_may_be_over(pair, set->shared, 0) || pair_may_be_over(pair, life, 0));
	set->shared = life;
}

static void bind_new(struct pair *pair, unsigned self, uint8_t argument, bool shared)
{
	struct bind b = pick(pair, argument);
	bool over = b.over || port_u32_load_acquire(&b.set->over) != 0;
	struct taking *taking = pair_take(pair, self, b.set, true);
	struct life *life = NULL;
	int error = shared ? ioasid_set_bind(b.set->set, b.args, b.count, 0, b.binding)
	                   : ioasid_set_bind_private(b.set->set, b.args, b.count, 0, b.binding);

	pair_judge(shared ? "bind shared" : "bind private", error,
	           may_bind(pair, over, taking) | pair_may_take(pair, taking));
	if (error == 0)
		life = all_bound(&b, self, argument);
	else
		pair->ending = true; /* it may have made an id, which ends now */
	pair_took(pair, taking, error, life);
	if (life == NULL)
		return;
	life->kept = shared && (b.set->flags & IOASID_SET_EAGER) == 0;
	pair_born_active(life);
	if (shared)
		check_shared(pair, b.set, life);
	pair_tell_of(pair, argument, life);
}

void pair_bind_shared(struct pair *pair, unsigned self, uint8_t argument)
{
	bind_new(pair, self, argument, true);
}

void pair_bind_private(struct pair *pair, unsigned self, uint8_t argument)
{
	bind_new(pair, self, argument, false);
}

void pair_bind_id(struct pair *pair, unsigned self, uint8_t argument)
{
	struct life *life = pair_named(pair, argument);
	struct bind b = pick(pair, argument);
	struct taking *taking;
	bool found;
	bool over;
	int error;

	if (life == NULL)
		return;
	over = b.over || pair_is_over(life);
	found = port_u32_load_acquire(&life->found) != 0;
	taking = pair_take(pair, self, b.set, true);
	error = ioasid_id_bind(pair->space, life->handle, b.args, b.count, 0, b.binding);
	pair_judge("bind id", error, may_bind(pair, over || life->publishes == 0, taking) | IF(!found, NOENT));
	taking->set = NULL; /* it was none of these */
	if (error != 0) {
		pair->ending = true;
		return;
	}
	(void)all_bound(&b, self, argument);
	for (uint32_t i = 0; i < b.count; i++)
		MODEL_CHECK(pair_bound(pair, b.binding[i])->life == NULL ||
		            pair_bound(pair, b.binding[i])->life == life);
}

static struct bound *named_bound(struct pair *pair, unsigned cell)
{
	ioasid_binding_t binding = {port_u64_load_acquire(&pair->binding[cell % NR_CELLS])};

	return binding.binding_ != 0 ? pair_bound(pair, binding) : NULL;
}

static bool is_closed(struct bound *bound)
{
	return port_u32_load_acquire(&bound->device->removed) != 0 ||
	       (bound->life != NULL && pair_is_over(bound->life));
}

static bool is_removed(const struct bound *bound)
{
	return bound->device->removals != 0;
}

static void unbind_one(struct pair *pair, unsigned self, struct bound *bound)
{
	int error;

	pair->caller[self].bound[bound - pair->bound]--;
	bound->unbinds++;
	pair->ending = true;
	error = ioasid_binding_unbind(pair->space, bound->handle);
	pair_judge("unbind", error,
	           OK | IF(is_removed(bound) || bound->life == NULL || pair_may_be_over(pair, bound->life, 0), STALE));
}

void pair_unbind(struct pair *pair, unsigned self, uint8_t argument)
{
	struct bound *bound = named_bound(pair, argument);

	if (bound != NULL && pair->caller[self].bound[bound - pair->bound] != 0)
		unbind_one(pair, self, bound);
}

void pair_begin(struct pair *pair, unsigned self, uint8_t argument)
{
	struct bound *bound = named_bound(pair, argument);
	bool closed;
	int error;

	if (bound == NULL)
		return;
	closed = is_closed(bound);
	error = ioasid_request_begin(pair->space, bound->handle);
	pair_judge("begin", error, IF(!closed, OK) | IF(pair_may_close(pair, bound), STALE));
	if (error != 0)
		return;
	MODEL_CHECK(!bound->closed);
	bound->requests++;
	pair->caller[self].begun[bound - pair->bound]++;
}

static void end_one(struct pair *pair, unsigned self, struct bound *bound)
{
	int error;

	pair->caller[self].begun[bound - pair->bound]--;
	bound->requests--;
	error = ioasid_request_end(pair->space, bound->handle);
	pair_judge("end", error, OK | IF(is_removed(bound), STALE));
}

void pair_end(struct pair *pair, unsigned self, uint8_t argument)
{
	struct bound *bound = named_bound(pair, argument);

	if (bound != NULL && pair->caller[self].begun[bound - pair->bound] != 0)
		end_one(pair, self, bound);
}

/* The same pair, perhaps bound anew by somebody who has not come back yet. */
static struct bound *known_by(struct pair *pair, const struct bound *other, ioasid_binding_t binding)
{
	struct bound *bound = pair_bound(pair, binding);

	if (bound->device == NULL)
		bound->device = other->device;
	return bound;
}

void pair_device_pin(struct pair *pair, unsigned self, uint8_t argument)
{
	struct bound *bound = named_bound(pair, argument);
	ioasid_binding_t binding = {0};
	bool closed;
	int error;

	if (bound == NULL || bound->life == NULL)
		return;
	closed = is_closed(bound);
	error = ioasid_device_pin(bound->device->device, ioasid_handle_id(bound->life->handle), &binding);
	pair_judge("device pin", error, OK | IF(pair_may_close(pair, bound), STALE | NOENT));
	if (error != 0)
		return;
	if (binding.binding_ == bound->handle.binding_)
		MODEL_CHECK(!closed);
	else
		MODEL_CHECK(pair_may_close(pair, bound));
	bound = known_by(pair, bound, binding);
	MODEL_CHECK(!bound->released);
	bound->pins++;
	pair->caller[self].device_pinned[bound - pair->bound]++;
}

static void device_unpin_one(struct pair *pair, unsigned self, struct bound *bound)
{
	int error;

	pair->caller[self].device_pinned[bound - pair->bound]--;
	bound->pins--;
	error = ioasid_binding_unpin(pair->space, bound->handle);
	pair_judge("device unpin", error, OK | IF(is_removed(bound), STALE));
}

void pair_device_unpin(struct pair *pair, unsigned self, uint8_t argument)
{
	struct bound *bound = named_bound(pair, argument);

	if (bound != NULL && pair->caller[self].device_pinned[bound - pair->bound] != 0)
		device_unpin_one(pair, self, bound);
}

static void complete(struct pair *pair, struct bound *bound)
{
	ioasid_token_t token = {port_u64_load_acquire(&bound->token)};
	int error;

	if (token.token_ == 0)
		return;
	bound->completions++;
	error = ioasid_token_complete(pair->space, token, 0);
	pair_judge("complete", error,
	           IF(bound->completed == 0, OK) | IF(bound->completions > 1 || is_removed(bound), STALE));
	bound->completed += error == 0;
}

void pair_complete(struct pair *pair, unsigned self, uint8_t argument)
{
	struct bound *bound = named_bound(pair, argument);

	(void)self;
	if (bound != NULL)
		complete(pair, bound);
}

/* All that a caller has of it. */
void pair_return_bound(struct pair *pair, unsigned self, struct bound *bound)
{
	unsigned index = (unsigned)(bound - pair->bound);

	if (bound->completed == 0)
		complete(pair, bound);
	while (pair->caller[self].begun[index] != 0)
		end_one(pair, self, bound);
	while (pair->caller[self].device_pinned[index] != 0)
		device_unpin_one(pair, self, bound);
	while (pair->caller[self].bound[index] != 0)
		unbind_one(pair, self, bound);
}
