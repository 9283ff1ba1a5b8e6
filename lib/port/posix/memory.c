/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * The posix port's memory: an arena of jemalloc's if the process has jemalloc,
 * libc's aligned allocation otherwise. Linking us must not replace the host's
 * malloc, so jemalloc's functions are weak references: they are there if the
 * host, or libioasid-jemalloc, brought them.
 */
#include "../port.h"

#include <stdlib.h>
#include <string.h>

#ifndef IOASID_NO_JEMALLOC
#include <jemalloc/jemalloc.h>
#include <pthread.h>

extern __typeof__(mallocx) mallocx __attribute__((weak));
extern __typeof__(dallocx) dallocx __attribute__((weak));
extern __typeof__(mallctl) mallctl __attribute__((weak));

static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned arena; /* 0: none; jemalloc's arena 0 is never ours */

static void find_arena(void)
{
	unsigned index = 0;
	size_t size = sizeof(index);

	if (mallocx == NULL || dallocx == NULL || mallctl == NULL)
		return;
	if (mallctl("arenas.create", &index, &size, NULL, 0) == 0)
		arena = index;
}

static bool have_jemalloc(void)
{
	(void)pthread_once(&once, find_arena);
	return arena != 0;
}

#define FLAGS(align) (MALLOCX_ALIGN(align) | MALLOCX_ZERO | (int)MALLOCX_ARENA(arena) | MALLOCX_TCACHE_NONE)
#endif

void *ioasid_port_zalloc(size_t size, size_t align)
{
	void *memory;

#ifndef IOASID_NO_JEMALLOC
	if (have_jemalloc())
		return mallocx(size, FLAGS(align));
#endif
	if (align < sizeof(void *))
		align = sizeof(void *);
	if (posix_memalign(&memory, align, size) != 0)
		return NULL;
	return memset(memory, 0, size);
}

void ioasid_port_free(void *memory, size_t size)
{
	if (memory == NULL)
		return;
#ifndef IOASID_NO_JEMALLOC
	if (have_jemalloc()) {
		dallocx(memory, MALLOCX_TCACHE_NONE);
		return;
	}
#endif
	(void)size;
	free(memory);
}
