# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
#
# What is installed, and how it is found again: pkg-config and find_package().
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/ioasid)

install(TARGETS ioasid ioasid-static EXPORT ioasid-targets)
install(EXPORT ioasid-targets NAMESPACE ioasid:: DESTINATION ${package_dir})
install(DIRECTORY include/ioasid ${PROJECT_BINARY_DIR}/include/ioasid DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
	FILES_MATCHING PATTERN "*.h")

configure_package_config_file(cmake/ioasid-config.cmake.in ioasid-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(ioasid-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ioasid-config.cmake ${PROJECT_BINARY_DIR}/ioasid-config-version.cmake
	DESTINATION ${package_dir})

set(pc_files ioasid)
if(IOASID_JEMALLOC)
	list(APPEND pc_files ioasid-jemalloc)
	install(TARGETS ioasid-jemalloc EXPORT ioasid-jemalloc-targets)
	install(EXPORT ioasid-jemalloc-targets NAMESPACE ioasid:: DESTINATION ${package_dir})
endif()

# The prefix is known for sure when installing only: cmake --install may be
# given another than the build was. An absolute folder stays as it is.
foreach(name IN LISTS pc_files)
	install(CODE "
		set(PROJECT_VERSION ${PROJECT_VERSION})
		set(pc_LIBDIR \${CMAKE_INSTALL_PREFIX})
		cmake_path(APPEND pc_LIBDIR ${CMAKE_INSTALL_LIBDIR})
		set(pc_INCLUDEDIR \${CMAKE_INSTALL_PREFIX})
		cmake_path(APPEND pc_INCLUDEDIR ${CMAKE_INSTALL_INCLUDEDIR})
		configure_file(${PROJECT_SOURCE_DIR}/pkgconfig/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)")
	install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
endforeach()

# The tools find_package() us as anyone would; inside this tree they are given
# the targets that are being built.
if(PROJECT_IS_TOP_LEVEL)
	file(WRITE ${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/ioasid-config.cmake "set(ioasid_jemalloc_FOUND TRUE)\n")
	configure_file(${PROJECT_BINARY_DIR}/ioasid-config-version.cmake
		${CMAKE_FIND_PACKAGE_REDIRECTS_DIR}/ioasid-config-version.cmake COPYONLY)
endif()
