/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * test_device.c - the witness itself: a DMA goes where table and cache say, and
 * is a stray exactly if that is not the memory of the one it was submitted for.
 */
#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "device.h"

#define PASID 5u
#define MINE UINT64_C(0x11)
#define YOURS UINT64_C(0x22)
#define LAST_PAGE (ASPACE_BASE + (ASPACE_PAGES - 1) * ASPACE_PAGE_SIZE)

static struct stats stats;
static struct prq prq;
static struct device device;
static struct aspace_pool pool;
static struct aspace *mine;
static struct aspace *yours;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static uint32_t completions;
static bool is_drained;
static bool answer;        /* of page requests */
static bool makes_present; /* do they help? */
static uint32_t answers;

static _Alignas(32) struct dsa_completion_record records[WORKQUEUE_SIZE + 1];

static void interrupt(void *context, uint64_t completion_address)
{
	(void)context;
	(void)completion_address;
	pthread_mutex_lock(&lock);
	completions++;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void wait_for(uint32_t wanted)
{
	pthread_mutex_lock(&lock);
	while (completions < wanted)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

static bool answer_page(void *context, const struct page_request *request)
{
	(void)context;
	ck_assert_uint_eq(request->pasid, PASID);
	pthread_mutex_lock(&lock);
	answers++;
	pthread_mutex_unlock(&lock);
	if (makes_present)
		aspace_make_present(mine, request->page);
	return answer;
}

static void drained(void *context)
{
	(void)context;
	pthread_mutex_lock(&lock);
	is_drained = true;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void start(uint64_t latency_ns)
{
	struct device_config config = {.index = 3,
	                               .pasids = 64,
	                               .latency_ns = latency_ns,
	                               .prq = &prq,
	                               .stats = &stats,
	                               .interrupt = interrupt};

	memset(&stats, 0, sizeof(stats));
	completions = 0;
	answers = 0;
	is_drained = false;
	answer = true;
	makes_present = true;
	aspace_pool_init(&pool);
	mine = aspace_get(&pool, MINE);
	yours = aspace_get(&pool, YOURS);
	prq_start(&prq, answer_page, NULL, &stats, 1000);
	device_start(&device, &config);
}

static void setup(void)
{
	start(1000);
}

static void teardown(void)
{
	while (!prq_is_idle(&prq))
		;
	prq_stop(&prq);
	device_stop(&device);
	aspace_pool_fini(&pool);
}

static bool submit(uint32_t record, uint64_t on_behalf, uint64_t source, uint64_t target)
{
	struct dsa_hw_desc desc = {.pasid = PASID,
	                           .opcode = DSA_OPCODE_MEMMOVE,
	                           .flags = IDXD_OP_FLAG_CRAV | IDXD_OP_FLAG_RCR,
	                           .completion_addr = (uint64_t)(uintptr_t)&records[record],
	                           .src_addr = source,
	                           .dst_addr = target,
	                           .xfer_size = 128};

	memset(&records[record], 0, sizeof(records[record]));
	return workqueue_submit(&device.queue, &desc, on_behalf);
}

static void one_request(uint64_t on_behalf)
{
	uint32_t before = completions;

	ck_assert(submit(0, on_behalf, ASPACE_BASE, ASPACE_BASE + ASPACE_PAGE_SIZE));
	wait_for(before + 1);
}

START_TEST(test_own_memory)
{
	device_map(&device, PASID, mine);
	one_request(MINE);
	ck_assert_int_eq(records[0].status, DSA_COMP_SUCCESS);
	ck_assert_uint_eq(records[0].bytes_completed, 128);
	ck_assert_uint_eq(stat_get(&stats.dmas), 2);
	ck_assert_uint_eq(stat_get(&stats.strays), 0);
	ck_assert(!aspace_put(&pool, mine, MINE));
}
END_TEST

START_TEST(test_stray)
{
	device_map(&device, PASID, yours);
	one_request(MINE);
	ck_assert_int_eq(records[0].status, DSA_COMP_SUCCESS);
	ck_assert_uint_eq(stat_get(&stats.strays), 2);
	ck_assert_uint_eq(stat_get(&stats.stray_writes), 1);
	ck_assert(aspace_put(&pool, yours, YOURS));
}
END_TEST

/* A new table entry alone changes nothing for what the device has cached. */
START_TEST(test_stale_translation)
{
	device_map(&device, PASID, mine);
	one_request(MINE);
	device_map(&device, PASID, yours);
	one_request(YOURS);
	ck_assert_uint_eq(stat_get(&stats.strays), 2);
	device_unmap(&device, PASID);
	device_map(&device, PASID, yours);
	one_request(YOURS);
	ck_assert_uint_eq(stat_get(&stats.strays), 2);
}
END_TEST

/* Memory that was given back is nobody's: a DMA there is a stray, too. */
START_TEST(test_freed_memory)
{
	device_map(&device, PASID, mine);
	(void)aspace_put(&pool, mine, MINE);
	one_request(MINE);
	ck_assert_uint_eq(stat_get(&stats.strays), 2);
}
END_TEST

START_TEST(test_page_request)
{
	device_map(&device, PASID, mine);
	ck_assert(submit(0, MINE, ASPACE_BASE, LAST_PAGE));
	wait_for(1);
	ck_assert_int_eq(records[0].status, DSA_COMP_SUCCESS);
	ck_assert_uint_eq(answers, 1);
	answer = false;
	makes_present = false;
	device_unmap(&device, PASID);
	ck_assert(submit(1, MINE, ASPACE_BASE, LAST_PAGE));
	wait_for(2);
	ck_assert_int_eq(records[1].status, DSA_COMP_PAGE_FAULT_NOBOF);
	ck_assert_uint_eq(records[1].fault_addr, ASPACE_BASE);
	ck_assert_uint_eq(answers, 2);
	ck_assert_uint_eq(stat_get(&stats.strays), 0);
}
END_TEST

/* An answer that does not help is asked for again, but not for ever. */
START_TEST(test_page_request_limit)
{
	makes_present = false;
	ck_assert(submit(0, MINE, ASPACE_BASE, LAST_PAGE));
	wait_for(1);
	ck_assert_int_eq(records[0].status, DSA_COMP_PAGE_FAULT_NOBOF);
	ck_assert_uint_eq(answers, DEVICE_FAULTS_MAX);
}
END_TEST

START_TEST(test_bad_descriptors)
{
	struct dsa_hw_desc desc = {.pasid = PASID,
	                           .opcode = DSA_OPCODE_NOOP,
	                           .completion_addr = (uint64_t)(uintptr_t)&records[0]};

	device_map(&device, PASID, mine);
	ck_assert(workqueue_submit(&device.queue, &desc, MINE));
	wait_for(1);
	ck_assert_int_eq(records[0].status, DSA_COMP_BAD_OPCODE);
	ck_assert(submit(1, MINE, ASPACE_BASE - 8, LAST_PAGE));
	wait_for(2);
	ck_assert_int_eq(records[1].status, DSA_COMP_TRANSLATION_FAIL);
	ck_assert_uint_eq(stat_get(&stats.dmas), 0);
}
END_TEST

START_TEST(test_full_queue_drains)
{
	device_map(&device, PASID, mine);
	ck_assert(workqueue_drain(&device.queue, PASID, drained, NULL));
	for (uint32_t i = 0; i < WORKQUEUE_SIZE; i++)
		ck_assert(submit(i, MINE, ASPACE_BASE, ASPACE_BASE + ASPACE_PAGE_SIZE));
	ck_assert(!submit(WORKQUEUE_SIZE, MINE, ASPACE_BASE, ASPACE_BASE));
	ck_assert(workqueue_drain(&device.queue, PASID + 1, drained, NULL));
	ck_assert(!workqueue_drain(&device.queue, PASID, drained, NULL));
	pthread_mutex_lock(&lock);
	while (!is_drained)
		pthread_cond_wait(&changed, &lock);
	/* It is told when everything has completed, not before. */
	ck_assert_uint_eq(completions, WORKQUEUE_SIZE);
	pthread_mutex_unlock(&lock);
	for (uint32_t i = 0; i < WORKQUEUE_SIZE; i++)
		ck_assert_int_eq(records[i].status, DSA_COMP_SUCCESS);
}
END_TEST

static void setup_slow(void)
{
	/* So slow that the queue can be filled before anything leaves it. */
	start(400000000);
}

int main(void)
{
	Suite *suite = suite_create("replay device");
	TCase *tests = tcase_create("device");
	TCase *slow = tcase_create("slow device");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_own_memory);
	tcase_add_test(tests, test_stray);
	tcase_add_test(tests, test_stale_translation);
	tcase_add_test(tests, test_freed_memory);
	tcase_add_test(tests, test_page_request);
	tcase_add_test(tests, test_page_request_limit);
	tcase_add_test(tests, test_bad_descriptors);
	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(slow, setup_slow, teardown);
	tcase_add_test(slow, test_full_queue_drains);
	tcase_set_timeout(slow, 30);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, slow);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
