/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* kunit.c - KUnit once more, for the tests of the core that is in this module. */
#include "../kunit.c"
