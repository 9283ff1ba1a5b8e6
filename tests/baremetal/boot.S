/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * boot.S - from reset to C, for the first CPU and for those that it powers on.
 *
 * QEMU's "virt" starts us at EL1, or at EL2 with virtualization=on; everything
 * runs at EL1. The MMU and the caches are on before the first atomic operation:
 * load and store exclusives are only sure to work on normal, cacheable, shareable
 * memory. The map is the identity: one gigabyte of devices, two of memory.
 */
#include "machine.h"

.macro load_address register, symbol
	adrp	\register, \symbol
	add	\register, \register, :lo12:\symbol
.endm

	.section .text.boot, "ax"
	.global	_start
_start:
	mov	x19, #0
	bl	to_el1
	load_address x0, __bss_start
	load_address x1, __bss_end
0:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	0b
	/* How PSCI is called: by smc from where there was an EL2. */
	load_address x0, board_psci_smc
	str	w20, [x0]
	bl	prepare
	b	board_main

/* PSCI comes here with the CPU's number, and with the MMU off. */
	.global	board_cpu_entry
board_cpu_entry:
	mov	x19, x0
	bl	to_el1
	bl	prepare
	b	board_cpu_main

/* x20: were we at EL2? */
to_el1:
	msr	daifset, #0xf
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	cset	w20, eq
	b.ne	0f
	mov	x0, #(1 << 31)			/* EL1 is 64-bit */
	msr	hcr_el2, x0
	mov	x0, #3				/* its timers are its own */
	msr	cnthctl_el2, x0
	msr	cntvoff_el2, xzr
	mov	x0, #0x33ff			/* no trap of floating point */
	msr	cptr_el2, x0
	mov	x0, #9				/* the interrupt controller's registers are EL1's */
	msr	S3_4_C12_C9_5, x0		/* ICC_SRE_EL2 */
	isb
	mov	x0, #0x3c5			/* EL1, its own stack, all masked */
	msr	spsr_el2, x0
	msr	elr_el2, x30
	eret
0:	ret

/* A stack, the vectors, floating point, the MMU: x19 is the CPU's number. */
prepare:
	msr	tpidr_el1, x19
	load_address x0, board_stacks
	add	x1, x19, #1
	mov	x2, #BOARD_STACK
	madd	x0, x1, x2, x0
	mov	sp, x0
	load_address x0, vectors
	msr	vbar_el1, x0
	mov	x0, #(3 << 20)			/* CPACR_EL1.FPEN */
	msr	cpacr_el1, x0
	ldr	x0, =0xff0400			/* attribute 0: device nGnRnE; 1: device nGnRE; 2: write-back */
	msr	mair_el1, x0
	ldr	x0, =0x280803519		/* 39 bits, 4 KiB, walks cached and inner shareable; no TTBR1; 40 bits */
	msr	tcr_el1, x0
	load_address x0, map
	msr	ttbr0_el1, x0
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x0, =0x30d01805			/* what must be 1; I, C and M */
	msr	sctlr_el1, x0
	isb
	ret

/* board_psci(x0 to x3): through hvc or smc. */
	.text
	.global	board_psci
board_psci:
	load_address x9, board_psci_smc
	ldr	w9, [x9]
	cbnz	w9, 0f
	hvc	#0
	ret
0:	smc	#0
	ret

/* An interrupt saves all that C may use; the frame is struct board_frame. */
	.macro	save_pair a, b, at
	stp	x\a, x\b, [sp, #(16 * \at)]
	.endm
	.macro	load_pair a, b, at
	ldp	x\a, x\b, [sp, #(16 * \at)]
	.endm
#define FRAME 800
interrupt:
	sub	sp, sp, #FRAME
	.irp	n, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28
	str	x\n, [sp, #(8 * \n)]
	.endr
	.irp	n, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 30
	str	x\n, [sp, #(8 * \n)]
	.endr
	mrs	x0, elr_el1
	mrs	x1, spsr_el1
	stp	x0, x1, [sp, #248]
	mrs	x0, fpcr
	mrs	x1, fpsr
	stp	x0, x1, [sp, #264]
	add	x2, sp, #288
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	str	q\n, [x2], #16
	.endr
	mov	x0, sp
	bl	board_interrupt
	add	x2, sp, #288
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ldr	q\n, [x2], #16
	.endr
	ldp	x0, x1, [sp, #264]
	msr	fpcr, x0
	msr	fpsr, x1
	ldp	x0, x1, [sp, #248]
	msr	elr_el1, x0
	msr	spsr_el1, x1
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	ldr	x\n, [sp, #(8 * \n)]
	.endr
	add	sp, sp, #FRAME
	eret

/* Any other exception is a failure. x0: which; what else there is to know is in registers. */
	.macro	vector_die number
	.balign	0x80
	mov	x0, #\number
	mrs	x1, esr_el1
	mrs	x2, elr_el1
	mrs	x3, far_el1
	b	board_exception
	.endm
	.balign	0x800
vectors:
	.irp	n, 0, 1, 2, 3, 4
	vector_die \n
	.endr
	.balign	0x80
	b	interrupt
	.irp	n, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector_die \n
	.endr

/* Level 1: blocks of 1 GiB. Access flag; device: never executed; memory: inner shareable. */
	.section .rodata
	.balign	4096
map:
	.quad	0x00000000 + (3 << 53) + (1 << 10) + (1 << 2) + 1
	.quad	0x40000000 + (1 << 10) + (3 << 8) + (2 << 2) + 1
	.quad	0x80000000 + (1 << 10) + (3 << 8) + (2 << 2) + 1
	.fill	509, 8, 0
