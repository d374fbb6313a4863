// What the files of this library share. Nothing declared here can be seen from outside of the library, so that it never
// clashes with a symbol of the program that it is loaded into.
#ifndef CAUSEWAY_PRELOAD_PRIVATE_H
#define CAUSEWAY_PRELOAD_PRIVATE_H

#ifdef __linux__
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <features.h>
#endif

// The prototypes and structures that are interposed are those of glibc; with any other C library the files are empty.
#ifdef __GLIBC__

#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define CAUSEWAY_INTERPOSED __attribute__((visibility("default")))

// How long connect() waits for the gate in all, in seconds. Tests of the bound compile the library with a smaller one.
#ifndef CAUSEWAY_GATE_SECONDS
#define CAUSEWAY_GATE_SECONDS 90
#endif

enum {
    CAUSEWAY_NAME_MAX = 253,
    CAUSEWAY_TOKEN_LENGTH = 64,
    // No errno: the socket is not free to be connected, so the call is the C library's alone.
    CAUSEWAY_NOT_REDIRECTED = -1,
};

#pragma GCC visibility push(hidden)

// A line of `names`. `text` is the address as it stands there.
struct causeway_name {
    char name[CAUSEWAY_NAME_MAX + 1];
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
};

// What a program wants to connect to. IPv4 is kept as IPv4-mapped IPv6, so that there is one form to compare; `family`
// is that of the socket. `text` is filled in when the target turns out to be bound: the address as the file has it.
struct causeway_target {
    sa_family_t family;
    uint16_t port;
    struct in6_addr address;
    char text[INET6_ADDRSTRLEN];
};

struct causeway_gate {
    uint16_t port;
    char token[CAUSEWAY_TOKEN_LENGTH];
};

// directory.c. Calls `visit` with each line of a file of the directory, without its line feed, until one call returns
// true; returns whether one did. The line is valid during the call. A file that cannot be read has no lines. Safe in
// signal handlers; errno may change.
typedef bool (*causeway_visitor)(const char *line, size_t length, void *context);
bool causeway_visit_lines(const char *file, causeway_visitor visit, void *context);

// bindings.c. Safe in signal handlers; errno may change.
bool causeway_find_name(const char *node, struct causeway_name *found);
bool causeway_find_address(const struct in6_addr *address, struct causeway_name *found);
bool causeway_target_is_bound(struct causeway_target *target);
bool causeway_read_gate(struct causeway_gate *gate);
void causeway_map_address(const void *ipv4, struct in6_addr *mapped);

// gate.c. Connects the socket to the gate and asks it for the target. Returns 0 when the socket is connected to the
// target, an errno value when the target or the gate refused, or CAUSEWAY_NOT_REDIRECTED. Safe in signal handlers.
int causeway_pass_gate(int socket, const struct causeway_target *target, const struct causeway_gate *gate);

// real.c. The functions of the C library, found at the first use.
int causeway_real_connect(int socket, const struct sockaddr *address, socklen_t length);
int causeway_real_getaddrinfo(
    const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result);
int causeway_real_getnameinfo(
    const struct sockaddr *address, socklen_t length, char *host, socklen_t host_length, char *service,
    socklen_t service_length, int flags);
struct hostent *causeway_real_gethostbyname(const char *name);
struct hostent *causeway_real_gethostbyname2(const char *name, int family);
struct hostent *causeway_real_gethostbyaddr(const void *address, socklen_t length, int family);
int causeway_real_gethostbyname_r(
    const char *name, struct hostent *host, char *buffer, size_t length, struct hostent **result, int *error);
int causeway_real_gethostbyname2_r(
    const char *name, int family, struct hostent *host, char *buffer, size_t length, struct hostent **result,
    int *error);
int causeway_real_gethostbyaddr_r(
    const void *address, socklen_t address_length, int family, struct hostent *host, char *buffer, size_t length,
    struct hostent **result, int *error);

#pragma GCC visibility pop

#endif
#endif
