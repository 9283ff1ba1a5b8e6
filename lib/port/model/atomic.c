/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * atomic.c - what an atomic operation reads, and what it publishes.
 *
 * Raw memory always holds the newest value. Only a load, or a compare-and-swap
 * that fails, can see an older one: it may go back as far as the thread's view
 * allows; an SC load, no further than to the last SC write.
 */
#include "../port.h"
#include "internal.h"

static bool enter(struct model_location *location, bool writes, uint32_t code, const char *file, const char *text)
{
	struct model_thread *me = model_me();
	bool shared = model_location_used(location, writes);

	if (shared)
		model_point();
	model_step_begin();
	if (shared && location->execution != model.execution)
		model_location_begin(location);
	if (model_location_gone(location)) {
		model_trace_step(code, file, text, 0, 0);
		model_fail("%s:%u: %s: the memory has been given back", model_file(file), MODEL_CODE_LINE(code), text);
	}
	if (!shared)
		return false;
	if (location->plain_thread != model.self && location->plain_thread < MODEL_NOBODY &&
	    me->views.now[location->plain_thread] < location->plain_clock) {
		model_trace_step(code, file, text, 0, 0);
		model_race_report(location, location->plain_thread, "written plainly");
	}
	location->touched[model.self] = me->views.now[model.self];
	return true;
}

static const struct model_message *newest(const struct model_location *location)
{
	return &location->history[location->newest % MODEL_HISTORY];
}

/* The oldest value that this thread may still read. */
static unsigned lowest_readable(const struct model_location *location, unsigned order)
{
	unsigned lowest = location->oldest;
	unsigned seen = (unsigned)model_me()->views.now[location->index];

	if (lowest + MODEL_HISTORY <= location->newest)
		lowest = location->newest - MODEL_HISTORY + 1u;
	if (lowest < seen)
		lowest = seen;
	if (order == MODEL_MO_SEQ_CST && lowest < (unsigned)model.order[location->index])
		lowest = (unsigned)model.order[location->index];
	return lowest;
}

static void remember_old_read(const struct model_location *location)
{
	struct model_thread *me = model_me();

	if (!model.pauses || me->nr_spun == MODEL_SPUN)
		return;
	me->spun[me->nr_spun].index = location->index;
	me->spun[me->nr_spun++].newest = (model_clock)location->newest;
}

/* How old a value to read: 0 is the newest. @unlike: values equal to it are not on offer, but for the newest. */
static unsigned choose_age(const struct model_location *location, unsigned order, const uint64_t *unlike)
{
	uint8_t codes[MODEL_HISTORY + 1];
	unsigned lowest;
	unsigned count = 0;
	unsigned age;

	if (!model.limits.weak)
		return 0;
	lowest = lowest_readable(location, order);
	codes[count++] = 0;
	for (age = 1; lowest + age <= location->newest; age++) {
		if (unlike == NULL || location->history[(location->newest - age) % MODEL_HISTORY].value != *unlike)
			codes[count++] = (uint8_t)age;
	}
	if (count > 1 && model.left.stale == 0) {
		model.limited = true;
		count = 1;
	}
	age = model_value(codes, count);
	if (age != 0) {
		model_spend(&model.left.stale);
		remember_old_read(location);
	}
	return age;
}

static void learn_from(const struct model_location *location, const struct model_message *message, unsigned number,
                       unsigned order)
{
	struct model_views *views = &model_me()->views;

	if (message->view != NULL)
		model_view_join((order & MODEL_MO_ACQUIRE) != 0 ? views->now : views->acquirable, message->view,
		                message->length);
	if (views->now[location->index] < (model_clock)number)
		views->now[location->index] = (model_clock)number;
}

/* @before: the message that a read-modify-write replaces, and whose release sequence it continues. */
static void publish(struct model_location *location, uint64_t value, unsigned order, const struct model_message *before)
{
	struct model_views *views = &model_me()->views;
	unsigned length = model.view_length;
	const struct model_message *head = before != NULL && before->view != NULL ? before : NULL;
	unsigned number = ++location->newest;
	struct model_message *message = &location->history[number % MODEL_HISTORY];
	uint64_t digest = model_location_digest(location, value);
	model_clock *view;

	views->now[location->index] = (model_clock)number;
	view = model_view_keep((order & MODEL_MO_RELEASE) != 0 ? views->now : views->released, length);
	if (head != NULL)
		model_view_join(view, head->view, head->length);
	*message = (struct model_message){value, view, length};
	if ((order & MODEL_MO_RELEASE) != 0)
		views->now[model.self]++;
	if (order == MODEL_MO_SEQ_CST)
		model.order[location->index] = (model_clock)number;
	if (model.limits.weak)
		model.memory ^= model_mix(model_mix(digest, number), model_view_digest(view, length));
	else
		model.memory ^= digest ^ location->digest;
	location->digest = digest;
}

uint64_t model_atomic_load(const void *p, uint32_t code, const char *file, const char *text)
{
	unsigned size = MODEL_CODE_SIZE(code);
	unsigned order = MODEL_CODE_ORDER(code);
	struct model_location *location;
	uint64_t value;

	if (!model.running)
		return model_raw_read(p, size);
	location = model_location_find(p, size);
	if (enter(location, false, code, file, text)) {
		unsigned number = location->newest - choose_age(location, order, NULL);
		const struct model_message *message = &location->history[number % MODEL_HISTORY];

		value = message->value;
		learn_from(location, message, number, order);
		model_observe(value);
	} else {
		value = model_raw_read(p, size);
	}
	if (model.trace != NULL)
		model_trace_step(code, file, text, value, 0);
	return value;
}

void model_atomic_store(void *p, uint64_t value, uint32_t code, const char *file, const char *text)
{
	unsigned size = MODEL_CODE_SIZE(code);
	struct model_location *location;

	if (!model.running) {
		model_raw_write(p, size, value);
		return;
	}
	location = model_location_find(p, size);
	if (enter(location, true, code, file, text)) {
		publish(location, value, MODEL_CODE_ORDER(code), NULL);
		model_observe(0);
	}
	model_raw_write(p, size, value);
	if (model.trace != NULL)
		model_trace_step(code, file, text, 0, value);
}

static uint64_t changed(enum model_operation operation, uint64_t old, uint64_t value)
{
	switch (operation) {
	case MODEL_OP_ADD:
		return old + value;
	case MODEL_OP_OR:
		return old | value;
	case MODEL_OP_AND:
		return old & value;
	default:
		return value;
	}
}

static void replace(struct model_location *location, uint64_t value, unsigned order)
{
	const struct model_message before = *newest(location);

	learn_from(location, &before, location->newest, order);
	publish(location, value, order, &before);
}

uint64_t model_atomic_change(void *p, uint64_t value, uint32_t code, const char *file, const char *text)
{
	unsigned size = MODEL_CODE_SIZE(code);
	struct model_location *location;
	uint64_t old;

	if (!model.running) {
		old = model_raw_read(p, size);
		model_raw_write(p, size, changed(MODEL_CODE_OPERATION(code), old, value));
		return old;
	}
	location = model_location_find(p, size);
	if (enter(location, true, code, file, text)) {
		old = newest(location)->value;
		value = changed(MODEL_CODE_OPERATION(code), old, value);
		if (size == 4)
			value = (uint32_t)value;
		replace(location, value, MODEL_CODE_ORDER(code));
		model_observe(old);
	} else {
		old = model_raw_read(p, size);
		value = changed(MODEL_CODE_OPERATION(code), old, value);
	}
	model_raw_write(p, size, value);
	if (model.trace != NULL)
		model_trace_step(code, file, text, old, value);
	return old;
}

/* May a weak compare-and-swap that would succeed fail? */
static bool fails_for_no_reason(void)
{
	static const uint8_t codes[] = {0, MODEL_SPURIOUS};

	if (model.left.spurious == 0 || model_value(codes, 2) == 0)
		return false;
	model_spend(&model.left.spurious);
	return true;
}

static bool swap_shared(struct model_location *location, uint64_t *expected, uint64_t value, unsigned order)
{
	unsigned failed = order == MODEL_MO_RELAXED ? MODEL_MO_RELAXED : MODEL_MO_ACQUIRE;
	unsigned age = choose_age(location, failed, expected);
	unsigned number = location->newest - age;
	const struct model_message *message = &location->history[number % MODEL_HISTORY];
	uint64_t seen = message->value;

	if (seen == *expected && !fails_for_no_reason()) {
		replace(location, value, order);
		model_observe(1);
		return true;
	}
	learn_from(location, message, number, failed);
	*expected = seen;
	model_observe(seen + 2);
	return false;
}

static bool swap_raw(const void *p, unsigned size, uint64_t *expected)
{
	uint64_t old = model_raw_read(p, size);

	if (old == *expected)
		return true;
	*expected = old;
	return false;
}

bool model_atomic_cas(void *p, uint64_t *expected, uint64_t value, uint32_t code, const char *file, const char *text)
{
	unsigned size = MODEL_CODE_SIZE(code);
	struct model_location *location;
	bool done;

	if (!model.running) {
		done = swap_raw(p, size, expected);
	} else {
		location = model_location_find(p, size);
		if (enter(location, false, code, file, text))
			done = swap_shared(location, expected, value, MODEL_CODE_ORDER(code));
		else
			done = swap_raw(p, size, expected) && !fails_for_no_reason();
		if (done)
			(void)model_location_used(location, true);
	}
	if (done)
		model_raw_write(p, size, value);
	if (model.running && model.trace != NULL)
		model_trace_step(done ? code : code | MODEL_CODE_FAILED, file, text, *expected, value);
	return done;
}

void model_atomic_init(void *p, uint64_t value, size_t size)
{
	struct model_location *location;

	model_raw_write(p, (unsigned)size, value);
	if (!model.running)
		return;
	location = model_location_find(p, (unsigned)size);
	if (!model_location_used(location, true))
		return;
	if (location->execution != model.execution)
		model_location_begin(location);
	model_race_plain_write(location);
	location->oldest = ++location->newest;
	location->history[location->newest % MODEL_HISTORY] = (struct model_message){.value = value};
	model.memory ^= location->digest;
	location->digest = model_location_digest(location, value);
	model.memory ^= location->digest;
	model_observe(0);
}

/* A thread passes a full fence: what others' have seen, but not their clocks: alone, it synchronises with nobody. */
static void pass(unsigned thread)
{
	struct model_views *views = &model.threads[thread].views;
	unsigned length = model.view_length;

	model_view_join(views->now, views->acquirable, length);
	model_view_join(views->now + MODEL_CLOCKS, model.order + MODEL_CLOCKS, length - MODEL_CLOCKS);
	model_view_copy(model.order + MODEL_CLOCKS, views->now + MODEL_CLOCKS, length - MODEL_CLOCKS);
	model_view_copy(views->released, views->now, length);
	views->now[thread]++;
}

void model_fence(uint32_t code, const char *file)
{
	if (!model.running)
		return;
	if (MODEL_CODE_ORDER(code) == MODEL_MO_SEQ_CST && model.limits.weak)
		model_point();
	model_step_begin();
	if (MODEL_CODE_ORDER(code) == MODEL_MO_SEQ_CST) {
		pass(model.self);
		model_observe(0);
	} else {
		model_view_join(model_me()->views.now, model_me()->views.acquirable, model.view_length);
	}
	if (model.trace != NULL)
		model_trace_step(code, file, NULL, 0, 0);
}

/* It orders nothing, for who fences heavily has all threads pass a fence; or cannot. */
void model_fence_light(uint32_t code, const char *file)
{
	if (model.limits.alone)
		model_fence(code, file);
}

void ioasid_port_fence_heavy(void)
{
	if (!model.running)
		return;
	if (model.limits.weak)
		model_point();
	model_step_begin();
	/* Ours is one before all of the others', and one after. */
	pass(model.self);
	for (unsigned other = 0; other < model.program.nr_threads && !model.limits.alone; other++)
		pass(other);
	pass(model.self);
	model_observe(0);
	if (model.trace != NULL)
		model_trace_step(MODEL_OPERATION(FENCE) | MODEL_ORDER(SEQ_CST), NULL, NULL, 0, 0);
}
