/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* dump.c - a space as text, written without any library. */
#include "lifecycle.h"
#include "participant.h"
#include "stat.h"

#define LINE_MAX_BYTES 256u

struct line {
	ioasid_write_fn *write;
	void *context;
	struct ioasid_space *space;
	bool stopped;
	size_t length;
	char text[LINE_MAX_BYTES];
};

static void put_text(struct line *line, const char *text)
{
	while (*text != '\0' && line->length < LINE_MAX_BYTES - 1)
		line->text[line->length++] = *text++;
}

static void put_number(struct line *line, uint64_t value)
{
	char digits[21];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	put_text(line, &digits[i]);
}

static void put_hex(struct line *line, uint64_t value)
{
	char digits[17];
	size_t i = sizeof(digits) - 1;

	digits[i] = '\0';
	do {
		digits[--i] = "0123456789abcdef"[value & 15u];
		value >>= 4;
	} while (value != 0);
	put_text(line, "0x");
	put_text(line, &digits[i]);
}

static void put_field(struct line *line, const char *name, uint64_t value)
{
	put_text(line, name);
	put_number(line, value);
}

static void put_end(struct line *line)
{
	if (!line->stopped) {
		line->text[line->length++] = '\n';
		line->stopped = !line->write(line->context, line->text, line->length);
	}
	line->length = 0;
}

static void put_title(struct line *line, const struct ioasid_space *space, const struct ioasid_snapshot *s)
{
	int state;

	put_text(line, "space ");
	put_text(line, space->name[0] != '\0' ? space->name : "(no name)");
	put_field(line, ": ", s->capacity);
	put_field(line, " ids, ", s->populated);
	put_field(line, " populated, ", s->memory);
	put_text(line, " bytes");
	for (state = 0; state < IOASID_STATE_COUNT; state++) {
		put_text(line, ", ");
		put_text(line, ioasid_state_name((enum ioasid_state)state));
		put_field(line, " ", s->in_state[state]);
	}
	put_field(line, ", withheld ", s->withheld);
	put_text(line, s->exact ? "" : " (moving)");
	put_end(line);
}

static const char *binding_state_name(enum binding_state state)
{
	static const char *const names[] = {"free", "open", "closing", "poisoned"};

	return names[state];
}

/* What one binding is and what it waits for; copied within a read section. */
static void put_binding(struct line *line, const struct binding *binding)
{
	struct binding_life life = binding_read(binding);

	put_text(line, "    device ");
	put_text(line, binding->device->name[0] != '\0' ? binding->device->name : "(no name)");
	put_text(line, ": ");
	put_text(line, binding_state_name(life.state));
	put_field(line, ", users ", life.users);
	put_field(line, ", pins ", life.pins);
	if (life.state == BINDING_CLOSING) {
		put_text(line, ", in phase ");
		put_text(line, ioasid_phase_name(port_plain_get(binding->phase)));
	}
}

static bool dump_bindings(struct line *line, const struct slot *slot)
{
	uint32_t skip = 0;
	bool more = true;

	/* One line at a time, each written outside the read section. */
	while (more && !line->stopped) {
		const struct chain_node *node;
		uint32_t i = 0;

		port_read_lock();
		node = chain_first(&slot->bindings);
		while (node != NULL && i++ < skip)
			node = chain_next(node);
		more = node != NULL;
		if (more)
			put_binding(line, (const struct binding *)(const void *)((const char *)node -
			                                                         offsetof(struct binding, by_slot)));
		port_read_unlock();
		if (more)
			put_end(line);
		skip++;
	}
	return !line->stopped;
}

static bool dump_holder(void *context, const struct ioasid_holder *holder)
{
	struct line *line = context;
	uint32_t id = ioasid_value(ioasid_handle_id(holder->handle));

	put_field(line, "  id ", id);
	put_field(line, " generation ", handle_generation(holder->handle));
	put_text(line, holder->shared ? " shared " : " private ");
	put_text(line, ioasid_state_name(holder->state));
	put_text(line, " owner ");
	put_hex(line, holder->owner_key);
	put_field(line, "/", holder->owner_generation);
	put_field(line, ": references ", holder->references);
	put_field(line, ", pins ", holder->pins);
	put_field(line, ", bindings ", holder->bindings);
	put_end(line);
	return !line->stopped && dump_bindings(line, table_slot(&line->space->table, id));
}

int ioasid_space_dump(struct ioasid_space *space, ioasid_write_fn *write, void *context)
{
	struct ioasid_snapshot snapshot;
	struct line line;

	if (space == NULL || write == NULL)
		return -IOASID_EINVAL;
	line.write = write;
	line.context = context;
	line.space = space;
	line.stopped = false;
	line.length = 0;
	stat_snapshot(space, &snapshot);
	put_title(&line, space, &snapshot);
	if (!line.stopped)
		(void)stat_holders(space, NULL, dump_holder, &line);
	return 0;
}
