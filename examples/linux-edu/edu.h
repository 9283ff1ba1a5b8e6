/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * edu.h - what the driver's parts have of each other.
 *
 *   file.c    open and release
 *   ioctl.c   what a process asks in between
 *   queue.c   the requests of all processes
 *   engine.c  the device at work: the two DMAs of a request, the interrupt
 *   fault.c   a DMA to a page that is not there yet
 *   iommu.c   the model of what stands behind a device: the table from PASID to pages
 *   space.c   the rule of libioasid: what a device does
 *   bind.c    and what a process does
 *   naive.c   the rule of 2020, to compare: freed when the process exits
 *   main.c    module and PCI
 *   stats.c   counters
 */
#ifndef IOASID_EDU_H
#define IOASID_EDU_H

#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/refcount.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <ioasid/linux.h>

#include "uapi.h"

/* Few, so that numbers come round soon. */
#define EDU_PASID_BITS 6
#define EDU_PASIDS (1u << EDU_PASID_BITS)

struct edu_request;

/* The one page that the engine waits for. */
struct edu_fault {
	struct work_struct work;
	struct edu_window *window;
	ioasid_binding_t binding;
	u32 slot;
};

enum edu_stage {
	EDU_FETCH,   /* nothing yet, or the page to copy from is awaited */
	EDU_READING, /* DMA from memory to the device */
	EDU_WRITING  /* DMA to memory; or the page to copy to is awaited */
};

/* One device. The reference count is that of its struct device. */
struct edu {
	struct device dev;
	struct cdev cdev;
	struct pci_dev *pdev;
	void __iomem *registers;
	void *bounce;
	dma_addr_t bounce_dma;
	struct ioasid_device *ioasid;
	struct rw_semaphore serving; /* read: to bind; write: to leave */
	bool leaving;
	wait_queue_head_t progress; /* a request has completed */
	spinlock_t lock;            /* of all below; taken by the interrupt handler */
	bool gone;
	struct edu_window *table[EDU_PASIDS];
	struct list_head queue;
	struct edu_request *running;
	bool busy; /* a DMA is under way: an interrupt will come */
	struct edu_fault fault;
};

/* What one PASID reaches through one device: the entry of the table, and the driver's data of the binding. */
struct edu_window {
	struct kref refs;
	struct rcu_work over;
	struct edu *edu;
	struct mm_struct *mm; /* its structure, not its address space */
	u32 pasid;
	ioasid_handle_t handle;   /* the library's rule only */
	ioasid_binding_t binding; /* the library's rule only */
	u32 users;                /* the naive rule only */
	bool closed;              /* no new requests, no entry in the table any more */
	bool draining;            /* the token is to be completed when nothing of it runs */
	ioasid_token_t token;
	struct page *pages[EDU_PAGES];
	unsigned long address[EDU_PAGES]; /* of those that are fetched when they are wanted */
};

/* A file's share in a window. */
struct edu_use {
	struct edu_window *window;
	ioasid_binding_t binding;
};

struct edu_file {
	struct edu *edu;
	struct mm_struct *mm; /* who opened it: its structure only, as a key */
	struct mutex lock;
	struct ioasid_owner_set *set; /* the library's rule */
	void *naive;                  /* the naive rule */
	struct edu_use uses[EDU_USES];
	struct list_head requests;
	u32 last_cookie;
};

struct edu_request {
	refcount_t refs; /* the file's and the device's */
	struct list_head in_queue;
	struct list_head in_file;
	struct edu_file *file; /* a key: the file may be closed before the request is done */
	u32 pasid;             /* what a descriptor would carry, and all that the device knows of the owner */
	u32 from;
	u32 to;
	u32 cookie;
	enum edu_stage stage;
	bool unreachable;          /* a page could not be had */
	struct edu_window *window; /* what the number meant when it was submitted */
	int status;
};

/* When a PASID begins and ends. */
struct edu_rule {
	int (*start)(void);
	int (*stop)(void);
	int (*add)(struct edu *edu);
	void (*remove)(struct edu *edu); /* by force: files may be open, requests are not in flight any more */
	int (*open)(struct edu_file *file);
	void (*close)(struct edu_file *file);
	int (*bind)(struct edu_file *file, bool shared, struct edu_use *use);
	void (*unbind)(struct edu_file *file, struct edu_use *use);
	int (*begin)(struct edu_window *window); /* a request is about to be queued */
	void (*end)(struct edu_window *window);  /* it has completed, or will not be run; from the interrupt, too */
	int (*pin)(struct edu *edu, u32 pasid, ioasid_binding_t *binding); /* a fault; from the interrupt */
	void (*unpin)(ioasid_binding_t binding);
	bool (*lives)(struct edu_window *window);
};

extern const struct edu_rule edu_rule_library;
extern const struct edu_rule edu_rule_free_at_exit;
extern const struct edu_rule *edu_rule;

/* file.c */
extern const struct file_operations edu_fops;
int edu_bind(struct edu_file *file, bool shared, struct edu_use *use);

/* ioctl.c */
long edu_ioctl(struct file *f, unsigned int command, unsigned long address);

/* queue.c */
int edu_submit(struct edu *edu, struct edu_request *request);
void edu_drop_file(struct edu *edu, struct edu_file *file);
void edu_close_window(struct edu_window *window);
bool edu_drain_window(struct edu_window *window, ioasid_token_t token);
void edu_stop(struct edu *edu);
void edu_request_put(struct edu_request *request);

/* engine.c */
void edu_engine_run(struct edu *edu);
irqreturn_t edu_interrupt(int irq, void *context);
bool edu_quiet(struct edu *edu);

/* fault.c */
int edu_fault(struct edu *edu, struct edu_request *request, struct edu_window *entry, u32 slot);
void edu_fault_work(struct work_struct *work);

/* iommu.c */
struct edu_window *edu_window_create(struct edu *edu);
bool edu_window_get(struct edu_window *window);
void edu_window_put(struct edu_window *window);
int edu_window_map(struct edu_window *window, u32 slot, unsigned long address, bool now);
int edu_table_set(struct edu_window *window, u32 pasid, ioasid_handle_t handle, ioasid_binding_t binding);
void edu_table_clear(struct edu_window *window);
struct page *edu_translate(struct edu *edu, struct edu_request *request, u32 slot);
int edu_iommu_start(void);
void edu_iommu_stop(void);

/* space.c */
struct ioasid_space *edu_space(void);
int edu_space_start(void);
int edu_space_stop(void);
int edu_space_add(struct edu *edu);
void edu_space_remove(struct edu *edu);

/* stats.c */
#define EDU_COUNTERS(X)                                                                              \
	X(files) /* open now */                                                                      \
	X(windows)                                                                                   \
	X(requests)                                                                                  \
	X(completed)                                                                                 \
	X(dropped)      /* before the device saw them */                                             \
	X(aborted)      /* between their two DMAs */                                                 \
	X(lost)         /* with their device */                                                      \
	X(drained)      /* PASIDs whose DEVICE phase waited for the interrupt */                     \
	X(answered)     /* pages fetched for a DMA that waited */                                    \
	X(silent)       /* faults on a PASID that was ending */                                      \
	X(faults)       /* the table had nothing for a DMA: stopped, no harm done */                 \
	X(strays_other) /* a DMA reached the memory of the number's next owner */                    \
	X(strays_own)   /* of the same process, but through a later life or binding of the number */ \
	X(strays_gone)  /* of a process that is gone */

enum edu_counter {
#define EDU_COUNTER_(name) EDU_##name,
	EDU_COUNTERS(EDU_COUNTER_)
#undef EDU_COUNTER_
	EDU_COUNTER_COUNT
};

void edu_count(enum edu_counter counter, long by);
void edu_finish(struct edu *edu, struct edu_request *request, int status, enum edu_counter how); /* queue.c */
void edu_stats_start(void);
void edu_stats_stop(void);

#endif
