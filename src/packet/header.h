/* SPDX-License-Identifier: GPL-2.0 */
/* Headers and trailer: an inner packet becomes an ESP packet. */
#ifndef ESPGW_PACKET_HEADER_H
#define ESPGW_PACKET_HEADER_H

#include "packet/context.h"

unsigned int espgw_header_tail(const struct espgw_pkt *p, unsigned int len);
unsigned int espgw_header_outer(const struct espgw_pkt *p, unsigned int len);
int espgw_encrypt(struct espgw_pkt *p);
void espgw_header_init(void);

#endif
