/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * engine.c - the device at work, one request at a time.
 *
 * The device has one DMA engine, and one buffer of its own: a request is a DMA from
 * memory to the buffer, an interrupt, a DMA from the buffer to memory, an
 * interrupt. Real DMA goes to and from a bounce buffer; the bytes then go to and
 * from where the table of iommu.c says that the request's PASID leads.
 */
#include <linux/highmem.h>
#include <linux/io-64-nonatomic-lo-hi.h>

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

static void program(struct edu *edu, u64 source, u64 target, u64 command)
{
	writeq(source, edu->registers + REGISTER_DMA_SOURCE);
	writeq(target, edu->registers + REGISTER_DMA_TARGET);
	writeq(EDU_BYTES, edu->registers + REGISTER_DMA_COUNT);
	edu->busy = true;
	writeq(command | COMMAND_RUN | COMMAND_INTERRUPT, edu->registers + REGISTER_DMA_COMMAND);
}

static int answer_of(const struct page *page)
{
	return PTR_ERR(page) == -EAGAIN ? -EINPROGRESS : -EFAULT;
}

/* As far as it goes without waiting for the device or for a page; -EINPROGRESS: it waits. */
static int go_on(struct edu *edu, struct edu_request *request)
{
	bool closed = request->window->closed;
	struct page *page;

	if (closed && request->stage < EDU_WRITING)
		return -ECANCELED;
	switch (request->stage) {
	case EDU_FETCH:
		page = edu_translate(edu, request, request->from);
		if (IS_ERR(page))
			return answer_of(page);
		memcpy_from_page(edu->bounce, page, 0, EDU_BYTES);
		request->stage = EDU_READING;
		program(edu, edu->bounce_dma, DEVICE_BUFFER, 0);
		return -EINPROGRESS;
	case EDU_READING:
		request->stage = EDU_WRITING;
		program(edu, DEVICE_BUFFER, edu->bounce_dma, COMMAND_TO_MEMORY);
		return -EINPROGRESS;
	case EDU_WRITING:
		page = edu_translate(edu, request, request->to);
		if (IS_ERR(page))
			return closed ? -ECANCELED : answer_of(page);
		memcpy_to_page(page, 0, edu->bounce, EDU_BYTES);
	}
	return 0;
}

static void end_running(struct edu *edu, int status)
{
	struct edu_request *request = edu->running;
	struct edu_window *window = request->window;

	edu->running = NULL;
	kref_get(&window->refs); /* the request's may be the last */
	edu_finish(edu, request, status, status == -ECANCELED ? EDU_aborted : EDU_completed);
	/* The DEVICE phase said PENDING: this is what it waits for. */
	if (window->draining) {
		window->draining = false;
		(void)ioasid_token_complete(edu_space(), window->token, 0);
	}
	edu_window_put(window);
}

/* The lock is held; the device is not at work. */
void edu_engine_run(struct edu *edu)
{
	int status;

	for (;;) {
		if (!edu->running) {
			if (list_empty(&edu->queue))
				return;
			edu->running = list_first_entry(&edu->queue, struct edu_request, in_queue);
			list_del_init(&edu->running->in_queue);
		}
		status = edu->running->unreachable ? -EFAULT : go_on(edu, edu->running);
		if (status == -EINPROGRESS)
			return;
		end_running(edu, status);
	}
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
	if (edu->busy && !edu->gone) {
		edu->busy = false;
		edu_engine_run(edu);
	}
	spin_unlock_irqrestore(&edu->lock, flags);
	return IRQ_HANDLED;
}

/* Has the engine stopped? An earlier driver may have left it running. Acknowledges what it has raised. */
bool edu_quiet(struct edu *edu)
{
	if (readl(edu->registers + REGISTER_DMA_COMMAND) & COMMAND_RUN)
		return false;
	writel(~0u, edu->registers + REGISTER_IRQ_ACK);
	return true;
}
