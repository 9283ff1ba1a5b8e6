/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * What the atomics order between threads. A stress test cannot prove an order,
 * and x86 gives most of them for nothing. But store buffering shows on x86, too;
 * ThreadSanitizer judges the messages; and a torn value or a lost update shows
 * anywhere.
 */
#include "conform.h"

#define ROUNDS 500
#define CELLS 64

/* Store buffering: each side writes its own cell and reads the other's; not both may miss the other's write. */
struct cell {
	_Alignas(128) port_u32 u32;
	port_u64 u64;
};

/* What a cell holds before it is written; every write below makes something else of it. */
#define UNSEEN 2

#define DEFINE_WRITES(T, type)                                      \
	static void T##_store(struct cell *cell)                    \
	{                                                           \
		port_##T##_store_seq_cst(&cell->T, 1);              \
	}                                                           \
	static void T##_xchg(struct cell *cell)                     \
	{                                                           \
		(void)port_##T##_xchg_seq_cst(&cell->T, 1);         \
	}                                                           \
	static void T##_add(struct cell *cell)                      \
	{                                                           \
		(void)port_##T##_add_seq_cst(&cell->T, 1);          \
	}                                                           \
	static void T##_or(struct cell *cell)                       \
	{                                                           \
		(void)port_##T##_or_seq_cst(&cell->T, 1);           \
	}                                                           \
	static void T##_and(struct cell *cell)                      \
	{                                                           \
		(void)port_##T##_and_seq_cst(&cell->T, 1);          \
	}                                                           \
	static void T##_cas(struct cell *cell)                      \
	{                                                           \
		type seen = UNSEEN;                                 \
		while (!port_##T##_cas_seq_cst(&cell->T, &seen, 1)) \
			;                                           \
	}                                                           \
	static void T##_fence(struct cell *cell)                    \
	{                                                           \
		port_##T##_store_relaxed(&cell->T, 1);              \
		port_fence_seq_cst();                               \
	}                                                           \
	static void T##_light(struct cell *cell)                    \
	{                                                           \
		port_##T##_store_relaxed(&cell->T, 1);              \
		port_fence_light();                                 \
	}                                                           \
	static void T##_heavy(struct cell *cell)                    \
	{                                                           \
		port_##T##_store_relaxed(&cell->T, 1);              \
		ioasid_port_fence_heavy();                          \
	}                                                           \
	static bool T##_missed(struct cell *cell)                   \
	{                                                           \
		return port_##T##_load_seq_cst(&cell->T) == UNSEEN; \
	}                                                           \
	static bool T##_missed_relaxed(struct cell *cell)           \
	{                                                           \
		return port_##T##_load_relaxed(&cell->T) == UNSEEN; \
	}

DEFINE_WRITES(u32, uint32_t)
DEFINE_WRITES(u64, uint64_t)

static const struct buffering {
	const char *name;
	void (*write[2])(struct cell *cell);
	bool (*missed[2])(struct cell *cell);
	void (*other[2])(struct cell *cell); /* how the other side writes, if it is another way */
} bufferings[] = {
	{"buffering-store", {u32_store, u64_store}, {u32_missed, u64_missed}, {NULL, NULL}},
	{"buffering-xchg", {u32_xchg, u64_xchg}, {u32_missed, u64_missed}, {NULL, NULL}},
	{"buffering-add", {u32_add, u64_add}, {u32_missed, u64_missed}, {NULL, NULL}},
	{"buffering-or", {u32_or, u64_or}, {u32_missed, u64_missed}, {NULL, NULL}},
	{"buffering-and", {u32_and, u64_and}, {u32_missed, u64_missed}, {NULL, NULL}},
	{"buffering-cas", {u32_cas, u64_cas}, {u32_missed, u64_missed}, {NULL, NULL}},
	{"buffering-fence", {u32_fence, u64_fence}, {u32_missed_relaxed, u64_missed_relaxed}, {NULL, NULL}},
	{"buffering-heavy", {u32_light, u64_light}, {u32_missed_relaxed, u64_missed_relaxed}, {u32_heavy, u64_heavy}},
};
#define NR_BUFFERINGS ((int)(sizeof(bufferings) / sizeof(bufferings[0])))

static struct contest {
	void (*write[2])(struct cell *cell);
	bool (*missed_other)(struct cell *cell);
	struct meeting meeting;
	struct cell cells[2][CELLS];
	bool missed[2][CELLS];
	unsigned both_missed;
} contest;

static void buffer_side(unsigned side)
{
	unsigned round = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned c = 0; c < CELLS; c++) {
			port_u32_store_relaxed(&contest.cells[side][c].u32, UNSEEN);
			port_u64_store_relaxed(&contest.cells[side][c].u64, UNSEEN);
		}
		meet(&contest.meeting, &round);
		for (unsigned c = 0; c < CELLS; c++) {
			contest.write[side](&contest.cells[side][c]);
			contest.missed[side][c] = contest.missed_other(&contest.cells[!side][c]);
		}
		meet(&contest.meeting, &round);
		for (unsigned c = 0; side == 0 && c < CELLS; c++)
			contest.both_missed += contest.missed[0][c] && contest.missed[1][c];
	}
}

static void *buffer_other(void *argument)
{
	(void)argument;
	buffer_side(1);
	return NULL;
}

START_TEST(store_buffering)
{
	for (unsigned i = 0; i < CONFORM_PATIENCE; i++) {
		pthread_t other;

		memset(&contest, 0, sizeof(contest));
		contest.write[0] = bufferings[_i / 2].write[_i % 2];
		contest.write[1] = bufferings[_i / 2].other[_i % 2];
		if (contest.write[1] == NULL)
			contest.write[1] = contest.write[0];
		contest.missed_other = bufferings[_i / 2].missed[_i % 2];
		other = conform_start(buffer_other, NULL);
		buffer_side(0);
		conform_join(other);
		ck_assert_uint_eq(contest.both_missed, 0);
	}
}
END_TEST

/* Messages: what was written before the flag is there for whoever has seen the flag. */
#define MESSAGES 20000

static struct mailbox {
	port_u64 sent;
	uint64_t message[MESSAGES];
	void (*publish)(port_u64 *sent, uint64_t n);
	uint64_t (*collect)(port_u64 *sent);
} mailbox;

static void publish_store_release(port_u64 *sent, uint64_t n)
{
	port_u64_store_release(sent, n);
}

static void publish_store_seq_cst(port_u64 *sent, uint64_t n)
{
	port_u64_store_seq_cst(sent, n);
}

static void publish_xchg_acq_rel(port_u64 *sent, uint64_t n)
{
	(void)port_u64_xchg_acq_rel(sent, n);
}

static void publish_add_release(port_u64 *sent, uint64_t n)
{
	(void)n;
	(void)port_u64_add_release(sent, 1);
}

static void publish_add_acq_rel(port_u64 *sent, uint64_t n)
{
	(void)n;
	(void)port_u64_add_acq_rel(sent, 1);
}

static void publish_cas_acq_rel(port_u64 *sent, uint64_t n)
{
	uint64_t seen = n - 1;

	while (!port_u64_cas_acq_rel(sent, &seen, n))
		;
}

static uint64_t collect_acquire(port_u64 *sent)
{
	return port_u64_load_acquire(sent);
}

static uint64_t collect_add(port_u64 *sent)
{
	return port_u64_add_acq_rel(sent, 0);
}

#if !CONFORM_SANITIZED
static uint64_t collect_fence(port_u64 *sent)
{
	uint64_t n = port_u64_load_relaxed(sent);

	port_fence_acquire();
	return n;
}
#endif

static const struct mailbox mails[] = {
	{.publish = publish_store_release, .collect = collect_acquire},
	{.publish = publish_store_seq_cst, .collect = collect_acquire},
	{.publish = publish_xchg_acq_rel, .collect = collect_acquire},
	{.publish = publish_add_release, .collect = collect_acquire},
	{.publish = publish_add_acq_rel, .collect = collect_add},
	{.publish = publish_cas_acq_rel, .collect = collect_acquire},
#if !CONFORM_SANITIZED /* ThreadSanitizer does not know fences */
	{.publish = publish_store_release, .collect = collect_fence},
#endif
};
#define NR_MAILS ((int)(sizeof(mails) / sizeof(mails[0])))

static void *send_all(void *argument)
{
	(void)argument;
	for (uint64_t n = 1; n <= MESSAGES; n++) {
		mailbox.message[n - 1] = n;
		mailbox.publish(&mailbox.sent, n);
	}
	return NULL;
}

START_TEST(message_passing)
{
	pthread_t sender;
	uint64_t got = 0;
	unsigned wrong = 0;

	memset(&mailbox, 0, sizeof(mailbox));
	mailbox.publish = mails[_i].publish;
	mailbox.collect = mails[_i].collect;
	sender = conform_start(send_all, NULL);
	while (got < MESSAGES) {
		uint64_t sent = mailbox.collect(&mailbox.sent);

		if (sent == got)
			(void)sched_yield();
		for (; got < sent; got++)
			wrong += mailbox.message[got] != got + 1;
	}
	conform_join(sender);
	ck_assert_uint_eq(wrong, 0);
}
END_TEST

/* One lock, one counter that is not atomic, and counters that are. */
#define TURNS 100000

static struct {
	port_u32 lock;
	uint64_t guarded;
	port_u64 sum;
	port_u64 bits;
	port_u64 whole;
	_Alignas(2) port_u8 neighbour[2];
	unsigned lost[2]; /* bytes that another's store put back */
	_Atomic bool over;
	uint64_t torn;
	struct meeting meeting;
} shared;

static void *take_turns(void *argument)
{
	const uint64_t bit = argument == NULL ? 1 : UINT64_C(1) << 63;
	const unsigned me = argument == NULL;
	unsigned round = 0;

	meet(&shared.meeting, &round);
	for (unsigned i = 0; i < TURNS; i++) {
		uint32_t expected = 0;

		shared.lost[me] += port_u8_load_relaxed(&shared.neighbour[me]) != (uint8_t)i;
		port_u8_store_relaxed(&shared.neighbour[me], (uint8_t)(i + 1));
		while (!port_u32_cas_acq_rel(&shared.lock, &expected, 1)) {
			expected = 0;
			port_relax();
			if (i % 64 == 0)
				(void)sched_yield();
		}
		shared.guarded++;
		port_u32_store_release(&shared.lock, 0);
		(void)port_u64_add_relaxed(&shared.sum, UINT64_C(0x100000001));
		if ((port_u64_or_seq_cst(&shared.bits, bit) & bit) != 0)
			(void)port_u64_add_relaxed(&shared.sum, 1);
		if ((port_u64_and_seq_cst(&shared.bits, ~bit) & bit) == 0)
			(void)port_u64_add_relaxed(&shared.sum, 1);
	}
	return NULL;
}

START_TEST(updates_are_not_lost)
{
	for (unsigned i = 0; i < CONFORM_PATIENCE; i++) {
		pthread_t other;

		memset(&shared, 0, sizeof(shared));
		other = conform_start(take_turns, &shared);
		(void)take_turns(NULL);
		conform_join(other);
		ck_assert_uint_eq(shared.lost[0] + shared.lost[1], 0);
		ck_assert_uint_eq(shared.guarded, 2 * TURNS);
		ck_assert_uint_eq(port_u64_load_relaxed(&shared.sum), 2 * TURNS * UINT64_C(0x100000001));
		ck_assert_uint_eq(port_u64_load_relaxed(&shared.bits), 0);
	}
}
END_TEST

static void *look_for_tears(void *argument)
{
	(void)argument;
	while (!atomic_load(&shared.over)) {
		uint64_t seen = port_u64_load_relaxed(&shared.whole);

		shared.torn += seen != 0 && seen != UINT64_MAX;
	}
	return NULL;
}

START_TEST(values_are_not_torn)
{
	for (unsigned i = 0; i < CONFORM_PATIENCE; i++) {
		pthread_t other;

		memset(&shared, 0, sizeof(shared));
		other = conform_start(look_for_tears, NULL);
		for (unsigned k = 0; k < 10 * TURNS; k++)
			port_u64_store_relaxed(&shared.whole, k % 2 == 0 ? UINT64_MAX : 0);
		atomic_store(&shared.over, true);
		conform_join(other);
		ck_assert_uint_eq(shared.torn, 0);
	}
}
END_TEST

static TCase *make_case(Suite *suite, const char *name)
{
	TCase *tcase = tcase_create(name);

	tcase_set_timeout(tcase, 60);
	tcase_set_tags(tcase, "patient");
	suite_add_tcase(suite, tcase);
	return tcase;
}

/* A case for each, so that a broken port can be shown to fail just that one. */
void conform_orders(Suite *suite)
{
	for (int i = 0; i < NR_BUFFERINGS; i++)
		tcase_add_loop_test(make_case(suite, bufferings[i].name), store_buffering, 2 * i, 2 * i + 2);
	tcase_add_loop_test(make_case(suite, "messages"), message_passing, 0, NR_MAILS);
	tcase_add_test(make_case(suite, "updates"), updates_are_not_lost);
	tcase_add_test(make_case(suite, "tears"), values_are_not_torn);
}
