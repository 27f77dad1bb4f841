build/check-cc/mtu.o: mtu.c attr.h addr.h mtu.h \
 ../../include/uapi/linux/espgw.h args.h out.h say.h
attr.h:
addr.h:
mtu.h:
../../include/uapi/linux/espgw.h:
args.h:
out.h:
say.h:
