/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * shim.h - what the kernel's files find in headers that they include and that are
 * not taken from the kernel: first in each of those files, the headers are empty.
 * Only what they use, by the kernel's names. What is only ever printed is not.
 */
#ifndef LINUX_SHIM_H
#define LINUX_SHIM_H

#include "lock.h"
#include "memory.h"
#include "rcu.h"

#include <asm/byteorder.h>
#include <errno.h>
#include <limits.h>
#include <linux/const.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "atomic.h"

/* Debian's configuration, where it matters. */
#define CONFIG_64BIT 1
#define CONFIG_SMP 1
#define CONFIG_XARRAY_MULTI 1
#define CONFIG_IOASID 1
#define CONFIG_BASE_SMALL 0

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;

struct list_head {
	struct list_head *next, *prev;
};
struct hlist_node {
	struct hlist_node *next, **pprev;
};
struct hlist_head {
	struct hlist_node *first;
};

/* Notes to the kernel's checker and to the compiler. */
#define __rcu
#define __user
#define __percpu
#define __force
#define __bitwise
#define __init
#define __read_mostly
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __must_check __attribute__((warn_unused_result))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#undef __pure
#define __pure __attribute__((pure))
#define noinline __attribute__((noinline))
#define fallthrough __attribute__((fallthrough))
#define ____cacheline_aligned_in_smp __attribute__((aligned(64)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define EXPORT_SYMBOL(symbol)
#define EXPORT_SYMBOL_GPL(symbol)
#define EXPORT_PER_CPU_SYMBOL_GPL(symbol)
#define MODULE_AUTHOR(name)
#define MODULE_DESCRIPTION(text)
#define MODULE_LICENSE(text)

/* Whatever the kernel would warn of means that it is used wrongly: the figures would be, too. */
#define LINUX_BROKEN(cond) (fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond), abort())
#define BUG_ON(cond) ((void)(unlikely(cond) ? LINUX_BROKEN(cond) : (void)0))
#define WARN_ON(cond) (unlikely(cond) ? (LINUX_BROKEN(cond), true) : false)
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define WARN(cond, ...) WARN_ON(cond)
#define BUG() LINUX_BROKEN(BUG)
#define BUILD_BUG_ON(cond) _Static_assert(!(cond), #cond)

/* An allocation that fails says so in the kernel's log, which is slow; not here. */
#define pr_err(...) ((void)0)
#define pr_warn(...) ((void)0)
#define pr_info(...) ((void)0)

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(type, a, b) min((type)(a), (type)(b))
#define max_t(type, a, b) max((type)(a), (type)(b))
#define clamp_t(type, v, low, high) min_t(type, max_t(type, v, low), high)
#define clamp_val(v, low, high) clamp_t(__typeof__(v), v, low, high)
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define ALIGN(x, a) (((x) + (a)-1) & ~((__typeof__(x))(a)-1))
#define IS_ALIGNED(x, a) (((x) & ((__typeof__(x))(a)-1)) == 0)
#define round_up(x, a) ALIGN(x, a)
#define round_down(x, a) ((x) & ~((__typeof__(x))(a)-1))
#define container_of(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))
#define ilog2(n) (63 - __builtin_clzll(n))
#define swab(x) __builtin_bswap64(x)
#define LIST_POISON1 ((void *)0x100)
#define LIST_POISON2 ((void *)0x122)

#define MAX_ERRNO 4095
#define IS_ERR_VALUE(x) unlikely((unsigned long)(void *)(x) >= (unsigned long)-MAX_ERRNO)
#define ERR_PTR(error) ((void *)(long)(error))
#define PTR_ERR(ptr) ((long)(ptr))
#define IS_ERR(ptr) IS_ERR_VALUE(ptr)
#define IS_ERR_OR_NULL(ptr) (!(ptr) || IS_ERR(ptr))

#define BITS_PER_LONG 64
#define BITS_PER_BYTE 8
#define BIT(nr) (1UL << (nr))
#define BIT_MASK(nr) (1UL << ((nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((nr) / BITS_PER_LONG)
#define BITS_TO_LONGS(nr) DIV_ROUND_UP(nr, BITS_PER_LONG)
#define BITS_PER_TYPE(type) (sizeof(type) * BITS_PER_BYTE)
#define GENMASK(high, low) ((~0UL << (low)) & (~0UL >> (BITS_PER_LONG - 1 - (high))))
#define __ffs(word) ((unsigned long)__builtin_ctzl(word))
#define __fls(word) ((unsigned long)(63 - __builtin_clzl(word)))
#define ffz(word) __ffs(~(word))
#define fls_long(word) ((word) != 0 ? 64 - __builtin_clzl(word) : 0)
#define hweight_long(word) ((unsigned)__builtin_popcountl(word))
#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]
#define small_const_nbits(nbits) (__builtin_constant_p(nbits) && (nbits) <= BITS_PER_LONG && (nbits) > 0)

/* Spinlocks. Nothing interrupts a thread that would take a lock: interrupts stay as they are. */
typedef linux_lock spinlock_t;
typedef linux_lock raw_spinlock_t;
typedef struct {
	char nothing;
} local_lock_t;
struct lock_class_key {
	char nothing;
};
#define __SPIN_LOCK_UNLOCKED(name) \
	{                          \
		{                  \
			0          \
		}                  \
	}
#define DEFINE_SPINLOCK(name) spinlock_t name = __SPIN_LOCK_UNLOCKED(name)
#define INIT_LOCAL_LOCK(name) \
	{                     \
		0             \
	}
#define spin_lock_init(lock) ((void)((lock)->word = 0))
#define raw_spin_lock_init(lock) spin_lock_init(lock)
#define spin_lock(lock) linux_lock_take(lock)
#define spin_unlock(lock) linux_lock_drop(lock)
#define spin_lock_bh(lock) spin_lock(lock)
#define spin_unlock_bh(lock) spin_unlock(lock)
#define spin_lock_irq(lock) spin_lock(lock)
#define spin_unlock_irq(lock) spin_unlock(lock)
#define spin_lock_irqsave(lock, flags) ((flags) = 0, spin_lock(lock))
#define spin_unlock_irqrestore(lock, flags) ((void)(flags), spin_unlock(lock))
#define local_lock(lock) ((void)0)
#define local_unlock(lock) ((void)0)

struct linux_guard {
	linux_lock *lock;
};
static inline struct linux_guard linux_guard_raw_spinlock_irqsave(linux_lock *lock)
{
	linux_lock_take(lock);
	return (struct linux_guard){lock};
}
static inline void linux_unguard(struct linux_guard *guard)
{
	linux_lock_drop(guard->lock);
}
#define guard(kind) struct linux_guard linux_guard __attribute__((cleanup(linux_unguard))) = linux_guard_##kind

/* RCU; readers and callbacks are in rcu.h. */
#undef rcu_dereference
#undef rcu_assign_pointer
#define rcu_read_lock() urcu_bp_read_lock()
#define rcu_read_unlock() urcu_bp_read_unlock()
#define call_rcu(head, fn) linux_call_rcu(head, fn)
#define synchronize_rcu() urcu_bp_synchronize_rcu()
#define rcu_dereference(p) READ_ONCE(p)
#define rcu_dereference_raw(p) READ_ONCE(p)
#define rcu_dereference_check(p, cond) READ_ONCE(p)
#define rcu_dereference_protected(p, cond) (p)
#define rcu_assign_pointer(p, v) smp_store_release(&(p), (__typeof__(p))(v))
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)
#define kfree_rcu(p, field) linux_call_rcu(&(p)->field, LINUX_RCU_FREE(offsetof(__typeof__(*(p)), field)))

/* Memory. */
#define SLAB_PANIC 0
#define SLAB_RECLAIM_ACCOUNT 0
#define NUMA_NO_NODE (-1)
#define kmem_cache_create(name, size, align, flags, ctor) linux_cache_create(size, ctor)
#define kmem_cache_alloc(cache, gfp) linux_cache_alloc(cache)
#define kmem_cache_alloc_lru(cache, lru, gfp) linux_cache_alloc(cache)
#define kmem_cache_free(cache, object) linux_cache_free(cache, object)
#define kzalloc(size, gfp) linux_kzalloc(LINUX_CLASS(size), size)
#define kzalloc_node(size, gfp, node) linux_zalloc_lines(size)
#define kvzalloc_node(size, gfp, node) linux_zalloc_lines(size)
#define kvfree(object) kfree(object)
#define kfree(object) linux_kfree((void *)(uintptr_t)(object))
#define kmemleak_update_trace(object) ((void)0)
#define gfpflags_allow_blocking(gfp) (((gfp)&__GFP_DIRECT_RECLAIM) != 0)
#define might_alloc(gfp) ((void)0)
#define GFP_ZONEMASK 0x0fu

/*
 * Per CPU. A variable of the kernel becomes one of each thread, as threads may be
 * moved while they use it; memory of each CPU stays that, where it is no more
 * than a hint.
 */
#define DECLARE_PER_CPU(type, name) extern _Thread_local type name
#define DEFINE_PER_CPU(type, name) _Thread_local type name
#define this_cpu_ptr(variable) (variable)
#define per_cpu(variable, cpu) (variable)
#define LINUX_CPU_SIZE 64u
#define alloc_percpu_gfp(type, gfp) ((type *)linux_zalloc_lines((size_t)get_nprocs_conf() * LINUX_CPU_SIZE))
#define free_percpu(memory) free(memory)
#define per_cpu_ptr(memory, cpu) ((__typeof__(memory))(void *)((char *)(memory) + (size_t)(cpu)*LINUX_CPU_SIZE))
#define raw_cpu_ptr(memory) per_cpu_ptr(memory, linux_cpu())
#define this_cpu_read(place) READ_ONCE(*raw_cpu_ptr(&(place)))
#define this_cpu_write(place, v) WRITE_ONCE(*raw_cpu_ptr(&(place)), v)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < get_nprocs_conf(); (cpu)++)
#define raw_smp_processor_id() linux_cpu()
#define get_cpu() linux_cpu()
#define put_cpu() ((void)0)
#define preempt_disable() ((void)0)
#define preempt_enable() ((void)0)
#define in_interrupt() 0

/* What the kernel would call when a CPU is switched off: for each thread that ends. */
#define CPUHP_RADIX_DEAD 0
#define cpuhp_setup_state_nocalls(state, name, up, down) (linux_cpu_dead = (down), 0)
extern int (*linux_cpu_dead)(unsigned cpu);

/* Nobody waits for a free bit. */
typedef struct {
	char nothing;
} wait_queue_head_t;
struct wait_queue_entry {
	struct list_head entry;
};
#define init_waitqueue_head(head) ((void)(head))
#define waitqueue_active(head) ((void)(head), false)
#define wake_up(head) ((void)(head))
#define wake_up_nr(head, nr) ((void)(head), 1)
#define add_wait_queue(head, entry) ((void)(head))
#define prepare_to_wait_exclusive(head, entry, state) ((void)(head))
#define finish_wait(head, entry) ((void)(head))

/* For people to read; nothing here does. */
struct seq_file;
#define seq_printf(file, ...) ((void)(file))
#define seq_puts(file, text) ((void)(file))
#define seq_putc(file, c) ((void)(file))

/* Where each CPU begins to look: anywhere, but the same in every run. */
static inline unsigned prandom_u32_max(unsigned limit)
{
	static uint32_t seed;

	return (unsigned)(((uint64_t)__atomic_add_fetch(&seed, UINT32_C(0x9e3779b9), __ATOMIC_RELAXED) * limit) >> 32);
}

/* Of the functions that look for the nth set bit, which nobody calls. */
static inline unsigned long fns(unsigned long word, unsigned int n)
{
	while (n-- > 0)
		word &= word - 1;
	return word != 0 ? __ffs(word) : BITS_PER_LONG;
}

#define __KERNEL__ 1
#include <linux/kconfig.h>

#include <linux/gfp_types.h>
#include <linux/list.h>

#include <linux/bitmap.h>

void radix_tree_init(void);

#endif
