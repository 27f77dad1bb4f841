/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dev - attached devices, and the namespace's defaults
 */
#ifndef ESPGW_DEV_H
#define ESPGW_DEV_H

#include <libmnl/libmnl.h>
#include <linux/espgw.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "args.h"
#include "mtu.h"
#include "out.h"

/**
 * struct espgw_dev - an attached device: a request or an answer
 * @ifindex: its index; 0: all
 * @ifname: its name; answers only
 * @dev_mtu: its own MTU, bytes; answers only
 * @mtu: what was set for it
 */
struct espgw_dev {
	uint32_t ifindex;
	char ifname[IFNAMSIZ];
	uint32_t dev_mtu;
	struct espgw_mtu mtu;
};

int espgw_dev_parse_attach(struct espgw_args *args, struct espgw_dev *dev);
int espgw_dev_parse_set(struct espgw_args *args, struct espgw_dev *dev);
int espgw_dev_parse_detach(struct espgw_args *args, struct espgw_dev *dev);
int espgw_dev_parse_show(struct espgw_args *args, struct espgw_dev *dev);

void espgw_dev_put(struct nlmsghdr *nlh, const struct espgw_dev *dev);
int espgw_dev_get(const struct nlmsghdr *nlh, struct espgw_dev *dev);
bool espgw_dev_match(const struct espgw_dev *dev, const struct espgw_dev *filter);
void espgw_dev_show(struct espgw_out *out, const struct espgw_dev *dev);
void espgw_dev_save(FILE *to, const struct espgw_dev *dev);

int espgw_default_parse_set(struct espgw_args *args, struct espgw_mtu *mtu);
int espgw_default_parse_show(struct espgw_args *args, struct espgw_mtu *mtu);
void espgw_default_put(struct nlmsghdr *nlh, const struct espgw_mtu *mtu);
int espgw_default_get(const struct nlmsghdr *nlh, struct espgw_mtu *mtu);
void espgw_default_show(struct espgw_out *out, const struct espgw_mtu *mtu);
void espgw_default_save(FILE *to, struct espgw_mtu *mtu);

#endif
