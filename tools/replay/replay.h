/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * replay.h - the events of a trace, happening again on several threads.
 *
 * One thread reads the trace; others let the events happen when their time has
 * come. What a process does itself stays in its order: its binds and requests,
 * and its end after them. Requests precede the unbind of their binding. All else
 * crosses: an owner's end, the unbinds of what it left behind, what it handed on
 * to others, and completions are on different threads, at about the same time.
 */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include <stdatomic.h>
#include <stdint.h>

#include "machine.h"
#include "trace.h"

#define REPLAY_THREADS_MAX 64u

/**
 * replay_run() - replay the trace at @path on @machine.
 * @now_us:  where in trace time the reader is; for those who watch.
 * @error:   TRACE_ERROR_MAX bytes.
 *
 * Return: true; false if the file cannot be read, or is not what it was when it
 * was measured. Either way everything that was begun has been ended.
 */
bool replay_run(struct machine *machine, const char *path, uint32_t threads, _Atomic uint64_t *now_us, char *error);

#endif
