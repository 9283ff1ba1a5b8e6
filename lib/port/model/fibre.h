/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * fibre.h - threads of the modelled program, all on one OS thread.
 *
 * A fibre that is left in the middle is simply begun anew: nothing is unwound.
 */
#ifndef IOASID_MODEL_FIBRE_H
#define IOASID_MODEL_FIBRE_H

#if !defined(__x86_64__) || !defined(__GNUC__) || defined(__CET__)
#define MODEL_FIBRE_PORTABLE 1
#include <ucontext.h>
struct model_fibre {
	ucontext_t context;
};
#else
struct model_fibre {
	void *stack_pointer;
};
#endif

#define MODEL_STACK_SIZE (128u * 1024u)

/* model_fibre_begin() - make @fibre call @entry, which never returns, on @stack when first switched to. */
void model_fibre_begin(struct model_fibre *fibre, char *stack, void (*entry)(void));

/* model_fibre_switch() - go on with @to; return when someone switches to @from. */
void model_fibre_switch(struct model_fibre *from, struct model_fibre *to);

#endif
