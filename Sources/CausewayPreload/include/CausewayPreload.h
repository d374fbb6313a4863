// The library that `causeway exec` puts into LD_PRELOAD of the program that it starts.
//
// There is nothing to call here: the library takes the place of functions of the C library, such as getaddrinfo and
// connect, and programs reach it through those names. The header exists because a C target needs one.
// docs/internals/exec.md says how it works and what it agrees on with the connector.
#ifndef CAUSEWAY_PRELOAD_H
#define CAUSEWAY_PRELOAD_H
#endif
