/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* Who holds what: as text, as told by a destroy that is refused, and as a set enumerates it. */
#include "unit.h"

struct text {
	char all[16384];
	size_t length;
	uint32_t lines;
	uint32_t stop_after; /* lines; 0: never */
};

static bool keep(void *context, const char *piece, size_t length)
{
	struct text *text = context;

	ck_assert_uint_eq(sim_read_depth(), 0);
	ck_assert_uint_lt(text->length + length, sizeof(text->all));
	memcpy(text->all + text->length, piece, length);
	text->length += length;
	text->all[text->length] = '\0';
	text->lines++;
	return text->lines != text->stop_after;
}

static struct text *dump(struct ioasid_space *space)
{
	static struct text text;

	memset(&text, 0, sizeof(text));
	ck_assert_ok(ioasid_space_dump(space, keep, &text));
	return &text;
}

#define says(space, what)                                                                                       \
	do {                                                                                                    \
		const struct text *text_ = dump(space);                                                         \
		ck_assert_msg(strstr(text_->all, what) != NULL, "'%s' is missing from:\n%s", what, text_->all); \
	} while (0)

struct fixture {
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *disk;
	struct ioasid_device *net;
	int answer[IOASID_PHASE_COUNT];
	ioasid_token_t token;
};

static int answer(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	struct fixture *f = context;

	f->token = token;
	return f->answer[view->phase];
}

static const struct ioasid_quiesce_ops ops = {.size = sizeof(ops), .quiesce = {answer, answer, answer, answer}};

static void open_space(struct fixture *f)
{
	struct ioasid_space_config config = {.name = "vm7", .order = IOASID_ORDER_LOWEST};

	*f = (struct fixture){.space = unit_space_with(6, &config)};
	f->set = unit_set_with(f->space, 0xabc123, IOASID_UNLIMITED, 0);
	f->disk = unit_device_with(f->space, "disk", 20, &ops, f);
	f->net = unit_device_with(f->space, "net", 20, &ops, f);
}

static void close_space(struct fixture *f)
{
	unit_set_gone(f->space, f->set);
	ck_assert_ok(ioasid_device_unregister(f->disk));
	ck_assert_ok(ioasid_device_unregister(f->net));
	unit_destroy(f->space);
}

START_TEST(title_sums_up)
{
	struct fixture f;

	open_space(&f);
	says(f.space, "space vm7: 64 ids, 0 populated, ");
	says(f.space, "FREE 63, RESERVED 0, ACTIVE 0, PARKED 0, QUARANTINED 0, POISONED 0, withheld 1\n");
	ck_assert_uint_eq(dump(f.space)->lines, 1);
	(void)unit_alloc(f.set);
	says(f.space, "FREE 62, RESERVED 0, ACTIVE 1,");
	close_space(&f);
}
END_TEST

/* An id: number, life, kind, state, owner, and how much holds it; its devices by name. */
START_TEST(holders_by_name)
{
	struct fixture f;
	ioasid_handle_t id;
	ioasid_handle_t reserved;
	ioasid_binding_t binding;

	open_space(&f);
	ck_assert_ok(ioasid_id_free(f.space, unit_alloc(f.set)));
	(void)unit_run(f.space);
	id = unit_alloc(f.set);
	says(f.space, "  id 1 generation 2 private ACTIVE owner 0xabc123/1: references 1, pins 0, bindings 0\n");
	ck_assert_ok(ioasid_id_get(f.space, id));
	ck_assert_ok(ioasid_id_pin(f.space, ioasid_handle_id(id), &id));
	binding = unit_bind(f.space, id, f.disk);
	binding = unit_bind(f.space, id, f.disk);
	ck_assert_ok(ioasid_device_pin(f.disk, ioasid_handle_id(id), &binding));
	(void)unit_bind(f.space, id, f.net);
	says(f.space, "  id 1 generation 2 private ACTIVE owner 0xabc123/1: references 4, pins 1, bindings 2\n");
	says(f.space, "    device disk: open, users 2, pins 1\n");
	says(f.space, "    device net: open, users 1, pins 0\n");
	ck_assert_uint_eq(dump(f.space)->lines, 4);
	reserved = unit_alloc_with(f.set, 0);
	says(f.space, "  id 2 generation 1 private RESERVED owner 0xabc123/1: references 1, pins 0, bindings 0\n");
	ck_assert_ok(ioasid_id_free(f.space, id));
	says(f.space, "  id 1 generation 2 private PARKED ");
	ck_assert_ok(ioasid_binding_unpin(f.space, binding));
	ck_assert_ok(ioasid_id_put(f.space, id));
	ck_assert_ok(ioasid_id_unpin(f.space, id));
	ck_assert_ok(ioasid_id_abort(f.space, reserved));
	close_space(&f);
}
END_TEST

START_TEST(shared_and_its_owner)
{
	struct ioasid_bind_args args;
	struct fixture f;
	ioasid_binding_t binding;

	open_space(&f);
	args = unit_args(f.disk, NULL);
	ck_assert_ok(ioasid_set_bind(f.set, &args, 1, 0, &binding));
	says(f.space, "  id 1 generation 1 shared ACTIVE owner 0xabc123/1: references 1, pins 0, bindings 1\n");
	close_space(&f);
}
END_TEST

/* Which phase a device is in, for each; and that it has failed. */
START_TEST(phase_that_has_not_answered)
{
	static const char *const lines[] = {
		"    device disk: closing, users 0, pins 0, in phase SUBMIT, waits for disk\n",
		"    device disk: closing, users 0, pins 0, in phase DEVICE, waits for disk\n",
		"    device disk: closing, users 0, pins 0, in phase IOMMU, waits for disk\n",
		"    device disk: closing, users 0, pins 0, in phase LAST, waits for disk\n",
	};
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f);
	id = unit_alloc(f.set);
	f.answer[_i] = IOASID_PENDING;
	ck_assert_ok(ioasid_binding_unbind(f.space, unit_bind(f.space, id, f.disk)));
	(void)unit_run(f.space);
	says(f.space, lines[_i]);
	ck_assert_ok(ioasid_token_complete(f.space, f.token, -IOASID_EBUSY));
	f.answer[_i] = IOASID_DONE;
	(void)unit_run(f.space);
	says(f.space, "    device disk: poisoned, users 0, pins 0\n");
	ck_assert_ok(ioasid_device_reset_done(f.disk));
	(void)unit_run(f.space);
	ck_assert_ptr_null(strstr(dump(f.space)->all, "device"));
	close_space(&f);
}
END_TEST

START_TEST(reader_can_stop_it)
{
	static struct text text;
	struct fixture f;
	ioasid_handle_t id;

	open_space(&f);
	id = unit_alloc(f.set);
	(void)unit_bind(f.space, id, f.disk);
	(void)unit_bind(f.space, id, f.net);
	(void)unit_alloc(f.set);
	for (uint32_t stop = 1; stop <= 5; stop++) {
		memset(&text, 0, sizeof(text));
		text.stop_after = stop;
		ck_assert_ok(ioasid_space_dump(f.space, keep, &text));
		ck_assert_uint_eq(text.lines, stop);
	}
	ck_assert_uint_eq(dump(f.space)->lines, 5);
	close_space(&f);
}
END_TEST

/* 31 bytes of a name, and no name at all. */
START_TEST(names)
{
	struct ioasid_space_config config = {.name = "0123456789012345678901234567890123456789"};
	struct ioasid_space *named = unit_space_with(4, &config);
	struct ioasid_space *nameless = unit_space(4);
	struct ioasid_device *device = unit_device(named, config.name);
	struct ioasid_device *nobody = unit_device(nameless, NULL);
	struct ioasid_owner_set *sets[] = {unit_set(named), unit_set(nameless)};

	(void)unit_bind(named, unit_alloc(sets[0]), device);
	(void)unit_bind(nameless, unit_alloc(sets[1]), nobody);
	says(named, "space 0123456789012345678901234567890: 16 ids");
	says(named, "device 0123456789012345678901234567890: open");
	says(nameless, "space (no name): 16 ids");
	says(nameless, "device (no name): open");
	unit_set_gone(named, sets[0]);
	unit_set_gone(nameless, sets[1]);
	ck_assert_ok(ioasid_device_unregister(device));
	ck_assert_ok(ioasid_device_unregister(nobody));
	unit_destroy(named);
	unit_destroy(nameless);
}
END_TEST

struct told {
	struct ioasid_holder holder[16];
	uint32_t count;
	uint32_t stop_after;
};

static bool note(void *context, const struct ioasid_holder *holder)
{
	struct told *told = context;

	ck_assert_uint_lt(told->count, 16);
	told->holder[told->count++] = *holder;
	return told->count != told->stop_after;
}

/* A destroy that is refused names every id that is not free, and leaves the space as it was. */
START_TEST(refused_destroy_tells)
{
	static const uint32_t references[] = {1, 0, 2};
	struct told told = {.count = 0};
	struct fixture f;
	ioasid_handle_t ids[3];

	open_space(&f);
	for (int i = 0; i < 3; i++)
		ids[i] = unit_alloc(f.set);
	ck_assert_ok(ioasid_id_pin(f.space, ioasid_handle_id(ids[1]), &ids[1]));
	ck_assert_ok(ioasid_id_free(f.space, ids[1]));
	(void)unit_bind(f.space, ids[2], f.disk);
	ck_assert_int_eq(ioasid_space_destroy(f.space, note, &told), -IOASID_EBUSY);
	ck_assert_uint_eq(told.count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert(ioasid_handle_equal(told.holder[i].handle, ids[i]));
		ck_assert_int_eq(told.holder[i].state, i == 1 ? IOASID_STATE_PARKED : IOASID_STATE_ACTIVE);
		ck_assert_uint_eq(told.holder[i].references, references[i]);
		ck_assert_uint_eq(told.holder[i].pins, i == 1);
		ck_assert_uint_eq(told.holder[i].bindings, i == 2);
		ck_assert_uint_eq(told.holder[i].owner_key, 0xabc123);
		ck_assert_uint_eq(told.holder[i].owner_generation, 1);
		ck_assert(!told.holder[i].shared);
	}
	told = (struct told){.stop_after = 2};
	ck_assert_int_eq(ioasid_space_destroy(f.space, note, &told), -IOASID_EBUSY);
	ck_assert_uint_eq(told.count, 2);
	/* Late puts and frees stay defined. */
	ck_assert_ok(ioasid_id_unpin(f.space, ids[1]));
	ck_assert_ok(ioasid_id_free(f.space, ids[0]));
	ck_assert_ok(ioasid_id_get(f.space, ids[2]));
	ck_assert_ok(ioasid_id_put(f.space, ids[2]));
	close_space(&f);
}
END_TEST

/* An empty space that has a set, or a device, is in use, too; of them there is nobody to name. */
START_TEST(destroy_with_registered)
{
	struct told told = {.count = 0};
	struct ioasid_space *space = unit_space(6);
	struct ioasid_owner_set *set = unit_set(space);
	struct ioasid_device *device;

	ck_assert_int_eq(ioasid_space_destroy(space, note, &told), -IOASID_EBUSY);
	unit_set_gone(space, set);
	device = unit_device(space, "disk");
	ck_assert_int_eq(ioasid_space_destroy(space, note, &told), -IOASID_EBUSY);
	ck_assert_uint_eq(told.count, 0);
	ck_assert_ok(ioasid_device_unregister(device));
	unit_destroy(space);
}
END_TEST

static void add_tests(TCase *tests)
{
	tcase_add_test(tests, title_sums_up);
	tcase_add_test(tests, holders_by_name);
	tcase_add_test(tests, shared_and_its_owner);
	tcase_add_loop_test(tests, phase_that_has_not_answered, 0, IOASID_PHASE_COUNT);
	tcase_add_test(tests, reader_can_stop_it);
	tcase_add_test(tests, names);
	tcase_add_test(tests, refused_destroy_tells);
	tcase_add_test(tests, destroy_with_registered);
}

UNIT_MAIN("dump", add_tests)
