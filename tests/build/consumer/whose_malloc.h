/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * whose_malloc.h - which allocator this process has, and how many arenas. By
 * dlsym(), so that the program itself asks for nothing of jemalloc's.
 */
#ifndef WHOSE_MALLOC_H
#define WHOSE_MALLOC_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

typedef int mallctl_fn(const char *name, void *old_value, size_t *old_size, void *new_value, size_t new_size);

/* jemalloc's number of arenas; 0 without jemalloc. */
static unsigned count_arenas(void)
{
	unsigned arenas = 0;
	size_t size = sizeof(arenas);
	mallctl_fn *mallctl = (mallctl_fn *)dlsym(RTLD_DEFAULT, "mallctl");

	if (mallctl == NULL || mallctl("arenas.narenas", &arenas, &size, NULL, 0) != 0)
		return 0;
	return arenas;
}

/* 0 if malloc and mallocx come from where @wanted ("libc" or "jemalloc") says, and nowhere else. */
static int check_malloc(const char *wanted)
{
	Dl_info info;
	void *function = dlsym(RTLD_DEFAULT, "malloc");
	int have_mallocx = dlsym(RTLD_DEFAULT, "mallocx") != NULL;

	if (function == NULL || dladdr(function, &info) == 0)
		return 1;
	printf("malloc is of %s; mallocx is %s\n", info.dli_fname, have_mallocx ? "there" : "not there");
	if (strcmp(wanted, "jemalloc") == 0)
		return !(have_mallocx && strstr(info.dli_fname, "/libjemalloc.so") != NULL);
	return !(!have_mallocx && strstr(info.dli_fname, "/libc.so") != NULL);
}

/* 0 if the library made an arena of its own exactly if there is jemalloc. */
static int check_arenas(const char *wanted, unsigned before)
{
	unsigned expected = strcmp(wanted, "jemalloc") == 0 ? before + 1 : 0;
	unsigned after = count_arenas();

	printf("%u arenas before, %u after\n", before, after);
	return after != expected;
}

#endif
