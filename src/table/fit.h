/* SPDX-License-Identifier: GPL-2.0 */
/* An SA's outer route, and what fits it. */
#ifndef ESPGW_TABLE_FIT_H
#define ESPGW_TABLE_FIT_H

#include "core/fit.h"
#include "table/sad.h"

struct dst_entry;
struct net_device;

/* Under RCU, bottom halves off. */
struct dst_entry *espgw_sa_route(struct espgw_sa *sa);
void espgw_fit(struct espgw_sa *sa, const struct dst_entry *dst,
	       struct espgw_fit *f);

/* Under RCU or espgw_net.lock. */
void espgw_fit_now(struct espgw_sa *sa, struct espgw_fit *f);
void espgw_fit_env(const struct espgw_sa *sa, const struct espgw_fit *f,
		   struct espgw_pmtu_env *env);
bool espgw_is_local(const struct espgw_net *en, const struct net_device *dev,
		    const struct espgw_addr *addr, u8 family);
struct net_device *espgw_local_dev(const struct espgw_net *en,
				   const struct espgw_addr *addr, u8 family);

/* Caller holds espgw_net.lock. */
void espgw_fit_dev_changed(struct espgw_net *en, int ifindex);
void espgw_fit_tell_changed(struct espgw_net *en);

#endif
