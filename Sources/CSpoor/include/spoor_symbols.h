// Names by the dynamic linker: what is left where there is no debug information to read. Allocates; not for handlers.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// The nearest exported symbol at or before the address, as the linker has it (mangled). The text lives as long as its
// library. False if there is none. Functions that are not exported are missed, and taken for the one before them.
bool spoor_symbol_find(uint64_t address, const char **name, uint64_t *start);

// The Swift name behind a mangled one, to be given to free(); null if it is not Swift's.
char *spoor_symbol_demangle(const char *mangled);
