// What is bound, and where the gate is: the lines of `names`, `endpoints` and `gate`.
//
// The files are read anew for each question. They are small, bindings change while the program runs, and a cache would
// need a lock, which connect() must not take.
#include "preload.h"

#ifdef __GLIBC__

#include <arpa/inet.h>
#include <string.h>

static char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

static bool copy_text(char *to, size_t size, const char *from, size_t length) {
    if (length == 0 || length >= size || memchr(from, '\0', length) != NULL) {
        return false;
    }
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

void causeway_map_address(const void *ipv4, struct in6_addr *mapped) {
    memset(mapped, 0, sizeof *mapped);
    memset(mapped->s6_addr + 10, 0xFF, 2);
    memcpy(mapped->s6_addr + 12, ipv4, 4);
}

static bool parse_address(const char *text, struct in6_addr *address) {
    struct in_addr ipv4;
    if (inet_pton(AF_INET, text, &ipv4) == 1) {
        causeway_map_address(&ipv4, address);
        return true;
    }
    return inet_pton(AF_INET6, text, address) == 1;
}

// A decimal number of at most five digits; anything else, and what is no port, is 0.
static uint16_t parse_port(const char *digits, size_t length) {
    unsigned value = 0;
    if (length == 0 || length > 5) {
        return 0;
    }
    for (size_t index = 0; index < length; index++) {
        if (digits[index] < '0' || digits[index] > '9') {
            return 0;
        }
        value = value * 10 + (unsigned)(digits[index] - '0');
    }
    return value <= UINT16_MAX ? (uint16_t)value : 0;
}

static bool parse_name(const char *line, size_t length, struct causeway_name *name) {
    const char *blank = memchr(line, ' ', length);
    struct in_addr ipv4;
    if (blank == NULL) {
        return false;
    }
    size_t name_length = (size_t)(blank - line);
    if (!copy_text(name->name, sizeof name->name, line, name_length)
        || !copy_text(name->text, sizeof name->text, blank + 1, length - name_length - 1)
        || inet_pton(AF_INET, name->text, &ipv4) != 1) {
        return false;
    }
    causeway_map_address(&ipv4, &name->address);
    return true;
}

struct name_query {
    const char *node;
    size_t length;
    struct causeway_name *found;
};

static bool visit_for_name(const char *line, size_t length, void *context) {
    const struct name_query *query = context;
    if (length <= query->length || line[query->length] != ' ') {
        return false;
    }
    for (size_t index = 0; index < query->length; index++) {
        if (lower(line[index]) != lower(query->node[index])) {
            return false;
        }
    }
    return parse_name(line, length, query->found);
}

bool causeway_find_name(const char *node, struct causeway_name *found) {
    if (node == NULL) {
        return false;
    }
    size_t length = strnlen(node, CAUSEWAY_NAME_MAX + 2);
    if (length > 0 && node[length - 1] == '.') {
        length--;
    }
    if (length == 0 || length > CAUSEWAY_NAME_MAX) {
        return false;
    }
    struct name_query query = {.node = node, .length = length, .found = found};
    return causeway_visit_lines("names", visit_for_name, &query);
}

struct address_query {
    const struct in6_addr *address;
    struct causeway_name *found;
};

static bool visit_for_address(const char *line, size_t length, void *context) {
    const struct address_query *query = context;
    return parse_name(line, length, query->found)
        && memcmp(&query->found->address, query->address, sizeof *query->address) == 0;
}

bool causeway_find_address(const struct in6_addr *address, struct causeway_name *found) {
    struct address_query query = {.address = address, .found = found};
    // The addresses of names are IPv4.
    return IN6_IS_ADDR_V4MAPPED(address) && causeway_visit_lines("names", visit_for_address, &query);
}

static bool visit_for_endpoint(const char *line, size_t length, void *context) {
    struct causeway_target *target = context;
    struct in6_addr address;
    const char *blank = memchr(line, ' ', length);
    if (blank == NULL) {
        return false;
    }
    size_t address_length = (size_t)(blank - line);
    // The port is compared first because it tells more lines apart, and costs less to read.
    return parse_port(blank + 1, length - address_length - 1) == target->port
        && copy_text(target->text, sizeof target->text, line, address_length) && parse_address(target->text, &address)
        && memcmp(&address, &target->address, sizeof address) == 0;
}

bool causeway_target_is_bound(struct causeway_target *target) {
    struct causeway_name name;
    if (causeway_find_address(&target->address, &name)) {
        memcpy(target->text, name.text, sizeof target->text);
        return true;
    }
    return target->port != 0 && causeway_visit_lines("endpoints", visit_for_endpoint, target);
}

static bool is_hexadecimal(const char *text, size_t length) {
    for (size_t index = 0; index < length; index++) {
        char letter = lower(text[index]);
        if ((letter < '0' || letter > '9') && (letter < 'a' || letter > 'f')) {
            return false;
        }
    }
    return true;
}

// The port is 0 until its line was read. What follows a line that is not in order is not believed, so a file with one
// has no gate.
static bool visit_for_gate(const char *line, size_t length, void *context) {
    struct causeway_gate *gate = context;
    if (gate->port == 0) {
        gate->port = parse_port(line, length);
        return gate->port == 0;
    }
    if (length == sizeof gate->token && is_hexadecimal(line, length)) {
        memcpy(gate->token, line, length);
    } else {
        gate->port = 0;
    }
    return true;
}

bool causeway_read_gate(struct causeway_gate *gate) {
    gate->port = 0;
    return causeway_visit_lines("gate", visit_for_gate, gate) && gate->port != 0;
}

#endif
