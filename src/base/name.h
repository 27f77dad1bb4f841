/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of devices that somebody refers to: they stay when the device goes away,
 * and mean the next device of the name when it comes.
 */
#ifndef ESPGW_BASE_NAME_H
#define ESPGW_BASE_NAME_H

#include <linux/if.h>

#include "base/net.h"

/* The ifindex of a name while there is no device of that name: nobody's. */
#define ESPGW_NO_DEVICE		(-1)

/**
 * struct espgw_name - a device's name
 * @list: in espgw_net.names
 * @name: the name
 * @ifindex: the device that has it, or ESPGW_NO_DEVICE; written under
 *	espgw_net.lock (READ_ONCE/WRITE_ONCE)
 * @users: who refers to it; under espgw_net.lock
 * @features: what is needed on that device, by enum espgw_feature; changed under
 *	espgw_net.lock
 * @rcu: frees it
 */
struct espgw_name {
	struct list_head list;
	char name[IFNAMSIZ];
	int ifindex;
	unsigned int users;
	u32 features[__ESPGW_FEATURES];
	struct rcu_head rcu;
};

struct espgw_name *espgw_name_get(struct espgw_net *en, const char *name);
void espgw_name_put(struct espgw_name *n);
void espgw_names_refresh(struct espgw_net *en);

#endif
