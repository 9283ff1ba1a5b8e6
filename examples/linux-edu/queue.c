/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* queue.c - the requests of all processes: in, out again, and what a quiesce does to them. */
#include <linux/slab.h>

#include "edu.h"

void edu_request_put(struct edu_request *request)
{
	if (!refcount_dec_and_test(&request->refs))
		return;
	edu_window_put(request->window);
	kfree(request);
}

/* A request's end, whatever it was. The lock is held; it may be the interrupt. */
void edu_finish(struct edu *edu, struct edu_request *request, int status, enum edu_counter how)
{
	edu_count(how, 1);
	edu_rule->end(request->window);
	WRITE_ONCE(request->status, status);
	wake_up_all(&edu->progress);
	edu_request_put(request);
}

static bool is_mapped(const struct edu_window *window, u32 slot)
{
	return window->pages[slot] || window->address[slot];
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
	else if (!is_mapped(request->window, request->from) || !is_mapped(request->window, request->to))
		error = -EFAULT;
	if (!error) {
		edu_count(EDU_requests, 1);
		refcount_inc(&request->refs);
		list_add_tail(&request->in_queue, &edu->queue);
		if (!edu->running)
			edu_engine_run(edu);
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
		edu_finish(edu, request, status, how);
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
		edu_finish(edu, running, -ENODEV, EDU_lost);
	drop(edu, NULL, NULL, -ENODEV, EDU_lost);
	spin_unlock_irq(&edu->lock);
}
