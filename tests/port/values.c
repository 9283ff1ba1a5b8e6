/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* What each atomic operation does to values, one thread; and the bit counting. */
#include "conform.h"

/* A swap may fail for no reason: as often as this, it is none. */
#define TRIES 1000

static const uint64_t samples[] = {0,
                                   1,
                                   2,
                                   0x7fffffff,
                                   0x80000000,
                                   0xffffffff,
                                   UINT64_C(0x100000000),
                                   UINT64_C(0x123456789abcdef0),
                                   UINT64_C(0x8000000000000000),
                                   UINT64_MAX};
#define NR_SAMPLES ((int)(sizeof(samples) / sizeof(samples[0])))

#define EXPECT(T, p, wanted) ck_assert(port_##T##_load_relaxed(p) == (wanted))

#define CHECK_LOAD_STORE(T, p, a, b)                        \
	do {                                                \
		port_##T##_init(p, a);                      \
		EXPECT(T, p, a);                            \
		ck_assert(port_##T##_load_acquire(p) == a); \
		ck_assert(port_##T##_load_seq_cst(p) == a); \
		port_##T##_store_relaxed(p, b);             \
		EXPECT(T, p, b);                            \
		port_##T##_store_release(p, a);             \
		EXPECT(T, p, a);                            \
		port_##T##_store_seq_cst(p, b);             \
		EXPECT(T, p, b);                            \
	} while (0)

/* Each @call is of the form name_order; @after is what must be there then. */
#define CHECK_RMW(T, p, a, b, call, after)               \
	do {                                             \
		port_##T##_init(p, a);                   \
		ck_assert(port_##T##_##call(p, b) == a); \
		EXPECT(T, p, after);                     \
	} while (0)

#define CHECK_CAS(type, T, p, a, b, order)                                    \
	do {                                                                  \
		type expected_ = a;                                           \
		int tries_ = 0;                                               \
		port_##T##_init(p, a);                                        \
		while (!port_##T##_cas_##order(p, &expected_, b)) {           \
			ck_assert(expected_ == a); /* failed for no reason */ \
			EXPECT(T, p, a);                                      \
			ck_assert_int_lt(++tries_, TRIES);                    \
		}                                                             \
		EXPECT(T, p, b);                                              \
		if (a == b)                                                   \
			break;                                                \
		expected_ = a;                                                \
		ck_assert(!port_##T##_cas_##order(p, &expected_, a));         \
		ck_assert(expected_ == b); /* what was there instead */       \
		EXPECT(T, p, b);                                              \
	} while (0)

#define CHECK_COMMON(type, T, p, a, b)                  \
	do {                                            \
		CHECK_LOAD_STORE(T, p, a, b);           \
		CHECK_RMW(T, p, a, b, xchg_acq_rel, b); \
		CHECK_RMW(T, p, a, b, xchg_seq_cst, b); \
		CHECK_CAS(type, T, p, a, b, relaxed);   \
		CHECK_CAS(type, T, p, a, b, acq_rel);   \
		CHECK_CAS(type, T, p, a, b, seq_cst);   \
	} while (0)

#define CHECK_ARITHMETIC(type, T, p, a, b)                         \
	do {                                                       \
		CHECK_RMW(T, p, a, b, add_relaxed, (type)(a + b)); \
		CHECK_RMW(T, p, a, b, add_release, (type)(a + b)); \
		CHECK_RMW(T, p, a, b, add_acq_rel, (type)(a + b)); \
		CHECK_RMW(T, p, a, b, add_seq_cst, (type)(a + b)); \
		CHECK_RMW(T, p, a, b, or_seq_cst, (type)(a | b));  \
		CHECK_RMW(T, p, a, b, and_seq_cst, (type)(a & b)); \
	} while (0)

/* Neighbours on both sides: an operation of a wrong width would reach them. */
#define GUARDED(type, T)       \
	struct {               \
		type before;   \
		port_##T atom; \
		type after;    \
	} guarded = {(type)-1, {0}, (type)-1}

START_TEST(u8_values)
{
	GUARDED(uint8_t, u8);

	for (unsigned i = 0; i <= 255; i++) {
		port_u8_store_relaxed(&guarded.atom, (uint8_t)i);
		EXPECT(u8, &guarded.atom, i);
	}
	ck_assert(guarded.before == 255 && guarded.after == 255);
}
END_TEST

/* Each sample there, with each as the operand. */
START_TEST(u32_values)
{
	GUARDED(uint32_t, u32);
	uint32_t a = (uint32_t)samples[_i];

	for (int i = 0; i < NR_SAMPLES; i++) {
		uint32_t b = (uint32_t)samples[i];

		CHECK_COMMON(uint32_t, u32, &guarded.atom, a, b);
		CHECK_ARITHMETIC(uint32_t, u32, &guarded.atom, a, b);
	}
	ck_assert(guarded.before == UINT32_MAX && guarded.after == UINT32_MAX);
}
END_TEST

START_TEST(u64_values)
{
	GUARDED(uint64_t, u64);
	uint64_t a = samples[_i];

	for (int i = 0; i < NR_SAMPLES; i++) {
		uint64_t b = samples[i];

		CHECK_COMMON(uint64_t, u64, &guarded.atom, a, b);
		CHECK_ARITHMETIC(uint64_t, u64, &guarded.atom, a, b);
	}
	ck_assert(guarded.before == UINT64_MAX && guarded.after == UINT64_MAX);
}
END_TEST

START_TEST(ptr_values)
{
	static char somewhere[2];
	void *const pointers[] = {NULL, &somewhere[0], &somewhere[1]};
	port_ptr atom;

	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < 3; j++)
			CHECK_COMMON(void *, ptr, &atom, pointers[i], pointers[j]);
	}
}
END_TEST

START_TEST(zero_bytes_are_zero)
{
	struct {
		char odd;
		port_u32 u32;
		port_u8 u8;
		port_u64 u64;
		port_ptr ptr;
	} all;

	memset(&all, 0, sizeof(all));
	ck_assert_uint_eq(port_u8_load_relaxed(&all.u8), 0);
	ck_assert_uint_eq(port_u32_load_acquire(&all.u32), 0);
	ck_assert_uint_eq(port_u64_load_acquire(&all.u64), 0);
	ck_assert_ptr_null(port_ptr_load_acquire(&all.ptr));
	ck_assert_uint_eq((uintptr_t)&all.u64 % 8, 0);
}
END_TEST

START_TEST(plain_access)
{
	struct {
		unsigned field;
	} plain = {7};

	ck_assert_uint_eq(port_plain_get(plain.field), 7);
	port_plain_set(plain.field, 8);
	ck_assert_uint_eq(port_plain_get(plain.field), 8);
}
END_TEST

START_TEST(bits)
{
	for (unsigned i = 0; i < 64; i++) {
		uint64_t bit = UINT64_C(1) << i;

		ck_assert_uint_eq(port_ctz64(bit), i);
		ck_assert_uint_eq(port_ctz64(UINT64_MAX << i), i);
		ck_assert_uint_eq(port_ctz64(bit | UINT64_C(1) << 63), i);
		ck_assert_uint_eq(port_popcount64(bit), 1);
		ck_assert_uint_eq(port_popcount64(UINT64_MAX << i), 64 - i);
		ck_assert_uint_eq(port_popcount64(bit - 1), i);
	}
	ck_assert_uint_eq(port_popcount64(0), 0);
	ck_assert_uint_eq(port_popcount64(UINT64_C(0x8421084210842108)), 13);
	ck_assert_uint_eq(port_popcount64(UINT64_C(0x123456789abcdef0)), 32);
}
END_TEST

/* A check that holds lets the program go on, and a tracepoint takes any integers. */
START_TEST(diagnostics)
{
	unsigned looked_at = 1;

	port_assert(looked_at == 1);
	port_trace(alloc, UINT32_C(1), UINT32_C(2), UINT64_C(3));
	port_relax();
	(void)port_shard_hint();
}
END_TEST

TCase *conform_values(void)
{
	TCase *tcase = tcase_create("values");

	tcase_add_test(tcase, u8_values);
	tcase_add_loop_test(tcase, u32_values, 0, NR_SAMPLES);
	tcase_add_loop_test(tcase, u64_values, 0, NR_SAMPLES);
	tcase_add_test(tcase, ptr_values);
	tcase_add_test(tcase, zero_bytes_are_zero);
	tcase_add_test(tcase, plain_access);
	tcase_add_test(tcase, bits);
	tcase_add_test(tcase, diagnostics);
	return tcase;
}
