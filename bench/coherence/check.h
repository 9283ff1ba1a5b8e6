/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* check.h - is the simulator right? */
#ifndef IOASID_COHERENCE_CHECK_H
#define IOASID_COHERENCE_CHECK_H

#include <stdbool.h>

/* check_directory() - sequences whose misses were counted by hand. False: it says what is wrong. */
bool check_directory(void);

/* check_alone() - a core that is alone never misses, whatever it does. */
bool check_alone(void);

#endif
