/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/linux.h - the library within the Linux kernel: what a driver includes.
 *
 * All of <ioasid/ioasid.h> is there as elsewhere, exported to GPL modules. Every
 * call's context is said there; "process" is where a driver may sleep. Below is
 * what only a kernel has: a set for each mm, that ends with it, and debugfs.
 *
 * A driver's life of an id: ioasid_space_create() for the device (or one space for
 * all devices that share a table); ioasid_mm_set() when a process opens it;
 * ioasid_set_bind() for the id that all threads of the process share, or
 * ioasid_set_bind_private(); ioasid_binding_unbind() and ioasid_set_release() when
 * the file is closed. The process may exit before, after or meanwhile.
 */
#ifndef IOASID_LINUX_H
#define IOASID_LINUX_H

#include <ioasid/ioasid.h>

struct dentry;
struct mm_struct;

/**
 * ioasid_mm_set() - the set of an address space; made by the first who asks.
 * @mm:    must not have exited: usually current->mm.
 * @quota: ids at once, IOASID_UNLIMITED; of no effect if the set is there already.
 * @set:   written on success, with a hold: ioasid_set_release().
 *
 * When the mm exits its set is ended, and the exit waits until every device has
 * answered that it does not reach the mm any more: page tables go only then. A
 * device that never answers is poisoned after the space's quiesce timeout, and
 * the exit goes on; what it may still reach is then the driver's to reset.
 * Whoever exits runs the callbacks if the space is polled. So a worker of the
 * driver's whose mmput() may be the last, and who is waited for in a quiesce, ends
 * his request before that, or calls mmput_async().
 *
 * The park takes bindings, not references: a driver that wants an open file to
 * keep the number from being reused takes one, ioasid_id_get().
 * Context:  process; may sleep; takes mmap_lock for writing.
 * Progress: blocking.
 * Return:   0; -ESTALE (the mm has exited, or its set has ended); -ENOMEM;
 *           -EINVAL; -EINTR (a fatal signal).
 */
int __must_check ioasid_mm_set(struct ioasid_space *space, struct mm_struct *mm, u32 quota,
                               struct ioasid_owner_set **set);

/**
 * ioasid_mm_end_all() - end the sets of all address spaces, as if these had exited.
 *
 * Before ioasid_space_destroy(), and before the exit of a module whose code is in
 * the space's callbacks. Nobody may call ioasid_mm_set() on @space meanwhile.
 * Context: process; may sleep. Progress: blocking, until each set is done: a
 * reference that is never put, or a poisoned id, holds it up.
 */
void ioasid_mm_end_all(struct ioasid_space *space);

/**
 * ioasid_debugfs_add() - show a space in debugfs: libioasid/@name/{counters,snapshot,dump}.
 *
 * Context: process. Return: what ioasid_debugfs_remove() takes, before the space is
 * destroyed; as everywhere in debugfs, an error need not be looked at.
 */
struct dentry *ioasid_debugfs_add(struct ioasid_space *space, const char *name);
void ioasid_debugfs_remove(struct dentry *folder);

/**
 * ioasid_tell() - for ioasid_space_destroy(): names in the kernel's log every id that is still held.
 * @context: the driver's name, a string.
 */
bool ioasid_tell(void *context, const struct ioasid_holder *holder);

#endif
