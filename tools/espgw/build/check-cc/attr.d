build/check-cc/attr.o: attr.c ../../include/uapi/linux/espgw.h attr.h \
 addr.h
../../include/uapi/linux/espgw.h:
attr.h:
addr.h:
