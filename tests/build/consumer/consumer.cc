/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * A C++ program that was given the installed library and nothing else: private
 * ids with their owner in a class, callbacks as lambdas.
 */
#include "whose_malloc.h"

#include <ioasid/ioasid.h>
#include <ioasid/msr.h>

#include <set>
#include <stdexcept>
#include <vector>

namespace
{

void check(int error)
{
	if (error != 0)
		throw std::runtime_error(ioasid_strerror(error));
}

class Space
{
      public:
	explicit Space(uint32_t bits)
	{
		ioasid_space_config config = {};
		config.size = sizeof(config);
		config.bits = bits;
		config.order = IOASID_ORDER_LOWEST;
		check(ioasid_space_create(&config, &space_));
	}
	Space(const Space &) = delete;
	Space &operator=(const Space &) = delete;
	~Space()
	{
		if (ioasid_space_destroy(space_, nullptr, nullptr) != 0)
			std::terminate();
	}
	ioasid_space *get() const
	{
		return space_;
	}

      private:
	ioasid_space *space_ = nullptr;
};

unsigned run()
{
	Space space(4);
	unsigned told = 0;
	ioasid_set_config config = {};
	config.size = sizeof(config);
	config.owner = ioasid_owner_of(&space, 1);
	config.quota = IOASID_UNLIMITED;
	config.context = &told;
	config.done = [](void *context, ioasid_owner) { ++*static_cast<unsigned *>(context); };

	ioasid_owner_set *set = nullptr;
	check(ioasid_set_create(space.get(), &config, &set));
	std::vector<ioasid_handle_t> handles;
	std::set<uint32_t> numbers;
	int error = 0;
	for (;;) {
		ioasid_handle_t handle = {};
		error = ioasid_id_alloc(set, nullptr, IOASID_ALLOC_ACTIVE, &handle);
		if (error != 0)
			break;
		handles.push_back(handle);
		numbers.insert(ioasid_value(ioasid_handle_id(handle)));
	}
	printf("%zu ids, %zu different: %s\n", handles.size(), numbers.size(), ioasid_strerror(error));
	/* 16 numbers, of which 0 is reserved. */
	if (error != -IOASID_ENOSPC || numbers.size() != 15 || handles.size() != 15)
		return 0;
	check(ioasid_id_free(space.get(), handles.front()));
	check(ioasid_set_end(set));
	check(ioasid_set_wait(set, IOASID_FOREVER));
	check(ioasid_set_release(set));
	return told;
}

} // namespace

int main(int argc, char **argv)
{
	const unsigned arenas = count_arenas();

	if (argc != 2)
		return 2;
	try {
		return check_malloc(argv[1]) | (run() != 1) | check_arenas(argv[1], arenas);
	} catch (const std::exception &error) {
		printf("%s\n", error.what());
		return 1;
	}
}
