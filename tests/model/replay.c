/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * replay.c - an execution as text: "A4B2:1A!B" is four steps of A, two of B,
 * the second of which chose value 1, then A stops for ever, and B goes on.
 *
 * It names every step, not every choice, so that it means the same whatever
 * reduction and bound it was found with.
 */
#include "explorer.h"

#include <stdio.h>
#include <stdlib.h>

static struct model_step wanted[MODEL_STEPS_MAX];
static unsigned nr_wanted;

size_t replay_write(char *text, size_t size)
{
	const struct model_step *steps = model_steps();
	unsigned count = model_step_count();
	size_t at = 0;

	for (unsigned i = 0; i < count && at + 24 < size;) {
		unsigned run = 1;

		while (steps[i + run - 1].code == 0 && i + run < count && steps[i + run].thread == steps[i].thread &&
		       steps[i + run].code != MODEL_FREEZE)
			run++;
		text[at++] = (char)('A' + steps[i].thread);
		if (steps[i].code == MODEL_FREEZE) {
			text[at++] = '!';
			i++;
			continue;
		}
		i += run;
		if (run > 1)
			at += (size_t)snprintf(text + at, size - at, "%u", run);
		if (steps[i - 1].code != 0)
			at += (size_t)snprintf(text + at, size - at, ":%u", steps[i - 1].code);
	}
	text[at] = '\0';
	return at;
}

static bool add(unsigned thread, unsigned long run, unsigned long code)
{
	if (thread >= MODEL_THREADS || run == 0 || run > MODEL_STEPS_MAX - nr_wanted || code > MODEL_FREEZE)
		return false;
	while (run-- > 0)
		wanted[nr_wanted++] = (struct model_step){.thread = (uint8_t)thread, .code = 0};
	wanted[nr_wanted - 1].code = (uint8_t)code;
	return true;
}

bool replay_read(const char *text, unsigned *steps)
{
	nr_wanted = 0;
	while (*text != '\0') {
		unsigned thread = (unsigned)(*text++ - 'A');
		unsigned long run = 1;
		unsigned long code = 0;
		char *rest;

		if (*text == '!') {
			text++;
			code = MODEL_FREEZE;
		} else {
			if (*text >= '0' && *text <= '9') {
				run = strtoul(text, &rest, 10);
				text = rest;
			}
			if (*text == ':') {
				code = strtoul(text + 1, &rest, 10);
				text = rest;
			}
		}
		if (!add(thread, run, code))
			return false;
	}
	*steps = nr_wanted;
	return true;
}

/* What was refused nothing when it was found must be refused nothing now. */
struct model_limits replay_limits(struct model_limits limits)
{
	limits.preemptions = MODEL_UNLIMITED;
	limits.stale = MODEL_UNLIMITED;
	limits.spurious = MODEL_UNLIMITED;
	limits.refusals = MODEL_UNLIMITED;
	limits.timeouts = MODEL_UNLIMITED;
	limits.freezes = MODEL_UNLIMITED;
	limits.reduce = false;
	return limits;
}

static unsigned replay_thread(const struct model_offer *offer)
{
	unsigned at = model_step_count();
	bool freeze = at < nr_wanted && wanted[at].code == MODEL_FREEZE;

	/* When the text has ended, whoever can goes on. */
	if (at + freeze >= nr_wanted)
		return 0;
	for (unsigned i = 0; i < offer->count; i++) {
		struct model_option option = model_offer_at(offer, i);

		if (option.thread == wanted[at + freeze].thread && option.freeze == freeze)
			return i;
	}
	model_fail("the replay does not fit: thread %c cannot make step %u", 'A' + wanted[at + freeze].thread, at + 1);
}

static unsigned replay_value(const uint8_t *codes, unsigned count)
{
	unsigned at = model_step_count() - 1;

	for (unsigned i = 0; i < count; i++) {
		if (at < nr_wanted && codes[i] == wanted[at].code)
			return i;
	}
	return 0;
}

const struct model_strategy replay_strategy = {replay_thread, replay_value, true};
