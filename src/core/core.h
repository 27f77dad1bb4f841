/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The pure core's only view of the world: integer types, byte order, memory
 * functions. No skb, lock, allocation, clock or log here: storage, the time
 * and seeds are arguments. The same .c files build into the module and into
 * user-space tests and fuzzers.
 */
#ifndef ESPGW_CORE_H
#define ESPGW_CORE_H

#ifdef __KERNEL__
#include <asm/barrier.h>
#include <asm/byteorder.h>
#include <linux/bug.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include "user.h"	/* selftests/unit/user.h: the same names in user space */
#endif

#include <linux/espgw.h>

/* Protocol numbers that the core knows (IANA, "Protocol Numbers"). */
#define ESPGW_PROTO_HOPOPTS	0
#define ESPGW_PROTO_ICMP	1
#define ESPGW_PROTO_IPIP	4
#define ESPGW_PROTO_TCP		6
#define ESPGW_PROTO_UDP		17
#define ESPGW_PROTO_DCCP	33
#define ESPGW_PROTO_IPV6	41
#define ESPGW_PROTO_ROUTING	43
#define ESPGW_PROTO_FRAGMENT	44
#define ESPGW_PROTO_GRE		47
#define ESPGW_PROTO_ESP		50
#define ESPGW_PROTO_AH		51
#define ESPGW_PROTO_ICMPV6	58
#define ESPGW_PROTO_NONE	59	/* no next header */
#define ESPGW_PROTO_DSTOPTS	60
#define ESPGW_PROTO_SCTP	132
#define ESPGW_PROTO_UDPLITE	136
#define ESPGW_PROTO_ETHERNET	143

/* Header sizes, bytes. */
#define ESPGW_IP4_HDR_MIN	20
#define ESPGW_IP6_HDR		40
#define ESPGW_IP6_FRAG_HDR	8
#define ESPGW_UDP_HDR		8

/* Flags and offset of the IPv4 header's bytes 6 and 7 (RFC 791 3.1). */
#define ESPGW_IP4_DF		0x4000
#define ESPGW_IP4_MF		0x2000
#define ESPGW_IP4_OFFSET	0x1fff	/* in units of 8 bytes */

/**
 * struct espgw_addr - an IPv4 or IPv6 address in network byte order
 * @a: IPv6: all four words; IPv4: the first, the others zero, so that
 *	addresses of one family compare and hash as 16 bytes
 */
struct espgw_addr {
	__be32 a[4];
};

/**
 * espgw_addr_equal() - compare two addresses of one family
 * @x: one
 * @y: the other
 *
 * Return: true if they are the same.
 */
static inline bool espgw_addr_equal(const struct espgw_addr *x,
				    const struct espgw_addr *y)
{
	return !((x->a[0] ^ y->a[0]) | (x->a[1] ^ y->a[1]) |
		 (x->a[2] ^ y->a[2]) | (x->a[3] ^ y->a[3]));
}

/**
 * espgw_get_be16() - read 16 bits in network byte order from anywhere
 * @p: two bytes, of any alignment
 *
 * Return: the value in host byte order.
 */
static inline u16 espgw_get_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

/**
 * espgw_get_be32() - read 32 bits in network byte order from anywhere
 * @p: four bytes, of any alignment
 *
 * Return: the value in host byte order.
 */
static inline u32 espgw_get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

/**
 * espgw_put_be16() - write 16 bits in network byte order to anywhere
 * @p: two bytes, of any alignment
 * @v: the value in host byte order
 */
static inline void espgw_put_be16(u8 *p, u16 v)
{
	p[0] = v >> 8;
	p[1] = (u8)v;
}

#endif /* ESPGW_CORE_H */
