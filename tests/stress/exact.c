/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* exact.c - the program. */
#include "exact.h"

#include "crew.h"

int main(void)
{
	TCase *cases[] = {exact_drain(), exact_tokens(), exact_quota(), exact_waiters(), exact_undone()};

	return crew_main("exactness", cases, sizeof(cases) / sizeof(cases[0]));
}
