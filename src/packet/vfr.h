/* SPDX-License-Identifier: GPL-2.0 */
/* Virtual fragment reassembly: held fragments, and who needs it. */
#ifndef ESPGW_PACKET_VFR_H
#define ESPGW_PACKET_VFR_H

#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "core/vfr.h"
#include "core/view.h"
#include "table/device.h"

struct espgw_sa;

#define ESPGW_VFRQ_HASH_BITS	8

/*
 * What a user namespace's network namespace may take in all, whatever its limits
 * are and however many devices it makes: this memory is charged to nobody.
 */
#define ESPGW_VFR_CONFINED_BYTES	(16 * 1024 * 1024)

/* What is followed; the features' bits, and all. */
#define ESPGW_VFRQ_ALL		BIT(31)

/* struct espgw_vfr_cfg.set */
enum {
	ESPGW_VFR_W_MODE = BIT(0),
	ESPGW_VFR_W_MAX_REASSEMBLIES = BIT(1),
	ESPGW_VFR_W_MAX_FRAGMENTS = BIT(2),
	ESPGW_VFR_W_TIMEOUT_S = BIT(3),
	ESPGW_VFR_W_DROP_FRAGMENTS = BIT(4),
	ESPGW_VFR_W_MAX_BYTES = BIT(5),
};

/**
 * struct espgw_vfr_cfg - how fragments are followed
 * @max_reassemblies: datagrams at once
 * @max_fragments: of a datagram
 * @timeout_s: seconds from the first fragment to come
 * @max_bytes: memory
 * @mode: enum espgw_vfr_mode
 * @drop_fragments: 0 or 1
 * @set: ESPGW_VFR_W_*: set by hand
 */
struct espgw_vfr_cfg {
	u32 max_reassemblies;
	u32 max_fragments;
	u32 timeout_s;
	u32 max_bytes;
	u8 mode;
	u8 drop_fragments;
	u32 set;
};

/* How they are followed where nobody has said anything else. */
extern const struct espgw_vfr_cfg espgw_vfr_default;

/**
 * struct espgw_vfrq - the fragments that are followed on a device, one way
 * @ed: the device
 * @dir: enum espgw_dir
 * @follow: bit n: what feature n needs is followed, or ESPGW_VFRQ_ALL; 0: nothing
 *	(READ_ONCE/WRITE_ONCE); changed under espgw_net.lock
 * @lock: protects all below; taken with bottom halves off, a leaf
 * @cfg: limits; changed under espgw_net.lock too
 * @chains: datagrams, oldest first
 * @hash: the same by what names them
 * @seed: of @hash
 * @count: datagrams
 * @held: fragments held
 * @bytes: memory that they and the datagrams take
 * @stat: counters, by enum espgw_vfr_stat_attr
 * @reported: jiffies of the last log line of each kind of alert; 0: none
 * @expire: gives up what has not come whole in time
 */
struct espgw_vfrq {
	struct espgw_dev *ed;
	u8 dir;
	u32 follow;
	spinlock_t lock;
	struct espgw_vfr_cfg cfg;
	struct list_head chains;
	struct hlist_head hash[1 << ESPGW_VFRQ_HASH_BITS];
	u32 seed;
	u32 count;
	u32 held;
	u32 bytes;
	u64 stat[__ESPGW_VFR_STAT_A_MAX];
	unsigned long reported[__ESPGW_ALERT_MAX];
	struct delayed_work expire;
};

bool espgw_vfrq_concerns(const struct espgw_vfrq *q,
			 const struct espgw_view *v);

/**
 * espgw_vfrq_wants() - is a fragment to be followed
 * @q: where it passes
 * @v: the fragment
 *
 * Context: under RCU. Return: true: give it to espgw_vfrq_take().
 */
static inline bool espgw_vfrq_wants(const struct espgw_vfrq *q,
				    const struct espgw_view *v)
{
	return READ_ONCE(q->follow) && espgw_vfrq_concerns(q, v);
}

bool espgw_vfrq_take(struct espgw_vfrq *q, struct sk_buff *skb, unsigned int nh,
		     struct espgw_view *v, const struct espgw_sa *sa,
		     struct sk_buff_head *released);
bool espgw_vfrq_pass(struct espgw_vfrq *q, const struct espgw_view *v,
		     const struct espgw_sa *sa);
bool espgw_vfrq_view(struct espgw_view *v, struct sk_buff *skb,
		     unsigned int *nh, u32 *sa_id);

/* Configuration: caller holds espgw_net.lock. */
struct espgw_vfrq *espgw_vfrq_new(struct espgw_dev *ed, u8 dir);
void espgw_vfrq_free(struct espgw_vfrq *q);
void espgw_vfrq_set(struct espgw_vfrq *q, const struct espgw_vfr_cfg *cfg);
void espgw_vfrq_reset(struct espgw_vfrq *q);
u32 espgw_vfrq_users(const struct espgw_vfrq *q, enum espgw_feature f);
void espgw_vfrq_update(struct espgw_vfrq *q);
void espgw_vfrq_give_up(struct espgw_vfrq *q, unsigned long age);

void espgw_vfr_init(void);
void espgw_vfr_exit(void);

#endif
