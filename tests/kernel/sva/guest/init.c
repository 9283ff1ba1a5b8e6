/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* init.c - the guest's first program: mounts, modules, the tests in their order, power off. */
#include "guest.h"

static int load(const char *path, const char *parameters)
{
	int file = open(path, O_RDONLY);
	long error = file < 0 ? -errno : my_syscall3(__NR_finit_module, file, parameters, 0);

	if (error != 0)
		printf("Bail out! %s cannot be loaded: %ld\n", path, error);
	close(file);
	return (int)error;
}

static int unload(const char *name)
{
	return (int)my_syscall2(__NR_delete_module, name, 0);
}

static int load_driver(const char *parameters)
{
	return load("/ioasid_sva_iommu.ko", "") || load("/ioasid_sva.ko", parameters);
}

static bool unload_driver(void)
{
	return unload("ioasid_sva") == 0 && unload("ioasid_sva_iommu") == 0;
}

static int run(void)
{
	printf("TAP version 13\n");
	if (load("/ioasid.ko", "") != 0 || load_driver("") != 0)
		return 1;
	sharing();
	ending();
	crowd();
	ok(unload_driver(), "the driver and the IOMMU are unloaded");
	if (load_driver("uncounted=1") != 0)
		return 1;
	seeded();
	ok(unload_driver() && unload("ioasid") == 0, "all is unloaded");
	return plan();
}

int main(int count, char **arguments)
{
	int status;

	if (getpid() != 1)
		return count == 4 ? after_exec(arguments) : 1;
	if (mount("proc", "/proc", "proc", 0, NULL) != 0 || mount("dev", "/dev", "devtmpfs", 0, NULL) != 0)
		printf("Bail out! no /proc or /dev: %d\n", errno);
	printf("guest: the script begins\n");
	status = run();
	printf("guest: the script's status is %d\n", status);
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return status;
}
