// gethostbyname(), gethostbyaddr() and their relatives for bound names.
#include "preload.h"

#ifdef __GLIBC__

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

// A host entry as these functions lay it out in a buffer: pointers first, because they need the strictest alignment,
// and the name behind.
struct entry {
    char *addresses[2];
    char *aliases[1];
    unsigned char address[sizeof(struct in6_addr)];
    char name[];
};

// What is asked for: an address of `length` bytes.
struct answer {
    const char *name;
    int family;
    int length;
    unsigned char address[sizeof(struct in6_addr)];
};

static struct answer answer_for_name(const struct causeway_name *name) {
    struct answer answer = {.name = name->name, .family = AF_INET, .length = sizeof(struct in_addr)};
    memcpy(answer.address, name->address.s6_addr + 12, sizeof(struct in_addr));
    return answer;
}

// Returns false when the buffer is too small. It may begin anywhere.
static bool fill(struct hostent *host, char *buffer, size_t size, const struct answer *answer) {
    size_t padding = (alignof(struct entry) - (uintptr_t)buffer % alignof(struct entry)) % alignof(struct entry);
    size_t name_size = strlen(answer->name) + 1;
    if (size < padding || size - padding < sizeof(struct entry) + name_size) {
        return false;
    }
    struct entry *entry = (struct entry *)(void *)(buffer + padding);
    memcpy(entry->address, answer->address, sizeof entry->address);
    memcpy(entry->name, answer->name, name_size);
    entry->addresses[0] = (char *)entry->address;
    entry->addresses[1] = NULL;
    entry->aliases[0] = NULL;
    *host = (struct hostent){
        .h_name = entry->name,
        .h_aliases = entry->aliases,
        .h_addrtype = answer->family,
        .h_length = answer->length,
        .h_addr_list = entry->addresses,
    };
    return true;
}

static int fill_or_refuse(
    struct hostent *host, char *buffer, size_t size, struct hostent **result, int *error, const struct answer *answer) {
    if (!fill(host, buffer, size, answer)) {
        *result = NULL;
        *error = NETDB_INTERNAL;
        errno = ERANGE;
        return ERANGE;
    }
    *result = host;
    *error = NETDB_SUCCESS;
    return 0;
}

// The functions without a buffer of the caller answer with memory that is always there. Programs call them in several
// threads although they must not; with a few places in turn that goes well nearly always, as it does with the C library
// alone.
static struct hostent *fill_static(const struct answer *answer) {
    enum { PLACES = 16 };
    static struct {
        struct hostent host;
        alignas(struct entry) char buffer[sizeof(struct entry) + CAUSEWAY_NAME_MAX + 1];
    } places[PLACES];
    static atomic_uint next;
    unsigned place = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed) % PLACES;
    fill(&places[place].host, places[place].buffer, sizeof places[place].buffer, answer);
    return &places[place].host;
}

static bool find_name(const char *node, struct causeway_name *name) {
    int errno_before = errno;
    bool is_bound = causeway_find_name(node, name);
    errno = errno_before;
    return is_bound;
}

CAUSEWAY_INTERPOSED struct hostent *gethostbyname(const char *node) {
    struct causeway_name name;
    if (!find_name(node, &name)) {
        return causeway_real_gethostbyname(node);
    }
    struct answer answer = answer_for_name(&name);
    return fill_static(&answer);
}

CAUSEWAY_INTERPOSED struct hostent *gethostbyname2(const char *node, int family) {
    struct causeway_name name;
    if ((family != AF_INET && family != AF_INET6) || !find_name(node, &name)) {
        return causeway_real_gethostbyname2(node, family);
    }
    if (family == AF_INET6) {
        h_errno = NO_DATA;
        return NULL;
    }
    struct answer answer = answer_for_name(&name);
    return fill_static(&answer);
}

CAUSEWAY_INTERPOSED int gethostbyname_r(
    const char *restrict node, struct hostent *restrict host, char *restrict buffer, size_t size,
    struct hostent **restrict result, int *restrict error) {
    struct causeway_name name;
    if (!find_name(node, &name)) {
        return causeway_real_gethostbyname_r(node, host, buffer, size, result, error);
    }
    struct answer answer = answer_for_name(&name);
    return fill_or_refuse(host, buffer, size, result, error, &answer);
}

CAUSEWAY_INTERPOSED int gethostbyname2_r(
    const char *restrict node, int family, struct hostent *restrict host, char *restrict buffer, size_t size,
    struct hostent **restrict result, int *restrict error) {
    struct causeway_name name;
    if ((family != AF_INET && family != AF_INET6) || !find_name(node, &name)) {
        return causeway_real_gethostbyname2_r(node, family, host, buffer, size, result, error);
    }
    if (family == AF_INET6) {
        // To the C library a host without such an address is an answer and not a failure of the call.
        *result = NULL;
        *error = NO_DATA;
        return 0;
    }
    struct answer answer = answer_for_name(&name);
    return fill_or_refuse(host, buffer, size, result, error, &answer);
}

// The answer has the address in the form in which it was asked for.
static bool find_address(
    const void *address, socklen_t length, int family, struct causeway_name *name, struct answer *answer) {
    struct in6_addr wanted;
    if (address == NULL) {
        return false;
    }
    if (family == AF_INET && length == sizeof(struct in_addr)) {
        causeway_map_address(address, &wanted);
    } else if (family == AF_INET6 && length == sizeof(struct in6_addr)) {
        memcpy(&wanted, address, sizeof wanted);
    } else {
        return false;
    }
    int errno_before = errno;
    bool is_bound = causeway_find_address(&wanted, name);
    errno = errno_before;
    *answer = (struct answer){.name = name->name, .family = family, .length = (int)length};
    memcpy(answer->address, address, length);
    return is_bound;
}

CAUSEWAY_INTERPOSED struct hostent *gethostbyaddr(const void *address, socklen_t length, int family) {
    struct causeway_name name;
    struct answer answer;
    if (!find_address(address, length, family, &name, &answer)) {
        return causeway_real_gethostbyaddr(address, length, family);
    }
    return fill_static(&answer);
}

CAUSEWAY_INTERPOSED int gethostbyaddr_r(
    const void *restrict address, socklen_t length, int family, struct hostent *restrict host, char *restrict buffer,
    size_t size, struct hostent **restrict result, int *restrict error) {
    struct causeway_name name;
    struct answer answer;
    if (!find_address(address, length, family, &name, &answer)) {
        return causeway_real_gethostbyaddr_r(address, length, family, host, buffer, size, result, error);
    }
    return fill_or_refuse(host, buffer, size, result, error, &answer);
}

#endif
