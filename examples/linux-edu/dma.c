/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * dma.c - the requests of all processes, one after another.
 *
 * The device has one engine, and one buffer of its own: a request is a DMA from
 * memory to the buffer, an interrupt, a DMA from the buffer to memory, an
 * interrupt. Real DMA goes to and from a bounce buffer; the bytes then go to and
 * from where the table of iommu.c says that the request's PASID leads.
 */
#include <linux/highmem.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/slab.h>

#include "edu.h"

#define REGISTER_IRQ_STATUS 0x24
#define REGISTER_IRQ_ACK 0x64
#define REGISTER_DMA_SOURCE 0x80
#define REGISTER_DMA_TARGET 0x88
#define REGISTER_DMA_COUNT 0x90
#define REGISTER_DMA_COMMAND 0x98
#define COMMAND_RUN 1
#define COMMAND_TO_MEMORY 2
#define COMMAND_INTERRUPT 4
#define DEVICE_BUFFER 0x40000

void edu_request_put(struct edu_request *request)
{
	if (!refcount_dec_and_test(&request->refs))
		return;
	edu_window_put(request->window);
	kfree(request);
}

/* The request's end, whatever it was. The lock is held; it may be the interrupt. */
static void finish(struct edu *edu, struct edu_request *request, int status, enum edu_counter how)
{
	edu_count(how, 1);
	edu_rule->end(request->window);
	WRITE_ONCE(request->status, status);
	wake_up_all(&edu->progress);
	edu_request_put(request);
}

static void program(struct edu *edu, u64 source, u64 target, u64 command)
{
	writeq(source, edu->registers + REGISTER_DMA_SOURCE);
	writeq(target, edu->registers + REGISTER_DMA_TARGET);
	writeq(EDU_BYTES, edu->registers + REGISTER_DMA_COUNT);
	writeq(command | COMMAND_RUN | COMMAND_INTERRUPT, edu->registers + REGISTER_DMA_COMMAND);
}

/* The engine is idle: the next request whose first page can be found. */
static void start_next(struct edu *edu)
{
	struct edu_request *request;
	struct page *page;

	edu->running = NULL;
	while (!list_empty(&edu->queue)) {
		request = list_first_entry(&edu->queue, struct edu_request, in_queue);
		list_del_init(&request->in_queue);
		page = edu_translate(edu, request, request->from);
		if (page) {
			memcpy_from_page(edu->bounce, page, 0, EDU_BYTES);
			edu->running = request;
			program(edu, edu->bounce_dma, DEVICE_BUFFER, 0);
			return;
		}
		finish(edu, request, -EFAULT, EDU_completed);
	}
}

/* One DMA of the running request has been done. */
static void advance(struct edu *edu)
{
	struct edu_request *request = edu->running;
	struct edu_window *window = request->window;
	struct page *page;

	if (!request->writing && !window->closed) {
		request->writing = true;
		program(edu, DEVICE_BUFFER, edu->bounce_dma, COMMAND_TO_MEMORY);
		return;
	}
	edu->running = NULL;
	kref_get(&window->refs); /* the request's may be the last */
	if (request->writing) {
		page = edu_translate(edu, request, request->to);
		if (page)
			memcpy_to_page(page, 0, edu->bounce, EDU_BYTES);
		finish(edu, request, page ? 0 : -EFAULT, EDU_completed);
	} else {
		finish(edu, request, -ECANCELED, EDU_aborted);
	}
	/* The DEVICE phase said PENDING: this is what it waits for. */
	if (window->draining) {
		window->draining = false;
		(void)ioasid_token_complete(edu_space(), window->token, 0);
	}
	edu_window_put(window);
	start_next(edu);
}

irqreturn_t edu_interrupt(int irq, void *context)
{
	struct edu *edu = context;
	u32 status = readl(edu->registers + REGISTER_IRQ_STATUS);
	unsigned long flags;

	if (!status)
		return IRQ_NONE;
	writel(status, edu->registers + REGISTER_IRQ_ACK);
	spin_lock_irqsave(&edu->lock, flags);
	if (edu->running && !edu->gone)
		advance(edu);
	spin_unlock_irqrestore(&edu->lock, flags);
	return IRQ_HANDLED;
}

/* The rule has let it begin; if it is refused here, the caller ends it. */
int edu_submit(struct edu *edu, struct edu_request *request)
{
	int error = 0;

	spin_lock_irq(&edu->lock);
	if (edu->gone)
		error = -ENODEV;
	else if (request->window->closed)
		error = -ESTALE;
	else if (!request->window->pages[request->from] || !request->window->pages[request->to])
		error = -EFAULT;
	if (!error) {
		edu_count(EDU_requests, 1);
		refcount_inc(&request->refs);
		list_add_tail(&request->in_queue, &edu->queue);
		if (!edu->running)
			start_next(edu);
	}
	spin_unlock_irq(&edu->lock);
	return error;
}

/* Of the queue, what is of the window, or of the file, or everything. */
static void drop(struct edu *edu, struct edu_window *window, struct edu_file *file, int status, enum edu_counter how)
{
	struct edu_request *request;
	struct edu_request *next;

	list_for_each_entry_safe(request, next, &edu->queue, in_queue)
	{
		if ((window && request->window != window) || (file && request->file != file))
			continue;
		list_del_init(&request->in_queue);
		finish(edu, request, status, how);
	}
}

/* The file is being closed. What the device works on it finishes; nobody waits for it. */
void edu_drop_file(struct edu *edu, struct edu_file *file)
{
	spin_lock_irq(&edu->lock);
	drop(edu, NULL, file, -ECANCELED, EDU_dropped);
	spin_unlock_irq(&edu->lock);
}

/* SUBMIT: no new work, and none of what has not begun. */
void edu_close_window(struct edu_window *window)
{
	struct edu *edu = window->edu;

	spin_lock_irq(&edu->lock);
	window->closed = true;
	drop(edu, window, NULL, -ECANCELED, EDU_dropped);
	spin_unlock_irq(&edu->lock);
}

/* DEVICE: true if the engine is not at work for it; otherwise the interrupt completes the token. */
bool edu_drain_window(struct edu_window *window, ioasid_token_t token)
{
	struct edu *edu = window->edu;
	bool idle;

	spin_lock_irq(&edu->lock);
	idle = !edu->running || edu->running->window != window;
	if (!idle) {
		window->token = token;
		window->draining = true;
		edu_count(EDU_drained, 1);
	}
	spin_unlock_irq(&edu->lock);
	return idle;
}

/* The device is going by force: its interrupt is off, and its DMA reaches nothing any more. */
void edu_stop(struct edu *edu)
{
	struct edu_request *running;

	spin_lock_irq(&edu->lock);
	edu->gone = true;
	running = edu->running;
	edu->running = NULL;
	if (running)
		finish(edu, running, -ENODEV, EDU_lost);
	drop(edu, NULL, NULL, -ENODEV, EDU_lost);
	spin_unlock_irq(&edu->lock);
}

/* Has the engine stopped? An earlier driver may have left it running. Acknowledges what it has raised. */
bool edu_quiet(struct edu *edu)
{
	if (readl(edu->registers + REGISTER_DMA_COMMAND) & COMMAND_RUN)
		return false;
	writel(~0u, edu->registers + REGISTER_IRQ_ACK);
	return true;
}
