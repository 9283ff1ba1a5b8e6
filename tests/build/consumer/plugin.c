/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * plugin LIBRARY - what a host may do that loads the library at run time, as a
 * part of a plugin of its own: fork, and close it while a space of its own is alive,
 * whose thread is at work.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <ioasid/ioasid.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void *library;

static void *need(const char *name)
{
	void *symbol = dlsym(library, name);

	if (symbol == NULL) {
		printf("%s\n", dlerror());
		exit(1);
	}
	return symbol;
}

#define NEED(name) ((__typeof__(&name))need(#name))

static int (*churn_alloc)(struct ioasid_owner_set *, const struct ioasid_range *, uint32_t, ioasid_handle_t *);
static int (*churn_free)(struct ioasid_space *, ioasid_handle_t);

static int churn(struct ioasid_space *space, struct ioasid_owner_set *set)
{
	ioasid_handle_t handle;
	int error = 0;

	for (int i = 0; i < 1000 && error == 0; i++) {
		error = churn_alloc(set, NULL, IOASID_ALLOC_ACTIVE, &handle);
		if (error == 0)
			error = churn_free(space, handle);
	}
	return error;
}

/* A child inherits no id, may give the space back, and nothing else. */
static int check_fork(struct ioasid_space *space)
{
	__typeof__(&ioasid_space_flush) flush = NEED(ioasid_space_flush);
	__typeof__(&ioasid_space_destroy) destroy = NEED(ioasid_space_destroy);
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		int flushed = flush(space, IOASID_FOREVER);
		int destroyed = destroy(space, NULL, NULL);

		printf("child: flush %d, destroy %d\n", flushed, destroyed);
		fflush(stdout);
		_exit(!(flushed == -IOASID_ESTALE && destroyed == 0));
	}
	return child < 0 || waitpid(child, &status, 0) != child || status != 0;
}

int main(int argc, char **argv)
{
	struct ioasid_space_config space_config = {.size = sizeof(space_config), .bits = 20};
	struct ioasid_set_config set_config = {.size = sizeof(set_config), .quota = IOASID_UNLIMITED};
	__typeof__(&ioasid_set_release) release;
	__typeof__(&ioasid_space_flush) flush;
	__typeof__(&ioasid_space_destroy) destroy;
	struct ioasid_space *space;
	struct ioasid_owner_set *set;

	if (argc != 2 || (library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == NULL) {
		printf("%s\n", argc == 2 ? dlerror() : "usage: plugin LIBRARY");
		return 2;
	}
	churn_alloc = NEED(ioasid_id_alloc);
	churn_free = NEED(ioasid_id_free);
	release = NEED(ioasid_set_release);
	flush = NEED(ioasid_space_flush);
	destroy = NEED(ioasid_space_destroy);
	space_config.flags = IOASID_SPACE_BACKGROUND;
	if (NEED(ioasid_space_create)(&space_config, &space) != 0 ||
	    NEED(ioasid_set_create)(space, &set_config, &set) != 0)
		return 1;
	if (churn(space, set) != 0 || check_fork(space) != 0 || dlclose(library) != 0)
		return 1;
	/* Closed, and in use all the same: the thread, the fork handlers, and we. */
	if (churn(space, set) != 0 || release(set) != 0 || flush(space, IOASID_FOREVER) != 0)
		return 1;
	return destroy(space, NULL, NULL) != 0;
}
