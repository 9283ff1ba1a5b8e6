/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* spaces.c - what most benchmarks begin and end with. */
#include "bench.h"

#include <stdlib.h>
#include <unistd.h>

void must(int error, const char *what)
{
	if (error == 0)
		return;
	(void)fprintf(stderr, "ioasid-bench: %s: %s (%d)\n", what, ioasid_strerror(error), error);
	exit(1);
}

void *bench_zalloc(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	must(memory == NULL ? -IOASID_ENOMEM : 0, "memory for the benchmark");
	return memory;
}

double bench_resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size = 0;
	unsigned long resident = 0;

	if (file == NULL || fscanf(file, "%lu %lu", &size, &resident) != 2)
		must(-IOASID_EINVAL, "read /proc/self/statm");
	(void)fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE);
}

struct ioasid_space *bench_space(uint32_t flags)
{
	struct ioasid_space_config config = {.size = sizeof(config), .bits = IOASID_BITS_MAX, .flags = flags};
	struct ioasid_space *space;

	must(ioasid_space_create(&config, &space), "make a space");
	return space;
}

struct ioasid_owner_set *bench_set(struct ioasid_space *space, uint64_t key, uint32_t flags)
{
	struct ioasid_set_config config = {.size = sizeof(config),
	                                   .owner = {key, 0},
	                                   .quota = IOASID_UNLIMITED,
	                                   .flags = flags};
	struct ioasid_owner_set *set;

	must(ioasid_set_create(space, &config, &set), "make a set");
	return set;
}

void bench_destroy(struct ioasid_space *space, struct ioasid_owner_set **set, unsigned sets)
{
	unsigned i;

	for (i = 0; i < sets; i++) {
		if (set[i] == NULL)
			continue;
		(void)ioasid_set_end(set[i]);
		must(ioasid_set_wait(set[i], IOASID_FOREVER), "wait for the end of a set");
		must(ioasid_set_release(set[i]), "release a set");
	}
	must(ioasid_space_flush(space, IOASID_FOREVER), "complete everything");
	/* The sets themselves go a grace period later, which nobody is told of. */
	while (ioasid_space_destroy(space, NULL, NULL) == -IOASID_EBUSY)
		must(ioasid_space_run(space, 0, NULL), "run the deferred work");
}
