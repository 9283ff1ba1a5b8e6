/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* As much as the tests use. */
#ifndef BAREMETAL_STDLIB_H
#define BAREMETAL_STDLIB_H

#include <stddef.h>

#define EXIT_SUCCESS 0
#define EXIT_FAILURE 1

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void free(void *memory);
void qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *));
/* The one variable that there is: STRESS_SECONDS, from when the image was made. */
char *getenv(const char *name);
double strtod(const char *text, char **end);

#endif
