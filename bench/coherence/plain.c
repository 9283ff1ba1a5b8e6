/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plain.c - the core's plain accesses, too, as the compiler tells of them.
 *
 * A line that is only read does not show in the atomics, and whatever is
 * written beside it does it harm. So the core is compiled for ThreadSanitizer and
 * linked with this instead of its runtime, as the Linux kernel does for KCSAN.
 */
#include "directory.h"

#define TELLS_OF(name)                              \
	void __tsan_read##name(const void *where);  \
	void __tsan_write##name(const void *where); \
	void __tsan_read##name(const void *where)   \
	{                                           \
		directory_access(where, false);     \
	}                                           \
	void __tsan_write##name(const void *where)  \
	{                                           \
		directory_access(where, true);      \
	}                                           \
	_Static_assert(true, "takes the semicolon")

TELLS_OF(1);
TELLS_OF(2);
TELLS_OF(4);
TELLS_OF(8);
TELLS_OF(16);

#define TELLS_OF_UNALIGNED(n)                              \
	void __tsan_unaligned_read##n(const void *where);  \
	void __tsan_unaligned_write##n(const void *where); \
	void __tsan_unaligned_read##n(const void *where)   \
	{                                                  \
		directory_access(where, false);            \
	}                                                  \
	void __tsan_unaligned_write##n(const void *where)  \
	{                                                  \
		directory_access(where, true);             \
	}                                                  \
	_Static_assert(true, "takes the semicolon")

TELLS_OF_UNALIGNED(2);
TELLS_OF_UNALIGNED(4);
TELLS_OF_UNALIGNED(8);
TELLS_OF_UNALIGNED(16);

void __tsan_read_range(const void *where, size_t size);
void __tsan_write_range(const void *where, size_t size);
void __tsan_func_entry(const void *caller);
void __tsan_func_exit(void);
void __tsan_init(void);

static void each_word(const void *where, size_t size, bool write)
{
	size_t i;

	for (i = 0; i < size; i += sizeof(uint64_t))
		directory_access((const char *)where + i, write);
}

void __tsan_read_range(const void *where, size_t size)
{
	each_word(where, size, false);
}

void __tsan_write_range(const void *where, size_t size)
{
	each_word(where, size, true);
}

void __tsan_func_entry(const void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void)
{
}

void __tsan_init(void)
{
}
