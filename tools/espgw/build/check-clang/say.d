build/check-clang/say.o: say.c say.h

say.h:
