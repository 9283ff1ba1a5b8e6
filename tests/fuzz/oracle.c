/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* oracle.c - comparing one answer with those that are legal, and saying what is wrong. */
#include <stdarg.h>
#include <stdlib.h>

#include "world.h"

void oracle_fail(const struct world *world, const char *format, ...)
{
	size_t played = world->next < world->size ? world->next : world->size;
	va_list arguments;

	(void)fprintf(stderr, "# --- the input so far; its last operation showed the fault ---\n");
	script_print(stderr, world->input, played);
	(void)fprintf(stderr, "# oracle: ");
	va_start(arguments, format);
	(void)vfprintf(stderr, format, arguments);
	va_end(arguments);
	(void)fprintf(stderr, "%s\n", world->depth != 0 ? " (within a callback)" : "");
	abort();
}

void oracle_allow(struct answers *answers, int code)
{
	if (answers->count < sizeof(answers->code) / sizeof(answers->code[0]))
		answers->code[answers->count++] = code;
}

bool oracle_allows(const struct answers *answers, int code)
{
	for (unsigned i = 0; i < answers->count; i++)
		if (answers->code[i] == code)
			return true;
	return false;
}

void oracle_expect(const struct space *space, const char *call, int got, const struct answers *answers)
{
	char text[160] = "";
	size_t length = 0;

	if (oracle_allows(answers, got))
		return;
	for (unsigned i = 0; i < answers->count && length < sizeof(text) - 16; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%d", i ? " or " : "",
		                           answers->code[i]);
	oracle_fail(space->world, "%s answered %d, legal is %s", call, got, text);
}

void oracle_expect_one(const struct space *space, const char *call, int got, int wanted)
{
	oracle_check(space, got == wanted, "%s answered %d, legal is %d", call, got, wanted);
}

uint64_t oracle_grace_periods(const struct space *space)
{
	struct ioasid_counters counters = {.size = sizeof(counters)};

	oracle_expect_one(space, "ioasid_space_counters", ioasid_space_counters(space->space, &counters), 0);
	return counters.grace_periods;
}

enum ioasid_state oracle_state(const struct space *space, uint32_t id)
{
	enum ioasid_state state = IOASID_STATE_COUNT;

	oracle_expect_one(space, "ioasid_id_state", ioasid_id_state(space->space, ioasid_make(id), &state), 0);
	return state;
}

/* Until when whoever is asked now may take his time. */
uint64_t oracle_deadline(const struct space *space)
{
	uint64_t now = ioasid_port_now_ns();

	return space->timeout_ns > UINT64_MAX - now ? UINT64_MAX : now + space->timeout_ns;
}
