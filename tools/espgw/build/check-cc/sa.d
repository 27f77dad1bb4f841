build/check-cc/sa.o: sa.c attr.h addr.h sa.h \
 ../../include/uapi/linux/espgw.h alg.h args.h mtu.h out.h say.h
attr.h:
addr.h:
sa.h:
../../include/uapi/linux/espgw.h:
alg.h:
args.h:
mtu.h:
out.h:
say.h:
