build/check-clang/dev.o: dev.c attr.h addr.h batch.h dev.h \
  ../../include/uapi/linux/espgw.h args.h mtu.h out.h say.h

attr.h:

addr.h:

batch.h:

dev.h:

../../include/uapi/linux/espgw.h:

args.h:

mtu.h:

out.h:

say.h:
