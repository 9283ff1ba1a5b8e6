/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* stats.c - debugfs: ioasid_edu/counters; and the space's own view, libioasid/edu/. */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/seq_file.h>

#include "edu.h"

static atomic_long_t counters[EDU_COUNTER_COUNT];
static struct dentry *folder;
static struct dentry *space_folder;

void edu_count(enum edu_counter counter, long by)
{
	atomic_long_add(by, &counters[counter]);
}

static int ids_show(struct seq_file *file)
{
	struct ioasid_snapshot s = {.size = sizeof(s)};
	int error = ioasid_space_snapshot(edu_space(), &s);

	if (error)
		return error;
	seq_printf(file, "ids_active %u\n", s.in_state[IOASID_STATE_ACTIVE]);
	seq_printf(file, "ids_parked %u\n", s.in_state[IOASID_STATE_PARKED]);
	seq_printf(file, "ids_poisoned %u\n", s.in_state[IOASID_STATE_POISONED]);
	return 0;
}

static int counters_show(struct seq_file *file, void *unused)
{
	static const char *const names[] = {
#define EDU_NAME_(name) #name,
		EDU_COUNTERS(EDU_NAME_)
#undef EDU_NAME_
	};
	unsigned int i;

	for (i = 0; i < EDU_COUNTER_COUNT; i++)
		seq_printf(file, "%s %ld\n", names[i], atomic_long_read(&counters[i]));
	return edu_space() ? ids_show(file) : 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

void edu_stats_start(void)
{
	folder = debugfs_create_dir("ioasid_edu", NULL);
	debugfs_create_file("counters", 0400, folder, NULL, &counters_fops);
	if (edu_space())
		space_folder = ioasid_debugfs_add(edu_space(), "edu");
}

void edu_stats_stop(void)
{
	debugfs_remove(folder);
	ioasid_debugfs_remove(space_folder);
}
