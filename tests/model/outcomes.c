/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* outcomes.c - what came out of a litmus test, against what may and must. */
#include "explorer.h"

#include <stdio.h>

#define OUTCOMES_MAX 256u

static uint64_t seen[OUTCOMES_MAX]; /* in rising order */
static unsigned count;

void outcomes_reset(void)
{
	count = 0;
}

void outcomes_add(uint64_t outcome)
{
	unsigned at = 0;

	while (at < count && seen[at] < outcome)
		at++;
	if ((at < count && seen[at] == outcome) || count == OUTCOMES_MAX)
		return;
	for (unsigned i = count++; i > at; i--)
		seen[i] = seen[i - 1];
	seen[at] = outcome;
}

bool outcomes_match(const struct scenario *scenario)
{
	bool match = count == scenario->nr_outcomes;

	for (unsigned i = 0; match && i < count; i++)
		match = seen[i] == scenario->outcomes[i];
	if (match)
		return true;
	printf("\n%s: the outcomes are not those expected\n  seen:    ", scenario->name);
	for (unsigned i = 0; i < count; i++)
		printf(" %llx", (unsigned long long)seen[i]);
	printf("\n  expected:");
	for (unsigned i = 0; i < scenario->nr_outcomes; i++)
		printf(" %llx", (unsigned long long)scenario->outcomes[i]);
	printf("\n");
	return false;
}
