/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* trace_line.c - see trace_line.h. */
#include "trace_line.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 6

struct field {
	const char *text;
	size_t length;
};

struct shape {
	const char *word;
	size_t fields; /* the time and the word included */
};

static const struct shape shapes[TRACE_KINDS] = {
	[TRACE_MM_BEGIN] = {"mm+", 3},  [TRACE_BIND] = {"bind", 6},  [TRACE_REQUEST] = {"req", 5},
	[TRACE_UNBIND] = {"unbind", 3}, [TRACE_MM_END] = {"mm-", 3},
};

static bool field_is(const struct field *field, const char *word)
{
	return field->length == strlen(word) && memcmp(field->text, word, field->length) == 0;
}

/* How many fields there are; more than FIELDS_MAX are counted, not stored. */
static size_t split(const char *line, size_t length, struct field *fields)
{
	size_t count = 0;
	const char *end = line + length;

	for (;;) {
		const char *space = memchr(line, ' ', (size_t)(end - line));
		const char *stop = space ? space : end;

		if (count < FIELDS_MAX)
			fields[count] = (struct field){line, (size_t)(stop - line)};
		count++;
		if (!space)
			return count;
		line = space + 1;
	}
}

static bool number(const struct field *field, uint64_t limit, const char *name, uint64_t *value, char *why)
{
	uint64_t sum = 0;

	if (field->length == 0) {
		(void)snprintf(why, TRACE_ERROR_MAX, "the %s is missing", name);
		return false;
	}
	for (size_t i = 0; i < field->length; i++) {
		if (field->text[i] < '0' || field->text[i] > '9') {
			(void)snprintf(why, TRACE_ERROR_MAX, "the %s is not a number", name);
			return false;
		}
		/* The limits are far below 2^60, so the sum cannot wrap before it is refused. */
		sum = sum * 10 + (uint64_t)(field->text[i] - '0');
		if (sum > limit) {
			(void)snprintf(why, TRACE_ERROR_MAX, "the %s is above the limit of %llu", name,
			               (unsigned long long)limit);
			return false;
		}
	}
	*value = sum;
	return true;
}

static bool number32(const struct field *field, uint32_t limit, const char *name, uint32_t *value, char *why)
{
	uint64_t wide;

	if (!number(field, limit, name, &wide, why))
		return false;
	*value = (uint32_t)wide;
	return true;
}

static bool parse_bind(const struct field *fields, struct trace_event *event, char *why)
{
	if (!number32(&fields[2], TRACE_BINDING_MAX, "binding", &event->binding, why) ||
	    !number32(&fields[3], TRACE_OWNER_MAX, "owner", &event->owner, why) ||
	    !number32(&fields[4], TRACE_DEVICES - 1, "device", &event->device, why))
		return false;
	event->shared = field_is(&fields[5], "shared");
	if (event->shared || field_is(&fields[5], "private"))
		return true;
	(void)snprintf(why, TRACE_ERROR_MAX, "a binding is shared or private");
	return false;
}

static bool parse_rest(const struct field *fields, struct trace_event *event, char *why)
{
	switch (event->kind) {
	case TRACE_BIND:
		return parse_bind(fields, event, why);
	case TRACE_REQUEST:
		return number32(&fields[2], TRACE_BINDING_MAX, "binding", &event->binding, why) &&
		       number32(&fields[3], TRACE_OWNER_MAX, "owner", &event->owner, why) &&
		       number(&fields[4], TRACE_BYTES_MAX, "byte count", &event->bytes, why);
	case TRACE_UNBIND:
		return number32(&fields[2], TRACE_BINDING_MAX, "binding", &event->binding, why);
	case TRACE_MM_BEGIN:
	case TRACE_MM_END:
	case TRACE_KINDS:
	default:
		return number32(&fields[2], TRACE_OWNER_MAX, "owner", &event->owner, why);
	}
}

bool trace_line_parse(const char *line, size_t length, struct trace_event *event, char *why)
{
	struct field fields[FIELDS_MAX] = {{NULL, 0}};
	size_t count = split(line, length, fields);

	memset(event, 0, sizeof(*event));
	if (!number(&fields[0], TRACE_TIME_MAX, "time", &event->time_us, why))
		return false;
	for (int kind = 0; kind < TRACE_KINDS; kind++) {
		if (count < 2 || !field_is(&fields[1], shapes[kind].word))
			continue;
		if (count != shapes[kind].fields) {
			(void)snprintf(why, TRACE_ERROR_MAX, "%s has %zu fields, not %zu", shapes[kind].word,
			               shapes[kind].fields, count);
			return false;
		}
		event->kind = (enum trace_kind)kind;
		return parse_rest(fields, event, why);
	}
	(void)snprintf(why, TRACE_ERROR_MAX,
	               "no event of a trace: mm+, bind, req, unbind or mm- is expected after the time");
	return false;
}
