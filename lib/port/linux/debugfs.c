/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* debugfs.c - libioasid/<space>/counters, snapshot and dump. Reading one takes no lock and stops nobody. */
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include <ioasid/linux.h>

#include "internal.h"

static struct dentry *top;

#define SHOW(file, object, field) seq_printf(file, "%-16s %llu\n", #field, (unsigned long long)(object).field)

static int counters_show(struct seq_file *file, void *unused)
{
	struct ioasid_counters c = {.size = sizeof(c)};
	int error = ioasid_space_counters(file->private, &c);

	if (error)
		return error;
	SHOW(file, c, grace_periods);
	SHOW(file, c, reclaimed);
	SHOW(file, c, surplus_puts);
	SHOW(file, c, surplus_unpins);
	SHOW(file, c, stale_calls);
	SHOW(file, c, callbacks);
	SHOW(file, c, failed);
	SHOW(file, c, timeouts);
	SHOW(file, c, poisoned);
	SHOW(file, c, late_tokens);
	SHOW(file, c, distance_waived);
	SHOW(file, c, retired);
	SHOW(file, c, forgiven);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

static int snapshot_show(struct seq_file *file, void *unused)
{
	struct ioasid_snapshot s = {.size = sizeof(s)};
	unsigned int state;
	int error = ioasid_space_snapshot(file->private, &s);

	if (error)
		return error;
	SHOW(file, s, exact);
	SHOW(file, s, capacity);
	SHOW(file, s, withheld);
	for (state = 0; state < IOASID_STATE_COUNT; state++)
		seq_printf(file, "%-16s %u\n", ioasid_state_name(state), s.in_state[state]);
	SHOW(file, s, populated);
	SHOW(file, s, references);
	SHOW(file, s, pins);
	SHOW(file, s, memory);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(snapshot);

static bool write_text(void *context, const char *text, size_t length)
{
	seq_write(context, text, length);
	return true; /* what does not fit makes seq_file come again with more room */
}

static int dump_show(struct seq_file *file, void *unused)
{
	return ioasid_space_dump(file->private, write_text, file);
}
DEFINE_SHOW_ATTRIBUTE(dump);

struct dentry *ioasid_debugfs_add(struct ioasid_space *space, const char *name)
{
	struct dentry *folder = debugfs_create_dir(name, top);

	debugfs_create_file("counters", 0400, folder, space, &counters_fops);
	debugfs_create_file("snapshot", 0400, folder, space, &snapshot_fops);
	debugfs_create_file("dump", 0400, folder, space, &dump_fops);
	return folder;
}

void ioasid_debugfs_remove(struct dentry *folder)
{
	debugfs_remove(folder);
}

bool ioasid_tell(void *context, const struct ioasid_holder *holder)
{
	const char *driver = context;

	pr_warn("%s: PASID %u is still %s%s: %u references, %u pins, %u bindings, owner %#llx\n",
	        driver ? driver : "libioasid", ioasid_value(ioasid_handle_id(holder->handle)),
	        ioasid_state_name(holder->state), holder->shared ? " and shared" : "", holder->references, holder->pins,
	        holder->bindings, (unsigned long long)holder->owner_key);
	return true;
}

void ioasid_linux_debugfs_init(void)
{
	top = debugfs_create_dir("libioasid", NULL);
}

void ioasid_linux_debugfs_exit(void)
{
	debugfs_remove(top);
}
