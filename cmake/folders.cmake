# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only

# ioasid_add_folders() - add every folder right below this one that has a
# CMakeLists.txt, in the order of their names.
function(ioasid_add_folders)
	file(GLOB lists CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*/CMakeLists.txt)
	foreach(list IN LISTS lists)
		cmake_path(GET list PARENT_PATH folder)
		add_subdirectory(${folder})
	endforeach()
endfunction()
