/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Read sections and grace periods. */
#include "conform.h"

#include <time.h>

#define READERS 2
#define RENEWALS 500
#define MAGIC 0x5eed

static void pause_ms(long ms)
{
	struct timespec span = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&span, NULL);
}

START_TEST(sections_nest)
{
	ck_assert(!ioasid_port_read_held());
	port_read_lock();
	ck_assert(ioasid_port_read_held());
	port_read_lock();
	port_read_unlock();
	ck_assert(ioasid_port_read_held());
	port_read_unlock();
	ck_assert(!ioasid_port_read_held());
}
END_TEST

/* A thread of its own, which has never read: false is an answer, but then nothing was done. */
static void *try_first(void *unused)
{
	bool held = port_read_trylock();

	ck_assert(ioasid_port_read_held() == held);
	if (held)
		port_read_unlock();
	port_read_lock();
	ck_assert(port_read_trylock());
	port_read_unlock();
	ck_assert(ioasid_port_read_held());
	port_read_unlock();
	ck_assert(!ioasid_port_read_held());
	return unused;
}

START_TEST(sections_may_be_tried)
{
	conform_join(conform_start(try_first, NULL));
}
END_TEST

START_TEST(nobody_reads)
{
	for (unsigned i = 0; i < 100; i++)
		ioasid_port_synchronize();
}
END_TEST

static struct {
	_Atomic bool inside;
	_Atomic bool waiting;
	_Atomic bool over;
	bool over_too_early;
	unsigned written; /* plain: the grace period orders it */
} scene;

/* A section with another one in it, in which a grace period is asked for, and which takes its time. */
static void *read_slowly(void *argument)
{
	(void)argument;
	port_read_lock();
	port_read_lock();
	port_read_unlock();
	atomic_store(&scene.inside, true);
	while (!atomic_load(&scene.waiting))
		(void)sched_yield();
	/* Long enough for one that does not wait to be caught; one that does wait is never blamed. */
	pause_ms(30);
	scene.over_too_early = atomic_load(&scene.over);
	scene.written = MAGIC;
	port_read_unlock();
	return NULL;
}

START_TEST(grace_waits_for_a_reader)
{
	pthread_t reader;

	memset(&scene, 0, sizeof(scene));
	reader = conform_start(read_slowly, NULL);
	while (!atomic_load(&scene.inside))
		(void)sched_yield();
#if CONFORM_THREADS
	ck_assert(!ioasid_port_read_held());
#endif
	atomic_store(&scene.waiting, true);
	ioasid_port_synchronize();
	ck_assert_uint_eq(scene.written, MAGIC);
	atomic_store(&scene.over, true);
	conform_join(reader);
	ck_assert(!scene.over_too_early);
}
END_TEST

/* The use that the core makes of it: unlink, wait, destroy. */
struct object {
	unsigned magic;
};

static struct {
	port_ptr object;
	_Atomic bool over;
} house;

static void *read_again_and_again(void *argument)
{
	unsigned *wrong = argument;

	while (!atomic_load(&house.over)) {
		const struct object *object;

		port_read_lock();
		object = port_ptr_load_acquire(&house.object);
		*wrong += object->magic != MAGIC;
		port_read_unlock();
	}
	return NULL;
}

static struct object *make_object(void)
{
	struct object *object = ioasid_port_zalloc(sizeof(*object), 64);

	ck_assert_ptr_nonnull(object);
	object->magic = MAGIC;
	return object;
}

static void destroy_object(struct object *object)
{
	object->magic = 0;
	ioasid_port_free(object, sizeof(*object));
}

START_TEST(what_readers_see_stays)
{
	pthread_t readers[READERS];
	unsigned wrong[READERS] = {0};

	memset(&house, 0, sizeof(house));
	port_ptr_init(&house.object, make_object());
	for (unsigned i = 0; i < READERS; i++)
		readers[i] = conform_start(read_again_and_again, &wrong[i]);
	for (unsigned i = 0; i < RENEWALS; i++) {
		struct object *old = port_ptr_xchg_acq_rel(&house.object, make_object());

		ioasid_port_synchronize();
		destroy_object(old);
	}
	atomic_store(&house.over, true);
	for (unsigned i = 0; i < READERS; i++) {
		conform_join(readers[i]);
		ck_assert_uint_eq(wrong[i], 0);
	}
	destroy_object(port_ptr_load_relaxed(&house.object));
}
END_TEST

/* Threads that come, read once and go: what a port keeps of each must not run out, nor hold up anybody. */
static void *read_once(void *argument)
{
	(void)argument;
	port_read_lock();
	port_read_unlock();
	return NULL;
}

START_TEST(readers_come_and_go)
{
	for (unsigned i = 0; i < 300; i++) {
		conform_join(conform_start(read_once, NULL));
		ioasid_port_synchronize();
	}
}
END_TEST

TCase *conform_grace(void)
{
	TCase *tcase = tcase_create("grace");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, sections_nest);
	tcase_add_test(tcase, sections_may_be_tried);
	tcase_add_test(tcase, nobody_reads);
	tcase_add_test(tcase, grace_waits_for_a_reader);
	tcase_add_test(tcase, what_readers_see_stays);
	tcase_add_test(tcase, readers_come_and_go);
	return tcase;
}
