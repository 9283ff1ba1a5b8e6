/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* memory.c - kvzalloc(): the slab allocator, and vmalloc for what is large. */
#include "../port.h"

#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>

/*
 * kmalloc() aligns to the size where that is a power of two, and promises little
 * otherwise; what is larger than a page begins on one, or in a block of its own.
 */
static size_t aligned_size(size_t size, size_t align)
{
	return size <= PAGE_SIZE ? roundup_pow_of_two(max(size, align)) : size;
}

/* No warning: who asks is told -ENOMEM, and says so to his caller. */
void *ioasid_port_zalloc(size_t size, size_t align)
{
	return kvzalloc(aligned_size(size, align), GFP_KERNEL | __GFP_NOWARN);
}

void ioasid_port_free(void *memory, size_t size)
{
	(void)size;
	kvfree(memory);
}
