/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/* binding.c - the edges of a binding's word. */
#include "binding.h"

int binding_on_open(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	life->state = BINDING_OPEN;
	life->users = 1;
	return 0;
}

int binding_on_join(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state != BINDING_OPEN)
		return -IOASID_EAGAIN;
	if (life->users == BINDING_USER_MAX)
		return -IOASID_EOVERFLOW;
	life->users++;
	life->told = true;
	return 0;
}

/*
 * A commit record is FREE for everybody but the bind and the bindings that name
 * it, so that no handle, garbled as it may be, is taken for one of it. Until one of
 * the two below has come, it has a user.
 */
int binding_on_record(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	life->users = 1;
	return 0;
}

int binding_on_commit(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->users == 0)
		return -IOASID_ESTALE;
	life->users = 0;
	life->told = true;
	return 0;
}

int binding_on_cancel(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->users == 0)
		return -IOASID_ESTALE;
	life->users = 0;
	return 0;
}

/* The bind succeeds, unless the binding was closed first. */
int binding_on_tell(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state != BINDING_OPEN)
		return -IOASID_ESTALE;
	life->told = true;
	return 0;
}

/* The commit record has told; so does the binding, whatever has become of it meanwhile. */
int binding_on_told(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	life->told = true;
	return 0;
}

/* Legal in every state: a binding that was closed over its users' heads still takes their unbinds. */
int binding_on_unbind(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->users == 0 || life->state == BINDING_FREE)
		return -IOASID_ESTALE;
	life->users--;
	if (life->users == 0 && life->state == BINDING_OPEN)
		life->state = BINDING_CLOSING;
	return 0;
}

int binding_on_pin(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state != BINDING_OPEN)
		return -IOASID_ESTALE;
	if (life->pins == BINDING_PIN_MAX)
		return -IOASID_EOVERFLOW;
	life->pins++;
	return 0;
}

int binding_on_unpin(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state == BINDING_FREE)
		return -IOASID_ESTALE;
	if (life->pins == 0)
		return -IOASID_EINVAL;
	life->pins--;
	return 0;
}

/* Its id parks, or its device is removed: users keep the right to unbind, unless forgiven. */
int binding_on_close(struct binding_life *life, uint32_t forgive)
{
	if (life->state == BINDING_FREE)
		return -IOASID_ESTALE;
	if (life->state == BINDING_OPEN)
		life->state = BINDING_CLOSING;
	if (forgive) {
		life->users = 0;
		life->pins = 0;
	}
	return 0;
}

int binding_on_poison(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->state != BINDING_CLOSING)
		return -IOASID_EINVAL;
	life->state = BINDING_POISONED;
	return 0;
}

/* Quiesced; late unbinds find a past life. Refused while a pin is out. */
int binding_on_release(struct binding_life *life, uint32_t unused)
{
	(void)unused;
	if (life->pins != 0)
		return -IOASID_EBUSY;
	life->state = BINDING_FREE;
	life->users = 0;
	life->told = false;
	return 0;
}

int binding_apply(struct binding *binding, uint32_t generation, binding_edge *edge, uint32_t arg,
                  struct binding_life *before, struct binding_life *after)
{
	uint64_t word = port_u64_load_acquire(&binding->word); /* ACQUIRE [B2, from B1] */

	for (;;) {
		struct binding_life life = binding_unpack(word);
		int error;

		*before = life;
		if (generation != 0 && life.generation != generation)
			return -IOASID_ESTALE;
		error = edge(&life, arg);
		if (error != 0)
			return error;
		/*
		 * SEQ_CST [B1 -> B2]: a binding is filled before it is OPEN, its users'
		 * work is before its close; and after an OPEN its maker looks at the
		 * slot and the device, which may have ended meanwhile (bind.c).
		 */
		if (port_u64_cas_seq_cst(&binding->word, &word, binding_pack(&life))) {
			*after = life;
			return 0;
		}
	}
}
