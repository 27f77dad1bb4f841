build/check-clang/addr.o: addr.c addr.h

addr.h:
