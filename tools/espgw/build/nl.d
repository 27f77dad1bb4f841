build/nl.o: nl.c ../../include/uapi/linux/espgw.h ack.h attr.h addr.h \
 nl.h say.h
../../include/uapi/linux/espgw.h:
ack.h:
attr.h:
addr.h:
nl.h:
say.h:
