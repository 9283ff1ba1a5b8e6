/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* mains.h - the programs that are modules' parts here. */
#ifndef IOASID_TESTS_KERNEL_MAINS_H
#define IOASID_TESTS_KERNEL_MAINS_H

int conform_main(void);
int doors_main(void);
int histories_main(void);
int interrupt_main(void);
int lineage_main(void);
int module_main(void);
int reuse_main(void);
int shared_main(void);
int storm_main(void);

/* Of tests/unit, those that ask the sim port for no more than memory. The Kbuild reads the names here, one a line. */
/* clang-format off */
#define UNIT_PROGRAMS(program) \
	program(bad_input) \
	program(bad_input_ids) \
	program(binding) \
	program(chain) \
	program(clock_far) \
	program(device) \
	program(device_many) \
	program(inbox) \
	program(label) \
	program(leaf) \
	program(limits) \
	program(msr) \
	program(owner) \
	program(pool) \
	program(quiesce) \
	program(quiesce_enroll) \
	program(quiesce_reenter) \
	program(reuse) \
	program(set) \
	program(set_end) \
	program(set_race) \
	program(set_shared) \
	program(slot_life) \
	program(table) \
	program(table_cells) \
	program(token) \
	program(types)
/* clang-format on */

#define UNIT_MAIN_DECLARE(name) int unit_##name##_main(void);
UNIT_PROGRAMS(UNIT_MAIN_DECLARE)

#endif
