/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* main.c - ioasid_iommu_test.ko: libioasid beside the kernel's IOMMU core, when loaded; prints TAP. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/vmalloc.h>

#include "tenant.h"

static bool forget;
module_param(forget, bool, 0444);
MODULE_PARM_DESC(forget, "a seeded bug: the IOMMU phase does not detach");

struct test {
	const char *name;
	void (*run)(struct rig *rig);
	u32 first;
	u32 last;
};

static const struct test tests[] = {
	{"a PASID is attached, and detached by its quiesce", test_one, SPLIT, PASIDS - 1},
	{"the kernel refuses a second domain on a PASID", test_refused_twice, SPLIT, PASIDS - 1},
	{"a set ends: done means detached", test_set_ends, SPLIT, PASIDS - 1},
	{"a device is removed with requests in flight: the IOMMU still detaches", test_device_removed, SPLIT,
         PASIDS - 1},
	{"both allocators at once, on one device", test_both, SPLIT, PASIDS - 1},
	{"both, with few numbers of ours: never reused before the detach", test_reuse, SPLIT, SPLIT + 63},
	{"the kernel's allocator full: ours are not touched", test_kernel_full, SPLIT, PASIDS - 1},
};

static struct device *find(const char *name)
{
	return bus_find_device_by_name(&platform_bus_type, NULL, name);
}

static bool run(struct rig *rig, const struct test *test, size_t number)
{
	bool good;
	int error;

	atomic_set(&rig->wrong, 0);
	error = rig_open(rig, test->first, test->last);
	if (error) {
		wrong(rig, "no space", 0, error);
	} else {
		test->run(rig);
		rig_close(rig);
	}
	good = atomic_read(&rig->wrong) == 0;
	pr_info("%sok %zu %s\n", good ? "" : "not ", number, test->name);
	return good;
}

static bool run_all(struct rig *rig)
{
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(tests); i++)
		good = run(rig, &tests[i], i + 1) && good;
	return good;
}

/* The module stays whatever comes out, and so does what it has: a space that could not be destroyed still uses it. */
static int __init test_init(void)
{
	static struct rig rig;

	rig.claimed = vzalloc(PASIDS / 8);
	if (!rig.claimed)
		return -ENOMEM;
	rig.dev = find(MOCK_WIDE);
	rig.narrow = find(MOCK_NARROW);
	rig.forget = forget;
	pr_info("TAP version 13\n");
	pr_info("1..%zu\n", ARRAY_SIZE(tests));
	if (!rig.dev || !rig.narrow || !device_iommu_mapped(rig.dev))
		pr_info("Bail out! No devices behind the mock IOMMU.\n");
	else if (run_all(&rig))
		vfree(rig.claimed);
	put_device(rig.dev);
	put_device(rig.narrow);
	return 0;
}

static void __exit test_exit(void)
{
}

module_init(test_init);
module_exit(test_exit);
MODULE_DESCRIPTION("libioasid's PASIDs through the kernel's IOMMU core");
MODULE_LICENSE("Dual BSD/GPL");
