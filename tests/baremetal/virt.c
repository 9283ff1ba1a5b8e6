/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* virt.c - the machine: PL011, GICv3, the generic timers, PSCI. */
#include "virt.h"

#include <stdio.h>

#include "board.h"
#include "cpus.h"
#include "port.h"

#define UART 0x09000000u
#define UART_DATA 0x00u
#define UART_FLAGS 0x18u
#define UART_FULL (1u << 5)

#define GIC_DISTRIBUTOR 0x08000000u
#define GIC_REDISTRIBUTOR 0x080a0000u
#define GIC_REDISTRIBUTOR_SIZE 0x20000u
#define GICD_CTLR 0x0u
#define GICD_ENABLE 0x12u /* affinity routing, group 1 */
#define GICR_WAKER 0x14u
#define GICR_PRIVATE 0x10000u /* the page of the interrupts that each CPU has */
#define GICR_GROUP 0x80u
#define GICR_ENABLE 0x100u
#define GICR_PRIORITY 0x400u

/* What can interrupt a CPU. The virtual timer ends a sleep, the physical one is the tests'. */
#define INTERRUPT_WAKE 0u
#define INTERRUPT_WHERE 1u
#define INTERRUPT_SLEEP_TIMER 27u
#define INTERRUPT_TICK 30u
#define INTERRUPT_NONE 1020u

#define PSCI_CPU_ON UINT64_C(0xc4000003)
#define PSCI_SYSTEM_OFF UINT64_C(0x84000008)

#define READ(name)                                                           \
	__extension__({                                                      \
		uint64_t value_;                                             \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define WRITE(name, value) __asm__ volatile("msr " #name ", %0\n\tisb" ::"r"((uint64_t)(value)) : "memory")
#define ICC_IAR1 S3_0_C12_C12_0
#define ICC_EOIR1 S3_0_C12_C12_1
#define ICC_SRE S3_0_C12_C12_5
#define ICC_IGRPEN1 S3_0_C12_C12_7
#define ICC_PMR S3_0_C4_C6_0
#define ICC_SGI1R S3_0_C12_C11_5
#define READ_(name) READ(name)
#define WRITE_(name, value) WRITE(name, value)

int64_t board_psci(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
void board_main(void);
_Noreturn void board_cpu_main(void);
void board_interrupt(struct board_frame *frame);
_Noreturn void board_exception(uint64_t vector, uint64_t syndrome, uint64_t pc, uint64_t address);
extern char board_cpu_entry[];
extern char __core_start[];
extern char __core_end[];
int main(void);

_Alignas(64) unsigned char board_stacks[BOARD_CPUS][BOARD_STACK];
uint32_t board_psci_smc;

/* Only its CPU writes it. */
static struct cpu {
	_Alignas(64) port_u32 event; /* what WFE would call the event register */
	board_handler *handler;
	uint64_t period;
	bool in_interrupt;
} cpus[BOARD_CPUS];

static volatile uint32_t *device(uint64_t address)
{
	return (volatile uint32_t *)address;
}

static uint64_t mask_interrupts(void)
{
	uint64_t was = READ(daif);

	__asm__ volatile("msr daifset, #3" ::: "memory");
	return was;
}

/* Whoever dies with the lock in his hand has something to say, too: there is an end to waiting for it. */
void board_print(const char *line)
{
	static port_u32 busy;
	uint64_t was = mask_interrupts();
	uint32_t expected = 0;
	uint32_t tries = 0;

	/* ACQ_REL: ACQUIRE, with the RELEASE below. */
	while (!port_u32_cas_acq_rel(&busy, &expected, 1) && tries++ < 10000000)
		expected = 0;
	for (; *line != '\0'; line++) {
		while ((*device(UART + UART_FLAGS) & UART_FULL) != 0)
			;
		*device(UART + UART_DATA) = (unsigned char)*line;
	}
	*device(UART + UART_DATA) = '\n';
	port_u32_store_release(&busy, 0); /* RELEASE: with the swap above */
	WRITE(daif, was);
}

_Noreturn void board_off(void)
{
	(void)board_psci(PSCI_SYSTEM_OFF, 0, 0, 0);
	board_stop();
}

_Noreturn void board_stop(void)
{
	(void)mask_interrupts();
	for (;;)
		__asm__ volatile("wfi" ::: "memory");
}

_Noreturn void board_die(const char *file, int line, const char *what)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "Bail out! CPU %u: %s:%d: %s", ioasid_port_cpu(), file, line, what);
	board_print(text);
	board_off();
}

_Noreturn void board_exception(uint64_t vector, uint64_t syndrome, uint64_t pc, uint64_t address)
{
	char text[200];

	(void)snprintf(text, sizeof(text), "Bail out! CPU %u: exception %llu, syndrome %llx, at %llx, address %llx",
	               ioasid_port_cpu(), (unsigned long long)vector, (unsigned long long)syndrome,
	               (unsigned long long)pc, (unsigned long long)address);
	board_print(text);
	board_off();
}

/*
 * WFI ends when an interrupt is pending, masked or not: one that comes after we
 * looked at the event cannot be missed. QEMU lets a CPU in WFI give its processor
 * to others, which it does not do for WFE.
 */
void board_sleep(uint64_t until)
{
	struct cpu *own = &cpus[ioasid_port_cpu()];
	uint64_t was = mask_interrupts();

	if (port_u32_load_relaxed(&own->event) == 0) { /* relaxed: our own interrupt handler's */
		WRITE(cntv_cval_el0, until);
		WRITE(cntv_ctl_el0, 1);
		__asm__ volatile("dsb sy\n\twfi" ::: "memory");
		WRITE(cntv_ctl_el0, 0);
		/* Now the interrupt itself, which may be what we slept for. */
		__asm__ volatile("msr daifclr, #3\n\tisb\n\tmsr daifset, #3" ::: "memory");
	}
	port_u32_store_relaxed(&own->event, 0); /* relaxed: as above; the caller looks at what it waits for anew */
	WRITE(daif, was);
}

void board_wake(uint32_t cpu_bits)
{
	__asm__ volatile("dsb ish" ::: "memory");
	WRITE_(ICC_SGI1R, (uint64_t)INTERRUPT_WAKE << 24 | cpu_bits);
}

void board_where(void)
{
	WRITE_(ICC_SGI1R, (uint64_t)INTERRUPT_WHERE << 24 | ((1u << BOARD_CPUS) - 2));
}

static void tell_where(const struct board_frame *frame)
{
	char text[100];

	(void)snprintf(text, sizeof(text), "# CPU %u is at %llx, called from %llx", ioasid_port_cpu(),
	               (unsigned long long)frame->pc, (unsigned long long)frame->x[30]);
	board_print(text);
}

bool board_in_core(const struct board_frame *frame)
{
	return frame->pc >= (uintptr_t)__core_start && frame->pc < (uintptr_t)__core_end;
}

bool board_in_interrupt(void)
{
	return cpus[ioasid_port_cpu()].in_interrupt;
}

void board_tick(uint32_t period_us, board_handler *handler)
{
	struct cpu *own = &cpus[ioasid_port_cpu()];
	uint64_t was = mask_interrupts();

	own->handler = handler;
	own->period = READ(cntfrq_el0) * period_us / 1000000;
	WRITE(cntp_tval_el0, own->period);
	WRITE(cntp_ctl_el0, period_us != 0);
	WRITE(daif, was);
}

static void tick(const struct board_frame *frame)
{
	struct cpu *own = &cpus[ioasid_port_cpu()];

	WRITE(cntp_ctl_el0, 0);
	if (own->period == 0)
		return;
	own->in_interrupt = true;
	own->handler(frame);
	own->in_interrupt = false;
	WRITE(cntp_tval_el0, own->period);
	WRITE(cntp_ctl_el0, 1);
}

void board_interrupt(struct board_frame *frame)
{
	const uint32_t interrupt = (uint32_t)READ_(ICC_IAR1);

	switch (interrupt) {
	case INTERRUPT_SLEEP_TIMER:
		WRITE(cntv_ctl_el0, 0);
		break;
	case INTERRUPT_WAKE:
		port_u32_store_relaxed(&cpus[ioasid_port_cpu()].event, 1); /* relaxed: for this CPU's own sleep */
		break;
	case INTERRUPT_WHERE:
		tell_where(frame);
		break;
	case INTERRUPT_TICK:
		tick(frame);
		break;
	default:
		break;
	}
	if (interrupt < INTERRUPT_NONE)
		WRITE_(ICC_EOIR1, interrupt);
}

static void interrupts_on(void)
{
	const uint64_t own = GIC_REDISTRIBUTOR + GIC_REDISTRIBUTOR_SIZE * (uint64_t)ioasid_port_cpu();

	*device(own + GICR_WAKER) = 0;
	while (*device(own + GICR_WAKER) != 0)
		;
	*device(own + GICR_PRIVATE + GICR_GROUP) = UINT32_MAX;
	for (uint32_t i = 0; i < 32; i += 4)
		*device(own + GICR_PRIVATE + GICR_PRIORITY + i) = 0x80808080;
	*device(own + GICR_PRIVATE + GICR_ENABLE) =
		1u << INTERRUPT_WAKE | 1u << INTERRUPT_WHERE | 1u << INTERRUPT_SLEEP_TIMER | 1u << INTERRUPT_TICK;
	WRITE_(ICC_SRE, 1);
	WRITE_(ICC_PMR, 0xff);
	WRITE_(ICC_IGRPEN1, 1);
	__asm__ volatile("msr daifclr, #3" ::: "memory");
}

_Noreturn void board_cpu_main(void)
{
	interrupts_on();
	ioasid_port_cpu_park();
}

/* The numbers of "virt" with GICv3 are flat for the first 16 cpus. */
void board_power_on(void)
{
	for (uint64_t i = 1; i < BOARD_CPUS; i++) {
		if (board_psci(PSCI_CPU_ON, i, (uintptr_t)board_cpu_entry, i) != 0)
			board_die(__FILE__, __LINE__, "a CPU does not start");
		while (!ioasid_port_cpu_parked((uint32_t)i))
			port_relax();
	}
}

void board_main(void)
{
	*device(GIC_DISTRIBUTOR + GICD_CTLR) = GICD_ENABLE;
	interrupts_on();
	board_power_on();
	(void)main();
	board_off();
}
