/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* module.c - the module's beginning and end, and what it exports: the public headers' functions, but those that are inline. */
#include <linux/module.h>

#include <ioasid/linux.h>

#include "internal.h"

static int __init libioasid_init(void)
{
	int error = ioasid_linux_mm_init();

	if (error)
		return error;
	ioasid_linux_debugfs_init();
	return 0;
}

/* Who uses the module's functions keeps it, by its symbols; spaces end with their drivers. */
static void __exit libioasid_exit(void)
{
	ioasid_linux_debugfs_exit();
	ioasid_linux_mm_exit();
}

module_init(libioasid_init);
module_exit(libioasid_exit);
MODULE_DESCRIPTION("PASIDs, handed out and managed for their whole life");
MODULE_LICENSE("Dual BSD/GPL");
MODULE_VERSION(IOASID_VERSION);

EXPORT_SYMBOL_GPL(ioasid_binding_data);
EXPORT_SYMBOL_GPL(ioasid_binding_enroll);
EXPORT_SYMBOL_GPL(ioasid_binding_handle);
EXPORT_SYMBOL_GPL(ioasid_binding_unbind);
EXPORT_SYMBOL_GPL(ioasid_binding_unpin);
EXPORT_SYMBOL_GPL(ioasid_binding_wait);
EXPORT_SYMBOL_GPL(ioasid_device_pin);
EXPORT_SYMBOL_GPL(ioasid_device_register);
EXPORT_SYMBOL_GPL(ioasid_device_remove);
EXPORT_SYMBOL_GPL(ioasid_device_reset_done);
EXPORT_SYMBOL_GPL(ioasid_device_unregister);
EXPORT_SYMBOL_GPL(ioasid_id_abort);
EXPORT_SYMBOL_GPL(ioasid_id_alloc);
EXPORT_SYMBOL_GPL(ioasid_id_bind);
EXPORT_SYMBOL_GPL(ioasid_id_find);
EXPORT_SYMBOL_GPL(ioasid_id_find_get);
EXPORT_SYMBOL_GPL(ioasid_id_free);
EXPORT_SYMBOL_GPL(ioasid_id_get);
EXPORT_SYMBOL_GPL(ioasid_id_pin);
EXPORT_SYMBOL_GPL(ioasid_id_publish);
EXPORT_SYMBOL_GPL(ioasid_id_put);
EXPORT_SYMBOL_GPL(ioasid_id_state);
EXPORT_SYMBOL_GPL(ioasid_id_unpin);
EXPORT_SYMBOL_GPL(ioasid_id_unpoison);
EXPORT_SYMBOL_GPL(ioasid_id_wait);
EXPORT_SYMBOL_GPL(ioasid_participant_withdraw);
EXPORT_SYMBOL_GPL(ioasid_phase_name);
EXPORT_SYMBOL_GPL(ioasid_request_begin);
EXPORT_SYMBOL_GPL(ioasid_request_end);
EXPORT_SYMBOL_GPL(ioasid_set_bind);
EXPORT_SYMBOL_GPL(ioasid_set_bind_private);
EXPORT_SYMBOL_GPL(ioasid_set_create);
EXPORT_SYMBOL_GPL(ioasid_set_end);
EXPORT_SYMBOL_GPL(ioasid_set_enroll);
EXPORT_SYMBOL_GPL(ioasid_set_find);
EXPORT_SYMBOL_GPL(ioasid_set_for_each);
EXPORT_SYMBOL_GPL(ioasid_set_free);
EXPORT_SYMBOL_GPL(ioasid_set_get);
EXPORT_SYMBOL_GPL(ioasid_set_lookup);
EXPORT_SYMBOL_GPL(ioasid_set_query);
EXPORT_SYMBOL_GPL(ioasid_set_release);
EXPORT_SYMBOL_GPL(ioasid_set_shared);
EXPORT_SYMBOL_GPL(ioasid_set_wait);
EXPORT_SYMBOL_GPL(ioasid_space_counters);
EXPORT_SYMBOL_GPL(ioasid_space_create);
EXPORT_SYMBOL_GPL(ioasid_space_destroy);
EXPORT_SYMBOL_GPL(ioasid_space_dump);
EXPORT_SYMBOL_GPL(ioasid_space_enroll);
EXPORT_SYMBOL_GPL(ioasid_space_flush);
EXPORT_SYMBOL_GPL(ioasid_space_reserved);
EXPORT_SYMBOL_GPL(ioasid_space_run);
EXPORT_SYMBOL_GPL(ioasid_space_snapshot);
EXPORT_SYMBOL_GPL(ioasid_state_answer);
EXPORT_SYMBOL_GPL(ioasid_state_name);
EXPORT_SYMBOL_GPL(ioasid_strerror);
EXPORT_SYMBOL_GPL(ioasid_token_complete);
EXPORT_SYMBOL_GPL(ioasid_version);
EXPORT_SYMBOL_GPL(ioasid_mm_set);
EXPORT_SYMBOL_GPL(ioasid_mm_end_all);
EXPORT_SYMBOL_GPL(ioasid_debugfs_add);
EXPORT_SYMBOL_GPL(ioasid_debugfs_remove);
EXPORT_SYMBOL_GPL(ioasid_tell);
