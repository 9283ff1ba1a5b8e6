/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * driver.h - a driver, or whatever stands behind one, that writes down what it
 * is told and answers as a test wants. All drivers of a test write into one
 * journal, so that the order between them can be judged.
 */
#ifndef IOASID_TESTS_DRIVER_H
#define IOASID_TESTS_DRIVER_H

#include <stdio.h>

#include "unit.h"

#define JOURNAL_MAX 512u

/* What was told, in place of a phase. */
#define TOLD_ENROLL IOASID_PHASE_COUNT
#define TOLD_RELEASED (IOASID_PHASE_COUNT + 1)
#define TOLD_COUNT (IOASID_PHASE_COUNT + 2)

struct driver;

/* Called within a quiesce callback; its answer is the driver's. */
typedef int driver_hook(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token);

struct driver {
	const char *name;
	struct ioasid_quiesce_ops ops;
	int answer[IOASID_PHASE_COUNT];
	ioasid_token_t token[IOASID_PHASE_COUNT]; /* of the last call in that phase */
	driver_hook *hook;                        /* asked instead of @answer */
	driver_hook *on_released;
	void *context; /* the hooks' */
};

struct entry {
	struct driver *who;
	unsigned what; /* a phase, or TOLD_* */
	struct ioasid_view view;
};

static struct {
	unsigned length;
	struct entry entry[JOURNAL_MAX];
} journal;

static inline void driver_note(struct driver *driver, unsigned what, const struct ioasid_view *view)
{
	ck_assert_uint_lt(journal.length, JOURNAL_MAX);
	ck_assert_uint_eq(view->size, sizeof(*view));
	ck_assert(ioasid_equal(view->id, ioasid_handle_id(view->handle)));
	ck_assert((view->device != NULL) == (view->binding.binding_ != 0));
	journal.entry[journal.length++] = (struct entry){driver, what, *view};
	/* Nothing is held: neither a read section nor, as the re-entering tests show, a lock. */
	ck_assert_uint_eq(sim_read_depth(), 0);
}

static inline int driver_quiesce(struct driver *driver, const struct ioasid_view *view, ioasid_token_t token,
                                 enum ioasid_phase phase)
{
	ck_assert_int_eq(view->phase, phase);
	driver_note(driver, phase, view);
	driver->token[phase] = token;
	return driver->hook != NULL ? driver->hook(driver, view, token) : driver->answer[phase];
}

static inline int driver_submit(void *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	return driver_quiesce(driver, view, token, IOASID_PHASE_SUBMIT);
}

static inline int driver_device(void *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	return driver_quiesce(driver, view, token, IOASID_PHASE_DEVICE);
}

static inline int driver_iommu(void *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	return driver_quiesce(driver, view, token, IOASID_PHASE_IOMMU);
}

static inline int driver_last(void *driver, const struct ioasid_view *view, ioasid_token_t token)
{
	return driver_quiesce(driver, view, token, IOASID_PHASE_LAST);
}

static inline void driver_enroll(void *driver, const struct ioasid_view *view)
{
	ck_assert_int_eq(view->reason, IOASID_REASON_ENROLL);
	driver_note(driver, TOLD_ENROLL, view);
}

static inline void driver_released(void *context, const struct ioasid_view *view)
{
	struct driver *driver = context;
	ioasid_token_t none = {0};

	driver_note(driver, TOLD_RELEASED, view);
	if (driver->on_released != NULL)
		(void)driver->on_released(driver, view, none);
}

/* A new journal, and a driver with a callback for every phase. */
static inline void driver_init(struct driver *driver, const char *name)
{
	*driver = (struct driver){
		.name = name,
		.ops = {.size = sizeof(driver->ops),
	                .quiesce = {driver_submit, driver_device, driver_iommu, driver_last},
	                .enroll = driver_enroll,
	                .released = driver_released},
	};
}

static inline void journal_clear(void)
{
	journal.length = 0;
}

static inline struct ioasid_device *driver_register(struct ioasid_space *space, struct driver *driver, uint32_t bits)
{
	return unit_device_with(space, driver->name, bits, &driver->ops, driver);
}

static inline struct ioasid_participant_config driver_config(struct driver *driver)
{
	struct ioasid_participant_config config = {
		.size = sizeof(config),
		.ops = &driver->ops,
		.context = driver,
		.name = driver->name,
	};

	return config;
}

static inline struct ioasid_participant *driver_join_space(struct ioasid_space *space, struct driver *driver)
{
	struct ioasid_participant_config config = driver_config(driver);
	struct ioasid_participant *participant = NULL;

	ck_assert_ok(ioasid_space_enroll(space, &config, &participant));
	return participant;
}

static inline struct ioasid_participant *driver_join_set(struct ioasid_owner_set *set, struct driver *driver)
{
	struct ioasid_participant_config config = driver_config(driver);
	struct ioasid_participant *participant = NULL;

	ck_assert_ok(ioasid_set_enroll(set, &config, &participant));
	return participant;
}

static inline struct ioasid_participant *driver_join_binding(struct ioasid_space *space, struct driver *driver)
{
	struct ioasid_participant_config config = driver_config(driver);
	struct ioasid_participant *participant = NULL;

	ck_assert_ok(ioasid_binding_enroll(space, &config, &participant));
	return participant;
}

/* How often @who was told @what; of @device if that is not ANY_DEVICE. */
#define ANY_DEVICE ((struct ioasid_device *)-1)

static inline unsigned journal_count(const struct driver *who, unsigned what, const struct ioasid_device *device)
{
	unsigned count = 0;

	for (unsigned i = 0; i < journal.length; i++) {
		const struct entry *e = &journal.entry[i];

		count += e->who == who && e->what == what && (device == ANY_DEVICE || e->view.device == device);
	}
	return count;
}

/* How often @who was asked to quiesce, in any phase. */
static inline unsigned journal_asked(const struct driver *who)
{
	unsigned count = 0;

	for (unsigned phase = 0; phase < IOASID_PHASE_COUNT; phase++)
		count += journal_count(who, phase, ANY_DEVICE);
	return count;
}

static inline unsigned journal_released(const struct driver *who)
{
	return journal_count(who, TOLD_RELEASED, ANY_DEVICE);
}

/* The journal as text, to be compared in one go: "name.PHASE " for each entry. */
static inline const char *journal_text(void)
{
	static char text[JOURNAL_MAX * 24];
	static const char *const other[] = {"ENROLL", "RELEASED"};
	size_t length = 0;

	text[0] = '\0';
	for (unsigned i = 0; i < journal.length && length < sizeof(text) - 64; i++) {
		const struct entry *e = &journal.entry[i];
		const char *what = e->what < IOASID_PHASE_COUNT ? ioasid_phase_name((enum ioasid_phase)e->what)
		                                                : other[e->what - TOLD_ENROLL];

		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s.%s ", e->who->name, what);
	}
	return text;
}

/* Complete the token that the driver got last in that phase. */
static inline void driver_complete(struct ioasid_space *space, struct driver *driver, enum ioasid_phase phase,
                                   int status)
{
	ck_assert_ok(ioasid_token_complete(space, driver->token[phase], status));
}

/* Give back a device that nothing holds, and what is left. */
static inline void driver_gone(struct ioasid_device *device)
{
	ck_assert_ok(ioasid_device_unregister(device));
}

/* A device bound, with that data, to a new private id of the set: the id. */
static inline ioasid_handle_t driver_bind(struct ioasid_space *space, struct ioasid_owner_set *set,
                                          struct ioasid_device *device, void *data, ioasid_binding_t *binding)
{
	struct ioasid_bind_args args = unit_args(device, data);
	ioasid_handle_t handle = {0};

	ck_assert_ok(ioasid_set_bind_private(set, &args, 1, 0, binding));
	ck_assert_ok(ioasid_binding_handle(space, *binding, &handle));
	return handle;
}

#endif
