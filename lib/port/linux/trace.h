/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* trace.h - the tracepoints: an id is born, parked, put to rest. events/libioasid in tracefs. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM libioasid

#if !defined(IOASID_PORT_LINUX_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define IOASID_PORT_LINUX_TRACE_H

#include <linux/tracepoint.h>

DECLARE_EVENT_CLASS(libioasid_life, TP_PROTO(u32 id, u32 generation, u64 value), TP_ARGS(id, generation, value),
                    TP_STRUCT__entry(__field(u32, id) __field(u32, generation) __field(u64, value)),
                    TP_fast_assign(__entry->id = id; __entry->generation = generation; __entry->value = value;),
                    TP_printk("pasid=%u generation=%u value=%llu", __entry->id, __entry->generation, __entry->value));

/* @value: how the life began, as in <ioasid/id.h>. */
DEFINE_EVENT(libioasid_life, libioasid_birth, TP_PROTO(u32 id, u32 generation, u64 value),
             TP_ARGS(id, generation, value));
/* @value: the references that it still has. */
DEFINE_EVENT(libioasid_life, libioasid_park, TP_PROTO(u32 id, u32 generation, u64 value),
             TP_ARGS(id, generation, value));
DEFINE_EVENT(libioasid_life, libioasid_rest, TP_PROTO(u32 id, u32 generation, u64 value),
             TP_ARGS(id, generation, value));

#endif

/* What makes code of the above; it includes this file again by the name that it is given here. */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
