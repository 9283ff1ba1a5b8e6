/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* scenarios.h - the scenarios of the leaves, which are in a file of their own. */
#ifndef MUTANT_SCENARIOS_H
#define MUTANT_SCENARIOS_H

#include "explorer.h"

extern const struct scenario mutant_hint;
extern const struct scenario mutant_mover;

#endif
