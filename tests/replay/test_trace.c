/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * test_trace.c - reading a trace: what is right is read as it is, what is wrong
 * is refused with the file and the line.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "trace.h"

static char path[64];

static void make_file(void)
{
	int fd;

	(void)snprintf(path, sizeof(path), "/tmp/ioasid-trace-XXXXXX");
	fd = mkstemp(path);
	ck_assert_int_ge(fd, 0);
	(void)close(fd);
}

static void remove_file(void)
{
	(void)unlink(path);
}

static void write_bytes(const char *bytes, size_t length)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

static void write_text(const char *text)
{
	write_bytes(text, strlen(text));
}

/* The file is refused at this line, with these words. */
static void expect_refused(const struct trace_limits *limits, unsigned int line, const char *words)
{
	char error[TRACE_ERROR_MAX] = "";
	char prefix[128];
	struct trace_totals totals;

	ck_assert_msg(!trace_measure(path, limits, &totals, error), "it was taken");
	(void)snprintf(prefix, sizeof(prefix), "%s:%u: ", path, line);
	ck_assert_msg(strncmp(error, prefix, strlen(prefix)) == 0, "\"%s\" does not begin with \"%s\"", error, prefix);
	ck_assert_msg(strstr(error, words) != NULL, "\"%s\" does not say \"%s\"", error, words);
}

static const char sound[] = "0 mm+ 1\n"
			    "0 mm+ 2\n"
			    "5 bind 7 1 3 shared\n"
			    "6 bind 8 1 0 private\n"
			    "9 req 7 2 4096\n"
			    "9 mm- 1\n"
			    "12 req 7 2 1\n"
			    "13 unbind 7\n"
			    "13 unbind 8\n"
			    "20 mm- 2\n";

START_TEST(test_sound)
{
	char error[TRACE_ERROR_MAX];
	struct trace_event event;
	struct trace *trace;

	write_text(sound);
	trace = trace_open(path, NULL, error);
	ck_assert_ptr_nonnull(trace);
	ck_assert_int_eq(trace_next(trace, &event), 1);
	ck_assert_int_eq(event.kind, TRACE_MM_BEGIN);
	ck_assert_uint_eq(event.owner, 1);
	ck_assert_int_eq(trace_next(trace, &event), 1);
	ck_assert_int_eq(trace_next(trace, &event), 1);
	ck_assert_int_eq(event.kind, TRACE_BIND);
	ck_assert_uint_eq(event.time_us, 5);
	ck_assert_uint_eq(event.binding, 7);
	ck_assert_uint_eq(event.owner, 1);
	ck_assert_uint_eq(event.device, 3);
	ck_assert(event.shared);
	ck_assert_int_eq(trace_next(trace, &event), 1);
	ck_assert(!event.shared);
	ck_assert_int_eq(trace_next(trace, &event), 1);
	ck_assert_int_eq(event.kind, TRACE_REQUEST);
	ck_assert_uint_eq(event.owner, 2);
	ck_assert_uint_eq(event.bytes, 4096);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(trace_next(trace, &event), 1);
	ck_assert_int_eq(event.kind, TRACE_MM_END);
	ck_assert_int_eq(trace_next(trace, &event), 0);
	ck_assert_int_eq(trace_next(trace, &event), 0);
	trace_close(trace);
}
END_TEST

static void write_packed(const char *text, size_t length)
{
	gzFile file = gzopen(path, "wb9");

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(gzwrite(file, text, (unsigned int)length), (int)length);
	ck_assert_int_eq(gzclose(file), Z_OK);
}

START_TEST(test_gzip)
{
	char error[TRACE_ERROR_MAX];
	struct trace_totals totals;

	write_packed(sound, sizeof(sound) - 1);
	ck_assert_msg(trace_measure(path, NULL, &totals, error), "%s", error);
	ck_assert_uint_eq(totals.events, 10);
	ck_assert_uint_eq(totals.count[TRACE_REQUEST], 2);
	ck_assert_uint_eq(totals.duration_us, 20);
}
END_TEST

/* One wrong line after two good ones, and what is said of it. */
static const struct {
	const char *line;
	const char *words;
} wrong_lines[] = {
	{"5 bind 7 1 3 shared x", "fields"},
	{"5 bind 7 1 3", "fields"},
	{"5 bind 7 1 8 shared", "the device is above the limit of 7"},
	{"5 bind 7 1 3 Shared", "shared or private"},
	{"5 bind 7 3 3 shared", "owner 3, which is not known yet"},
	{"5 bind  7 1 3 shared", "fields"},
	{"5 bind 7 1 3 shared ", "fields"},
	{"5  bind 7 1 3 shared", "no event"},
	{" 5 bind 7 1 3 shared", "the time is missing"},
	{"", "the time is missing"},
	{"5", "no event"},
	{"5 ", "no event"},
	{"5 mm+", "fields"},
	{"5 mm+ ", "the owner is missing"},
	{"5 mm+ -1", "the owner is not a number"},
	{"5 mm+ 0x3", "the owner is not a number"},
	{"5 mm+ 1", "owner 1 is there for the second time"},
	{"5 mm+ 4194304", "the owner is above the limit of 4194303"},
	{"5 mm+ 18446744073709551617", "the owner is above the limit"},
	{"5 mm- 3", "owner 3, which is not known yet"},
	{"-5 mm- 1", "the time is not a number"},
	{"5.5 mm- 1", "the time is not a number"},
	{"99999999999999999999 mm- 1", "the time is above the limit"},
	{"5 unbind 7", "binding 7, which is not known yet"},
	{"5 unbind 16777216", "the binding is above the limit"},
	{"5 req 7 1 10", "binding 7, which is not known yet"},
	{"5 fork 1", "no event"},
	{"3 mm- 1", "time goes back from 4 to 3"},
	{"5 mm- 1\r", "the owner is not a number"},
	{"\x1f\x8b\x08", "the time is not a number"},
	{"\xff\xfe\xfd", "the time is not a number"},
};

START_TEST(test_wrong_line)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "0 mm+ 1\n4 mm+ 2\n%s\n", wrong_lines[_i].line);
	write_text(text);
	expect_refused(NULL, 3, wrong_lines[_i].words);
}
END_TEST

static const struct {
	const char *text;
	unsigned int line;
	const char *words;
} wrong_orders[] = {
	{"0 mm+ 1\n1 bind 7 1 0 shared\n2 bind 7 1 0 shared\n", 3, "binding 7 is there for the second time"},
	{"0 mm+ 1\n1 bind 7 1 0 shared\n2 unbind 7\n3 unbind 7\n", 4, "binding 7, which is over"},
	{"0 mm+ 1\n1 bind 7 1 0 shared\n2 unbind 7\n3 req 7 1 5\n", 4, "binding 7, which is over"},
	{"0 mm+ 1\n1 bind 7 1 0 shared\n2 unbind 7\n3 bind 7 1 0 shared\n", 4, "second time"},
	{"0 mm+ 1\n1 mm- 1\n2 mm- 1\n", 3, "owner 1, which is over"},
	{"0 mm+ 1\n1 mm- 1\n2 mm+ 1\n", 3, "second time"},
	{"0 mm+ 1\n1 mm- 1\n2 bind 7 1 0 shared\n", 3, "owner 1, which is over"},
	{"0 mm+ 1\n1 bind 7 1 0 shared\n2 req 7 9 5\n", 3, "owner 9, which is not known yet"},
	{"0 mm+ 1\n1 bind 7 1 0 shared\n2 req 7 1 99999999999999\n", 3, "the byte count is above the limit"},
	{"0 mm+ 1\n1 bind 7 1 0 shared\n", 2, "1 owners and 1 bindings are still alive"},
	{"0 mm+ 1\n", 1, "1 owners and 0 bindings are still alive"},
	{"0 mm+ 1\n1 mm-", 2, "middle of a line"},
	{"0 mm+ 1\n1 mm- 1", 2, "middle of a line"},
	{"", 0, "no event"},
	{"\n", 1, "the time is missing"},
};

START_TEST(test_wrong_order)
{
	write_text(wrong_orders[_i].text);
	expect_refused(NULL, wrong_orders[_i].line, wrong_orders[_i].words);
}
END_TEST

START_TEST(test_zero_bytes)
{
	static const char zeros[64];

	write_bytes(zeros, sizeof(zeros));
	expect_refused(NULL, 1, "middle of a line");
	write_bytes("0 mm+ 1\0\n", 9);
	expect_refused(NULL, 1, "the owner is not a number");
}
END_TEST

/* A line may have TRACE_LINE_MAX bytes, and not one more; wherever the buffers end. */
START_TEST(test_long_line)
{
	static const char ends[7] = {' ', 'm', 'm', '+', ' ', '1', '\n'};
	size_t size = 1 << 20;
	char *text = malloc(size);

	ck_assert_ptr_nonnull(text);
	memset(text, '0', size);
	memcpy(text + TRACE_LINE_MAX - 6, ends, sizeof(ends));
	write_bytes(text, TRACE_LINE_MAX + 1);
	expect_refused(NULL, 1, "still alive");
	memset(text, '0', size);
	memcpy(text + TRACE_LINE_MAX - 5, ends, sizeof(ends));
	write_bytes(text, TRACE_LINE_MAX + 2);
	expect_refused(NULL, 1, "longer than 120 bytes");
	memset(text, '0', size);
	write_bytes(text, size);
	expect_refused(NULL, 1, "longer than 120 bytes");
	free(text);
}
END_TEST

START_TEST(test_limits)
{
	struct trace_limits limits = {.events = 10};
	char error[TRACE_ERROR_MAX];
	struct trace_totals totals;

	write_text(sound);
	ck_assert(trace_measure(path, &limits, &totals, error));
	limits.events = 9;
	expect_refused(&limits, 10, "more than the limit of 9 events");
	limits = (struct trace_limits){.live_owners = 1};
	expect_refused(&limits, 2, "more than the limit of 1 owners");
	limits = (struct trace_limits){.live_bindings = 1};
	expect_refused(&limits, 4, "more than the limit of 1 bindings");
}
END_TEST

/* Cut at every byte, a compressed trace is refused and never taken for a shorter one. */
START_TEST(test_cut_gzip)
{
	static char packed[4096];
	size_t length;
	FILE *file;

	write_packed(sound, sizeof(sound) - 1);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	length = fread(packed, 1, sizeof(packed), file);
	(void)fclose(file);
	for (size_t cut = 0; cut < length; cut++) {
		char error[TRACE_ERROR_MAX];
		struct trace_totals totals;

		write_bytes(packed, cut);
		ck_assert_msg(!trace_measure(path, NULL, &totals, error), "taken when cut at %zu of %zu", cut, length);
		ck_assert_ptr_nonnull(strstr(error, path));
	}
}
END_TEST

/* With any one byte changed it is refused, or means the same; it never crashes. */
START_TEST(test_garbled_gzip)
{
	static char packed[4096];
	size_t length;
	FILE *file;

	write_packed(sound, sizeof(sound) - 1);
	file = fopen(path, "rb");
	ck_assert_ptr_nonnull(file);
	length = fread(packed, 1, sizeof(packed), file);
	(void)fclose(file);
	for (size_t place = 0; place < length; place++) {
		char error[TRACE_ERROR_MAX];
		struct trace_totals totals;

		packed[place] = (char)(packed[place] ^ 0x55);
		write_bytes(packed, length);
		if (trace_measure(path, NULL, &totals, error))
			ck_assert_uint_eq(totals.events, 10);
		packed[place] = (char)(packed[place] ^ 0x55);
	}
}
END_TEST

/* A small archive that unpacks to a line without an end is given up at the line's limit. */
START_TEST(test_gzip_bomb)
{
	static char zeros[65536];
	gzFile file = gzopen(path, "wb9");

	ck_assert_ptr_nonnull(file);
	for (int i = 0; i < 1024; i++)
		ck_assert_int_eq(gzwrite(file, zeros, sizeof(zeros)), (int)sizeof(zeros));
	ck_assert_int_eq(gzclose(file), Z_OK);
	expect_refused(NULL, 1, "longer than 120 bytes");
}
END_TEST

START_TEST(test_no_file)
{
	char error[TRACE_ERROR_MAX];

	ck_assert_ptr_null(trace_open("/nowhere/at/all", NULL, error));
	ck_assert_ptr_nonnull(strstr(error, "/nowhere/at/all:0: No such file"));
	(void)snprintf(path, sizeof(path), "/tmp");
	expect_refused(NULL, 1, "cannot be read");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("trace");
	TCase *tests = tcase_create("trace");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tests, make_file, remove_file);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_sound);
	tcase_add_test(tests, test_gzip);
	tcase_add_loop_test(tests, test_wrong_line, 0, (int)(sizeof(wrong_lines) / sizeof(wrong_lines[0])));
	tcase_add_loop_test(tests, test_wrong_order, 0, (int)(sizeof(wrong_orders) / sizeof(wrong_orders[0])));
	tcase_add_test(tests, test_zero_bytes);
	tcase_add_test(tests, test_long_line);
	tcase_add_test(tests, test_limits);
	tcase_add_test(tests, test_cut_gzip);
	tcase_add_test(tests, test_garbled_gzip);
	tcase_add_test(tests, test_gzip_bomb);
	tcase_add_test(tests, test_no_file);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
