// getaddrinfo() and getnameinfo() for bound names.
#include "preload.h"

#ifdef __GLIBC__

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// freeaddrinfo() frees the canonical name, so it is replaced by one from the same allocator. glibc wrote the numeric
// address there, which is what it was asked for.
static int replace_canonical_name(struct addrinfo *first, const char *name) {
    char *copy = strdup(name);
    if (copy == NULL) {
        return EAI_MEMORY;
    }
    free(first->ai_canonname);
    first->ai_canonname = copy;
    return 0;
}

static int resolve(
    const struct causeway_name *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    // Nothing but these four fields may be read: programs leave the others as they are.
    struct addrinfo wanted = {.ai_family = AF_UNSPEC};
    if (hints != NULL) {
        wanted.ai_flags = hints->ai_flags;
        wanted.ai_family = hints->ai_family;
        wanted.ai_socktype = hints->ai_socktype;
        wanted.ai_protocol = hints->ai_protocol;
    }
    if (wanted.ai_family == AF_INET6 && (wanted.ai_flags & AI_V4MAPPED) == 0) {
        // What glibc returns for a name that has IPv4 addresses only.
        return EAI_NODATA;
    }
    // The address works whatever interfaces the machine has, so it must not be dropped for want of one.
    wanted.ai_flags = (wanted.ai_flags & ~AI_ADDRCONFIG) | AI_NUMERICHOST;

    struct addrinfo *found = NULL;
    int error = causeway_real_getaddrinfo(name->text, service, &wanted, &found);
    if (error == 0 && found != NULL && (wanted.ai_flags & AI_CANONNAME) != 0) {
        error = replace_canonical_name(found, name->name);
        if (error != 0) {
            freeaddrinfo(found);
        }
    }
    if (error == 0) {
        *result = found;
    }
    return error;
}

CAUSEWAY_INTERPOSED int getaddrinfo(
    const char *restrict node, const char *restrict service, const struct addrinfo *restrict hints,
    struct addrinfo **restrict result) {
    int errno_before = errno;
    struct causeway_name name;
    bool is_numeric = hints != NULL && (hints->ai_flags & AI_NUMERICHOST) != 0;
    bool is_bound = !is_numeric && causeway_find_name(node, &name);
    errno = errno_before;
    if (!is_bound) {
        return causeway_real_getaddrinfo(node, service, hints, result);
    }
    int error = resolve(&name, service, hints, result);
    if (error == 0) {
        errno = errno_before;
    }
    return error;
}

static bool find_name_of(const struct sockaddr *address, socklen_t length, struct causeway_name *name) {
    struct in6_addr wanted;
    if (address == NULL || length < sizeof(struct sockaddr_in)) {
        return false;
    }
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof ipv4);
        causeway_map_address(&ipv4.sin_addr, &wanted);
    } else if (address->sa_family == AF_INET6 && length >= sizeof(struct sockaddr_in6)) {
        struct sockaddr_in6 ipv6;
        memcpy(&ipv6, address, sizeof ipv6);
        wanted = ipv6.sin6_addr;
    } else {
        return false;
    }
    return causeway_find_address(&wanted, name);
}

CAUSEWAY_INTERPOSED int getnameinfo(
    const struct sockaddr *restrict address, socklen_t length, char *restrict host, socklen_t host_length,
    char *restrict service, socklen_t service_length, int flags) {
    int errno_before = errno;
    struct causeway_name name;
    bool is_wanted = host != NULL && host_length > 0 && (flags & NI_NUMERICHOST) == 0;
    bool is_bound = is_wanted && find_name_of(address, length, &name);
    errno = errno_before;
    if (!is_bound) {
        return causeway_real_getnameinfo(address, length, host, host_length, service, service_length, flags);
    }
    // glibc finds the service and judges the flags. It is asked for the number of the host, into a place of our own, so
    // that it looks for no name; NI_NAMEREQD would make it refuse that.
    char number[NI_MAXHOST];
    int error = causeway_real_getnameinfo(
        address, length, number, sizeof number, service, service_length, (flags | NI_NUMERICHOST) & ~NI_NAMEREQD);
    if (error != 0) {
        return error;
    }
    size_t size = strlen(name.name) + 1;
    if (size > host_length) {
        return EAI_OVERFLOW;
    }
    memcpy(host, name.name, size);
    errno = errno_before;
    return 0;
}

#endif
