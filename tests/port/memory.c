/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* The port's memory: zeroed, aligned, nobody else's, and used again. */
#include "conform.h"

#if CONFORM_PROCESS
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

/* A sanitizer's shadow is far larger than any limit. */
#define LIMITED (CONFORM_PROCESS && !CONFORM_SANITIZED)

#define BLOCKS 64
#define ROUNDS 2000

static bool all_bytes(const unsigned char *memory, size_t size, unsigned char value)
{
	for (size_t i = 0; i < size; i++) {
		if (memory[i] != value)
			return false;
	}
	return true;
}

START_TEST(zeroed_and_aligned)
{
	const size_t align = (size_t)1 << _i;

	/* Twice, so that what was used before comes back. */
	for (size_t i = 0; i < 2; i++) {
		for (size_t size = 1; size < 70000; size += size / 3 + 1) {
			unsigned char *memory = ioasid_port_zalloc(size, align);

			ck_assert_ptr_nonnull(memory);
			ck_assert_uint_eq((uintptr_t)memory % align, 0);
			ck_assert(all_bytes(memory, size, 0));
			memset(memory, 0xff, size);
			ioasid_port_free(memory, size);
		}
	}
}
END_TEST

START_TEST(blocks_do_not_overlap)
{
	unsigned char *blocks[BLOCKS];

	for (size_t i = 0; i < BLOCKS; i++) {
		blocks[i] = ioasid_port_zalloc(100 + i, PORT_CACHELINE);
		ck_assert_ptr_nonnull(blocks[i]);
		memset(blocks[i], (int)i + 1, 100 + i);
	}
	for (size_t i = 0; i < BLOCKS; i++)
		ck_assert(all_bytes(blocks[i], 100 + i, (unsigned char)(i + 1)));
	for (size_t i = 0; i < BLOCKS; i++)
		ioasid_port_free(blocks[i], 100 + i);
}
END_TEST

#if LIMITED
/* Let the process grow by no more than @bytes; gives back the limit that was. */
static struct rlimit limit_growth(size_t bytes)
{
	struct rlimit was;
	struct rlimit limit;
	unsigned long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(statm);
	ck_assert_int_eq(fscanf(statm, "%lu", &pages), 1);
	(void)fclose(statm);
	ck_assert_int_eq(getrlimit(RLIMIT_AS, &was), 0);
	limit = was;
	limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
	return was;
}
#endif

/* Far more in turn than there can be at once: what is freed is used again. */
START_TEST(memory_comes_back)
{
	const size_t size = (size_t)1 << 20;
	bool refused = false;
#if LIMITED
	struct rlimit was = limit_growth(512 * size);
#endif

	for (unsigned i = 0; i < 1000 && !refused; i++) {
		void *memory = ioasid_port_zalloc(size, 64);

		refused = memory == NULL;
		ioasid_port_free(memory, size);
	}
#if LIMITED
	(void)setrlimit(RLIMIT_AS, &was);
#endif
	ck_assert(!refused);
	ioasid_port_free(NULL, 1);
}
END_TEST

START_TEST(too_much_is_refused)
{
	/* A sanitizer ends the program instead. */
	if (!CONFORM_SANITIZED)
		ck_assert_ptr_null(ioasid_port_zalloc(SIZE_MAX / 2, PORT_CACHELINE));
}
END_TEST

static void *churn(void *argument)
{
	const unsigned char mark = argument == NULL ? 1 : 2;
	unsigned char *blocks[BLOCKS] = {NULL};
	uintptr_t wrong = 0;

	for (size_t i = 0; i < ROUNDS; i++) {
		size_t k = i % BLOCKS;
		size_t size = 64 + k * 8;

		if (blocks[k] != NULL)
			wrong += !all_bytes(blocks[k], size, mark);
		ioasid_port_free(blocks[k], size);
		blocks[k] = ioasid_port_zalloc(size, 64);
		if (blocks[k] == NULL || !all_bytes(blocks[k], size, 0))
			return "refused, or not zeroed";
		memset(blocks[k], mark, size);
	}
	for (size_t k = 0; k < BLOCKS; k++)
		ioasid_port_free(blocks[k], 64 + k * 8);
	return wrong == 0 ? NULL : "overwritten by another thread";
}

START_TEST(two_threads)
{
	pthread_t other = conform_start(churn, &other);
	void *found = churn(NULL);
	void *other_found = NULL;

	ck_assert_int_eq(pthread_join(other, &other_found), 0);
	ck_assert_ptr_null(found);
	ck_assert_ptr_null(other_found);
}
END_TEST

TCase *conform_memory(void)
{
	TCase *tcase = tcase_create("memory");

	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, zeroed_and_aligned, 0, 7);
	tcase_add_test(tcase, blocks_do_not_overlap);
	tcase_add_test(tcase, memory_comes_back);
	tcase_add_test(tcase, too_much_is_refused);
	tcase_add_test(tcase, two_threads);
	return tcase;
}
