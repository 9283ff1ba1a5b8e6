/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct model_state model = {.self = MODEL_NOBODY};

/* A path as the project knows it: from lib/ or tests/ on. */
const char *model_file(const char *path)
{
	const char *found = NULL;

	for (const char *at = path; *at != '\0'; at++) {
		bool begins = at == path || at[-1] == '/';

		if (begins && (strncmp(at, "lib/", 4) == 0 || strncmp(at, "tests/", 6) == 0))
			found = at;
	}
	return found != NULL ? found : path;
}

void model_trace_step(uint32_t code, const char *file, const char *text, uint64_t read, uint64_t written)
{
	enum model_operation operation = MODEL_CODE_OPERATION(code);
	const struct model_step *step = &model.steps[model.nr_steps - 1];
	bool failed = (code & MODEL_CODE_FAILED) != 0;
	struct model_event event = {
		.step = model.nr_steps,
		.thread = model.self,
		.operation = operation,
		.order = MODEL_CODE_ORDER(code),
		.file = file != NULL ? model_file(file) : NULL,
		.line = MODEL_CODE_LINE(code),
		.text = text,
		.size = MODEL_CODE_SIZE(code),
		.reads = operation != MODEL_OP_STORE && operation != MODEL_OP_SET && operation != MODEL_OP_FENCE,
		.writes = operation != MODEL_OP_LOAD && operation != MODEL_OP_GET && !failed,
		.read = read,
		.written = written,
		.age = step->code < MODEL_HISTORY ? step->code : 0,
	};

	if (model.trace != NULL)
		model.trace(&event);
}

void model_say(const char *format, ...)
{
	char text[256];
	struct model_event event = {.step = model.nr_steps,
	                            .thread = model.self,
	                            .operation = MODEL_OP_COUNT,
	                            .text = text};
	va_list arguments;

	if (model.trace == NULL || !model.running)
		return;
	va_start(arguments, format);
	(void)vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	model.trace(&event);
}

void model_traced(const char *event, uint64_t id, uint64_t generation, uint64_t value)
{
	if (model.trace != NULL)
		model_say("tracepoint %s: id %llu generation %llu value %llu", event, (unsigned long long)id,
		          (unsigned long long)generation, (unsigned long long)value);
}

void model_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	(void)vsnprintf(model.failure, sizeof(model.failure), format, arguments);
	va_end(arguments);
	model_stop(MODEL_FAILED);
}

void model_assert_failed(const char *condition, const char *file, int line)
{
	model_fail("%s:%d: assertion failed: %s", model_file(file), line, condition);
}

void model_too_many_steps(void)
{
	struct model_thread *me = model_me();

	if (me->steps > me->step_bound)
		model_fail("thread %c took more than the %u steps that it may", (char)('A' + model.self),
		           me->step_bound - me->bound_from);
	model_fail("no progress: %u steps and thread %c has not finished", model.limits.steps,
	           (char)('A' + model.self));
}

void model_set_trace(void (*trace)(const struct model_event *event))
{
	model.trace = trace;
}
