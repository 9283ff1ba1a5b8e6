/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#ifndef IOASID_TESTS_KERNEL_STDLIB_H
#define IOASID_TESTS_KERNEL_STDLIB_H

#include "kernel.h"

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

/* There is no environment: nothing is set in it. */
static inline char *getenv(const char *name)
{
	(void)name;
	return NULL;
}

static inline unsigned long long strtoull(const char *text, char **end, int base)
{
	return simple_strtoull(text, end, (unsigned int)base);
}

static inline void *calloc(size_t count, size_t size)
{
	return kvcalloc(count, size, GFP_KERNEL);
}

static inline void *malloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

static inline void free(void *memory)
{
	kvfree(memory);
}

static inline void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	sort(base, count, size, compare, NULL);
}

#endif
