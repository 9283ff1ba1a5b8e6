/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* trace_order.c - see trace_order.h. */
#include "trace_order.h"

#include <stdio.h>

enum life {
	UNBORN,
	ALIVE,
	OVER
};

void trace_order_init(struct trace_order *order, const struct trace_limits *limits)
{
	static const struct trace_limits none;

	*order = (struct trace_order){.limits = limits ? *limits : none};
	if (order->limits.events == 0)
		order->limits.events = TRACE_EVENTS_MAX;
	if (order->limits.live_owners == 0)
		order->limits.live_owners = TRACE_LIVE_OWNERS_MAX;
	if (order->limits.live_bindings == 0)
		order->limits.live_bindings = TRACE_LIVE_BINDINGS_MAX;
	sparse_init(&order->owners, TRACE_OWNER_MAX + 1, 1);
	sparse_init(&order->bindings, TRACE_BINDING_MAX + 1, 1);
}

void trace_order_fini(struct trace_order *order)
{
	sparse_fini(&order->owners);
	sparse_fini(&order->bindings);
}

static bool be_born(struct sparse *lives, uint32_t number, const char *what, uint32_t *live, uint32_t limit, char *why)
{
	unsigned char *life = sparse_at(lives, number);

	if (*life != UNBORN) {
		(void)snprintf(why, TRACE_ERROR_MAX, "%s %u is there for the second time", what, number);
		return false;
	}
	if (*live == limit) {
		(void)snprintf(why, TRACE_ERROR_MAX, "more than the limit of %u %ss are alive at once", limit, what);
		return false;
	}
	*life = ALIVE;
	*live += 1;
	return true;
}

static unsigned char *be_alive(const struct sparse *lives, uint32_t number, const char *what, const char *verb,
                               char *why)
{
	unsigned char *life = sparse_peek(lives, number);

	if (life && *life == ALIVE)
		return life;
	(void)snprintf(why, TRACE_ERROR_MAX, "%s of %s %u, which %s", verb, what, number,
	               life && *life == OVER ? "is over" : "is not known yet");
	return NULL;
}

static bool end(const struct sparse *lives, uint32_t number, const char *what, const char *verb, uint32_t *live,
                char *why)
{
	unsigned char *life = be_alive(lives, number, what, verb, why);

	if (!life)
		return false;
	*life = OVER;
	*live -= 1;
	return true;
}

bool trace_order_accept(struct trace_order *order, const struct trace_event *event, char *why)
{
	if (++order->events > order->limits.events) {
		(void)snprintf(why, TRACE_ERROR_MAX, "more than the limit of %llu events",
		               (unsigned long long)order->limits.events);
		return false;
	}
	if (event->time_us < order->last_us) {
		(void)snprintf(why, TRACE_ERROR_MAX, "time goes back from %llu to %llu",
		               (unsigned long long)order->last_us, (unsigned long long)event->time_us);
		return false;
	}
	order->last_us = event->time_us;
	switch (event->kind) {
	case TRACE_MM_BEGIN:
		return be_born(&order->owners, event->owner, "owner", &order->live_owners, order->limits.live_owners,
		               why);
	case TRACE_BIND:
		return be_alive(&order->owners, event->owner, "owner", "a bind", why) &&
		       be_born(&order->bindings, event->binding, "binding", &order->live_bindings,
		               order->limits.live_bindings, why);
	case TRACE_REQUEST:
		return be_alive(&order->bindings, event->binding, "binding", "a request", why) &&
		       be_alive(&order->owners, event->owner, "owner", "a request", why);
	case TRACE_UNBIND:
		return end(&order->bindings, event->binding, "binding", "an unbind", &order->live_bindings, why);
	case TRACE_MM_END:
	case TRACE_KINDS:
	default:
		return end(&order->owners, event->owner, "owner", "the end", &order->live_owners, why);
	}
}

bool trace_order_finish(const struct trace_order *order, char *why)
{
	if (order->events == 0) {
		(void)snprintf(why, TRACE_ERROR_MAX, "there is no event in it");
		return false;
	}
	if (order->live_owners == 0 && order->live_bindings == 0)
		return true;
	(void)snprintf(why, TRACE_ERROR_MAX, "it ends too early: %u owners and %u bindings are still alive",
	               order->live_owners, order->live_bindings);
	return false;
}
