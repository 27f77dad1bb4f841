/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SAs that are kernel xfrm's: what they share with its states, so that each can
 * go on where the other was.
 */
#ifndef ESPGW_TABLE_ADOPT_H
#define ESPGW_TABLE_ADOPT_H

#include <linux/socket.h>
#include <linux/xfrm.h>

#include "table/sad.h"

struct xfrm_state;

/* Data path, under RCU, bottom halves off. */
bool espgw_sa_shared_advance(struct espgw_sa *sa, u64 seq, bool *newest);
void espgw_sa_tell_mapping(struct espgw_sa *sa, const struct espgw_addr *addr,
			   __be16 port);

/* Process context. */
u64 espgw_state_seq(struct xfrm_state *x);
void espgw_state_raise(struct xfrm_state *x, struct xfrm_state *old);
void espgw_sa_window_take(struct espgw_sa *sa);
void espgw_sa_window_give(struct espgw_sa *sa, bool share);
void espgw_sa_lease_return(struct espgw_sa *sa);
void espgw_sa_renew_limits(struct espgw_sa *sa);
void espgw_sa_retell_mapping(struct espgw_sa *sa);
bool espgw_sa_feed(struct espgw_sa *sa);

/**
 * espgw_addr_from_xfrm() - an address of xfrm's
 * @a: result; of IPv4 the rest is zero
 * @from: the address
 * @family: its family, AF_INET or AF_INET6
 */
static inline void espgw_addr_from_xfrm(struct espgw_addr *a,
					const xfrm_address_t *from, u16 family)
{
	memset(a, 0, sizeof(*a));
	memcpy(a, from, family == AF_INET ? sizeof(from->a4) : sizeof(from->a6));
}

/**
 * espgw_sa_is_adopted() - is an SA xfrm's
 * @sa: the SA
 *
 * Return: true if so; false: it was made by hand.
 */
static inline bool espgw_sa_is_adopted(const struct espgw_sa *sa)
{
	return sa->x;
}

#endif
