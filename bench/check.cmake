# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# cmake -DPROGRAM=... -DJSON=... -P check.cmake - every benchmark that the program
# lists has numbers in its JSON, and every number is one. No time is judged.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND ${PROGRAM} --list OUTPUT_VARIABLE list COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${PROGRAM} --quick --json ${JSON} COMMAND_ERROR_IS_FATAL ANY)

file(READ ${JSON} json)
string(JSON count LENGTH "${json}" rows)
if(count LESS 1)
	message(FATAL_ERROR "${JSON} has no rows")
endif()
math(EXPR last "${count} - 1")
set(seen)
foreach(i RANGE ${last})
	string(JSON name GET "${json}" rows ${i} benchmark)
	foreach(field min median)
		string(JSON type ERROR_VARIABLE error TYPE "${json}" rows ${i} ${field})
		if(NOT type STREQUAL "NUMBER")
			message(FATAL_ERROR "row ${i}, ${name}: ${field} is no number (${type}${error})")
		endif()
	endforeach()
	list(APPEND seen ${name})
endforeach()

string(REGEX REPLACE " [^\n]*" "" names "${list}")
string(REGEX MATCHALL "[^\n]+" names "${names}")
list(LENGTH names listed)
if(listed LESS 10)
	message(FATAL_ERROR "--list names ${listed} benchmarks only")
endif()
foreach(name IN LISTS names)
	if(NOT name IN_LIST seen)
		message(FATAL_ERROR "${name} is listed and was not measured")
	endif()
endforeach()
