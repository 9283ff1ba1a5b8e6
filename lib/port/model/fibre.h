/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * fibre.h - threads of the modelled program, all on one OS thread.
 *
 * A fibre that is left in the middle is simply begun anew: nothing is unwound.
 * MODEL_FIBRE_UCONTEXT asks for the portable switch where there is a faster one.
 */
#ifndef IOASID_MODEL_FIBRE_H
#define IOASID_MODEL_FIBRE_H

#include <stddef.h>

#if !defined(__x86_64__) || !defined(__GNUC__)
#define MODEL_FIBRE_UCONTEXT 1
#endif

#ifdef MODEL_FIBRE_UCONTEXT
#include <ucontext.h>
#endif

struct model_fibre {
#ifdef MODEL_FIBRE_UCONTEXT
	ucontext_t context;
#else
	void *stack_pointer;
#endif
	const void *stack; /* where it runs: AddressSanitizer wants to know */
	size_t stack_size;
};

#define MODEL_STACK_SIZE (128u * 1024u)

/* model_fibre_begin() - make @fibre call @entry, which never returns, on @stack when first switched to. */
void model_fibre_begin(struct model_fibre *fibre, char *stack, void (*entry)(void));

/* model_fibre_entered() - the first thing that an entry does; @from: who switched to it. */
void model_fibre_entered(struct model_fibre *from);

/* model_fibre_switch() - go on with @to; return when someone switches to @from. */
void model_fibre_switch(struct model_fibre *from, struct model_fibre *to);

#endif
