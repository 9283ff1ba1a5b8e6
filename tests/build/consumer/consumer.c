/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A C program that was given the installed library and nothing else: one id's
 * whole life, on a device that is quiesced.
 */
#include "whose_malloc.h"

#include <ioasid/ioasid.h>
#include <ioasid/msr.h>

static int drained;
static int released;

static int drain(void *context, const struct ioasid_view *view, ioasid_token_t token)
{
	(void)context;
	(void)token;
	drained += ioasid_is_valid(view->id);
	return IOASID_DONE;
}

static void release(void *context, const struct ioasid_view *view)
{
	released += view->data == context;
}

static void done(void *context, struct ioasid_owner owner)
{
	*(int *)context += owner.generation == 7;
}

static int fail(const char *what, int error)
{
	printf("%s: %s\n", what, ioasid_strerror(error));
	return 1;
}

static int use_device(struct ioasid_space *space, struct ioasid_owner_set *set, struct ioasid_device *device,
                      void *data)
{
	struct ioasid_bind_args args = {sizeof(args), device, data, NULL};
	ioasid_binding_t binding;
	ioasid_handle_t handle;
	int error = ioasid_set_bind(set, &args, 1, 0, &binding);

	if (error != 0)
		return fail("bind", error);
	if ((error = ioasid_binding_handle(space, binding, &handle)) != 0)
		return fail("handle", error);
	if (ioasid_msr_image(ioasid_msr_from(ioasid_handle_id(handle))) <= IOASID_MSR_VALID)
		return fail("image", 0);
	if ((error = ioasid_request_begin(space, binding)) != 0 || (error = ioasid_request_end(space, binding)) != 0)
		return fail("request", error);
	if ((error = ioasid_binding_unbind(space, binding)) != 0)
		return fail("unbind", error);
	if ((error = ioasid_binding_wait(space, binding, IOASID_FOREVER)) != 0)
		return fail("wait", error);
	return 0;
}

static int run(void)
{
	struct ioasid_space_config space_config = {.size = sizeof(space_config), .bits = 20};
	struct ioasid_quiesce_ops ops = {.size = sizeof(ops), .released = release};
	struct ioasid_device_config device_config = {.size = sizeof(device_config), .bits = 20, .ops = &ops};
	struct ioasid_set_config set_config = {.size = sizeof(set_config), .quota = 4, .done = done};
	struct ioasid_space *space;
	struct ioasid_owner_set *set;
	struct ioasid_device *device;
	int ended = 0;
	int error;

	ops.quiesce[IOASID_PHASE_DEVICE] = drain;
	device_config.context = &ended;
	set_config.owner = ioasid_owner_of(&ended, 7);
	set_config.context = &ended;
	if ((error = ioasid_space_create(&space_config, &space)) != 0)
		return fail("space", error);
	if ((error = ioasid_set_create(space, &set_config, &set)) != 0)
		return fail("set", error);
	if ((error = ioasid_device_register(space, &device_config, &device)) != 0)
		return fail("device", error);
	if (use_device(space, set, device, &ended) != 0)
		return 1;
	if ((error = ioasid_set_end(set)) != 0 || (error = ioasid_set_wait(set, IOASID_FOREVER)) != 0)
		return fail("end", error);
	if ((error = ioasid_set_release(set)) != 0 || (error = ioasid_device_unregister(device)) != 0)
		return fail("release", error);
	if ((error = ioasid_space_destroy(space, NULL, NULL)) != 0)
		return fail("destroy", error);
	printf("drained %d, released %d, ended %d\n", drained, released, ended);
	return !(drained == 1 && released == 1 && ended == 1);
}

int main(int argc, char **argv)
{
	unsigned arenas = count_arenas();

	if (argc != 2 || strcmp(ioasid_version(), IOASID_VERSION) != 0)
		return 2;
	return check_malloc(argv[1]) | run() | check_arenas(argv[1], arenas);
}
