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

static void put_name(struct line *line, const char *name)
{
	put_text(line, name[0] != '\0' ? name : "(no name)");
}

/* How far a quiesce has come, and whose answer it waits for. Within a read section; a picture of a moment. */
static void put_phase(struct line *line, const struct binding *binding)
{
	uint32_t cursor = port_plain_get(binding->cursor);
	struct asked asked;

	put_text(line, ", in phase ");
	put_text(line, ioasid_phase_name(port_plain_get(binding->phase)));
	if (!port_plain_get(binding->pending) || cursor == 0 || cursor > PARTICIPANT_PLACES ||
	    !participant_at(line->space, binding, cursor - 1, &asked))
		return;
	put_text(line, ", waits for ");
	put_name(line, asked.name);
}

/* What one binding is and what it waits for; copied within a read section. */
static void put_binding(struct line *line, const struct binding *binding)
{
	struct binding_life life = binding_read(binding);

	put_text(line, "    device ");
	put_name(line, binding->device->name);
	put_text(line, ": ");
	put_text(line, binding_state_name(life.state));
	put_field(line, ", users ", life.users);
	put_field(line, ", pins ", life.pins);
	if (life.state == BINDING_CLOSING)
		put_phase(line, binding);
}

/* The node with that number on a chain, within a read section. */
static struct chain_node *nth(const port_ptr *chain, uint32_t number)
{
	struct chain_node *node = chain_first(chain);

	while (node != NULL && number-- > 0)
		node = chain_next(node);
	return node;
}

static void put_participant(struct line *line, const struct ioasid_participant *p)
{
	put_text(line, "  participant ");
	put_name(line, p->name);
	if (p->set != NULL) {
		put_text(line, " of owner ");
		put_hex(line, p->set->owner.key);
		put_field(line, "/", p->set->owner.generation);
	} else {
		put_text(line, p->place != NULL ? " of the space" : " of the bindings that name it");
	}
}

static void dump_participants(struct line *line)
{
	struct chain_node *node;
	uint32_t number = 0;

	/* As with the bindings, each line is written outside the read section. */
	do {
		port_read_lock();
		node = nth(&line->space->participants, number++);
		if (node != NULL)
			put_participant(line, participant_of_node(node));
		port_read_unlock();
		if (node != NULL)
			put_end(line);
	} while (node != NULL && !line->stopped);
}

static bool dump_bindings(struct line *line, uint32_t id)
{
	const struct slot_more *more = table_more(&line->space->table, id);
	uint32_t skip = 0;
	bool any = true;

	/* One line at a time, each written outside the read section. */
	while (any && !line->stopped) {
		struct chain_node *node;

		port_read_lock();
		node = nth(&more->bindings, skip++);
		any = node != NULL;
		if (any)
			put_binding(line, binding_by_slot(node));
		port_read_unlock();
		if (any)
			put_end(line);
	}
	return !line->stopped;
}

/* The quiesce of the id itself, after that of its bindings: for participants of the set and the space. */
static void dump_itself(struct line *line, uint32_t id)
{
	const struct binding *leader;
	bool asked;

	port_read_lock();
	leader = space_leader(line->space, id);
	asked = leader != NULL && leader->device == NULL && port_plain_get(leader->stage) == STAGE_PHASE;
	if (asked) {
		put_text(line, "    the id itself");
		put_phase(line, leader);
	}
	port_read_unlock();
	if (asked)
		put_end(line);
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
	if (holder->state == IOASID_STATE_PARKED)
		dump_itself(line, id);
	return !line->stopped && dump_bindings(line, id);
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
	dump_participants(&line);
	if (!line.stopped)
		(void)stat_holders(space, NULL, dump_holder, &line);
	return 0;
}
