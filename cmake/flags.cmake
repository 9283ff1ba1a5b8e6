# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# How everything in this tree is compiled.
add_compile_options(-Wall -Wextra -Wconversion -Wundef -Wshadow -pedantic $<$<BOOL:${IOASID_WERROR}>:-Werror>)

if(IOASID_SANITIZE)
	set(sanitize -fsanitize=${IOASID_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_compile_options(${sanitize})
	add_link_options(${sanitize})
	# gcc warns that ThreadSanitizer does not know fences.
	if(IOASID_SANITIZE STREQUAL "thread" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
		add_compile_options(-Wno-tsan)
	endif()
endif()

if(IOASID_COVERAGE)
	# Threads count in the same counters.
	add_compile_options(--coverage -fprofile-update=atomic)
	add_link_options(--coverage)
endif()
