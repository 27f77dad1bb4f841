build/check-clang/args.o: args.c args.h addr.h say.h

args.h:

addr.h:

say.h:
