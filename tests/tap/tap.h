/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * tap.h - what check.h needs of its host, and what the host's test program calls.
 *
 * The program calls the functions that were main() elsewhere, then tap_finish().
 */
#ifndef IOASID_TESTS_TAP_H
#define IOASID_TESTS_TAP_H

#include <stdbool.h>

/* tap_begin() - the first line. */
void tap_begin(void);

/* tap_result() - one more test's line, for those that are not of libcheck's kind. */
void tap_result(bool good, const char *suite, const char *name);

/* tap_finish() - the plan, or "Bail out!"; true if something was tested and all went well. */
bool tap_finish(void);

/* tap_failed() - a test has failed: who waits for its end waits no more. */
bool tap_failed(void);

/* The host's part: */

/* tap_host_print() - one line, without its end. */
void tap_host_print(const char *line);

/*
 * tap_host_run() - fn(arg) on a thread, which may be the caller's; back when it has
 * returned, when tap_failed(), or after @seconds. False unless it has returned.
 */
bool tap_host_run(void (*fn)(void *arg), void *arg, unsigned seconds);

/* tap_host_stop() - the calling thread ends here, for good, with all that it has left on its stack. */
void tap_host_stop(void);

#endif
