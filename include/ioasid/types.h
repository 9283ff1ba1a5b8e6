/* SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only */
/*
 * ioasid/types.h - the values that every other header speaks of.
 *
 * An ioasid_t is the number that hardware sees. A handle names one life of that
 * number. Both are structs, so that neither can be mistaken for an int, for an
 * errno or for one another; the helpers below are the only way in and out.
 *
 * The helpers are value helpers: they touch no shared state, are wait-free and
 * may be called in any context. The library exports each as a symbol, too, for
 * languages that cannot include a C header.
 */
#ifndef IOASID_TYPES_H
#define IOASID_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define IOASID_BEGIN_DECLS extern "C" {
#define IOASID_END_DECLS }
#else
#define IOASID_BEGIN_DECLS
#define IOASID_END_DECLS
#endif

#if defined(__GNUC__)
#define IOASID_MUST_CHECK __attribute__((warn_unused_result))
#define IOASID_API __attribute__((visibility("default")))
#else
#define IOASID_MUST_CHECK
#define IOASID_API
#endif

/* lib/core/inline.c defines this empty, so that one definition has two linkages. */
#ifndef IOASID_INLINE
#define IOASID_INLINE static inline
#endif

/* A PASID has at most 20 bits (PCI Express 6.0, section 6.20). */
#define IOASID_BITS_MAX 20u
#define IOASID_COUNT_MAX (UINT32_C(1) << IOASID_BITS_MAX)

/* A quota that never refuses; a wait that never gives up. */
#define IOASID_UNLIMITED UINT32_MAX
#define IOASID_FOREVER UINT64_MAX

#if defined(__KERNEL__) && defined(__linux__)
/* There the number has a name already: in a header that went in Linux 6.4, and in another since then. */
#include <linux/version.h>
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#include <linux/ioasid.h>
#else
#include <linux/iommu.h>
#endif
#define IOASID_RAW_MAKE(value) ((ioasid_t)(value))
#define IOASID_RAW_VALUE(id) ((uint32_t)(id))
#else
/** ioasid_t - a PASID: 0 to 2^20 - 1, or the one value that is invalid. */
typedef struct {
	uint32_t pasid_;
} ioasid_t;
#define IOASID_RAW_VALUE(id) ((id).pasid_)
#endif

/** ioasid_handle_t - one life of one id: id, generation, and the space's tag. */
typedef struct {
	uint64_t handle_;
} ioasid_handle_t;

/** ioasid_binding_t - one binding of one device to one life of an id. */
typedef struct {
	uint64_t binding_;
} ioasid_binding_t;

/** ioasid_token_t - the right to complete one pending quiesce callback, once. */
typedef struct {
	uint64_t token_;
} ioasid_token_t;

/** struct ioasid_range - ids from first to last, both included. */
struct ioasid_range {
	ioasid_t first;
	ioasid_t last;
};

/* What the library hands out and only the library can look into. */
struct ioasid_space;
struct ioasid_owner_set;
struct ioasid_device;
struct ioasid_participant;

IOASID_BEGIN_DECLS

/** ioasid_invalid() - the value that is no id; no errno and no id equals it. */
IOASID_INLINE ioasid_t ioasid_invalid(void)
{
#ifdef IOASID_RAW_MAKE
	return IOASID_RAW_MAKE(UINT32_MAX);
#else
	ioasid_t id = {UINT32_MAX};
	return id;
#endif
}

/**
 * ioasid_make() - the id with number @value, or ioasid_invalid() if @value does
 * not fit in 20 bits: a negative errno never becomes an id.
 */
IOASID_INLINE ioasid_t ioasid_make(uint32_t value)
{
#ifdef IOASID_RAW_MAKE
	return value < IOASID_COUNT_MAX ? IOASID_RAW_MAKE(value) : ioasid_invalid();
#else
	ioasid_t id = {value < IOASID_COUNT_MAX ? value : UINT32_MAX};
	return id;
#endif
}

/** ioasid_value() - the number to program into hardware; check validity first. */
IOASID_INLINE uint32_t ioasid_value(ioasid_t id)
{
	return IOASID_RAW_VALUE(id);
}

/** ioasid_is_valid() - true for 0 to 2^20 - 1. */
IOASID_INLINE bool ioasid_is_valid(ioasid_t id)
{
	return IOASID_RAW_VALUE(id) < IOASID_COUNT_MAX;
}

/** ioasid_equal() - true if both are the same number, or both invalid. */
IOASID_INLINE bool ioasid_equal(ioasid_t a, ioasid_t b)
{
	return IOASID_RAW_VALUE(a) == IOASID_RAW_VALUE(b);
}

/** ioasid_handle_id() - the number that this handle is a life of. */
IOASID_INLINE ioasid_t ioasid_handle_id(ioasid_handle_t handle)
{
	if (handle.handle_ < IOASID_COUNT_MAX) /* a number without a generation is no life */
		return ioasid_invalid();
	return ioasid_make((uint32_t)(handle.handle_ & (IOASID_COUNT_MAX - 1)));
}

/** ioasid_handle_equal() - true if both name the same life of the same id. */
IOASID_INLINE bool ioasid_handle_equal(ioasid_handle_t a, ioasid_handle_t b)
{
	return a.handle_ == b.handle_;
}

/** ioasid_handle_is_set() - false for the zeroed handle, which names nothing. */
IOASID_INLINE bool ioasid_handle_is_set(ioasid_handle_t handle)
{
	return handle.handle_ != 0;
}

/** ioasid_range_make() - a range by its two ends. */
IOASID_INLINE struct ioasid_range ioasid_range_make(ioasid_t first, ioasid_t last)
{
	struct ioasid_range range = {first, last};
	return range;
}

IOASID_END_DECLS

#endif
