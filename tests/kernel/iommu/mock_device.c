/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* mock_device.c - ioasid_mock_device.ko: two devices behind the mock IOMMU, in a module of their own so that it can be unloaded. */
#include "mock.h"

#include <linux/err.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/property.h>

static const struct property_entry bits[2][2] = {
	{PROPERTY_ENTRY_U32("pasid-num-bits", 20), {}},
	{PROPERTY_ENTRY_U32("pasid-num-bits", 19), {}},
};
static struct platform_device *device[ARRAY_SIZE(bits)];

static void remove_all(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(device); i++)
		platform_device_unregister(device[i]);
}

static int __init devices_init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(device); i++) {
		struct platform_device_info info = {.name = MOCK_DEVICE, .id = (int)i, .properties = bits[i]};
		struct platform_device *made = platform_device_register_full(&info);

		if (IS_ERR(made)) {
			remove_all();
			return PTR_ERR(made);
		}
		device[i] = made;
	}
	return 0;
}

static void __exit devices_exit(void)
{
	remove_all();
}

module_init(devices_init);
module_exit(devices_exit);
MODULE_DESCRIPTION("Devices behind the mock IOMMU");
MODULE_LICENSE("Dual BSD/GPL");
