/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* history.c - intervals, counted. */
#include "history.h"

#include <check.h>
#include <ioasid/error.h>
#include <stdlib.h>
#include <string.h>

/* At @time, one interval more or less. */
struct edge {
	uint64_t time;
	int32_t step;
};

struct edges {
	struct edge *edge;
	uint32_t count;
};

/* A stretch of time, from @start to before @end, in which enough intervals overlap. */
struct region {
	uint64_t start, end;
};

struct regions {
	struct region *region;
	uint32_t count;
};

static void *array(size_t count, size_t size)
{
	void *memory = calloc(count + 1, size);

	ck_assert_ptr_nonnull(memory);
	return memory;
}

void history_init(struct history *h, uint32_t ids, uint32_t lives_max, uint32_t refusals_max)
{
	*h = (struct history){
		.ids = ids,
		.quota = {UINT32_MAX, UINT32_MAX},
		.life = array(lives_max, sizeof(*h->life)),
		.lives_max = lives_max,
		.refusal = array(refusals_max, sizeof(*h->refusal)),
		.refusals_max = refusals_max,
	};
}

void history_fini(struct history *h)
{
	free(h->life);
	free(h->refusal);
}

void history_append(struct history *h, const struct history *part)
{
	ck_assert_uint_le(h->lives + part->lives, h->lives_max);
	ck_assert_uint_le(h->refusals + part->refusals, h->refusals_max);
	memcpy(&h->life[h->lives], part->life, part->lives * sizeof(*part->life));
	memcpy(&h->refusal[h->refusals], part->refusal, part->refusals * sizeof(*part->refusal));
	h->lives += part->lives;
	h->refusals += part->refusals;
}

static void interval(struct edges *edges, uint64_t start, uint64_t end)
{
	if (start >= end)
		return;
	edges->edge[edges->count++] = (struct edge){start, 1};
	edges->edge[edges->count++] = (struct edge){end, -1};
}

static int by_time(const void *a, const void *b)
{
	const struct edge *x = a;
	const struct edge *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->step - y->step; /* ends first: they are not within */
}

/* Where at least @threshold intervals overlap. */
static struct regions overlaps(struct edges *edges, int64_t threshold)
{
	struct regions r = {array(edges->count, sizeof(*r.region)), 0};
	int64_t depth = 0;
	uint32_t i;

	qsort(edges->edge, edges->count, sizeof(*edges->edge), by_time);
	if (threshold <= 0)
		r.region[r.count++] = (struct region){0, HISTORY_NEVER};
	for (i = 0; i < edges->count && threshold > 0; i++) {
		int64_t before = depth;

		depth += edges->edge[i].step;
		if (before < threshold && depth >= threshold)
			r.region[r.count].start = edges->edge[i].time;
		if (before >= threshold && depth < threshold) {
			r.region[r.count].end = edges->edge[i].time;
			/* One that ends where the next begins is one. */
			if (r.count != 0 && r.region[r.count - 1].end == r.region[r.count].start)
				r.region[r.count - 1].end = r.region[r.count].end;
			else
				r.count++;
		}
	}
	return r;
}

/* The first region that ends after @time, or NULL. */
static const struct region *region_after(const struct regions *r, uint64_t time)
{
	uint32_t low = 0;
	uint32_t high = r->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (r->region[middle].end > time)
			high = middle;
		else
			low = middle + 1;
	}
	return low < r->count ? &r->region[low] : NULL;
}

static bool is_inside(const struct regions *r, const struct history_refusal *refusal)
{
	const struct region *region = region_after(r, refusal->call);

	return region != NULL && region->start <= refusal->call && region->end > refusal->ret;
}

static bool touches(const struct regions *r, const struct history_refusal *refusal)
{
	const struct region *region = region_after(r, refusal->call);

	return region != NULL && region->start <= refusal->ret;
}

static int by_id_and_birth(const void *a, const void *b)
{
	const struct history_life *x = a;
	const struct history_life *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->born_ret < y->born_ret ? -1 : x->born_ret > y->born_ret;
}

/* The next life of the same id, or NULL. */
static const struct history_life *next_life(const struct history *h, uint32_t i)
{
	return i + 1 < h->lives && h->life[i + 1].id == h->life[i].id ? &h->life[i + 1] : NULL;
}

static bool has_two_lives(const struct history *h, uint64_t *at)
{
	uint32_t i;

	for (i = 0; i < h->lives; i++) {
		const struct history_life *next = next_life(h, i);

		if (next != NULL && next->born_ret < h->life[i].gone_call) {
			*at = next->born_ret;
			return true;
		}
	}
	return false;
}

enum fact {
	SURELY_OUT_OF_USE, /* free, or resting */
	SURELY_FREE,
	MAYBE_RESTING,
	MAYBE_CHARGED_0,
	MAYBE_CHARGED_1,
	SURELY_HELD_0,
	SURELY_HELD_1,
	FACTS
};

/* Before its first life, an id is free. */
static void facts_of_the_young(const struct history *h, struct edges facts[FACTS])
{
	uint32_t i = 0;
	uint32_t id;

	for (id = 0; id < h->ids; id++) {
		uint64_t until = i < h->lives && h->life[i].id == id ? h->life[i].born_call : HISTORY_NEVER;

		interval(&facts[SURELY_OUT_OF_USE], 0, until);
		interval(&facts[SURELY_FREE], 0, until);
		while (i < h->lives && h->life[i].id == id)
			i++;
	}
}

static void facts_of_lives(const struct history *h, struct edges facts[FACTS])
{
	uint32_t i;

	for (i = 0; i < h->lives; i++) {
		const struct history_life *life = &h->life[i];
		const struct history_life *next = next_life(h, i);
		uint64_t next_call = next == NULL ? HISTORY_NEVER : next->born_call;
		uint64_t next_ret = next == NULL ? HISTORY_NEVER : next->born_ret;

		interval(&facts[SURELY_OUT_OF_USE], life->gone_ret, next_call);
		if (life->aborted)
			interval(&facts[SURELY_FREE], life->gone_ret, next_call);
		else
			interval(&facts[MAYBE_RESTING], life->gone_call, next_ret);
		/* Charged until reclaimed, which is before the next life at the latest. */
		interval(&facts[MAYBE_CHARGED_0 + life->set], life->born_call,
		         life->aborted ? life->gone_ret : next_ret);
		interval(&facts[SURELY_HELD_0 + life->set], life->born_ret, life->gone_call);
	}
}

static enum history_verdict judge(const struct history_refusal *refusal, const struct regions facts[FACTS])
{
	switch (refusal->error) {
	case -IOASID_ENOSPC:
		return is_inside(&facts[SURELY_OUT_OF_USE], refusal) ? HISTORY_EARLY_ENOSPC : HISTORY_RIGHT;
	case -IOASID_EAGAIN:
		return is_inside(&facts[SURELY_FREE], refusal) || !touches(&facts[MAYBE_RESTING], refusal)
		               ? HISTORY_WRONG_EAGAIN
		               : HISTORY_RIGHT;
	case -IOASID_EDQUOT:
		return touches(&facts[MAYBE_CHARGED_0 + refusal->set], refusal) ? HISTORY_RIGHT : HISTORY_EARLY_EDQUOT;
	default:
		return HISTORY_OTHER_REFUSAL;
	}
}

static int64_t threshold_of(const struct history *h, uint32_t fact)
{
	if (fact == MAYBE_CHARGED_0 || fact == MAYBE_CHARGED_1)
		return h->quota[fact - MAYBE_CHARGED_0];
	if (fact == SURELY_HELD_0 || fact == SURELY_HELD_1)
		return (int64_t)h->quota[fact - SURELY_HELD_0] + 1;
	return 1;
}

enum history_verdict history_check(struct history *h, uint64_t *at)
{
	struct edges edges[FACTS];
	struct regions facts[FACTS];
	enum history_verdict verdict = HISTORY_RIGHT;
	uint32_t i;

	qsort(h->life, h->lives, sizeof(*h->life), by_id_and_birth);
	if (has_two_lives(h, at))
		return HISTORY_TWO_LIVES;
	for (i = 0; i < FACTS; i++)
		edges[i] = (struct edges){array(2 * ((size_t)h->lives + h->ids), sizeof(struct edge)), 0};
	facts_of_the_young(h, edges);
	facts_of_lives(h, edges);
	for (i = 0; i < FACTS; i++)
		facts[i] = overlaps(&edges[i], threshold_of(h, i));
	for (i = SURELY_HELD_0; i <= SURELY_HELD_1; i++) {
		if (facts[i].count != 0) {
			verdict = HISTORY_OVER_QUOTA;
			*at = facts[i].region[0].start;
		}
	}
	for (i = 0; i < h->refusals && verdict == HISTORY_RIGHT; i++) {
		verdict = judge(&h->refusal[i], facts);
		*at = h->refusal[i].call;
	}
	for (i = 0; i < FACTS; i++) {
		free(edges[i].edge);
		free(facts[i].region);
	}
	return verdict;
}

const char *history_verdict_name(enum history_verdict verdict)
{
	static const char *const names[] = {
		"right",
		"an id in two lives",
		"over the quota",
		"ENOSPC too early",
		"EAGAIN without reason",
		"EDQUOT too early",
		"another refusal",
	};

	return names[verdict];
}
