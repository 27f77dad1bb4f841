build/say.o: say.c say.h
say.h:
