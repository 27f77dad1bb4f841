/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ack - acknowledgements: what the kernel says of a request, in words
 */
#ifndef ESPGW_ACK_H
#define ESPGW_ACK_H

#include <libmnl/libmnl.h>

#include "attr.h"

int espgw_ack_say(const struct nlmsghdr *nlh, const struct nlmsghdr *request,
		  const struct espgw_attr_set *set);

#endif
