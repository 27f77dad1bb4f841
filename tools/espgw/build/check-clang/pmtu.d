build/check-clang/pmtu.o: pmtu.c attr.h addr.h pmtu.h \
  ../../include/uapi/linux/espgw.h args.h out.h say.h

attr.h:

addr.h:

pmtu.h:

../../include/uapi/linux/espgw.h:

args.h:

out.h:

say.h:
