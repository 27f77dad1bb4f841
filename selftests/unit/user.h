/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's names that src/core uses, in user space. */
#ifndef ESPGW_UNIT_USER_H
#define ESPGW_UNIT_USER_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
/* sparse's endianness annotations mean nothing to gcc and clang. */
typedef uint16_t __be16;
typedef uint32_t __be32;

#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))

#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), v, __ATOMIC_RELAXED)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define cpu_to_be16(x)	((__be16)__builtin_bswap16(x))
#define cpu_to_be32(x)	((__be32)__builtin_bswap32(x))
#else
#define cpu_to_be16(x)	((__be16)(x))
#define cpu_to_be32(x)	((__be32)(x))
#endif
#define be16_to_cpu(x)	((u16)cpu_to_be16(x))
#define be32_to_cpu(x)	((u32)cpu_to_be32(x))

#define min_t(type, x, y) ({ type x_ = (x); type y_ = (y); x_ < y_ ? x_ : y_; })
#define max_t(type, x, y) ({ type x_ = (x); type y_ = (y); x_ > y_ ? x_ : y_; })
/* Like the kernel's, min() and max() take two operands of one type. */
#define min(x, y) ({							\
	_Static_assert(__builtin_types_compatible_p(__typeof__(x),	\
						    __typeof__(y)),	\
		       "min() of two types");				\
	min_t(__typeof__(x), x, y); })
#define max(x, y) ({							\
	_Static_assert(__builtin_types_compatible_p(__typeof__(x),	\
						    __typeof__(y)),	\
		       "max() of two types");				\
	max_t(__typeof__(x), x, y); })

#undef static_assert
#define static_assert(expr, ...) _Static_assert(expr, #expr)

#endif
