// Calls one function that resolves names and prints what it returns. The first argument names the function. A name that
// is not known prints "unresolved".
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int value;
} words[] = {
    {"AI_V4MAPPED", AI_V4MAPPED}, {"AI_ALL", AI_ALL}, {"AI_CANONNAME", AI_CANONNAME}, {"AI_ADDRCONFIG", AI_ADDRCONFIG},
    {"AI_NUMERICHOST", AI_NUMERICHOST}, {"AI_PASSIVE", AI_PASSIVE}, {"AI_NUMERICSERV", AI_NUMERICSERV},
    {"AI_IDN", AI_IDN}, {"NI_NUMERICHOST", NI_NUMERICHOST}, {"NI_NUMERICSERV", NI_NUMERICSERV},
    {"NI_NAMEREQD", NI_NAMEREQD}, {"NI_DGRAM", NI_DGRAM}, {"NI_NOFQDN", NI_NOFQDN}, {"AF_UNSPEC", AF_UNSPEC},
    {"AF_INET", AF_INET}, {"AF_INET6", AF_INET6}, {"AF_UNIX", AF_UNIX}, {"0", 0},
};

// Words with + between them.
static int value_of(const char *text) {
    char copy[256];
    int value = 0;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok(copy, "+"); word != NULL; word = strtok(NULL, "+")) {
        size_t index = 0;
        while (index < sizeof words / sizeof words[0] && strcmp(words[index].name, word) != 0) {
            index++;
        }
        if (index == sizeof words / sizeof words[0]) {
            fprintf(stderr, "%s is no word\n", word);
            exit(64);
        }
        value |= words[index].value;
    }
    return value;
}

static const char *error_name(int error) {
    switch (error) {
    case EAI_NONAME: return "EAI_NONAME unresolved";
    case EAI_AGAIN: return "EAI_AGAIN unresolved";
    case EAI_FAIL: return "EAI_FAIL unresolved";
    case EAI_NODATA: return "EAI_NODATA";
    case EAI_ADDRFAMILY: return "EAI_ADDRFAMILY";
    case EAI_FAMILY: return "EAI_FAMILY";
    case EAI_SERVICE: return "EAI_SERVICE";
    case EAI_SOCKTYPE: return "EAI_SOCKTYPE";
    case EAI_BADFLAGS: return "EAI_BADFLAGS";
    case EAI_OVERFLOW: return "EAI_OVERFLOW";
    default: return gai_strerror(error);
    }
}

static const char *host_error_name(int error) {
    switch (error) {
    case HOST_NOT_FOUND: return "HOST_NOT_FOUND unresolved";
    case TRY_AGAIN: return "TRY_AGAIN unresolved";
    case NO_RECOVERY: return "NO_RECOVERY unresolved";
    case NO_DATA: return "NO_DATA";
    case NETDB_INTERNAL: return "NETDB_INTERNAL";
    default: return "NETDB_SUCCESS";
    }
}

static void print_address(int family, const void *address) {
    char text[INET6_ADDRSTRLEN];
    printf("%s %s", family == AF_INET ? "inet" : "inet6", inet_ntop(family, address, text, sizeof text));
}

// resolve getaddrinfo NODE SERVICE [FAMILY FLAGS]; without a family the hints are NULL.
static void call_getaddrinfo(int count, char **arguments) {
    struct addrinfo hints, *result = NULL;
    // The fields that nobody may look at.
    memset(&hints, 0xFF, sizeof hints);
    if (count > 2) {
        hints.ai_family = value_of(arguments[2]);
        hints.ai_flags = value_of(arguments[3]);
        hints.ai_socktype = SOCK_STREAM;
        hints.ai_protocol = 0;
    }
    const char *service = strcmp(arguments[1], "-") == 0 ? NULL : arguments[1];
    errno = ENOTTY;
    int error = getaddrinfo(arguments[0], service, count > 2 ? &hints : NULL, &result);
    if (error != 0) {
        puts(error_name(error));
        return;
    }
    if (errno != ENOTTY) {
        printf("errno became %d\n", errno);
    }
    for (struct addrinfo *entry = result; entry != NULL; entry = entry->ai_next) {
        if (entry->ai_family == AF_INET) {
            struct sockaddr_in *ipv4 = (struct sockaddr_in *)entry->ai_addr;
            print_address(AF_INET, &ipv4->sin_addr);
            printf(" %d", ntohs(ipv4->sin_port));
        } else {
            struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)entry->ai_addr;
            print_address(AF_INET6, &ipv6->sin6_addr);
            printf(" %d", ntohs(ipv6->sin6_port));
        }
        printf(" type %d name %s\n", entry->ai_socktype, entry->ai_canonname ? entry->ai_canonname : "-");
    }
    freeaddrinfo(result);
}

static void print_host(const struct hostent *host, int error) {
    if (host == NULL) {
        puts(host_error_name(error));
        return;
    }
    printf("%s ", host->h_name);
    for (char **address = host->h_addr_list; *address != NULL; address++) {
        print_address(host->h_addrtype, *address);
    }
    printf(" length %d aliases %s\n", host->h_length, host->h_aliases[0] == NULL ? "none" : "some");
}

// Tries every size and alignment, with guards around the buffer, and prints the smallest size that was enough.
static void sweep(const char *node) {
    char memory[1024];
    size_t smallest = sizeof memory, largest_refused = 0;
    for (size_t offset = 16; offset < 32; offset++) {
        for (size_t size = 0; size < 400; size++) {
            struct hostent host = {.h_name = NULL}, *result = &host;
            int error = 0;
            memset(memory, 0x5A, sizeof memory);
            errno = 0;
            int returned = gethostbyname_r(node, &host, memory + offset, size, &result, &error);
            for (size_t index = 0; index < sizeof memory; index++) {
                if ((index < offset || index >= offset + size) && memory[index] != 0x5A) {
                    printf("byte %zu was written outside of %zu bytes at %zu\n", index, size, offset);
                    return;
                }
            }
            int is_aligned = ((uintptr_t)host.h_aliases | (uintptr_t)host.h_addr_list) % sizeof(char *) == 0;
            if (returned == 0 && result == &host && is_aligned && strcmp(host.h_name, node) == 0) {
                smallest = size < smallest ? size : smallest;
            } else if (returned == ERANGE && result == NULL && error == NETDB_INTERNAL && errno == ERANGE) {
                largest_refused = size > largest_refused ? size : largest_refused;
            } else {
                printf("returned %d, result %p, h_errno %s, errno %d\n", returned, (void *)result,
                       host_error_name(error), errno);
                return;
            }
        }
    }
    printf("enough from %zu, at the worst alignment from %zu\n", smallest, largest_refused + 1);
}

static socklen_t parse_address(const char *text, void *bytes, int *family) {
    *family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;
    inet_pton(*family, text, bytes);
    return *family == AF_INET ? 4 : 16;
}

// resolve getnameinfo ADDRESS PORT FLAGS [SIZE]; a port of "-" means that no service is asked for.
static void call_getnameinfo(int count, char **arguments) {
    struct sockaddr_storage storage;
    struct sockaddr_in *ipv4 = (struct sockaddr_in *)&storage;
    struct sockaddr_in6 *ipv6 = (struct sockaddr_in6 *)&storage;
    unsigned char bytes[16];
    int family;
    parse_address(arguments[0], bytes, &family);
    memset(&storage, 0, sizeof storage);
    storage.ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        memcpy(&ipv4->sin_addr, bytes, 4);
        ipv4->sin_port = htons((uint16_t)atoi(arguments[1]));
    } else {
        memcpy(&ipv6->sin6_addr, bytes, 16);
        ipv6->sin6_port = htons((uint16_t)atoi(arguments[1]));
    }
    char host[NI_MAXHOST] = "-", service[NI_MAXSERV] = "-";
    int has_service = strcmp(arguments[1], "-") != 0;
    socklen_t size = count > 3 ? (socklen_t)atoi(arguments[3]) : sizeof host;
    int error = getnameinfo(
        (struct sockaddr *)&storage, family == AF_INET ? sizeof *ipv4 : sizeof *ipv6, host, size,
        has_service ? service : NULL, has_service ? sizeof service : 0, value_of(arguments[2]));
    if (error != 0) {
        puts(error_name(error));
    } else {
        printf("%s %s\n", host, service);
    }
}

// h_errno is read after the call, which the order of arguments would not ensure.
static void call_static(const char *function, char **arguments) {
    struct hostent *host;
    unsigned char bytes[16];
    int family;
    if (strcmp(function, "gethostbyname") == 0) {
        host = gethostbyname(arguments[0]);
    } else if (strcmp(function, "gethostbyname2") == 0) {
        host = gethostbyname2(arguments[0], value_of(arguments[1]));
    } else {
        socklen_t length = parse_address(arguments[0], bytes, &family);
        host = gethostbyaddr(bytes, length, family);
    }
    print_host(host, h_errno);
}

static void call_reentrant(const char *function, int count, char **arguments) {
    struct hostent host, *result = &host;
    char buffer[1024];
    unsigned char bytes[16];
    int error = 77, family, returned;
    size_t size = count > 2 ? (size_t)atoi(arguments[2]) : sizeof buffer;
    errno = ENOTTY;
    if (strcmp(function, "gethostbyname_r") == 0) {
        returned = gethostbyname_r(arguments[0], &host, buffer, size, &result, &error);
    } else if (strcmp(function, "gethostbyname2_r") == 0) {
        returned = gethostbyname2_r(arguments[0], value_of(arguments[1]), &host, buffer, size, &result, &error);
    } else {
        socklen_t length = parse_address(arguments[0], bytes, &family);
        returned = gethostbyaddr_r(bytes, length, family, &host, buffer, size, &result, &error);
    }
    printf("%d ", returned);
    if (result != NULL && (result != &host || error != NETDB_SUCCESS || errno != ENOTTY)) {
        printf("with h_errno %d and errno %d ", error, errno);
    }
    print_host(result, error);
}

int main(int count, char **arguments) {
    const char *function = arguments[1];
    if (strcmp(function, "getaddrinfo") == 0) {
        call_getaddrinfo(count - 2, arguments + 2);
    } else if (strcmp(function, "getnameinfo") == 0) {
        call_getnameinfo(count - 2, arguments + 2);
    } else if (strcmp(function, "sweep") == 0) {
        sweep(arguments[2]);
    } else if (strstr(function, "_r") != NULL) {
        call_reentrant(function, count - 2, arguments + 2);
    } else {
        call_static(function, arguments + 2);
    }
    return 0;
}
