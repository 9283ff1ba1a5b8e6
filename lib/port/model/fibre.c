/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
#include "fibre.h"

#include <stdint.h>

#ifdef __SANITIZE_ADDRESS__
#define MODEL_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MODEL_ASAN 1
#endif
#endif

#ifdef MODEL_ASAN
void __asan_unpoison_memory_region(void const volatile *address, size_t size);
/* Whoever was left in the middle of this stack has left red zones behind. */
#define FORGET_STACK(stack) __asan_unpoison_memory_region((stack), MODEL_STACK_SIZE)
#else
#define FORGET_STACK(stack) ((void)(stack))
#endif

#ifdef MODEL_FIBRE_PORTABLE

void model_fibre_begin(struct model_fibre *fibre, char *stack, void (*entry)(void))
{
	FORGET_STACK(stack);
	(void)getcontext(&fibre->context);
	fibre->context.uc_stack.ss_sp = stack;
	fibre->context.uc_stack.ss_size = MODEL_STACK_SIZE;
	fibre->context.uc_link = NULL;
	makecontext(&fibre->context, entry, 0);
}

void model_fibre_switch(struct model_fibre *from, struct model_fibre *to)
{
	(void)swapcontext(&from->context, &to->context);
}

#else

/* What the System V ABI wants preserved across a call, and nothing more. */
__asm__(".text\n"
        ".globl model_fibre_switch\n"
        ".type model_fibre_switch, @function\n"
        "model_fibre_switch:\n"
        "	pushq %rbp\n"
        "	pushq %rbx\n"
        "	pushq %r12\n"
        "	pushq %r13\n"
        "	pushq %r14\n"
        "	pushq %r15\n"
        "	movq %rsp, (%rdi)\n"
        "	movq (%rsi), %rsp\n"
        "	popq %r15\n"
        "	popq %r14\n"
        "	popq %r13\n"
        "	popq %r12\n"
        "	popq %rbx\n"
        "	popq %rbp\n"
        "	ret\n"
        ".size model_fibre_switch, . - model_fibre_switch\n");

void model_fibre_begin(struct model_fibre *fibre, char *stack, void (*entry)(void))
{
	/* Six registers, the address that the switch returns to, and one word so that entry finds its stack aligned. */
	uintptr_t *top = (uintptr_t *)(void *)(stack + MODEL_STACK_SIZE) - 8;

	FORGET_STACK(stack);
	top[6] = (uintptr_t)entry;
	top[7] = 0;
	fibre->stack_pointer = top;
}

#endif
