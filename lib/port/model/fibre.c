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
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
void __sanitizer_start_switch_fiber(void **fake_stack, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **bottom, size_t *size);
#endif

#ifdef MODEL_FIBRE_UCONTEXT

static void begin(struct model_fibre *fibre, char *stack, void (*entry)(void))
{
	(void)getcontext(&fibre->context);
	fibre->context.uc_stack.ss_sp = stack;
	fibre->context.uc_stack.ss_size = MODEL_STACK_SIZE;
	fibre->context.uc_link = NULL;
	makecontext(&fibre->context, entry, 0);
}

static void raw_switch(struct model_fibre *from, struct model_fibre *to)
{
	(void)swapcontext(&from->context, &to->context);
}

#else

/* What the System V ABI wants preserved across a call, and nothing more. */
__asm__(".text\n"
        ".type model_fibre_jump, @function\n"
        "model_fibre_jump:\n"
        "	pushq %rbp\n"
        "	pushq %rbx\n"
        "	pushq %r12\n"
        "	pushq %r13\n"
        "	pushq %r14\n"
        "	pushq %r15\n"
        "	movq %rsp, (%rdi)\n"
        "	movq %rsi, %rsp\n"
        "	popq %r15\n"
        "	popq %r14\n"
        "	popq %r13\n"
        "	popq %r12\n"
        "	popq %rbx\n"
        "	popq %rbp\n"
        "	ret\n"
        ".size model_fibre_jump, . - model_fibre_jump\n");

void model_fibre_jump(void **from, void *to);

static void begin(struct model_fibre *fibre, char *stack, void (*entry)(void))
{
	/* Six registers, the address that the jump returns to, and one word so that entry finds its stack aligned. */
	uintptr_t *top = (uintptr_t *)(void *)(stack + MODEL_STACK_SIZE) - 8;

	top[6] = (uintptr_t)entry;
	top[7] = 0;
	fibre->stack_pointer = top;
}

static inline void raw_switch(struct model_fibre *from, struct model_fibre *to)
{
	model_fibre_jump(&from->stack_pointer, to->stack_pointer);
}

#endif

void model_fibre_begin(struct model_fibre *fibre, char *stack, void (*entry)(void))
{
#ifdef MODEL_ASAN
	/* Whoever was left in the middle of this stack has left red zones behind. */
	__asan_unpoison_memory_region(stack, MODEL_STACK_SIZE);
#endif
	fibre->stack = stack;
	fibre->stack_size = MODEL_STACK_SIZE;
	begin(fibre, stack, entry);
}

void model_fibre_entered(struct model_fibre *from)
{
#ifdef MODEL_ASAN
	__sanitizer_finish_switch_fiber(NULL, &from->stack, &from->stack_size);
#else
	(void)from;
#endif
}

void model_fibre_switch(struct model_fibre *from, struct model_fibre *to)
{
#ifdef MODEL_ASAN
	void *fake_stack = NULL;
	const void *stack;
	size_t stack_size;

	__sanitizer_start_switch_fiber(&fake_stack, to->stack, to->stack_size);
	raw_switch(from, to);
	__sanitizer_finish_switch_fiber(fake_stack, &stack, &stack_size);
#else
	raw_switch(from, to);
#endif
}
