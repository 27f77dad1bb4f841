/* SPDX-License-Identifier: GPL-2.0 */
/* Security policies: table and lookup. */
#ifndef ESPGW_TABLE_SPD_H
#define ESPGW_TABLE_SPD_H

#include "base/label.h"
#include "base/name.h"
#include "core/spd.h"
#include "table/path.h"

struct netlink_ext_ack;

/**
 * struct espgw_policy_stats - a policy's counters on one CPU
 * @packets: outbound matches
 * @bytes: of them
 */
struct espgw_policy_stats {
	u64_stats_t packets;
	u64_stats_t bytes;
};

/**
 * struct espgw_policy_cfg - a policy as asked for
 * @sel: selector of what leaves
 * @prio: the lowest is looked at first
 * @ifname: name of the device that it is for; empty: all
 * @mark: packet mark that it is for, within @mark_mask
 * @mark_mask: bits of the packet's mark that count; 0: none
 * @action: enum espgw_action
 * @path: protect: outer addresses and reqid
 * @owner: enum espgw_owner
 * @spi: protect: the SA of this SPI; 0: the newest
 * @label: what of its name and comment was given
 */
struct espgw_policy_cfg {
	struct espgw_selector sel;
	u32 prio;
	char ifname[IFNAMSIZ];
	u32 mark;
	u32 mark_mask;
	u8 action;
	u8 owner;
	__be32 spi;
	struct espgw_path_key path;
	struct espgw_label_ask label;
};

/**
 * struct espgw_spd_own - a tunnel, whose own policies are looked for
 * @id: number of its path, as far as it is known
 * @id_mask: the bits of @id that are
 */
struct espgw_spd_own {
	u32 id;
	u32 id_mask;
};

/**
 * struct espgw_policy - a policy
 * @rule: what it is looked for by; not changed while in the table
 * @dev: the name of the device that it is for; a reference is held; NULL: all
 * @path: protect: the path; a reference is held
 * @spi: protect: the SA of this SPI; 0: the newest
 * @action: enum espgw_action
 * @owner: enum espgw_owner
 * @ends: protect: the selector covers the ends of the tunnel itself
 * @left: it is xfrm's, which sees to its packets itself for the time being
 *	(READ_ONCE/WRITE_ONCE)
 * @on_path: protect: in espgw_path.policies
 * @stats: counters
 * @label: what people call it, or NULL; changed under espgw_net.lock, read by RCU
 * @rcu: frees it
 */
struct espgw_policy {
	struct espgw_rule rule;
	struct espgw_name *dev;
	struct espgw_path *path;
	__be32 spi;
	u8 action;
	u8 owner;
	bool ends;
	bool left;
	struct list_head on_path;
	struct espgw_policy_stats __percpu *stats;
	struct espgw_label *label;
	struct rcu_head rcu;
};

/* Caller holds espgw_net.lock. */
int espgw_policy_add(struct espgw_net *en, const struct espgw_policy_cfg *cfg,
		     bool replace, struct netlink_ext_ack *extack);
int espgw_policy_rename(struct espgw_net *en, struct espgw_policy *p,
			const struct espgw_label_ask *ask);
void espgw_policy_del(struct espgw_net *en, struct espgw_policy *p);
void espgw_policy_flush(struct espgw_net *en);
struct espgw_policy *espgw_policy_find(struct espgw_net *en,
				       const struct espgw_policy_cfg *cfg);
void espgw_policy_sum(const struct espgw_policy *p, u64 *packets, u64 *bytes);

/* lookup.c: data path, under RCU */
enum espgw_match espgw_spd_lookup(struct espgw_net *en,
				  const struct espgw_view *v, int ifindex,
				  bool mirrored, u32 mark,
				  struct espgw_policy **found);
enum espgw_match espgw_spd_lookup_own(struct espgw_net *en,
				      const struct espgw_view *v, int *ifindex,
				      bool mirrored, u32 mark,
				      const struct espgw_spd_own *own,
				      struct espgw_policy **found);
bool espgw_spd_is_elsewhere(struct espgw_path *path, int ifindex);
bool espgw_spd_may_protect(struct espgw_net *en, const struct espgw_addr *dst,
			   u8 family, int ifindex, bool mirrored);

int espgw_spd_init(struct espgw_net *en);
void espgw_spd_exit(struct espgw_net *en);

#endif
