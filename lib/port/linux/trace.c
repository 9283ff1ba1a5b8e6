/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* trace.c - the one place where the tracepoints' code is made. */
#include "../port.h"

#define CREATE_TRACE_POINTS
#include "trace.h"

void ioasid_port_trace_birth(u32 id, u32 generation, u64 value)
{
	trace_libioasid_birth(id, generation, value);
}

void ioasid_port_trace_park(u32 id, u32 generation, u64 value)
{
	trace_libioasid_park(id, generation, value);
}

void ioasid_port_trace_rest(u32 id, u32 generation, u64 value)
{
	trace_libioasid_rest(id, generation, value);
}
