build/check-cc/alg.o: alg.c alg.h ../../include/uapi/linux/espgw.h args.h \
 addr.h say.h
alg.h:
../../include/uapi/linux/espgw.h:
args.h:
addr.h:
say.h:
